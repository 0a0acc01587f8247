/** Why a become program did not run the tool, from its own words, and what would let it. */

import { quoteCommand } from "../process/quote.ts";
import { maskText, visible } from "../text.ts";
import type { BecomeRequest } from "./argv.ts";
import type { BecomeMethod } from "./flags.ts";
import { envWarning, sudoersRule } from "./sudoers.ts";
import { isOwn, type Reason, sayingsFor, withoutPrompt } from "./words.ts";

export interface BecomeFailure extends BecomeRequest {
  /** As a shell would report it. */
  exitCode: number;
  /** The system's code where the become program could not be started: `ENOENT`. */
  errorCode?: string;
  /** What the call wrote there; the beginning is enough. */
  stderr: string;
  /** The tool has been started: what was said is its own. */
  seen: boolean;
  /** It asked for a password, in whatever language, and `stderr` begins behind that. */
  asked?: boolean;
  /** Everybody may execute the program, and enter every directory above it. */
  openToAll: boolean;
  /** The user that runspec runs as. */
  invoker: string;
  hostname: string;
  /** The values that must not be shown. */
  secrets: ReadonlySet<string>;
  /** The command that was tried, without secrets. */
  shown: readonly string[];
}

export interface Explanation {
  /** One sentence, ending in the become program's own words where it said any. */
  sentence: string;
  /** The command that was tried, then how to fix it; a line each. */
  hint: string;
}

/** Characters of a command, also where the become program repeats it. */
const COMMAND_MAX = 4096;

/**
 * Explains a failure of the become program itself; undefined where it was the tool that failed. Known by the words
 * that these programs speak in English; others are repeated under a general sentence.
 */
export function explainBecome(failure: BecomeFailure): Explanation | undefined {
  const notStarted = notStartedFor(failure.errorCode);
  const found = notStarted === undefined ? recognize(failure) : { cause: notStarted, line: "" };
  if (found === undefined) return undefined;
  const said = visible(maskText(withoutPrompt(found.line), failure.secrets));
  return {
    sentence: [found.cause.what(failure), ...(said === "" ? [] : [shortened(said)])].join(": "),
    hint: `tried: ${shortened(visible(quoteCommand(failure.shown)))}\n${found.cause.mend(failure)}`,
  };
}

/** What mends it stands behind a command, and must still be seen. */
function shortened(text: string): string {
  return text.length > COMMAND_MAX ? `${text.slice(0, COMMAND_MAX)}…` : text;
}

interface Cause {
  what(failure: BecomeFailure): string;
  mend(failure: BecomeFailure): string;
}

const NOT_INSTALLED: Cause = {
  what: ({ method, hostname }) => `there is no ${method} on ${hostname}`,
  mend: ({ method }) => `install ${method}, or name another become_method`,
};

const TOO_LONG: Cause = {
  what: ({ method, hostname }) => `the command line is too long for ${method} on ${hostname}`,
  mend: ({ method }) =>
    method === "su"
      ? 'su takes all of it as one argument: set become_method = "sudo", or hand the tool a file'
      : "hand the tool a file instead; what is carried stands there as an argument and as a variable",
};

/** By the system's code for why the become program could not be started. */
function notStartedFor(errorCode: string | undefined): Cause | undefined {
  if (errorCode === "ENOENT") return NOT_INSTALLED;
  return errorCode === "E2BIG" ? TOO_LONG : undefined;
}

const REFUSED: Cause = {
  what: ({ method, user, invoker, hostname }) =>
    `${method} does not let ${invoker} be ${user} on ${hostname}`,
  mend: (failure) => PERMISSION[failure.method](failure),
};

const PASSWORD: Cause = {
  what: ({ method, user, invoker, hostname }) =>
    `${method} wants a password from ${invoker} to be ${user} on ${hostname}, and nobody is there to type it`,
  mend: REFUSED.mend,
};

const NO_TERMINAL: Cause = {
  what: ({ method, hostname }) => `${method} on ${hostname} wants a terminal, and a tool has none`,
  mend: ({ invoker }) => `add to sudoers (visudo): Defaults:${invoker} !requiretty`,
};

const NO_USER: Cause = {
  what: ({ user, hostname }) => `there is no user ${user} on ${hostname}`,
  mend: ({ user, hostname }) => `create ${user}, or give run_as.hosts."${hostname}" another user`,
};

const ACCOUNT: Cause = {
  what: ({ user, hostname }) => `the account of ${user} on ${hostname} cannot be used`,
  mend: ({ user }) => `see what chage -l ${user} says`,
};

const NO_SHELL: Cause = {
  what: ({ user, hostname }) => `${user} has no login shell on ${hostname} that su could use`,
  mend: () => 'set become_flags = "-s /bin/sh", or become_method = "sudo"',
};

const UNREACHABLE: Cause = {
  what: ({ user, command, hostname }) => `${user} cannot run ${visible(command[0] ?? "")} on ${hostname}`,
  mend: ({ user }) => `let ${user} read and execute it, and enter every directory above it`,
};

/** We have seen it, so it is there; and what a user may not see is told as a lack of permission. */
const NO_INTERPRETER: Cause = {
  what: UNREACHABLE.what,
  mend: ({ command, hostname }) =>
    `look for the program that its first line (#!) names, on ${hostname}: head -1 ${visible(quoteCommand(command.slice(0, 1)))}`,
};

const NO_ENV: Cause = {
  what: ({ method, hostname }) => `${method} on ${hostname} finds no env, which carries the variables`,
  mend: () =>
    "add the directory of env to secure_path in sudoers, or set become_env = false where the tool reads no variables",
};

/** Its permissions let everybody run it, and yet env was not let. */
const NO_EXEC: Cause = {
  what: ({ method, command, hostname }) =>
    `${method} on ${hostname} does not let env start ${visible(command[0] ?? "")} (NOEXEC)`,
  mend: () =>
    "take NOEXEC from the rule for env, or set become_env = false, so that the program is run itself",
};

const OTHER: Cause = {
  what: ({ method, user, hostname, exitCode }) =>
    `${method} could not run the tool as ${user} on ${hostname} (exit code ${exitCode})`,
  mend: ({ hostname }) => `run the command above on ${hostname} to see more`,
};

const CAUSES: Record<Reason, Cause> = {
  refused: REFUSED,
  password: PASSWORD,
  "no terminal": NO_TERMINAL,
  "no user": NO_USER,
  account: ACCOUNT,
  "no shell": NO_SHELL,
  unreachable: UNREACHABLE,
  "no interpreter": NO_INTERPRETER,
  "no env": NO_ENV,
  "not by env": UNREACHABLE,
  other: OTHER,
};

/** What would give the permission that is missing. */
const PERMISSION: Record<BecomeMethod, (failure: BecomeFailure) => string> = {
  sudo: ({ invoker, user, command, fixed = command.slice(0, 1), env }) => {
    const throughEnv = env.size > 0;
    const line = `add to sudoers (visudo): ${sudoersRule({ invoker, user, fixed, throughEnv })}`;
    return throughEnv ? `${line}\n(${envWarning({ invoker, user })})` : line;
  },
  su: () => 'only root may su without a password: set become_method = "sudo", or serve as root',
  pbrun: ({ invoker, user }) => `ask whoever keeps pbrun's policy to let ${invoker} run it as ${user}`,
  dzdo: ({ invoker, user }) => `ask whoever keeps dzdo's roles to let ${invoker} run it as ${user}`,
};

/** The line of its stderr by which a become program says why it did not run the command. */
function recognize(failure: BecomeFailure): { cause: Cause; line: string } | undefined {
  const { method, exitCode, env, stderr, command, seen, openToAll, asked } = failure;
  const sayings = sayingsFor(method, exitCode, env.size > 0);
  const lines = stderr.split(/\r?\n/).filter((line) => line.trim() !== "");
  if (!isOwn(lines[0] ?? "", method, env.size > 0)) return undefined;
  for (const { said, reason, namesCommand } of sayings) {
    const line = lines.find((candidate) => said.test(candidate));
    if (line === undefined) continue;
    // To say that it could not be started, it has to be looked into: nobody else's words name it.
    if (seen && !namesCommand) return undefined;
    if (namesCommand && !line.includes(command[0] ?? "")) return undefined;
    const cause =
      reason === "not by env" && openToAll
        ? NO_EXEC
        : reason === "other" && asked
          ? PASSWORD
          : CAUSES[reason];
    return { cause, line };
  }
  return undefined;
}
