/** Why a become program did not run the tool, from its own words, and what would let it: a table by cause. */

import { maskText } from "../mask.ts";
import { quoteCommand, quoteWord } from "../process/quote.ts";
import { shorten, visible } from "../text.ts";
import type { BecomeRequest } from "./argv.ts";
import { readBecomeFlags } from "./flags.ts";
import { causeOf, type KnownCause, withoutPrompt } from "./messages.ts";
import { METHODS } from "./methods.ts";
import { ruleNotes, ruleWarning, SECURE_PATH, shellNote, sudoersName, sudoersRule } from "./sudoers-rule.ts";

export interface BecomeFailure extends BecomeRequest {
  /** The exit code that a shell would report. */
  exitCode: number;
  /** The system's code where the become program could not be started: `ENOENT`. */
  errorCode?: string | undefined;
  /** What the call wrote there, the tool included; the beginning is enough. */
  stderr: string;
  /** The part of `stderr` that was said before the tool had been started. */
  own: string;
  /** It asked for a password, in whatever language, and `own` begins behind that. */
  asked?: boolean;
  /** There are signs of the tool: what the become program said before was a warning. Where it asked, only certain signs count: others may have opened the program. */
  started?: boolean;
  /** Everybody may execute the program, and enter every directory above it. */
  openToAll: boolean;
  /** The user that runspec runs as. */
  invoker: string;
  hostname: string;
  secrets: ReadonlySet<string>;
  /** The command that was tried, without secrets. */
  shown: readonly string[];
}

/** Characters of a command, also where the become program repeats it: how to fix it stands behind that, and must still be seen. */
const COMMAND_MAX = 4096;

/** What kept the become program from running the tool, in its own words, the command that was tried, and how to fix it; words in another language stand under a general sentence. undefined: the tool failed. */
export function explainBecome(failure: BecomeFailure): string | undefined {
  const found = causeOf(failure);
  if (found === undefined) return undefined;
  const [cause, line] = found;
  const [what, fix] = explainCause(cause, failure);
  const shown = (text: string) => shorten(visible(text), COMMAND_MAX);
  const words = shown(maskText(withoutPrompt(line), failure.secrets));
  const sentence = words === "" ? what : `${what}: ${words}`;
  return `${sentence}\ntried: ${shown(quoteCommand(failure.shown))}\n${fix}`;
}

const ADD = "add to sudoers (visudo): ";

function explainCause(cause: KnownCause, failure: BecomeFailure): [what: string, fix: string] {
  const { method, user, invoker, hostname, command, exitCode } = failure;
  const { takesText, policy } = METHODS[method];
  const program = visible(command[0] ?? "");
  const checked = policy === "none" ? user : invoker;
  const cannotRun = `${user} cannot run ${program} on ${hostname}`;
  const what: Record<KnownCause, string> = {
    "not installed": `there is no ${method} on ${hostname}`,
    "too long": `the command line is too long for ${method} on ${hostname}`,
    refused: `${method} does not let ${invoker} be ${user} on ${hostname}`,
    password: `${method} wants a password from ${invoker} to be ${user} on ${hostname}, and nobody is there to type it`,
    "no terminal": `${method} on ${hostname} wants a terminal, and a tool has none`,
    "no user": `there is no user ${user} on ${hostname}`,
    account: `the account of ${checked} on ${hostname} has expired or is locked`,
    "no shell": `${user} has no login shell on ${hostname} that ${method} could use`,
    unreachable: cannotRun,
    "no interpreter": cannotRun,
    "no env": `${method} on ${hostname} finds no env, which carries the variables`,
    noexec: `${method} on ${hostname} does not let env start ${program} (NOEXEC)`,
    other: `${method} could not run the tool as ${user} on ${hostname} (exit code ${exitCode})`,
  };
  const isSudoers = policy === "sudoers";
  const defaults = `${ADD}Defaults:${sudoersName(invoker)}`;
  const account = quoteWord(checked);
  const fix: Record<KnownCause, () => string> = {
    "not installed": () => `install ${method}, or name another become_method`,
    "too long": () =>
      takesText
        ? `${method} takes all of it as one argument: set become_method = "sudo", or pass the tool a file`
        : "pass the tool a file instead; what env carries is in the command line twice",
    refused: () => permissionFor(failure),
    password: () => permissionFor(failure),
    "no terminal": () => (isSudoers ? `${defaults} !requiretty` : `have ${method} run it without a terminal`),
    "no user": () =>
      `create ${user}, or give run_as.hosts."${hostname}" another user; a plain run_as = "…" is run_as.default = "…" then`,
    account: () =>
      `chage -l ${account} shows which date has passed; as root, this renews both: chage -E -1 -d "$(date +%F)" ${account}`,
    "no shell": () => 'set become_flags = "-s /bin/sh", or become_method = "sudo"',
    unreachable: () => `let ${user} read and execute it, and enter every directory above it`,
    // The program itself is there, for we have seen it, and what that user may not see is told as a lack of permission.
    "no interpreter": () =>
      `look for the program that its first line (#!) names, on ${hostname}: head -1 ${quoteCommand(command.slice(0, 1))}`,
    "no env": () =>
      isSudoers
        ? `${defaults} secure_path="${SECURE_PATH.join(":")}"`
        : `have ${method} find env on its path, or set become_env = false where the tool reads no variables`,
    // env was refused a program that everybody may execute.
    noexec: () =>
      isSudoers ? ruleFor(failure, { mayStartOthers: true }) : `${permissionFor(failure)}, without NOEXEC`,
    other: () => `run the command above on ${hostname}, as ${invoker}, to see more`,
  };
  return [what[cause], fix[cause]()];
}

function permissionFor(failure: BecomeFailure): string {
  const { method, invoker, user } = failure;
  const { policy } = METHODS[method];
  if (policy === "sudoers") return ruleFor(failure, { mayStartOthers: false });
  if (policy === "none")
    return `only root may ${method} without a password: set become_method = "sudo", or serve as root`;
  return `ask whoever keeps ${method}'s ${policy} to let ${invoker} run it as ${user}`;
}

function ruleFor(failure: BecomeFailure, { mayStartOthers }: { mayStartOthers: boolean }): string {
  const { method, invoker, user, command, fixed = command.slice(0, 1), noWords, env, flags } = failure;
  const { words, throughShell } = readBecomeFlags(method, flags);
  if (throughShell) return shellNote(user);
  const permission = { invoker, user, fixed, noWords, throughEnv: env.size > 0, mayStartOthers };
  const notes = ruleNotes(words, fixed).concat(ruleWarning(permission) ?? []);
  return [`${ADD}${sudoersRule(permission)}`, ...notes.map((note) => `(${visible(note)})`)].join("\n");
}
