/** What a runspec.toml means once it has been read: every form folded into one. Whoever uses a field that may be undefined knows its default. */

import type * as v from "valibot";
import type { Autonomy } from "../arguments/autonomy.ts";
import type { Argument, Group } from "../arguments/model.ts";
import type { BecomeMethod } from "../become/methods.ts";
import type { RunAs } from "../become/run-as.ts";
import type { Rotation } from "../files/rotating-file.ts";
import type { hostFields } from "./schema/config.ts";

export const OUTPUTS = ["text", "json", "html"] as const;

export const SERVE_CONTEXTS = ["local", "remote"] as const;
export type ServeContext = (typeof SERVE_CONTEXTS)[number];

export interface Example {
  cmd: string;
  description?: string | undefined;
}

export interface Runnable {
  /** The tool's name; a subcommand's is `parent_sub`. */
  name: string;
  /** The words it was declared under: `["deploy"]`, or `["deploy", "rollback"]` for a subcommand. */
  path: string[];
  /** The absolute path of the file that declares it. */
  file: string;
  description?: string | undefined;
  autonomy: Autonomy;
  autonomyReason?: string | undefined;
  output: (typeof OUTPUTS)[number];
  /** Where `serve` offers it; both for `true`, none for `false`. */
  serve: ServeContext[];
  /** It changes nothing. */
  readOnly?: boolean;
  /** To call it again with the same arguments changes nothing more. */
  idempotent?: boolean;
  /** It deals with more than this machine: MCP's `openWorldHint`. */
  openWorld?: boolean;
  /** Bytes of each stream that an agent is shown, or all of them; undefined: the usual. */
  maxOutput?: number | "none";
  /** Nothing of the caller's goes to argv. */
  noWords?: boolean;
  /** Undefined: everywhere. */
  hosts?: string[];
  /** All shapes of `run_as`, folded into the general one. */
  runAs?: RunAs;
  becomeMethod: BecomeMethod;
  /** As written; split as a shell would when used. */
  becomeFlags: string;
  /** Whether variables are carried over to the other user; undefined: when an argument names an `env`. */
  becomeEnv?: boolean;
  examples: Example[];
  args: Argument[];
  groups: Group[];
  /** argv[0] and leading words; undefined: an executable named after `path[0]`. */
  command?: string[];
  /** Milliseconds. */
  timeout?: number;
  /** A script whose first line names `runspec script`. */
  rereadsArgv?: true | undefined;
  /** Milliseconds between TERM and KILL; undefined: the usual ones. */
  stopTimeout?: number;
  /** For how long a client that promised to be heard may be silent before the tool is ended, in milliseconds. */
  lease?: number;
  /** The `runspec_env` that applies to it, absolute. */
  envFile?: string | undefined;
}

/** `[config.jump-hosts.<alias>]`, by the names that its fields have there; what is named here has a default. */
export interface JumpHost extends v.InferOutput<typeof hostFields> {
  alias: string;
  /** The alias where the file has none. */
  host: string;
  "use-ssh-config": boolean;
  "ssh-options": string[];
  /** Share one connection between calls (OpenSSH ControlMaster). */
  multiplex: boolean;
}

/** `[config.jump-groups]`: names for many hosts at once. */
export interface JumpGroup {
  name: string;
  /** Lists as on a command line, or what says who belongs to it. */
  members: string[] | Inventory;
}

/** A program that prints somebody's hosts. */
export interface Inventory {
  command: string[];
  /** Which of its groups; undefined: all hosts. */
  group?: string | undefined;
}

export interface Logging extends Rotation {
  /** Directory of the audit file, absolute; undefined: the default place. */
  dir?: string | undefined;
}

export interface Config {
  autonomyDefault: Autonomy;
  /** The path of its `runspec_env`, or of that of its environment. */
  envFile?: string | undefined;
  name?: string | undefined;
  logging?: Logging | undefined;
  jumpHosts: JumpHost[];
  jumpGroups: JumpGroup[];
}

/** Something to tell about a file. Errors make `serve` refuse to start and `local` exit 1. */
export interface Issue {
  severity: "error" | "warning" | "note";
  file: string;
  /** Where the key stands, from 1; undefined where the message says it, or where it is about no one place. */
  line?: number | undefined;
  /** The key as written: `[deploy.args.env] options`. */
  key?: string;
  message: string;
  /** An error that stops everything, also in a file that would be left out for any other. */
  fatal?: true | undefined;
}

/** What a person is told of how a tool is called. */
export type ToolUsage = Pick<Runnable, "name" | "description" | "args" | "groups" | "examples">;

export interface SpecFile {
  path: string;
  config: Config;
  runnables: Runnable[];
  issues: Issue[];
  /** The line, from 1, in which a key stands; undefined where it is not written. */
  lineOf(path: readonly string[]): number | undefined;
}
