/** The command line as data: `--help` and the manual page are two renderings of it. */

import type { ArgsDef } from "citty";
import type { Command } from "./options.ts";
import { callsTool, SEVERAL } from "./read-args.ts";
import { flagNames } from "./tokens.ts";

export type Helpable = Omit<Command, "run">;

export type Rows = readonly (readonly [term: string, text: string])[];

export type CommandReference = ReturnType<typeof describeCommand>;

/** What is known of a command before it is loaded. */
export interface Entry {
  summary: string;
  /** The heading under which it is listed. */
  group: string;
  /** All words are passed on unread, `--` included. */
  isRaw: boolean;
  load(): Promise<{ command: Command }>;
}
export type Commands = Readonly<Record<string, Entry>>;

/** Names and summaries by heading. */
export function listCommands(commands: Commands): (readonly [heading: string, rows: Rows])[] {
  const byGroup = Map.groupBy(Object.entries(commands), ([, { group }]) => group);
  return [...byGroup].map(([heading, members]) => [
    heading,
    members.map(([name, { summary }]) => [name, summary]),
  ]);
}

export const ABOUT = "Runs declared tools on remote machines, for people, scripts and agents.";

export const EXIT_CODES: Rows = [
  ["0", "success"],
  ["1", "local, doctor: errors were found; several hosts failed in different ways"],
  ["2", "wrong usage of runspec's own options"],
  ["124", "the tool timed out"],
  ["125", "runspec itself failed: configuration, handshake, protocol, arguments refused"],
  ["126", "found but not executable"],
  ["127", "tool not found, or no runspec on the remote"],
  ["128+n", "signal n ended the tool (130: Ctrl-C)"],
  ["255", "the host could not be reached, the connection was lost, or its server's end stopped the tool"],
  ["other", "the tool's own exit code, unchanged"],
];

export const ENVIRONMENT: Rows = [
  ["RUNSPEC_CONFIG", "The one runspec.toml to use, as --config says for one call"],
  ["RUNSPEC_JUMP_BIN", "The runspec on a remote whose jump host has no bin"],
  ["RUNSPEC_HANDSHAKE_TIMEOUT", "Seconds to wait for a silent remote: jump 30, doctor up to 10 (lists 20)"],
  ["RUNSPEC_COMPLETE_REMOTE", "1 lets completion ask a host for its tools"],
  ["RUNSPEC_ENV_FILE", "The .runspec_env to take values of arguments from"],
  ["RUNSPEC_SERVE_CONTEXT", "local or remote: which tools serve offers; without it, remote over ssh"],
  ["RUNSPEC_DEBUG", "1 adds a stack trace to an error"],
  ["NO_COLOR", "Anything: no colour and no bold on a terminal"],
  ["XDG_CONFIG_HOME", "Holds runspec/runspec.toml and runspec/tools (~/.config)"],
  ["XDG_CACHE_HOME", "Holds what jump remembers of a host's tools (~/.cache)"],
  ["XDG_STATE_HOME", "Holds the audit trail (~/.local/state)"],
  ["XDG_RUNTIME_DIR", "Holds the sockets of shared connections (/tmp/runspec-UID)"],
];

export function describeCommand(name: string, { description, args, examples }: Helpable) {
  const positionals = Object.entries(args).filter(([, { type }]) => type === "positional");
  const flags = Object.entries(args).filter(([, { type }]) => type !== "positional");
  const words = positionals.map(([key, { required, valueHint }]) => {
    const word = valueHint === SEVERAL ? `${key}…` : key;
    return required === false ? `[${word}]` : `<${word}>`;
  });
  // What is not for runspec to read.
  const script = name === "script" ? ["<interpreter> <script> [args…]"] : [];
  const tail = callsTool(args) ? ["[-- args…]"] : script;
  return {
    name,
    description,
    /** The command line, without what is in `options`. */
    synopsis: ["runspec", name, ...(flags.length === 0 ? [] : ["[options]"]), ...words, ...tail].join(" "),
    positionals: positionals.map(([key, argument]) => [key, argument.description ?? ""] as const),
    options: [
      ...flags.map(([key, flag]) => [labelOf(key, flag), textOf(flag)] as const),
      ["-h, --help", "Show this help"] as const,
    ],
    examples,
  };
}

/** `-f, --format FORMAT`; without a short form, `--bin PATH`. */
function labelOf(key: string, flag: ArgsDef[string]): string {
  const value =
    flag.type === "boolean" ? "" : ` ${flag.valueHint ?? (flag.type === "enum" ? "FORMAT" : "VALUE")}`;
  return `${flagNames(key, flag).join(", ")}${value}`;
}

function textOf({ description = "", default: value }: ArgsDef[string]): string {
  return typeof value === "string" ? `${description} (${value} if not given)` : description;
}
