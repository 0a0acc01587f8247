/** Invisible characters: a person who reviews the file does not see them, an agent does. */

import { isTable } from "../../json.ts";
import { hiddenIn, listUpTo } from "../../text.ts";
import type { FileKey } from "./file-key.ts";

/** Without any of these, a text is printed ASCII alone: another character, or an escape that stands for one. */
const MAYBE_HIDDEN = /[^\t\n\r\x20-\x7e]|\\[uUxebf]/;

/** Warns of every key and string of `table`, which stands at `top`, with invisible characters in it; `source` is its text. */
export function warnOfInvisible(table: unknown, source: string, top: FileKey): void {
  if (!MAYBE_HIDDEN.test(source)) return;
  const noted = top.notedPaths();
  walk(table, top, (at, hidden) => {
    // Where something else is wrong, the message has quoted it.
    const key = typeof at.path.at(-1) === "number" ? at.path.slice(0, -1) : at.path;
    if (noted.has(JSON.stringify(key))) return;
    at.warning(
      `holds characters that are not seen (${listUpTo(SHOWN, hidden)}): a person misses what they say, an agent does not`,
    );
  });
}

/** Characters that are named: whole sentences can be written in them. */
const SHOWN = 5;

type Report = (at: FileKey, hidden: string[]) => void;

function walk(value: unknown, at: FileKey, report: Report): void {
  if (typeof value === "string") check(value, at, report);
  if (Array.isArray(value)) for (const [index, item] of value.entries()) walk(item, at.key(index), report);
  if (!isTable(value)) return;
  for (const [key, inner] of Object.entries(value)) {
    check(key, at.key(key), report);
    walk(inner, at.key(key), report);
  }
}

function check(text: string, at: FileKey, report: Report): void {
  const hidden = hiddenIn(text);
  if (hidden.length > 0) report(at, hidden);
}
