/** Why a become program did not run the tool, from its own words, and what would let it: a table by cause. */

import { maskText } from "../mask.ts";
import { quoteCommand, quoteWord } from "../process/quote.ts";
import { shorten, visible } from "../text.ts";
import type { BecomeRequest } from "./argv.ts";
import { readBecomeFlags } from "./flags.ts";
import { FAULTS, isOwn, messagesFor, type Reason, withoutPrompt } from "./messages.ts";
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
  /** There are signs of the tool: what the become program said before was a warning. */
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

/**
 * Explains a failure of the become program itself: its own words, the command that was tried, and how to fix it. undefined: the tool failed. Known
 * by the words that these programs speak in English; others are repeated under a general sentence.
 */
export function explainBecome(failure: BecomeFailure): string | undefined {
  const found = causeOf(failure);
  if (found === undefined) return undefined;
  const [what, fix] = explainCause(found.cause, failure);
  const shown = (text: string) => shorten(visible(text), COMMAND_MAX);
  const words = shown(maskText(withoutPrompt(found.line), failure.secrets));
  const sentence = words === "" ? what : `${what}: ${words}`;
  return `${sentence}\ntried: ${shown(quoteCommand(failure.shown))}\n${fix}`;
}

/** Its own words say why; but not what the system says of a program that could not be started, nor what was forbidden to env. */
type KnownCause = Exclude<Reason, "not by env"> | "not installed" | "too long" | "noexec";

const ADD = "add to sudoers (visudo): ";

function explainCause(cause: KnownCause, failure: BecomeFailure): [what: string, fix: string] {
  const { method, user, invoker, hostname, command, exitCode } = failure;
  const program = visible(command[0] ?? "");
  const defaults = `${ADD}Defaults:${sudoersName(invoker)}`;
  const cannotRun = `${user} cannot run ${program} on ${hostname}`;
  // sudo checks the account of the caller, su that of the target user.
  const checked = method === "su" ? user : invoker;
  const account = quoteWord(checked);
  const causes: Record<KnownCause, () => [what: string, fix: string]> = {
    "not installed": () => [
      `there is no ${method} on ${hostname}`,
      `install ${method}, or name another become_method`,
    ],
    "too long": () => [
      `the command line is too long for ${method} on ${hostname}`,
      method === "su"
        ? 'su takes all of it as one argument: set become_method = "sudo", or pass the tool a file'
        : "pass the tool a file instead; what env carries is in the command line twice",
    ],
    refused: () => [`${method} does not let ${invoker} be ${user} on ${hostname}`, permissionFor(failure)],
    password: () => [
      `${method} wants a password from ${invoker} to be ${user} on ${hostname}, and nobody is there to type it`,
      permissionFor(failure),
    ],
    "no terminal": () => [
      `${method} on ${hostname} wants a terminal, and a tool has none`,
      method === "sudo" ? `${defaults} !requiretty` : `have ${method} run it without a terminal`,
    ],
    "no user": () => [
      `there is no user ${user} on ${hostname}`,
      `create ${user}, or give run_as.hosts."${hostname}" another user; a plain run_as = "…" is run_as.default = "…" then`,
    ],
    account: () => [
      `the account of ${checked} on ${hostname} has expired or is locked`,
      `chage -l ${account} shows which date has passed; as root, this renews both: chage -E -1 -d "$(date +%F)" ${account}`,
    ],
    "no shell": () => [
      `${user} has no login shell on ${hostname} that su could use`,
      'set become_flags = "-s /bin/sh", or become_method = "sudo"',
    ],
    unreachable: () => [cannotRun, `let ${user} read and execute it, and enter every directory above it`],
    // We have seen the program, so it is there; and what a user may not see is told as a lack of permission.
    "no interpreter": () => [
      cannotRun,
      `look for the program that its first line (#!) names, on ${hostname}: head -1 ${visible(quoteCommand(command.slice(0, 1)))}`,
    ],
    "no env": () => [
      `${method} on ${hostname} finds no env, which carries the variables`,
      method === "sudo"
        ? `${defaults} secure_path="${SECURE_PATH.join(":")}"`
        : `have ${method} find env on its path, or set become_env = false where the tool reads no variables`,
    ],
    // Its permissions let everybody run it, and yet env was not let.
    noexec: () => [
      `${method} on ${hostname} does not let env start ${program} (NOEXEC)`,
      method === "sudo"
        ? ruleFor(failure, { mayStartOthers: true })
        : `${permissionFor(failure)}, without NOEXEC`,
    ],
    other: () => [
      `${method} could not run the tool as ${user} on ${hostname} (exit code ${exitCode})`,
      `run the command above on ${hostname}, as ${invoker}, to see more`,
    ],
  };
  return causes[cause]();
}

function permissionFor(failure: BecomeFailure): string {
  const { method, invoker, user } = failure;
  if (method === "sudo") return ruleFor(failure, { mayStartOthers: false });
  if (method === "su")
    return 'only root may su without a password: set become_method = "sudo", or serve as root';
  return `ask whoever keeps ${method}'s ${method === "dzdo" ? "roles" : "policy"} to let ${invoker} run it as ${user}`;
}

function ruleFor(failure: BecomeFailure, { mayStartOthers }: { mayStartOthers: boolean }): string {
  const { invoker, user, command, fixed = command.slice(0, 1), env, flags } = failure;
  const { words, throughShell } = readBecomeFlags("sudo", flags);
  if (throughShell) return shellNote(user);
  const permission = { invoker, user, fixed, throughEnv: env.size > 0, mayStartOthers };
  const notes = ruleNotes(words, fixed).concat(ruleWarning(permission) ?? []);
  return [`${ADD}${sudoersRule(permission)}`, ...notes.map((note) => `(${visible(note)})`)].join("\n");
}

/** Why it was not run, and the line of its stderr by which the become program says so. */
function causeOf(failure: BecomeFailure): { cause: KnownCause; line: string } | undefined {
  if (failure.errorCode === "ENOENT") return { cause: "not installed", line: "" };
  if (failure.errorCode === "E2BIG") return { cause: "too long", line: "" };
  return messageIn(failure.own, "become", failure) ?? messageIn(failure.stderr, "either", failure);
}

/** `speaker`: who wrote `text`. Where that may be the tool as well, only a message that names the command counts. */
function messageIn(
  text: string,
  speaker: "become" | "either",
  { method, exitCode, env, command, openToAll, asked, started, invoker }: BecomeFailure,
): { cause: KnownCause; line: string } | undefined {
  const throughEnv = env.size > 0;
  const lines = text
    .replace(FAULTS, "")
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "");
  if (!isOwn(lines[0] ?? "", method, throughEnv)) return undefined;
  for (const [pattern, reason, naming] of messagesFor(method, exitCode, throughEnv)) {
    const line = lines.find((candidate) => pattern.test(candidate));
    if (line === undefined) continue;
    // su asks root for nothing: the account has limits, as those of pam_access.
    if (method === "su" && invoker === "root" && /password|refused/.test(reason)) continue;
    if (reason === "other" && started) return undefined;
    if (naming ? !line.includes(command[0] ?? "") : speaker === "either") return undefined;
    if (reason === "not by env") return { cause: openToAll ? "noexec" : "unreachable", line };
    return { cause: reason === "other" && asked ? "password" : reason, line };
  }
  return undefined;
}
