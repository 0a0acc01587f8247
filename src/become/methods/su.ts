/** su: util-linux's, and in part shadow's and that of sudo-rs. It asks in the language of its user. */

import { linesWith } from "../../files/look.ts";
import { commandForShell } from "../../process/quote.ts";
import type { BecomeMessage, MethodTraits, Shells } from "../methods.ts";
import { isGiven, type Option, runsNothing, valueGiven } from "../options.ts";

/** A question for a password, at the beginning of a line: what it says of that may stand behind it. */
export const PROMPT =
  "^[^\\n:：]*(?:pass|senha|parola|heslo|wachtwoord|salasana|[^\\x00-\\x7f])[^\\n:：]*[:：]";
const OWN_WORDS = `^su: |^\\[su|^Your account|^You (?:are|must) |^[\\w-]*sh: |${PROMPT}(?: ?su: |\\s*$)`;

const messages: readonly BecomeMessage[] = [
  [/account has expired|^You (?:are required to|must) change your pass|^su: PAM error: A.* token/, "account"],
  [
    /^(?:Password: |\S+[:：] ?)?su: (?:Authentication fail|must be run from a terminal|incorrect password|Sorry|Maximum \d+ incorrect)/,
    "password",
  ],
  [
    /su: (?:user .* (?:does not exist|not found)|unknown (?:login|user|id)|No passwd entry|invalid user)/i,
    "no user",
  ],
  [/su: permission denied/i, "refused"],
  [/su: failed to execute/, "no shell"],
  [/^[\w-]*sh: .*: restricted/, "no shell", "naming"],
  [/(?:^|[:：] ?)su: (?!warning|cannot change directory|using restricted shell)/, "other"],
];

export const su: MethodTraits = {
  argv: ({ flags, user, command }) => ["su", ...flags, "-c", commandForShell(command), user],
  takesText: true,
  options: {
    short: "gGsw",
    long: ["group", "supp-group", "shell", "whitelist-environment"],
    refused: [
      ["c", "command", "the tool is the command"],
      ["C", "session-command", "the tool is the command"],
      ...runsNothing(["V", "version"], ["h", "help"]),
    ],
    otherwise: "the user",
    loneDash: "-l",
  },
  shells,
  handsOnEnvironment: (options) => !isGiven(options, "l", "login"),
  policy: "none",
  asksOnStdin: "always",
  makesSession: true,
  ownWords: new RegExp(OWN_WORDS, "i"),
  messages,
};

function shells(options: readonly Option[], { login, own }: Shells): (string | undefined)[] {
  const usual = login?.();
  const named = valueGiven(options, "s", "shell");
  // Called by who is not root, it starts one that /etc/shells does not list, whatever its flags name.
  const isFree = (shell: string) =>
    process.getuid?.() === 0 || linesWith(shell, "/etc/shells").includes(shell);
  if (named !== undefined && (usual === undefined || isFree(usual))) return [named];
  const keeps = ["m", "p"].some((letter) => isGiven(options, letter, "preserve-environment"));
  return [usual, keeps ? own : undefined];
}
