/** Why a become program did not run its command: by the words that it, or what it has start the command, can have said. */

import type { BecomeFailure } from "./failure.ts";
import { PROMPT } from "./methods/su.ts";
import { type BecomeMessage, type BecomeMethod, METHODS, type Reason } from "./methods.ts";

/** The reasons that its own words give, and those that they do not: the system did not start it, or a rule keeps env from starting the program. */
export type KnownCause = Exclude<Reason, "not by env"> | "not installed" | "too long" | "noexec";

/** A cause, and the line by which it was said; "": by none. */
type SaidCause = readonly [cause: KnownCause, line: string];

/** Why it was not run, by its words in English; undefined: the tool was run, and failed itself. */
export function causeOf(failure: BecomeFailure): SaidCause | undefined {
  if (failure.errorCode === "ENOENT") return ["not installed", ""];
  if (failure.errorCode === "E2BIG") return ["too long", ""];
  return causeIn(failure.own, "become", failure) ?? causeIn(failure.stderr, "either", failure);
}

/** `speaker`: who wrote `text`. Where that may be the tool as well, only a message that names the command counts. */
function causeIn(text: string, speaker: "become" | "either", failure: BecomeFailure): SaidCause | undefined {
  const { method, exitCode, env, command, openToAll, asked, started, invoker } = failure;
  const throughEnv = env.size > 0;
  const lines = text.replace(FAULTS, "").split(/\r?\n/);
  const said = lines.filter((line) => line.trim() !== "");
  if (!isOwn(said[0] ?? "", method, throughEnv)) return undefined;
  for (const [pattern, reason, naming] of messagesFor(method, exitCode, throughEnv)) {
    const line = said.find((candidate) => pattern.test(candidate));
    if (line === undefined) continue;
    // Root is asked for no password, and refused nothing: the account has limits, as those of pam_access.
    if (METHODS[method].policy === "none" && invoker === "root" && /password|refused/.test(reason)) continue;
    if (reason === "other" && started) return undefined;
    // With or without quotes its name ends there: what the tool itself starts may be called deploy-db.
    const namesCommand = line.replace(/['’]:/, ":").includes(`${command[0]}:`);
    if (naming ? !namesCommand : speaker === "either") return undefined;
    if (reason === "not by env") return [openToAll ? "noexec" : "unreachable", line];
    return [reason === "other" && asked ? "password" : reason, line];
  }
  return undefined;
}

/** What can have been said by something other than the tool, given how it ended. */
function messagesFor(method: BecomeMethod, exitCode: number, throughEnv: boolean): readonly BecomeMessage[] {
  const { takesText, messages } = METHODS[method];
  if (exitCode === 1) return messages;
  if (exitCode < 125 || exitCode > 127) return [];
  return [...(throughEnv ? ENV : []), ...(takesText ? [...SHELL, ...messages] : [])];
}

/** What a shell says of a command that it could not start. */
const SHELL: readonly BecomeMessage[] = [
  [/^[\w-]*sh: .*: Permission denied$/, "unreachable", "naming"],
  [/^[\w-]*sh: .*(?:not found|No such file or directory)$/, "no interpreter", "naming"],
];

/** What `env` says of it, where it stands in front. */
const ENV: readonly BecomeMessage[] = [
  [/^(?:\S*\/)?env: .*: (?:Permission denied|Not a directory)$/, "not by env", "naming"],
  [/^(?:\S*\/)?env: .*: No such file or directory$/, "no interpreter", "naming"],
];

/** What sudo says first of an error in sudoers that it passes over: the place, the line, and a mark under it. */
const FAULTS = /^(?:(?:>>> \/\S+: |\/\S+:\d+:\d+: ).*\n(?:.*\n *\^~*\n)?)+/;

/** Whether `line`, the first that was said, can be the become program's, or that of the `env` in front of the tool. */
export const isOwn = (line: string, method: BecomeMethod, throughEnv: boolean): boolean =>
  METHODS[method].ownWords.test(line) || (throughEnv && /^(?:\S*\/)?env: /.test(line));

/** `line` without the prompt in front of it, where nobody has typed an answer. */
export const withoutPrompt = (line: string): string =>
  line.replace(new RegExp(`${PROMPT} ?(?=su: )`, "i"), "");
