/** What the keys and texts of a file may not be, wherever they stand. */

import { isObject } from "../../json.ts";
import { hiddenIn, listUpTo } from "../../text.ts";
import type { FileKey } from "./file-key.ts";
import type { Path } from "./scan-keys.ts";

/** Names that mean something to JavaScript: as a key they could be lost, or do harm. */
export const UNSAFE_NAMES: readonly string[] = ["__proto__", "constructor", "prototype"];

const UNSAFE = "expected another: it means something to JavaScript and could be lost";

/** An error for every name in `value`, which stands at `at`, that cannot be kept safely. */
export function checkNames(value: unknown, at: FileKey): void {
  visitTexts(value, [], (text, path, isName) => {
    if (isName && UNSAFE_NAMES.includes(text)) at.key(...path).error(`found the name "${text}", ${UNSAFE}`);
  });
}

/** Characters that are named: whole sentences can be written in them. */
const SHOWN = 5;

/** Warns of every invisible character in `table`, the whole of the file `source`, and in its comments: a person who reviews it does not see them, an agent does. */
export function warnOfInvisible(table: unknown, source: string, top: FileKey): void {
  const noted = top.notedPaths();
  const inTexts = new Set<string>();
  const what = (hidden: readonly string[]) =>
    `holds characters that are not seen (${listUpTo(SHOWN, hidden)})`;
  visitTexts(table, [], (text, path) => {
    const hidden = hiddenIn(text);
    for (const character of hidden) inTexts.add(character);
    // If there is another finding about it, or about its list, that message has quoted it.
    const place = typeof path.at(-1) === "number" ? path.slice(0, -1) : path;
    if (hidden.length > 0 && !noted.has(JSON.stringify(place)))
      top.key(...path).warning(`${what(hidden)}${UNSEEN}`);
  });
  const others = source.split("\n").map((text) => hiddenIn(text).filter((one) => !inTexts.has(one)));
  const line = others.findIndex(({ length }) => length > 0) + 1;
  const message = `a comment ${what([...new Set(others.flat())])}${UNSEEN}`;
  if (line > 0) top.note({ severity: "warning", line, message });
}

const UNSEEN = ": a person misses what they say, an agent does not";

/** Calls `visit` with every name of a key below `path`, and every value that is a text. */
function visitTexts(
  value: unknown,
  path: Path,
  visit: (text: string, path: Path, isName: boolean) => void,
): void {
  if (typeof value === "string") visit(value, path, false);
  if (Array.isArray(value))
    for (const [index, item] of value.entries()) visitTexts(item, [...path, index], visit);
  if (!isObject(value)) return;
  for (const [name, inner] of Object.entries(value)) {
    visit(name, [...path, name], true);
    visitTexts(inner, [...path, name], visit);
  }
}
