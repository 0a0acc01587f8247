import { deprecations } from "./check.ts";
import { countsToGroups, type Presence } from "./check-groups.ts";
import { alternatives, quote } from "./describe.ts";
import { flagsOf, isShort, labelOf, readLong, readShorts, type State } from "./flags.ts";
import type { Argument, Value } from "./model.ts";
import { byPosition } from "./position.ts";
import { isList, readTexts } from "./value.ts";

export { labelOf };

export interface ParsedWords {
  /** What was given and fits, by argument, in spec order. */
  given: Map<string, Value>;
  /** The arguments that were given, whether the value fits or not: what rules about missing ones look at. */
  present: Presence;
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
  const present = new Map(
    [...state.texts.keys()].map((name) => [name, countsToGroups(name, given.get(name), args)] as const),
  );
  return { given, present, problems, help, notes };
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

/** Words that are told to be too many. */
const WORDS_TOLD = 10;

function surplus(words: readonly string[], places: readonly Argument[], args: readonly Argument[]): string {
  const takes =
    places.length === 0
      ? "no word without a flag is expected"
      : `only ${alternatives(places.map(labelOf), "and")} ${places.length === 1 ? "is" : "are"} expected`;
  const rest = args.find(({ type }) => type === "rest");
  const advice = rest && `; words for ${labelOf(rest)} come after a second "--"`;
  const truth = words.some((word) => /^(?:true|false)$/i.test(word))
    ? "; a flag's value is written with an equals sign, as in --flag=false"
    : "";
  const left = words.length - WORDS_TOLD;
  const more = left > 0 ? [`${left} more`] : [];
  return `unexpected ${alternatives([...words.slice(0, WORDS_TOLD).map(quote), ...more], "and")}: ${takes}${advice ?? truth}`;
}
