/** Everything of the process that a command may use. `program.ts` makes it; nothing else reads the environment or the standard streams. */

import { readerGone } from "./errors.ts";
import { jsonDocument } from "./json.ts";
import type { FdWriter } from "./process/fd-writer.ts";
import type { StandardInput } from "./process/input.ts";
import type { OnSignals } from "./process/signals.ts";

export type Env = Readonly<Record<string, string>>;

/** The value of a variable. On Windows its name may be in any case: `process/env` has put it in capitals. Own keys alone: every object has a toString. */
export function variableIn(env: Env, name: string): string | undefined {
  const key = process.platform === "win32" ? name.toUpperCase() : name;
  return Object.hasOwn(env, key) ? env[key] : undefined;
}

export interface Context {
  /** What we start gets it, too. */
  env: Env;
  cwd: string;
  home: string | undefined;
  uid: number | undefined;
  /** The path of this program, with links followed. */
  execPath: string;
  /** What it was called as. */
  argv0: string;
  version: string;
  /** The name of this build, which says what it runs on: `linux-x64-musl`. */
  platform: string;
  /** The words after the first `--`; undefined where there was no `--`. */
  rest: readonly string[] | undefined;
  /** The file that `--config` names, as the command tree has read it. */
  config?: string | undefined;
  /** An MCP client has started us, maybe in a checkout, and shows nobody a warning. */
  forClient?: boolean;
  stdin: StandardInput;
  stdout: OutputStream;
  stderr: OutputStream;
  /** Standard output as a protocol's channel, instead of `stdout`. A reader that has gone is no failure of the command's. */
  openProtocol(): FdWriter;
  hostname(): string;
  /** The user this runs as; undefined where the system does not say. */
  userName(): string | undefined;
  onSignals: OnSignals;
}

export interface OutputStream extends FdWriter {
  isTerminal(): boolean;
  /** Characters a line; 80 where nobody knows. */
  columns(): number;
}

/** Whether a terminal takes text alone, as TERM has it where it is not set, too; Windows never sets it. */
export const isDumb = ({ TERM = "" }: Context["env"]): boolean =>
  TERM === "dumb" || (TERM === "" && process.platform !== "win32");

/** Tells a person something on stderr; that nobody reads there is no failure. */
export const tell = ({ stderr }: Pick<Context, "stderr">, text: string): Promise<void> =>
  stderr.write(text).catch(readerGone);

export const printJson = (context: Context, value: unknown): Promise<void> =>
  context.stdout.write(jsonDocument(value));
