/** The words of a tool up to the cursor, by the tool's own arguments. */

import { type Flags, flagsOf, isShort } from "../arguments/flags.ts";
import type { Argument } from "../arguments/model.ts";
import { type Candidate, type Completion, candidate, NOTHING } from "./candidate.ts";

/** What has been found in the words before the cursor. */
interface Before {
  given: Set<string>;
  /** How many plain words there are. */
  places: number;
  /** The argument whose flag was the last word, and which takes the next one. */
  awaiting: Argument | undefined;
  /** After a second `--`. */
  rest: boolean;
}

/** `words` are those after runspec's own `--`, and end with the one under the cursor. */
export function completeToolWords(words: readonly string[], args: readonly Argument[]): Completion {
  const flags = flagsOf(args);
  const before = readBefore(words.slice(0, -1), flags);
  const current = words.at(-1) ?? "";
  if (before.rest) return { candidates: [], files: { prefix: "" } };
  if (before.awaiting !== undefined) return valuesOf(before.awaiting, current, "");
  const [, written, value] = /^--([^=]+)=(.*)$/s.exec(current) ?? [];
  if (written !== undefined && value !== undefined) {
    const argument = flags.byName(written);
    return argument === undefined ? NOTHING : valuesOf(argument, value, `--${written}=`);
  }
  if (current.startsWith("-")) return { candidates: flagCandidates(args, before) };
  const place = placeOf(args, before);
  const values = place === undefined ? NOTHING : valuesOf(place, current, "");
  if (values.candidates.length > 0 || values.files !== undefined || current !== "") return values;
  // Nothing to say of the word itself: what else can be said, then.
  return place?.required ? NOTHING : { candidates: flagCandidates(args, before) };
}

function readBefore(words: readonly string[], flags: Flags): Before {
  const before: Before = { given: new Set(), places: 0, awaiting: undefined, rest: false };
  for (const word of words) {
    if (before.rest) break;
    if (before.awaiting !== undefined) before.awaiting = undefined;
    else if (word === "--") before.rest = true;
    else if (word.startsWith("--")) noteLong(word, flags, before);
    else if (isShort(word, flags)) noteShorts(word, flags, before);
    else before.places++;
  }
  return before;
}

function noteLong(word: string, flags: Flags, before: Before): void {
  const [name = "", ...value] = word.slice(2).split("=");
  const argument = flags.byName(name) ?? flags.byName(name.replace(/^no-/, ""));
  if (argument === undefined) return;
  before.given.add(argument.name);
  if (value.length === 0 && takesNext(argument) && !name.startsWith("no-")) before.awaiting = argument;
}

/** `-v`, `-n5`, `-vn 5`: only the last letter of a word can take the next word. */
function noteShorts(word: string, flags: Flags, before: Before): void {
  for (let at = 1; at < word.length; at++) {
    const argument = flags.byShort.get(word.charAt(at));
    if (argument === undefined) return;
    before.given.add(argument.name);
    if (!takesNext(argument)) continue;
    if (at === word.length - 1) before.awaiting = argument;
    return;
  }
}

function takesNext({ type }: Argument): boolean {
  return type !== "flag" && type !== "rest";
}

/** The positional that a plain word would be. */
function placeOf(args: readonly Argument[], { given, places }: Before): Argument | undefined {
  const free = args
    .filter(({ name, position }) => position !== undefined && !given.has(name))
    .sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
  const last = free.at(-1);
  return free[places] ?? (last?.multiple ? last : undefined);
}

function flagCandidates(args: readonly Argument[], { given }: Before): Candidate[] {
  const flags = args
    .filter(({ type, position }) => type !== "rest" && position === undefined)
    .filter(({ name, multiple }) => multiple || !given.has(name))
    .map((argument) => {
      const onAlready = argument.type === "flag" && argument.default === true;
      return candidate(`--${onAlready ? "no-" : ""}${argument.name}`, argument.description);
    });
  return [...flags, candidate("--help", "Show what the tool takes")];
}

/** What an argument can be; `text` is what stands there of its value, `prefix` what stands before that in the word. */
function valuesOf(argument: Argument, text: string, prefix: string): Completion {
  const { type, options, delimiter } = argument;
  // Of a list in one word, only the last item is still open.
  const cut = delimiter === undefined ? -1 : text.lastIndexOf(delimiter);
  const before = cut === -1 ? prefix : `${prefix}${text.slice(0, cut + (delimiter?.length ?? 0))}`;
  const words = options?.map(String) ?? (type === "bool" || type === "flag" ? ["true", "false"] : []);
  const candidates = words.map((word) => candidate(`${before}${word}`));
  return type === "path" ? { candidates, files: { prefix: before } } : { candidates };
}
