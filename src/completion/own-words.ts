/** Reading runspec's own words up to the cursor, by the definitions that read them when they are run. */

import type { ArgsDef } from "citty";
import { type Candidate, candidate } from "./candidate.ts";

/** What stands where the cursor is. */
export type Slot =
  | { kind: "flag" }
  /** The value of a flag; `prefix` is what of the word stands before it (`--format=`). */
  | { kind: "value"; flag: string; prefix: string }
  /** A word of its own, by the name of the positional; undefined: there is no room for one. */
  | { kind: "word"; name: string | undefined };

export interface OwnWords {
  slot: Slot;
  /** The values of flags and positionals that stand before the cursor. */
  given: ReadonlyMap<string, string>;
}

/** `words` end with the one under the cursor, as far as it goes. */
export function readOwnWords(words: readonly string[], declared: ArgsDef): OwnWords {
  const before = words.slice(0, -1);
  const current = words.at(-1) ?? "";
  const given = new Map<string, string>();
  const positionals = Object.keys(declared).filter((key) => declared[key]?.type === "positional");
  let places = 0;
  let awaiting: string | undefined;
  for (const word of before) {
    if (awaiting !== undefined) {
      given.set(awaiting, word);
      awaiting = undefined;
    } else if (!isFlag(word)) {
      given.set(positionals[places] ?? "", word);
      places++;
    } else {
      const { key, value } = readFlag(word, declared);
      if (key === undefined) continue;
      if (value !== undefined || declared[key]?.type === "boolean") given.set(key, value ?? "");
      else awaiting = key;
    }
  }
  return { slot: slotOf(current, awaiting, positionals[places], declared), given };
}

function slotOf(
  current: string,
  awaiting: string | undefined,
  place: string | undefined,
  declared: ArgsDef,
): Slot {
  if (awaiting !== undefined) return { kind: "value", flag: awaiting, prefix: "" };
  if (!current.startsWith("-")) return { kind: "word", name: place };
  const { key, value } = readFlag(current, declared);
  if (value === undefined) return { kind: "flag" };
  const prefix = current.slice(0, current.length - value.length);
  return key === undefined || declared[key]?.type === "boolean"
    ? { kind: "word", name: undefined }
    : { kind: "value", flag: key, prefix };
}

function isFlag(word: string): boolean {
  return word.startsWith("-") && word !== "-";
}

function readFlag(word: string, declared: ArgsDef): { key?: string; value?: string } {
  const at = word.indexOf("=");
  const written = at === -1 ? word : word.slice(0, at);
  const key = Object.keys(declared).find((name) => {
    const flag = declared[name];
    if (flag === undefined || flag.type === "positional") return false;
    const aliases = "alias" in flag ? [flag.alias ?? []].flat() : [];
    return written === `--${name}` || aliases.some((alias) => written === `-${alias}`);
  });
  return { ...(key === undefined ? {} : { key }), ...(at === -1 ? {} : { value: word.slice(at + 1) }) };
}

/** The flags that have not been given yet. */
export function flagCandidates(declared: ArgsDef, given: ReadonlyMap<string, string>): Candidate[] {
  const flags = Object.entries(declared).filter(
    ([key, { type }]) => type !== "positional" && !given.has(key),
  );
  return [
    ...flags.map(([key, { description }]) => candidate(`--${key}`, description)),
    candidate("--help", "Show what the command takes"),
  ];
}

/** The values that an argument's own definition names: `options`, or a hint of the form `a|b`. */
export function declaredValues(argument: ArgsDef[string] | undefined): string[] {
  if (argument === undefined) return [];
  if (argument.type === "enum") return argument.options ?? [];
  return argument.valueHint?.includes("|") ? argument.valueHint.split("|") : [];
}
