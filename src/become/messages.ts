/** Why a become program did not run its command: by the words of each, with the codes they end with. */

import type { BecomeFailure } from "./failure.ts";
import type { BecomeMethod } from "./flags.ts";

type Reason =
  | "refused"
  | "password"
  | "no terminal"
  | "no user"
  | "account"
  | "no shell"
  | "unreachable"
  | "no interpreter"
  | "no env"
  | "not by env"
  | "other";

/** Its own words say why; but not what the system says of a program that could not be started, nor what was forbidden to env. */
export type KnownCause = Exclude<Reason, "not by env"> | "not installed" | "too long" | "noexec";

/** A cause, and the line by which it was said; "": by none. */
type SaidCause = readonly [cause: KnownCause, line: string];

/** Why it was not run, by its words in English; undefined: the tool was run, and failed itself. */
export function causeOf(failure: BecomeFailure): SaidCause | undefined {
  if (failure.errorCode === "ENOENT") return ["not installed", ""];
  if (failure.errorCode === "E2BIG") return ["too long", ""];
  return messageIn(failure.own, "become", failure) ?? messageIn(failure.stderr, "either", failure);
}

/** `speaker`: who wrote `text`. Where that may be the tool as well, only a message that names the command counts. */
function messageIn(
  text: string,
  speaker: "become" | "either",
  failure: BecomeFailure,
): SaidCause | undefined {
  const { method, exitCode, env, command, openToAll, asked, started, invoker } = failure;
  const throughEnv = env.size > 0;
  const lines = text.replace(FAULTS, "").split(/\r?\n/);
  const said = lines.filter((line) => line.trim() !== "");
  if (!isOwn(said[0] ?? "", method, throughEnv)) return undefined;
  for (const [pattern, reason, naming] of messagesFor(method, exitCode, throughEnv)) {
    const line = said.find((candidate) => pattern.test(candidate));
    if (line === undefined) continue;
    // Root is asked for no password, and refused nothing: the account has limits, as those of pam_access.
    if (method === "su" && invoker === "root" && /password|refused/.test(reason)) continue;
    if (reason === "other" && started) return undefined;
    if (naming ? !line.includes(command[0] ?? "") : speaker === "either") return undefined;
    if (reason === "not by env") return [openToAll ? "noexec" : "unreachable", line];
    return [reason === "other" && asked ? "password" : reason, line];
  }
  return undefined;
}

/** `naming`: it names the command, which may have been opened before it failed. */
type BecomeMessage = readonly [said: RegExp, reason: Reason, naming?: "naming"];

/** sudo, dzdo, and sudo-rs under either name. */
const SUDO: readonly BecomeMessage[] = [
  [/sorry, you must have a tty/, "no terminal"],
  // Before what is said of passwords, which comes after it.
  [/: account validation failure|account .*expired/i, "account"],
  [/: a password is required/, "password"],
  [/no tty present|no askpass program|terminal is required|no password was provided/i, "password"],
  [/: interactive authentication is required|incorrect (?:password|authentication) attempts?/i, "password"],
  [/: Authentication (?:failed|failure|required)/i, "password"],
  [/: unknown user|: user '.*' not found/, "no user"],
  [/is not allowed to (?:execute|run)|may not run|is not in the sudoers file/, "refused"],
  [/I'm sorry .*\. I'm afraid I can't do that/, "refused"],
  [/: '?env'?: command not found$/, "no env"],
  [/: command not found$/, "unreachable"],
  [/: (?:unable to execute|cannot execute) .*: No such file or directory/, "no interpreter", "naming"],
  [/: (?:unable to execute|cannot execute) /, "unreachable", "naming"],
  [/^(?:sudo|sudo-rs|dzdo): (?!unable to resolve host|unable to send audit message)/, "other"],
];

/** su asks in the language of its user. */
const PROMPT = "^[^\\n:：]*(?:pass|senha|parola|heslo|wachtwoord|salasana|[^\\x00-\\x7f])[^\\n:：]*[:：]";

const SU: readonly BecomeMessage[] = [
  [/account has expired|^You (?:are required to|must) change your pass|^su: PAM error: A.* token/, "account"],
  [
    /^(?:Password: |\S+[:：] ?)?su: (?:Authentication fail|must be run from a terminal|incorrect password|Sorry)/,
    "password",
  ],
  [/^su: Maximum \d+ incorrect authentication attempts/, "password"],
  [
    /su: (?:user .* (?:does not exist|not found)|unknown (?:login|user|id)|No passwd entry|invalid user)/i,
    "no user",
  ],
  [/su: permission denied/i, "refused"],
  [/su: failed to execute/, "no shell"],
  [/^[\w-]*sh: .*: restricted/, "no shell", "naming"],
  [/(?:^|[:：] ?)su: (?!warning|cannot change directory|using restricted shell)/, "other"],
];

const PBRUN: readonly BecomeMessage[] = [
  [/^pb(?:run|masterd|locald|logd)[\d.-]*(?:\[\d+\])?: .*(?:[Rr]equest rejected|not permitted)/, "refused"],
  [/^pb(?:run|masterd|locald|logd)[\d.-]*(?:\[\d+\])?:/, "other"],
];

/** What the shell of `su -c` says of a command that it could not start. */
const SHELL: readonly BecomeMessage[] = [
  [/^[\w-]*sh: .*: Permission denied$/, "unreachable", "naming"],
  [/^[\w-]*sh: .*(?:not found|No such file or directory)$/, "no interpreter", "naming"],
];

/** What `env` says of it, where it stands in front. */
const ENV: readonly BecomeMessage[] = [
  [/^(?:\S*\/)?env: .*: (?:Permission denied|Not a directory)$/, "not by env", "naming"],
  [/^(?:\S*\/)?env: .*: No such file or directory$/, "no interpreter", "naming"],
];

const ALL: Record<BecomeMethod, readonly BecomeMessage[]> = { sudo: SUDO, dzdo: SUDO, su: SU, pbrun: PBRUN };

/** What can have been said by something other than the tool, given how it ended. */
function messagesFor(method: BecomeMethod, exitCode: number, throughEnv: boolean) {
  if (exitCode === 1) return ALL[method];
  if (exitCode < 125 || exitCode > 127) return [];
  return [...(throughEnv ? ENV : []), ...(method === "su" ? [...SHELL, ...SU] : [])];
}

/** How the words of each begin, prompts included. Anything else before them is the tool's: it has been started. */
const OWN_WORDS: Record<BecomeMethod, RegExp> = {
  sudo: /^(?:sudo|sudo-rs): |^\[sudo|^Sorry, |^We trust|^Password:|^\S+ is not in the sudoers/,
  dzdo: /^dzdo: |^\[dzdo|^Sorry, |^We trust|^Password:|^\S+ is not in the sudoers/,
  su: new RegExp(`^su: |^\\[su|^Your account|^You (?:are|must) |^[\\w-]*sh: |${PROMPT}(?: ?su: |\\s*$)`, "i"),
  pbrun: /^pb(?:run|masterd|locald|logd)[\d.-]*(?:\[\d+\])?:|^Password:/,
};

/** What sudo says first of an error in sudoers that it passes over: the place, the line, and a mark under it. */
const FAULTS = /^(?:(?:>>> \/\S+: |\/\S+:\d+:\d+: ).*\n(?:.*\n *\^~*\n)?)+/;

/** Whether `line`, the first that was said, can be the become program's, or that of the `env` in front of the tool. */
export function isOwn(line: string, method: BecomeMethod, throughEnv: boolean): boolean {
  return OWN_WORDS[method].test(line) || (throughEnv && /^(?:\S*\/)?env: /.test(line));
}

/** `line` without the prompt in front of it, where nobody has typed an answer. */
export function withoutPrompt(line: string): string {
  return line.replace(new RegExp(`${PROMPT} ?(?=su: )`, "i"), "");
}
