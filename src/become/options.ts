/** Reads words as the options of a program, as getopt does. A word too many would be run as the command (by sudo as root), and an option without its value would take `-u` for it. */

import { RunspecError } from "../errors.ts";
import { visible } from "../text.ts";

type OptionNames = readonly [short: string, long: string];

/** What a program's options are, as far as it matters here. */
export interface OptionRules {
  /** Short options that take a value. */
  short: string;
  /** Long options that take a value. */
  long: readonly string[];
  /** Options that contradict what runspec says, and why; a name that is missing is the empty text. */
  refused: readonly (readonly [...OptionNames, why: string])[];
  /** What a word that is no option would be taken for. */
  otherwise: string;
  /** The option for which a lone `-` stands. */
  loneDash?: string;
  /** One by which it reads a password from its input, and one without which that is refused. */
  readsPassword?: { by: OptionNames; unless: OptionNames };
}

/** One word of flags: its options, by their letters or by a long name as far as it is written, and the value of the last of them. */
export interface Option {
  names: string[];
  value: string | undefined;
}

/** Refusals of options with which a become program would end well, and the tool would count as done. */
export const runsNothing = (...names: OptionNames[]): OptionRules["refused"] =>
  names.map(([short, long]) => [short, long, "the tool would not be run"]);

/** The options that `words` are to the program `method`. @throws RunspecError where not all would be taken for options, or one may not be given. */
export function readOptions(words: readonly string[], rules: OptionRules, method: string): Option[] {
  const found: Option[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    const written = word === "-" ? (rules.loneDash ?? word) : word;
    const taken = `${method} would take "${visible(word)}" or what follows it for ${rules.otherwise}`;
    if (!/^-(?:[^-]|-.)/.test(written)) throw new RunspecError(taken);
    const { wantsNext, ...option } = readWord(written, rules);
    for (const name of option.names) {
      const [, , why] = rules.refused.find(([short, long]) => name === short || name === long) ?? [];
      if (why !== undefined) throw new RunspecError(`"${visible(word)}" cannot be given: ${why}`);
    }
    const lacking = `"${visible(word)}" lacks its value and would take the next word of the command for it`;
    if (wantsNext && ++at >= words.length) throw new RunspecError(lacking);
    found.push(wantsNext ? { ...option, value: words[at] } : option);
  }
  const { readsPassword: reads } = rules;
  if (!reads || !isGiven(found, ...reads.by) || isGiven(found, ...reads.unless)) return found;
  const asks = `with -${reads.by[0]}, ${method} would take the tool's input for a password`;
  throw new RunspecError(`${asks}: add -${reads.unless[0]}, or take -${reads.by[0]} out`);
}

/** Whether an option is among `options`; a long one may be shortened. */
export const isGiven = (options: readonly Option[], short: string, long: string): boolean =>
  options.some(({ names }) => names.some((name) => isNamed(name, short, long)));

/** The value of an option, which is the last that was given. */
export const valueGiven = (options: readonly Option[], short: string, long: string): string | undefined =>
  options.findLast(({ names }) => isNamed(names.at(-1) ?? "", short, long))?.value;

const isNamed = (name: string, short: string, long: string): boolean =>
  name === short || (name.length > 1 && long.startsWith(name));

/** The options that `word` is. With letters, a value may be attached to the last; a long one may be shortened as far as it stays unambiguous. */
function readWord(word: string, { short, long, refused }: OptionRules): Option & { wantsNext: boolean } {
  if (word.startsWith("--")) {
    const [name = "", value] = word.slice(2).split(/=(.*)/s);
    const known = refused.map(([, full]) => full).find((full) => full.startsWith(name)) ?? name;
    const isValued = long.some((full) => full.startsWith(name));
    return { names: [known], value, wantsNext: isValued && value === undefined };
  }
  const letters = [...word.slice(1)];
  const valued = letters.findIndex((letter) => short.includes(letter));
  if (valued === -1) return { names: letters, value: undefined, wantsNext: false };
  const value = letters.slice(valued + 1).join("");
  return { names: letters.slice(0, valued + 1), value, wantsNext: value === "" };
}
