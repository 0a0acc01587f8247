/** Writing into somebody's TOML: a field, or a table of its own; and the table of a jump host, where it stands. */

import { parseToml } from "./parse.ts";
import { findPlace, keyText, type Path, scanKeys } from "./scan-keys.ts";

/** Where the table of `alias` is. */
export function hostPath(alias: string): string[] {
  return ["config", "jump-hosts", alias];
}

/** The header of the table of `alias`. */
export function hostHeader(alias: string): string {
  return `[${hostPath(alias).map(keyText).join(".")}]`;
}

/** A table of its own, with these fields. */
export function hostTable(alias: string, fields: Readonly<Record<string, string | undefined>>): string {
  return `${hostHeader(alias)}\n${fieldLines(fields)}`;
}

export function fieldLines(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .map(([key, value]) => (value === undefined ? "" : `${key} = ${JSON.stringify(value)}\n`))
    .join("");
}

/** The line, from 1, in which the table of `alias` begins; undefined where `text` has none. `text` is valid TOML. */
export function hostLine(text: string, alias: string): number | undefined {
  const { place, exact } = findPlace(scanKeys(text), hostPath(alias));
  return exact ? place.line : undefined;
}

/**
 * `text`, which is valid TOML and has the table at `path`, with this field in it; everything else stays as it is written, and so does a
 * value that is the same. Undefined where the table has no header of its own, so that its lines stand somewhere else.
 */
export function withField(text: string, path: Path, key: string, value: unknown): string | undefined {
  const { place, exact } = findPlace(scanKeys(text), path);
  if (!exact) return undefined;
  const line = `${key} = ${JSON.stringify(value)}`;
  const said = place.children.get(key);
  if (said !== undefined) {
    const same = Bun.deepEquals(parseToml(text.slice(said.offset, said.end)), parseToml(line));
    return same ? text : `${text.slice(0, said.offset)}${line}${text.slice(said.end)}`;
  }
  if (place.header !== path.length) return undefined;
  const newline = lineEndOf(text);
  const end = text.indexOf("\n", place.end);
  if (end === -1) return `${text}${newline}${line}${newline}`;
  return `${text.slice(0, end + 1)}${line}${newline}${text.slice(end + 1)}`;
}

/** `text` with a table of its own at the end. */
export function withTable(text: string, table: string): string {
  const gap = text === "" ? "" : text.endsWith("\n") ? "\n" : "\n\n";
  return `${text}${`${gap}${table}`.replaceAll("\n", lineEndOf(text))}`;
}

/** How the lines of a file end. */
export function lineEndOf(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}
