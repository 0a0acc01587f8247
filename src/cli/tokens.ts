/** runspec's own words, cut by the definitions of a command: for reading them, and for completing them. */

import type { ArgsDef } from "citty";

type OwnToken =
  | { kind: "word"; text: string }
  /** `value` is undefined for a switch, and where the words end before it. */
  | { kind: "flag"; written: string; key: string; isSwitch: boolean; value: string | undefined; at: number }
  /** A flag that is not declared. `at` is where a flag stands among the words. */
  | { kind: "unknown"; written: string; at: number };
export type FlagToken = Extract<OwnToken, { kind: "flag" }>;

export function ownTokens(words: readonly string[], declared: ArgsDef): OwnToken[] {
  const tokens: OwnToken[] = [];
  for (let at = 0; at < words.length; at++) {
    const text = words[at] ?? "";
    if (!text.startsWith("-") || text === "-") {
      tokens.push({ kind: "word", text });
      continue;
    }
    const [, written = text, inline] = /^([^=]*)(?:=(.*))?$/s.exec(text) ?? [];
    const key = Object.keys(declared).find((name) => flagNames(name, declared[name]).includes(written));
    if (key === undefined) {
      tokens.push({ kind: "unknown", written, at });
      continue;
    }
    const isSwitch = declared[key]?.type === "boolean";
    const value = inline ?? (isSwitch ? undefined : words[at + 1]);
    tokens.push({ kind: "flag", written, key, isSwitch, value, at });
    if (inline === undefined && !isSwitch) at++;
  }
  return tokens;
}

/** How a flag is written, the short forms first; none for a positional. */
export function flagNames(key: string, flag: ArgsDef[string] | undefined): string[] {
  if (flag === undefined || flag.type === "positional") return [];
  const aliases = "alias" in flag ? [flag.alias ?? []].flat() : [];
  return [...aliases.map((alias) => `-${alias}`), `--${key}`];
}
