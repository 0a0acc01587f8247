import { visible } from "../text.ts";
import { byPosition } from "./arguments.ts";
import { deprecations, nameFinder } from "./check.ts";
import { alternatives, quote, suggest } from "./describe.ts";
import type { Argument, Value } from "./model.ts";
import { expected, isList, readTexts } from "./value.ts";

export interface ParsedWords {
  /** What was given and fits, by argument, in spec order. */
  given: Map<string, Value>;
  /** The arguments that were given, whether the value fits or not: what rules about missing ones look at. */
  present: ReadonlySet<string>;
  /** Sentences; empty when the tool may run. */
  problems: string[];
  /** `--help` or `-h` was among the words: print the usage and run nothing. */
  help: boolean;
  notes: string[];
}

/**
 * The words of a command line (those after runspec's own `--`) by the tool's arguments, with everything that is wrong with
 * them at once. Whether something is missing, and the groups, are for `checkRequired` and `checkGroups`.
 */
export function parseWords(words: readonly string[], args: readonly Argument[]): ParsedWords {
  const state = sort(words, args);
  assignPlaces(state, args);
  const given = new Map<string, Value>();
  for (const argument of args) {
    const texts = state.texts.get(argument.name);
    if (texts === undefined) continue;
    const checked = readTexts(argument, texts);
    if ("value" in checked) given.set(argument.name, checked.value);
    else state.problems.push(`${labelOf(argument)}: ${checked.problem}`);
    if (texts.length > 1 && !isList(argument) && argument.type !== "flag") {
      state.notes.push(`${labelOf(argument)} is given ${texts.length} times; the last one counts`);
    }
  }
  state.notes.push(...deprecations(state.texts, args, labelOf));
  const { problems, help, notes } = state;
  return { given, present: new Set(state.texts.keys()), problems, help, notes };
}

/** How a person writes the argument: `--name`, or `<name>` for one that has a place among the words. */
export function labelOf({ name, position, type }: Pick<Argument, "name" | "position" | "type">): string {
  return position === undefined && type !== "rest" ? `--${visible(name)}` : `<${visible(name)}>`;
}

interface State {
  /** The texts given for each argument, in the order given. */
  texts: Map<string, string[]>;
  /** The words that are not flags. */
  places: string[];
  problems: string[];
  notes: string[];
  help: boolean;
}

/** Walks the words once, sorting them into flags with their values, plain words, and the rest. */
function sort(words: readonly string[], args: readonly Argument[]): State {
  const state: State = { texts: new Map(), places: [], problems: [], notes: [], help: false };
  const flags = flagsOf(args);
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "--") {
      const rest = args.find(({ type }) => type === "rest");
      if (rest === undefined) state.places.push(...words.slice(at + 1));
      else state.texts.set(rest.name, words.slice(at + 1));
      break;
    }
    const next = words[at + 1];
    if (word === "--help") state.help = true;
    else if (word.startsWith("--")) at += readLong(word, next, flags, state);
    else if (isShort(word, flags)) at += readShorts(word, next, flags, state);
    else state.places.push(word);
  }
  return state;
}

interface Flags {
  args: readonly Argument[];
  byName: (name: string) => Argument | undefined;
  byShort: Map<string, Argument>;
}

function flagsOf(args: readonly Argument[]): Flags {
  const byShort = new Map<string, Argument>();
  for (const argument of args) if (argument.short !== undefined) byShort.set(argument.short, argument);
  return { args, byName: nameFinder(args), byShort };
}

/** `-` alone is a word, and so is `-5` unless the tool has a flag of that digit. */
function isShort(word: string, { byShort }: Flags): boolean {
  if (!word.startsWith("-") || word === "-") return false;
  return byShort.has(word.charAt(1)) || !/^-\.?\d/.test(word);
}

/** `--name`, `--name value`, `--name=value`, `--no-name`. Returns how many further words it used up. */
function readLong(word: string, next: string | undefined, flags: Flags, state: State): number {
  const equals = word.indexOf("=");
  const name = word.slice(2, equals === -1 ? undefined : equals);
  const value = equals === -1 ? undefined : word.slice(equals + 1);
  const argument = flags.byName(name);
  if (argument !== undefined) return readFlag(argument, value, next, state);
  const negated = name.startsWith("no-") ? flags.byName(name.slice(3)) : undefined;
  if (negated === undefined) {
    state.problems.push(unknownFlag(`--${name}`, flags));
  } else if (!isSwitch(negated)) {
    state.problems.push(`--${name}: there is no such flag; --${negated.name} takes a value`);
  } else if (value !== undefined) {
    state.problems.push(`--${name}: takes no value; write --${negated.name}=${value}`);
  } else {
    give(state, negated, "false");
  }
  return 0;
}

/** `-v`, `-n5`, `-n 5`, `-n=5`, and several in one word: `-vxn5`. */
function readShorts(word: string, next: string | undefined, flags: Flags, state: State): number {
  for (let at = 1; at < word.length; at++) {
    const letter = word.charAt(at);
    const argument = flags.byShort.get(letter);
    if (argument === undefined) {
      if (letter === "h") state.help = true;
      else state.problems.push(unknownFlag(`-${letter}`, flags, word));
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
    state.problems.push(`${labelOf(argument)}: has no flag; its words come after a second "--"`);
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

/** Hands the plain words out by position, to those arguments that were not given by name. */
function assignPlaces(state: State, args: readonly Argument[]): void {
  const { places } = state;
  const all = args.filter(({ position }) => position !== undefined).sort(byPosition);
  let at = 0;
  for (const argument of all) {
    if (at >= places.length) return;
    if (state.texts.has(argument.name)) continue;
    const taken = places.slice(at, argument.multiple ? undefined : at + 1);
    state.texts.set(argument.name, taken);
    at += taken.length;
  }
  if (at < places.length) state.problems.push(surplus(places.slice(at), all, args));
}

function surplus(words: readonly string[], places: readonly Argument[], args: readonly Argument[]): string {
  const takes =
    places.length === 0 ? "takes no words without a flag" : `only takes ${places.map(labelOf).join(" ")}`;
  const rest = args.find(({ type }) => type === "rest");
  const advice = rest && `; words for ${labelOf(rest)} come after a second "--"`;
  const truth = words.some((word) => /^(?:true|false)$/i.test(word))
    ? "; a flag's value is written with an equals sign, as in --flag=false"
    : "";
  return `${alternatives(words.map(quote), "and")}: too many words, this tool ${takes}${advice ?? truth}`;
}

function unknownFlag(flag: string, { args }: Flags, word = flag): string {
  const known = args
    .filter(({ type }) => type !== "rest")
    .flatMap((argument) => (isSwitch(argument) ? [argument.name, `no-${argument.name}`] : [argument.name]));
  const inside = word === flag || word.length === 2 ? "" : ` (in ${quote(word)})`;
  const advice =
    suggest(flag.replace(/^-+/, ""), known).replace('"', '"--') || 'see "-- --help" for those there are';
  return `${visible(flag)}: there is no such flag${inside}; ${advice}`;
}
