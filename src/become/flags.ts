/** Reads `become_flags`, to make sure that all are flags. A word too many would be run as the command (by sudo as root), and an option without its value would take `-u` for it. */

import { RunspecError } from "../errors.ts";
import { visible } from "../text.ts";
import { splitWords } from "./shell-words.ts";

export const BECOME_METHODS = ["sudo", "su", "pbrun", "dzdo"] as const;
export type BecomeMethod = (typeof BECOME_METHODS)[number];
export const DEFAULT_BECOME_METHOD: BecomeMethod = "sudo";

interface Options {
  /** Short options that take a value. */
  short: string;
  /** Long options that take a value. */
  long: readonly string[];
  /** Options that contradict what runspec says, by their short and long names, and why. */
  refused: readonly (readonly [short: string, long: string, why: string])[];
  /** What a word that is no option would be taken for. */
  otherwise: string;
}

/** Refusals of options with which the become program would end well, and the tool would count as done. */
function runsNothing(...names: [short: string, long: string][]): Options["refused"] {
  return names.map(([short, long]) => [short, long, "the tool would not be run"]);
}

const SUDO: Options = {
  short: "aCcDghpRrTtU",
  long: "chdir chroot close-from command-timeout group host other-user prompt role type".split(" "),
  refused: [
    ["u", "user", "run_as says who the user is"],
    ["b", "background", "the tool would run on unseen after its call has ended"],
    ...runsNothing(["l", "list"], ["e", "edit"], ["v", "validate"], ["V", "version"]),
    ...runsNothing(["K", "remove-timestamp"], ["", "help"]),
  ],
  otherwise: "the command",
};

const SU: Options = {
  short: "gGsw",
  long: ["group", "supp-group", "shell", "whitelist-environment"],
  refused: [
    ["c", "command", "the tool is the command"],
    ["C", "session-command", "the tool is the command"],
    ...runsNothing(["V", "version"], ["h", "help"]),
  ],
  otherwise: "the user",
};

/** pbrun's options are its policy's own; only its command is known to be no flag. */
const OPTIONS: Partial<Record<BecomeMethod, Options>> = { sudo: SUDO, su: SU, dzdo: SUDO };

interface Traits {
  /** Where there is no terminal, it asks for a password on stdin; `seldom`: only where its policy says so (visiblepw). */
  asksOnStdin: "always" | "seldom";
  /** What it starts is no child of its. */
  startsElsewhere?: true;
}

export const TRAITS: Record<BecomeMethod, Traits> = {
  sudo: { asksOnStdin: "seldom" },
  su: { asksOnStdin: "always" },
  dzdo: { asksOnStdin: "seldom" },
  pbrun: { asksOnStdin: "always", startsElsewhere: true },
};

/** One word of flags: its options, by their letters or by a long name as far as it is written, and the value of the last of them. */
interface Option {
  names: string[];
  value: string | undefined;
}

/** The words of `flags`, and the options that they are; `throughShell`: through a shell of the user's. @throws RunspecError where not all would be taken for flags. */
export function readBecomeFlags(
  method: BecomeMethod,
  flags: string,
): { words: string[]; options: Option[]; throughShell: boolean } {
  const words = splitWords(flags);
  const known = OPTIONS[method];
  if (known === undefined) {
    const wrong = words.includes("--") ? "--" : words.slice(0, 1).find((word) => !word.startsWith("-"));
    if (wrong !== undefined)
      throw new RunspecError(`${method} would take "${visible(wrong)}" or what follows it for the command`);
    return { words, options: [], throughShell: false };
  }
  const options = readOptions(words, known, method);
  if (known !== SUDO) return { words, options, throughShell: false };
  const asks = `with -S, ${method} would take the tool's input for a password: add -n, or take -S out`;
  if (isGiven(options, "S", "stdin") && !isGiven(options, "n", "non-interactive"))
    throw new RunspecError(asks);
  return { words, options, throughShell: isGiven(options, "i", "login") || isGiven(options, "s", "shell") };
}

/** Whether an option is among `options`; a long one may be shortened. */
export function isGiven(options: readonly Option[], short: string, long: string): boolean {
  return options.some(({ names }) => names.some((name) => isNamed(name, short, long)));
}

/** Whether the other user gets the environment as it is: from su, unless it starts a login shell. */
export function handsOn(method: BecomeMethod, flags: string): boolean {
  return method === "su" && !isGiven(readBecomeFlags(method, flags).options, "l", "login");
}

/** The value of an option, which is the last that was given. */
export function valueGiven(options: readonly Option[], short: string, long: string): string | undefined {
  return options.findLast(({ names }) => isNamed(names.at(-1) ?? "", short, long))?.value;
}

function isNamed(name: string, short: string, long: string): boolean {
  return name === short || (name.length > 1 && long.startsWith(name));
}

function readOptions(words: readonly string[], known: Options, method: BecomeMethod): Option[] {
  const found: Option[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    const isLogin = method === "su" && word === "-";
    const isFlag = isLogin || /^-(?:[^-]|-.)/.test(word);
    const taken = `${method} would take "${visible(word)}" or what follows it for ${known.otherwise}`;
    if (!isFlag) throw new RunspecError(taken);
    const { wantsNext, ...option } = word.startsWith("--")
      ? longOption(word, known)
      : cluster(isLogin ? "-l" : word, known);
    for (const name of option.names) {
      const [, , why] = known.refused.find(([short, long]) => name === short || name === long) ?? [];
      if (why !== undefined) throw new RunspecError(`"${visible(word)}" cannot be given: ${why}`);
    }
    const lacking = `"${visible(word)}" lacks its value and would take the next word of the command for it`;
    if (wantsNext && ++at >= words.length) throw new RunspecError(lacking);
    found.push(wantsNext ? { ...option, value: words[at] } : option);
  }
  return found;
}

/** `-nH`, or `-np` with a value behind it, attached or as the next word. */
function cluster(word: string, { short }: Options): Option & { wantsNext: boolean } {
  const letters = [...word.slice(1)];
  const valued = letters.findIndex((letter) => short.includes(letter));
  if (valued === -1) return { names: letters, value: undefined, wantsNext: false };
  const value = letters.slice(valued + 1).join("");
  return { names: letters.slice(0, valued + 1), value, wantsNext: value === "" };
}

/** Long options may be shortened as far as they stay unambiguous. */
function longOption(word: string, { long, refused }: Options): Option & { wantsNext: boolean } {
  const [name = "", value] = word.slice(2).split(/=(.*)/s);
  const known = refused.map(([, full]) => full).find((full) => full.startsWith(name)) ?? name;
  const isValued = long.some((full) => full.startsWith(name));
  return { names: [known], value, wantsNext: isValued && value === undefined };
}
