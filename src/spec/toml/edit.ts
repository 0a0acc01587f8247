/** Writing into somebody's TOML: a field, or a table of its own, as that of a jump host. */

import { shownJson } from "../../json.ts";
import { parseToml } from "./parse.ts";
import { findPlace, keyText, type Path, scanKeys } from "./scan-keys.ts";

export function fieldLines(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .map(([key, value]) => (value === undefined ? "" : `${key} = ${tomlValue(value)}\n`))
    .join("");
}

/** In TOML no escape is half of a character. */
function tomlValue(value: unknown): string {
  const whole = (pair: string) =>
    `\\U000${JSON.parse(`"${pair}"`).codePointAt(0).toString(16).padStart(5, "0")}`;
  return shownJson(value).replace(/\\u(?:d[89ab]..)\\u(?:d[c-f]..)/g, whole);
}

/** `text`, valid TOML, with this field in the table at `path`. All else stays as written, also a value that is the same; undefined: the table has no header. */
export function withField(text: string, path: Path, key: string, value: unknown): string | undefined {
  const { place, exact } = findPlace(scanKeys(text), path);
  if (!exact) return undefined;
  const line = `${key} = ${tomlValue(value)}`;
  const existing = place.children.get(key);
  if (existing !== undefined) {
    const same = Bun.deepEquals(parseToml(text.slice(existing.offset, existing.end)), parseToml(line));
    return same ? text : `${text.slice(0, existing.offset)}${line}${text.slice(existing.end)}`;
  }
  if (place.header !== path.length || place.end === place.offset) return undefined;
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

export const lineEndOf = (text: string): string => (text.includes("\r\n") ? "\r\n" : "\n");

export const hostPath = (alias: string): string[] => ["config", "jump-hosts", alias];

export const hostHeader = (alias: string): string => `[${hostPath(alias).map(keyText).join(".")}]`;

export const hostTable = (alias: string, fields: Readonly<Record<string, unknown>>): string =>
  `${hostHeader(alias)}\n${fieldLines(fields)}`;
