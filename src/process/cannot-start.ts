/** Why a program cannot be started, in words. */

import { codeOf, EXIT, RunspecError, systemReason } from "../errors.ts";
import { quoteWord } from "./quote.ts";

/** Bytes of one argument, or of one variable with its name, with the NUL at its end: Linux, whatever the limit of all together. */
const ONE_MAX = 128 * 1024;

/** Whether the system would refuse it for one text alone. It would be copied several times to learn that. */
export function isTooLong({ argv, env }: { argv: readonly string[]; env: Record<string, string> }): boolean {
  if (process.platform !== "linux") return false;
  return [...argv, ...Object.values(env)].some((text) => text.length >= ONE_MAX);
}

export function cannotStart(program: string, error: unknown): RunspecError {
  const code = codeOf(error);
  if (code === "ENOENT") {
    return new RunspecError(`${program}: no such program (or its interpreter is missing)`, {
      exitCode: EXIT.NOT_FOUND,
      cause: error,
    });
  }
  if (code === "EACCES" || code === "ENOEXEC" || code === "EPERM") {
    const [why, hint] =
      code === "ENOEXEC"
        ? ["it is not a program for this machine, nor a script with a #! line", "name another program"]
        : ["permission denied", `chmod +x ${quoteWord(program)}`];
    return new RunspecError(`${program}: cannot be executed: ${why}`, {
      exitCode: EXIT.NOT_EXECUTABLE,
      hint,
      cause: error,
    });
  }
  if (code === "EMFILE" || code === "ENFILE") {
    return new RunspecError(`${program}: cannot be started: too many files are open already`, {
      hint: "raise the limit of open files for whoever starts runspec (ulimit -Hn shows it; LimitNOFILE of a service)",
      cause: error,
    });
  }
  if (code === "E2BIG") {
    return new RunspecError(`${program}: the arguments are too long for this system`, {
      hint: "pass it a file instead",
      cause: error,
    });
  }
  return new RunspecError(`${program}: cannot be started: ${systemReason(error)}`, { cause: error });
}
