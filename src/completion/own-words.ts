/** Reading runspec's own words up to the cursor, by the definitions that read them when they are run. */

import type { ArgsDef } from "citty";
import { SEVERAL } from "../cli/read-args.ts";
import { ownTokens } from "../cli/tokens.ts";
import { type Candidate, candidate } from "./candidate.ts";

/** At the cursor: a flag, or a value of `name` (undefined: there is no room for a word) behind `prefix`, such as `--format=`. */
type Slot = "flag" | { name: string | undefined; prefix: string };

/** `words` end with the one under the cursor, as far as it goes; `given`: the values of flags and positionals that stand before it. */
export function readOwnWords(
  words: readonly string[],
  declared: ArgsDef,
): { slot: Slot; given: Map<string, string> } {
  const given = new Map<string, string>();
  const places = Object.keys(declared).filter((key) => declared[key]?.type === "positional");
  let awaiting: string | undefined;
  for (const token of ownTokens(words.slice(0, -1), declared)) {
    if (token.kind === "word") {
      given.set(places[0] ?? "", token.text);
      if (declared[places[0] ?? ""]?.valueHint !== SEVERAL) places.shift();
    }
    if (token.kind !== "flag") continue;
    // Without its value, a flag is the last word before the cursor.
    if (token.isSwitch || token.value !== undefined) given.set(token.key, token.value ?? "");
    else awaiting = token.key;
  }
  const slot: Slot =
    awaiting === undefined ? slotOf(words.at(-1) ?? "", places[0], declared) : { name: awaiting, prefix: "" };
  return { slot, given };
}

function slotOf(current: string, place: string | undefined, declared: ArgsDef): Slot {
  if (!current.startsWith("-")) return { name: place, prefix: "" };
  if (!current.includes("=")) return "flag";
  const [token] = ownTokens([current], declared);
  if (token?.kind !== "flag" || token.isSwitch) return { name: undefined, prefix: "" };
  return { name: token.key, prefix: `${token.written}=` };
}

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
  if (argument?.type === "enum") return argument.options ?? [];
  return argument?.valueHint?.includes("|") ? argument.valueHint.split("|") : [];
}
