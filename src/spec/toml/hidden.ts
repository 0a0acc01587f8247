/** Characters that nobody sees: what a reviewer of the file would read past, an agent takes in. */

import { isTable } from "../../json.ts";
import { hiddenIn } from "../../text.ts";
import { type Finding, warning } from "./findings.ts";
import type { Path } from "./key-map.ts";

/** What a text must have in it to say anything but printed ASCII: another character, or an escape that stands for one. */
const MAYBE_HIDDEN = /[^\t\n\r\x20-\x7e]|\\[uUxebf]/;

/** Warns of every key and string below `table` with invisible characters in it; `source` is what it was read from. */
export function warnOfHidden(table: unknown, source: string, findings: Finding[]): void {
  if (!MAYBE_HIDDEN.test(source)) return;
  const told = new Set(findings.map(({ path }) => JSON.stringify(path)));
  walk(table, [], (path, hidden) => {
    // Where something else is wrong, the message has quoted it.
    const key = typeof path.at(-1) === "number" ? path.slice(0, -1) : path;
    if (told.has(JSON.stringify(key))) return;
    const more = hidden.length > SHOWN ? ` and ${hidden.length - SHOWN} more` : "";
    const found = `${hidden.slice(0, SHOWN).join(", ")}${more}`;
    warning(
      findings,
      path,
      `holds characters that are not seen (${found}): a person misses what they say, an agent does not`,
    );
  });
}

/** Whole sentences can be written in them. */
const SHOWN = 5;

type Report = (path: Path, hidden: string[]) => void;

function walk(value: unknown, path: Path, report: Report): void {
  if (typeof value === "string") check(value, path, report);
  if (Array.isArray(value)) for (const [index, item] of value.entries()) walk(item, [...path, index], report);
  if (!isTable(value)) return;
  for (const [key, inner] of Object.entries(value)) {
    check(key, [...path, key], report);
    walk(inner, [...path, key], report);
  }
}

function check(text: string, path: Path, report: Report): void {
  const hidden = hiddenIn(text);
  if (hidden.length > 0) report(path, hidden);
}
