/** The become programs, with all that is particular to each: whoever adds one writes a row of `METHODS`, in a file of its own where it is long. */

import { su } from "./methods/su.ts";
import { sudo } from "./methods/sudo.ts";
import type { Option, OptionRules } from "./options.ts";

export const BECOME_METHODS = ["sudo", "su", "pbrun", "dzdo"] as const;
export type BecomeMethod = (typeof BECOME_METHODS)[number];
export const DEFAULT_BECOME_METHOD: BecomeMethod = "sudo";

export const METHODS: Record<BecomeMethod, MethodTraits> = {
  sudo,
  su,
  // What its options are, and where it starts a tool, is up to its policy.
  pbrun: {
    argv: ({ flags, user, command }) => ["pbrun", ...flags, "-u", user, ...command],
    options: undefined,
    policy: "policy",
    asksOnStdin: "always",
    startsElsewhere: true,
    ownWords: /^pb(?:run|masterd|locald|logd)[\d.-]*(?:\[\d+\])?:|^Password:/,
    messages: [
      [
        /^pb(?:run|masterd|locald|logd)[\d.-]*(?:\[\d+\])?: .*(?:[Rr]equest rejected|not permitted)/,
        "refused",
      ],
      [/^pb(?:run|masterd|locald|logd)[\d.-]*(?:\[\d+\])?:/, "other"],
    ],
  },
  dzdo: {
    ...sudo,
    argv: ({ flags, user, command }) => ["dzdo", ...flags, "-u", user, ...command],
    policy: "roles",
    ownWords: /^dzdo: |^\[dzdo|^Sorry, |^We trust|^Password:|^\S+ is not in the sudoers/,
  },
};

export interface MethodTraits {
  /** The command line that runs `command` as `user`, as documented; `flags` are the words of `become_flags`. */
  argv(become: { flags: readonly string[]; user: string; command: readonly string[] }): string[];
  /** What its flags may be. Undefined: that is its policy's own; only its command is known to be no flag. */
  options: OptionRules | undefined;
  /** What says who may be whom, as those call it who keep it. `none`: it asks all but root for the other user's own password, and root for a new one where that has expired. */
  policy: "sudoers" | "roles" | "policy" | "none";
  /** Where there is no terminal, it asks for a password on stdin: always, or only where its policy says so (visiblepw), by a last line like this (`/(?!)/`: never). */
  asksOnStdin: "always" | RegExp;
  /** How its words begin, prompts included. Anything else before them is the tool's: it has been started. */
  ownWords: RegExp;
  /** What it says when it does not run the command, and ends with 1. The first that fits counts; the last is for what else it says in its name. */
  messages: readonly BecomeMessage[];
  // What follows holds for few of them.
  /** It takes the command as one text, which it always has a shell read. */
  takesText?: true;
  /** The shells that read the command, the likelier last; undefined stands for one that is not known. None: no shell does. */
  shells?(options: readonly Option[], known: Shells): (string | undefined)[];
  /** Whether the other user gets the environment as it is. */
  handsOnEnvironment?(options: readonly Option[]): boolean;
  /** What it starts is no child of its. */
  startsElsewhere?: true;
  /** It starts its tool in a session of its own, which no key at a terminal reaches. From then on it catches TERM, and before it does not: what is below it until then are helpers of PAM's. */
  makesSession?: true;
}

/** What is known of a user's shell without the flags. */
export interface Shells {
  /** That of a user, else of the other one, by the user database. */
  login?(user?: string): string | undefined;
  /** `SHELL` of ours: for `sudo -s`, and for su where it is told to keep the environment. */
  own?: string | undefined;
}

/** `naming`: it names the command, so it counts also where that seems to have been started: to be opened is such a sign. */
export type BecomeMessage = readonly [said: RegExp, reason: Reason, naming?: "naming"];

export type Reason =
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
