/** What the keys and texts of a file may not be, wherever they stand. */

import { isObject } from "../../json.ts";
import { hiddenIn, listUpTo } from "../../text.ts";
import type { FileKey } from "./file-key.ts";

/** Names that mean something to JavaScript: as a key they could be lost, or do harm. */
export const UNSAFE_NAMES: readonly string[] = ["__proto__", "constructor", "prototype"];

const UNSAFE = "expected another: it means something to JavaScript and could be lost";

/** A file without any of these has no such name, plain or with escapes. */
const MAYBE_UNSAFE = /__proto__|constructor|prototype|\\/;

/** An error for every name in `value`, which stands at `at`, that cannot be kept safely. */
export function checkNames(value: unknown, at: FileKey): void {
  if (!MAYBE_UNSAFE.test(at.source)) return;
  for (const { text, isName, key } of textsAt(value, at))
    if (isName && UNSAFE_NAMES.includes(text)) key.error(`found the name "${text}", ${UNSAFE}`);
}

/** What a text has to have to hold an invisible character: one that is not printed ASCII, or an escape that stands for one. */
const MAYBE_HIDDEN = /[^\t\n\r\x20-\x7e]|\\[uUxebf]/;

/** Characters that are named: whole sentences can be written in them. */
const SHOWN = 5;

/** Warns of every invisible character in `table`, the whole of a file: a person who reviews it does not see them, an agent does. */
export function warnOfInvisible(table: unknown, top: FileKey): void {
  if (!MAYBE_HIDDEN.test(top.source)) return;
  const noted = top.notedPaths();
  for (const { text, key } of textsAt(table, top)) {
    const hidden = hiddenIn(text);
    // If there is another finding about it, or about its list, that message has quoted it.
    const path = key.path.slice(0, typeof key.path.at(-1) === "number" ? -1 : undefined);
    if (hidden.length > 0 && !noted.has(JSON.stringify(path)))
      key.warning(
        `holds characters that are not seen (${listUpTo(SHOWN, hidden)}): a person misses what they say, an agent does not`,
      );
  }
}

/** Every name of a key, and every value that is a text. */
function* textsAt(value: unknown, key: FileKey): Generator<{ text: string; isName: boolean; key: FileKey }> {
  if (typeof value === "string") yield { text: value, isName: false, key };
  if (Array.isArray(value)) for (const [index, item] of value.entries()) yield* textsAt(item, key.key(index));
  if (!isObject(value)) return;
  for (const [name, inner] of Object.entries(value)) {
    yield { text: name, isName: true, key: key.key(name) };
    yield* textsAt(inner, key.key(name));
  }
}
