/** sudo, in the words of sudo-rs as well; dzdo takes the same flags, and speaks like it. */

import { userNameOf } from "../../files/accounts.ts";
import type { BecomeMessage, MethodTraits } from "../methods.ts";
import { isGiven, type OptionRules, runsNothing } from "../options.ts";

const rules: OptionRules = {
  short: "aCcDghpRrTtU",
  long: "chdir chroot close-from command-timeout group host other-user prompt role type".split(" "),
  refused: [
    ["u", "user", "run_as says who the user is"],
    ["b", "background", "the tool would run on unseen after its call has ended"],
    ...runsNothing(["l", "list"], ["e", "edit"], ["v", "validate"], ["V", "version"]),
    ...runsNothing(["K", "remove-timestamp"], ["", "help"]),
  ],
  otherwise: "the command",
  readsPassword: { by: ["S", "stdin"], unless: ["n", "non-interactive"] },
};

const messages: readonly BecomeMessage[] = [
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
  // sudo says this first, and then blames the program.
  [/: unable to change (?:directory|root) to /, "other"],
  [/: (?:unable to execute|cannot execute) .*: No such file or directory/, "no interpreter", "naming"],
  [/: (?:unable to|cannot) execute .*: (?:Permission denied|Not a directory)/, "unreachable", "naming"],
  [/^(?:sudo|sudo-rs|dzdo): (?!unable to resolve host|unable to send audit message)/, "other"],
];

export const sudo: MethodTraits = {
  argv: ({ flags, user, command }) => ["sudo", ...flags, "-u", user, ...command],
  options: rules,
  shells(options, { login, own }) {
    if (isGiven(options, "i", "login")) return [login?.()];
    // Without SHELL, it starts that of whoever calls it.
    const callers = () => own || login?.(userNameOf(process.getuid?.() ?? 0));
    return isGiven(options, "s", "shell") ? [callers()] : [];
  },
  policy: "sudoers",
  // Behind a lecture; but no part of what it warns of before it starts the tool.
  asksOnStdin: /(?:^|\n)(?!(?:sudo|sudo-rs|dzdo):|\/|>>>)[^\n]*[:：][^\S\n]*$/,
  ownWords: /^(?:sudo|sudo-rs): |^\[sudo|^Sorry, |^We trust|^Password:|^\S+ is not in the sudoers/,
  messages,
};
