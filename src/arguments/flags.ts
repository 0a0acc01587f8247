import { visible } from "../text.ts";
import { nameFinder } from "./check.ts";
import { named, quote, suggest } from "./describe.ts";
import type { Argument } from "./model.ts";
import { expected } from "./value.ts";

/** How a person writes the argument: `--name`, or `<name>` for one that has a place among the words. */
export function labelOf({ name, position, type }: Pick<Argument, "name" | "position" | "type">): string {
  return position === undefined && type !== "rest" ? `--${visible(name)}` : `<${visible(name)}>`;
}

/** What has been made of the words so far. */
export interface State {
  /** The texts given for each argument, in the order given. */
  texts: Map<string, string[]>;
  /** The words that are not flags. */
  places: string[];
  problems: string[];
  notes: string[];
  help: boolean;
}

/** A tool's flags, for looking them up. */
export interface Flags {
  args: readonly Argument[];
  byName: (name: string) => Argument | undefined;
  byShort: Map<string, Argument>;
}

export function flagsOf(args: readonly Argument[]): Flags {
  const byShort = new Map<string, Argument>();
  for (const argument of args) if (argument.short !== undefined) byShort.set(argument.short, argument);
  return { args, byName: nameFinder(args), byShort };
}

/** `-` alone is a word, and so is `-5` unless the tool has a flag of that digit. */
export function isShort(word: string, { byShort }: Flags): boolean {
  if (!word.startsWith("-") || word === "-") return false;
  return byShort.has(word.charAt(1)) || !/^-\.?\d/.test(word);
}

/** `--name`, `--name value`, `--name=value`, `--no-name`. Returns how many further words it used up. */
export function readLong(word: string, next: string | undefined, flags: Flags, state: State): number {
  const equals = word.indexOf("=");
  const name = word.slice(2, equals === -1 ? undefined : equals);
  const value = equals === -1 ? undefined : word.slice(equals + 1);
  const argument = flags.byName(name);
  if (argument !== undefined) return readFlag(argument, value, next, state);
  const negated = name.startsWith("no-") ? flags.byName(name.slice(3)) : undefined;
  if (negated === undefined) {
    object(state, () => unknownFlag(`--${name}`, flags));
  } else if (!isSwitch(negated)) {
    object(state, () => `--${named(name)}: there is no such flag; --${negated.name} takes a value`);
  } else if (value !== undefined) {
    object(state, () => `--${named(name)}: takes no value; write --${negated.name}=${named(value)}`);
  } else {
    give(state, negated, "false");
  }
  return 0;
}

/** Letters of a word that is made of flags. */
const LETTERS_MAX = 1000;

/** `-v`, `-n5`, `-n 5`, `-n=5`, and several in one word: `-vxn5`. */
export function readShorts(word: string, next: string | undefined, flags: Flags, state: State): number {
  if (word.length > LETTERS_MAX && flags.byShort.get(word.charAt(1))?.type === "flag") {
    object(state, () => `${named(word)}: too many flags in one word`);
    return 0;
  }
  for (let at = 1; at < word.length; at++) {
    const letter = word.charAt(at);
    const argument = flags.byShort.get(letter);
    if (argument === undefined) {
      if (letter === "h") state.help = true;
      else object(state, () => unknownFlag(`-${letter}`, flags, word));
      if (letter === "h") continue;
      return 0;
    }
    const tail = word.slice(at + 1);
    if (argument.type === "flag" && !tail.startsWith("=")) give(state, argument, "true");
    else return readFlag(argument, tail === "" ? undefined : tail.replace(/^=/, ""), next, state);
  }
  return 0;
}

/** A flag with the value that is attached to it; without one, the next word is its value whatever it looks like. */
function readFlag(
  argument: Argument,
  value: string | undefined,
  next: string | undefined,
  state: State,
): number {
  if (argument.type === "rest") {
    object(state, () => `${labelOf(argument)}: has no flag; its words come after a second "--"`);
    return 0;
  }
  const text = value ?? (argument.type === "flag" ? "true" : next);
  if (text === undefined)
    state.problems.push(`--${argument.name}: needs a value, expected ${expected(argument)}`);
  else give(state, argument, text);
  return value === undefined && argument.type !== "flag" ? 1 : 0;
}

function isSwitch({ type, multiple }: Argument): boolean {
  return (type === "flag" || type === "bool") && !multiple;
}

function give(state: State, argument: Argument, text: string): void {
  const texts = state.texts.get(argument.name);
  if (texts === undefined) state.texts.set(argument.name, [text]);
  else texts.push(text);
}

function unknownFlag(flag: string, { args }: Flags, word = flag): string {
  const known = args
    .filter(({ type }) => type !== "rest")
    .flatMap((argument) => (isSwitch(argument) ? [argument.name, `no-${argument.name}`] : [argument.name]));
  const inside = word === flag || word.length === 2 ? "" : ` (in ${quote(word)})`;
  const advice =
    suggest(flag.replace(/^-+/, ""), known).replace('"', '"--') || "see --help for those there are";
  return `${named(flag)}: there is no such flag${inside}; ${advice}`;
}

/** What is wrong beyond this is counted, and no longer put into words. */
const TOLD_MAX = 50;

function object({ problems }: State, say: () => string): void {
  problems.push(problems.length < TOLD_MAX ? say() : "");
}
