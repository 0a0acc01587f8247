/** The table of a jump host in the text of a runspec.toml: where it stands, and writing `bin` into it. */

import { findPlace, type KeyPlace, keyText, scanKeys } from "./scan-keys.ts";

const SECTION = ["config", "jump-hosts"];

/** The header of the table of `alias`. */
export function hostHeader(alias: string): string {
  return `[${[...SECTION, alias].map(keyText).join(".")}]`;
}

/** A table of its own, with these fields. */
export function hostTable(alias: string, fields: Readonly<Record<string, string | undefined>>): string {
  return `${hostHeader(alias)}\n${fieldLines(fields)}`;
}

export function fieldLines(fields: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(fields)
    .map(([key, value]) => (value === undefined ? "" : `${key} = ${JSON.stringify(value)}\n`))
    .join("");
}

/** The line, from 1, in which the table of `alias` begins; undefined where `text` has none. `text` is valid TOML. */
export function hostLine(text: string, alias: string): number | undefined {
  return hostPlace(text, alias)?.line;
}

/**
 * `text`, which is valid TOML and has the table of `alias`, with this field in it; everything else stays as it is written. Undefined where
 * the table has no header of its own, so that its lines stand somewhere else.
 */
export function withField(text: string, alias: string, key: string, value: string): string | undefined {
  const table = hostPlace(text, alias);
  if (table === undefined) return undefined;
  const line = `${key} = ${JSON.stringify(value)}`;
  const said = table.children.get(key);
  if (said !== undefined) return `${text.slice(0, said.offset)}${line}${text.slice(said.end)}`;
  if (table.header !== SECTION.length + 1) return undefined;
  const end = text.indexOf("\n", table.end);
  if (end === -1) return `${text}\n${line}\n`;
  return `${text.slice(0, end + 1)}${line}\n${text.slice(end + 1)}`;
}

/** `text` with a table of its own at the end. */
export function withTable(text: string, table: string): string {
  const gap = text === "" ? "" : text.endsWith("\n") ? "\n" : "\n\n";
  return `${text}${gap}${table}`;
}

function hostPlace(text: string, alias: string): KeyPlace | undefined {
  const { place, exact } = findPlace(scanKeys(text), [...SECTION, alias]);
  return exact ? place : undefined;
}
