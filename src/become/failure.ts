/** Why a become program did not run the tool, from its own words, and what would let it: a table by cause. */

import { quoteCommand, quoteWord } from "../process/quote.ts";
import { maskText, shorten, visible } from "../text.ts";
import type { BecomeRequest } from "./argv.ts";
import type { BecomeMethod } from "./flags.ts";
import { isOwn, messagesFor, type Reason, withoutPrompt } from "./messages.ts";
import { envWarning, SECURE_PATH, sudoersName, sudoersRule } from "./sudoers-rule.ts";

export interface BecomeFailure extends BecomeRequest {
  /** As a shell would report it. */
  exitCode: number;
  /** The system's code where the become program could not be started: `ENOENT`. */
  errorCode?: string | undefined;
  /** What the call wrote there, the tool included; the beginning is enough. */
  stderr: string;
  /** Of that, what was said before the tool had been started. */
  own: string;
  /** It asked for a password, in whatever language, and `own` begins behind that. */
  asked?: boolean;
  /** Everybody may execute the program, and enter every directory above it. */
  openToAll: boolean;
  /** The user's shell, which su starts, refuses every command: it is nologin, and no flag names another. */
  noLogin?: boolean;
  /** The user that runspec runs as. */
  invoker: string;
  hostname: string;
  /** The values that must not be shown. */
  secrets: ReadonlySet<string>;
  /** The command that was tried, without secrets. */
  shown: readonly string[];
}

/** Characters of a command, also where the become program repeats it: how to fix it stands behind that, and must still be seen. */
const COMMAND_MAX = 4096;

/**
 * Explains a failure of the become program itself: a line that ends in its own words where it said any, the command that was tried,
 * and how to fix it. undefined: it was the tool that failed. Known by the words that these programs speak in English; others are
 * repeated under a general sentence.
 */
export function explainBecome(failure: BecomeFailure): string | undefined {
  const found = causeOf(failure);
  if (found === undefined) return undefined;
  const { what, fix } = CAUSES[found.cause];
  const shown = (text: string) => shorten(visible(text), COMMAND_MAX);
  const said = shown(maskText(withoutPrompt(found.line), failure.secrets));
  const sentence = said === "" ? what(failure) : `${what(failure)}: ${said}`;
  return `${sentence}\ntried: ${shown(quoteCommand(failure.shown))}\n${fix(failure)}`;
}

interface Cause {
  what(failure: BecomeFailure): string;
  fix(failure: BecomeFailure): string;
}

/** Its own words say why; but not what the system says of a program that could not be started, nor what was forbidden to env. */
type Known = Exclude<Reason, "not by env"> | "not installed" | "too long" | "noexec";

const ADD = "add to sudoers (visudo): ";

const CAUSES: Record<Known, Cause> = {
  "not installed": {
    what: ({ method, hostname }) => `there is no ${method} on ${hostname}`,
    fix: ({ method }) => `install ${method}, or name another become_method`,
  },
  "too long": {
    what: ({ method, hostname }) => `the command line is too long for ${method} on ${hostname}`,
    fix: ({ method }) =>
      method === "su"
        ? 'su takes all of it as one argument: set become_method = "sudo", or pass the tool a file'
        : "pass the tool a file instead; what env carries is in the command line twice",
  },
  refused: {
    what: ({ method, user, invoker, hostname }) =>
      `${method} does not let ${invoker} be ${user} on ${hostname}`,
    fix: (failure) => PERMISSION[failure.method](failure),
  },
  password: {
    what: ({ method, user, invoker, hostname }) =>
      `${method} wants a password from ${invoker} to be ${user} on ${hostname}, and nobody is there to type it`,
    fix: (failure) => PERMISSION[failure.method](failure),
  },
  "no terminal": {
    what: ({ method, hostname }) => `${method} on ${hostname} wants a terminal, and a tool has none`,
    fix: ({ method, invoker }) =>
      method === "sudo"
        ? `${ADD}Defaults:${sudoersName(invoker)} !requiretty`
        : `have ${method} run it without a terminal`,
  },
  "no user": {
    what: ({ user, hostname }) => `there is no user ${user} on ${hostname}`,
    fix: ({ user, hostname }) => `create ${user}, or give run_as.hosts."${hostname}" another user`,
  },
  account: {
    what: (failure) =>
      `the account of ${whoseAccount(failure)} on ${failure.hostname} has expired or is locked`,
    fix: (failure) => {
      const name = quoteWord(whoseAccount(failure));
      return `chage -l ${name} shows which date has passed; as root, this renews both: chage -E -1 -d "$(date +%F)" ${name}`;
    },
  },
  "no shell": {
    what: ({ user, hostname }) => `${user} has no login shell on ${hostname} that su could use`,
    fix: () => 'set become_flags = "-s /bin/sh", or become_method = "sudo"',
  },
  unreachable: {
    what: cannotRun,
    fix: ({ user }) => `let ${user} read and execute it, and enter every directory above it`,
  },
  // We have seen the program, so it is there; and what a user may not see is told as a lack of permission.
  "no interpreter": {
    what: cannotRun,
    fix: ({ command, hostname }) =>
      `look for the program that its first line (#!) names, on ${hostname}: head -1 ${visible(quoteCommand(command.slice(0, 1)))}`,
  },
  "no env": {
    what: ({ method, hostname }) => `${method} on ${hostname} finds no env, which carries the variables`,
    fix: ({ method, invoker }) =>
      method === "sudo"
        ? `${ADD}Defaults:${sudoersName(invoker)} secure_path="${SECURE_PATH.join(":")}"`
        : `have ${method} find env on its path, or set become_env = false where the tool reads no variables`,
  },
  // Its permissions let everybody run it, and yet env was not let.
  noexec: {
    what: ({ method, command, hostname }) =>
      `${method} on ${hostname} does not let env start ${visible(command[0] ?? "")} (NOEXEC)`,
    fix: (failure) =>
      failure.method === "sudo"
        ? ruleFor(failure, true)
        : `${PERMISSION[failure.method](failure)}, without NOEXEC`,
  },
  other: {
    what: ({ method, user, hostname, exitCode }) =>
      `${method} could not run the tool as ${user} on ${hostname} (exit code ${exitCode})`,
    fix: ({ hostname, invoker }) => `run the command above on ${hostname}, as ${invoker}, to see more`,
  },
};

function cannotRun({ user, command, hostname }: BecomeFailure): string {
  return `${user} cannot run ${visible(command[0] ?? "")} on ${hostname}`;
}

/** What would give the permission that is missing. */
const PERMISSION: Record<BecomeMethod, (failure: BecomeFailure) => string> = {
  sudo: (failure) => ruleFor(failure, false),
  su: () => 'only root may su without a password: set become_method = "sudo", or serve as root',
  pbrun: ({ invoker, user }) => `ask whoever keeps pbrun's policy to let ${invoker} run it as ${user}`,
  dzdo: ({ invoker, user }) => `ask whoever keeps dzdo's roles to let ${invoker} run it as ${user}`,
};

function ruleFor(failure: BecomeFailure, mayStartOthers: boolean): string {
  const { invoker, user, command, fixed = command.slice(0, 1), env } = failure;
  const throughEnv = env.size > 0;
  const rule = sudoersRule({ invoker, user, fixed, throughEnv, mayStartOthers });
  const line = `${ADD}${rule}`;
  return throughEnv ? `${line}\n(${envWarning({ invoker, user })})` : line;
}

/** sudo looks at the account of whoever asks, su at the one that is asked for. */
function whoseAccount({ method, invoker, user }: BecomeFailure): string {
  return method === "su" ? user : invoker;
}

/** Why it was not run, and the line of its stderr by which the become program says so. */
function causeOf(failure: BecomeFailure): { cause: Known; line: string } | undefined {
  if (failure.errorCode === "ENOENT") return { cause: "not installed", line: "" };
  if (failure.errorCode === "E2BIG") return { cause: "too long", line: "" };
  if (failure.noLogin) return { cause: "no shell", line: "" };
  return messageIn(failure.own, failure) ?? messageIn(failure.stderr, failure, true);
}

/** `byTool`: the tool may have said it. Then it has to name the command: nobody else's words do. */
function messageIn(
  text: string,
  { method, exitCode, env, command, openToAll, asked }: BecomeFailure,
  byTool = false,
): { cause: Known; line: string } | undefined {
  const throughEnv = env.size > 0;
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  if (!isOwn(lines[0] ?? "", method, throughEnv)) return undefined;
  for (const [said, reason, naming] of messagesFor(method, exitCode, throughEnv)) {
    const line = lines.find((candidate) => said.test(candidate));
    if (line === undefined) continue;
    if (naming ? !line.includes(command[0] ?? "") : byTool) return undefined;
    if (reason === "not by env") return { cause: openToAll ? "noexec" : "unreachable", line };
    return { cause: reason === "other" && asked ? "password" : reason, line };
  }
  return undefined;
}
