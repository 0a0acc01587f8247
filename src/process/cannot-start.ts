/** Why a program cannot be started, in words. */

import { accessSync, constants, statSync } from "node:fs";
import { attempt, codeOf, EXIT, problemOf, RunspecError, reasonOf } from "../errors.ts";
import { quoteWord } from "./quote.ts";

/** Bytes of one argument, or of one variable with its name, with the NUL at its end: Linux (MAX_ARG_STRLEN), whatever the limit of all together. */
const WORD_MAX_BYTES = 128 * 1024;

/** Whether Linux takes `text` as an argument, or as a variable with its name. */
export const fitsWord = (text: string): boolean => Buffer.byteLength(text) < WORD_MAX_BYTES;

/** Whether the system would refuse it for one text alone. It would be copied several times to learn that. */
export function isTooLong({ argv, env }: { argv: readonly string[]; env: Record<string, string> }): boolean {
  if (process.platform !== "linux") return false;
  const variables = Object.entries(env).map((pair) => pair.join("="));
  return ![...argv, ...variables].every(fitsWord);
}

export function cannotStart(program: string, error: unknown): RunspecError {
  const failed = (why: string, { exitCode, hint }: { exitCode?: number; hint?: string | undefined } = {}) =>
    new RunspecError(`${program}: ${why}`, { exitCode, hint, cause: error });
  switch (codeOf(error)) {
    case "ENOENT":
      return failed("no such program (or its interpreter is missing)", { exitCode: EXIT.NOT_FOUND });
    case "ENOEXEC":
      return failed("cannot be executed: it is not a program for this machine, nor a script with a #! line", {
        exitCode: EXIT.NOT_EXECUTABLE,
        hint: "name another program",
      });
    case "EACCES":
    case "EPERM": {
      // Where it may be executed, what starts it may not, or its file system forbids it.
      const owner = attempt(() => statSync(program).uid);
      const isClosed =
        owner !== undefined && problemOf(() => accessSync(program, constants.X_OK)) !== undefined;
      const sudo = [0, owner].includes(process.getuid?.() ?? 0) ? "" : "sudo ";
      const hint = isClosed ? `${sudo}chmod +x ${quoteWord(program)}` : undefined;
      return failed("cannot be executed: permission denied", { exitCode: EXIT.NOT_EXECUTABLE, hint });
    }
    case "EMFILE":
    case "ENFILE":
      return failed("cannot be started: too many files are open already", {
        hint: "raise the limit of open files for whoever starts runspec (ulimit -Hn shows it; LimitNOFILE of a service)",
      });
    case "EAGAIN":
      return failed("cannot be started: too many processes run already", {
        hint: "raise the limit of processes for whoever starts runspec (ulimit -u shows it; TasksMax of a service, pids of a container)",
      });
    case "E2BIG":
      return failed("the arguments are too long for this system", { hint: "pass it a file instead" });
    default:
      return failed(`cannot be started: ${reasonOf(error)}`);
  }
}
