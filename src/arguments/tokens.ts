/** A tool's words, each as what it is: a call, its check and completion all read them through this. */

import { didYouMean, nearest } from "../did-you-mean.ts";
import { labelOf, named, PROBLEMS_MAX, quote } from "./describe.ts";
import { type Argument, isFreeText, nameFinder, positionals, TYPES } from "./model.ts";
import { isSecret, isSecretFlag, nameAlone } from "./secret.ts";

type ToolToken =
  | { kind: "word"; text: string }
  /** A flag with its value; undefined where the words end before it. */
  | { kind: "flag"; argument: Argument; text: string | undefined }
  | { kind: "help" }
  /** What comes after a `--`. */
  | { kind: "rest"; words: string[] }
  /** Put into words only when asked: that takes time, and only the first problems are told. */
  | { kind: "problem"; message: () => string };

interface Flags {
  args: readonly Argument[];
  byName: (name: string) => Argument | undefined;
  byShort: ReadonlyMap<string | undefined, Argument>;
  /** For so many flags that are unknown, the one that was meant is looked for: it takes time, and only the first are told. */
  guesses: number;
}

/** The next word, which then is used up. */
type Take = () => string | undefined;

export function toolTokens(words: readonly string[], args: readonly Argument[]): ToolToken[] {
  const byShort = new Map(args.map((argument) => [argument.short, argument]));
  const flags: Flags = { args, byName: nameFinder(args), byShort, guesses: PROBLEMS_MAX };
  const tokens: ToolToken[] = [];
  let at = 0;
  const take: Take = () => words[at++];
  for (let word = take(); word !== undefined; word = take()) {
    if (word === "--") return [...tokens, { kind: "rest", words: words.slice(at) }];
    if (word === "--help") tokens.push({ kind: "help" });
    else if (word.startsWith("--")) tokens.push(readLong(word, flags, take, words[at]));
    else if (isShort(word, flags)) tokens.push(...readShorts(word, flags, take));
    else tokens.push({ kind: "word", text: word });
  }
  return tokens;
}

/** `-` alone is a word, and so is `-5` unless the tool has a flag of that digit. */
function isShort(word: string, { byShort }: Flags): boolean {
  if (!word.startsWith("-") || word === "-") return false;
  return byShort.has(word.charAt(1)) || !/^-\.?\d/.test(word);
}

/** `--name`, `--name value`, `--name=value`, `--no-name`; `next` comes behind it. */
function readLong(word: string, flags: Flags, take: Take, next = ""): ToolToken {
  const [, name = "", value] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
  const argument = flags.byName(name);
  if (argument !== undefined) return readFlag(argument, value, take);
  const negated = name.startsWith("no-") ? flags.byName(name.slice(3)) : undefined;
  if (negated === undefined) {
    const mayHaveValue = value === undefined && !next.startsWith("--") && !isShort(next, flags);
    const [near = ""] = mayHaveValue && flags.guesses-- > 0 ? nearest(name, namesOf(flags)) : [];
    // What stands behind a mistyped flag is its value, and no word with a place; or it is a flag as well.
    if ((flags.byName(near)?.type ?? "flag") !== "flag") take();
    return problem(() => unknownFlag(`--${name}`, flags));
  }
  if (!isSwitch(negated))
    return problem(() => `--${named(name)}: there is no such flag; --${negated.name} takes a value`);
  if (value !== undefined)
    return problem(() => `--${named(name)}: takes no value; it says --${negated.name}=false`);
  return { kind: "flag", argument: negated, text: "false" };
}

/** Letters of a word that is made of flags, so that no word becomes a million tokens. */
const LETTERS_MAX = 1000;

/** `-v`, `-n5`, `-n 5`, `-n=5`, and several in one word: `-vxn5`. */
function readShorts(word: string, flags: Flags, take: Take): ToolToken[] {
  if (word.length > LETTERS_MAX && flags.byShort.get(word.charAt(1))?.type === "flag")
    return [problem(() => `${named(word)}: too many flags in one word`)];
  const tokens: ToolToken[] = [];
  for (let at = 1; at < word.length; at++) {
    const letter = word.charAt(at);
    const argument = flags.byShort.get(letter);
    const tail = word.slice(at + 1);
    // The usage is printed then, whatever else is there.
    if (argument === undefined && letter === "h") return [...tokens, { kind: "help" }];
    if (argument === undefined) return [...tokens, problem(() => unknownFlag(`-${letter}`, flags, word))];
    if (argument.type === "flag" && !tail.startsWith("="))
      tokens.push({ kind: "flag", argument, text: "true" });
    else return [...tokens, readFlag(argument, tail === "" ? undefined : tail.replace(/^=/, ""), take)];
  }
  return tokens;
}

/** A flag with the value that is attached to it; without one, the next word is its value whatever it looks like. */
function readFlag(argument: Argument, value: string | undefined, take: Take): ToolToken {
  if (argument.type === "rest")
    return problem(() => `${labelOf(argument)}: has no flag; its words come after a "--" of their own`);
  return { kind: "flag", argument, text: value ?? (argument.type === "flag" ? "true" : take()) };
}

const isSwitch = ({ type, multiple }: Argument): boolean => TYPES[type].kind === "boolean" && !multiple;

const namesOf = ({ args }: Flags) =>
  args
    .filter(({ type }) => type !== "rest")
    .flatMap((argument) => (isSwitch(argument) ? [argument.name, `no-${argument.name}`] : [argument.name]));

function unknownFlag(given: string, flags: Flags, word = given): string {
  const hides = flags.args.some(isSecret) || isSecretFlag(word);
  const flag = hides ? nameAlone(given) : given;
  const inside = hides || word === given || word.length === 2 ? "" : ` (in ${quote(word)})`;
  const wanted = (hides ? flag : word).replace(/^-+|[=…].*$/gs, "");
  // Behind it, the words of a `rest` stand.
  const hasRest = flags.args.some(({ type }) => type === "rest");
  const place = hasRest ? undefined : positionals(flags.args).find(isFreeText);
  const dashed = place && `; a ${labelOf(place)} that begins with - comes after a "--" of its own`;
  const advice =
    didYouMean(wanted, namesOf(flags)).replaceAll(/(?<=(?:mean|or) )"/g, '"--') ||
    `see --help for those there are${dashed ?? ""}`;
  return `${named(flag)}: there is no such flag${inside}; ${advice}`;
}

const problem = (say: () => string): ToolToken => ({ kind: "problem", message: say });
