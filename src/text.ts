/** Texts: to and from bytes, and as a person is shown them. */

/** The byte that ends a line. */
export const NEWLINE = 0x0a;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** `bytes` as text, a byte order mark included, or undefined where they are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    const text = utf8.decode(bytes);
    // What is too long for a text (2 GiB) comes as an empty one.
    return text === "" && bytes.length > 0 ? undefined : text;
  } catch {
    return undefined;
  }
}

/** `bytes` as text, with U+FFFD for what is not UTF-8. */
export const decodeLossily = (bytes: Uint8Array): string =>
  new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);

export const encodeUtf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const isContinuation = (byte: number) => (byte & 0xc0) === 0x80;

/** `bytes` without the first bytes of a character that a cut has split at their end; what was never UTF-8 stays as it is. */
export function withoutCutEnd(bytes: Uint8Array): Uint8Array {
  for (let back = 1; back <= 3; back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (isContinuation(byte)) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1;
    return length > back ? bytes.subarray(0, bytes.length - back) : bytes;
  }
  return bytes;
}

/** `bytes` without the last bytes of a character that a cut has split at their beginning. */
export function withoutCutStart(bytes: Uint8Array): Uint8Array {
  const first = bytes.subarray(0, 4).findIndex((byte) => !isContinuation(byte));
  return first > 0 ? bytes.subarray(first) : bytes;
}

/** The index of the first `mark` from `at` on that no backslash escapes; -1: none. A single pattern for it would overflow on a long text. */
export function findUnescaped(text: string, mark: string, at: number): number {
  const next = new RegExp(`\\\\[^]|${mark}`, "g");
  next.lastIndex = at;
  for (let found = next.exec(text); found !== null; found = next.exec(text))
    if (found[0] === mark) return found.index;
  return -1;
}

/** `1 host`, `3 hosts`. */
export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

/** The lines of `text` as one, without those that are empty: the last `most` of them. */
export function joinLines(text: string, most = Infinity): string {
  const lines = text.match(/\S(?:[^\r\n]*\S)?/g) ?? [];
  return lines.slice(-most).join("; ").replaceAll(":; ", ": ");
}

/** The first line with something on it, as one to be shown. */
export function firstLine(text: string): string {
  const line = text.split("\n").find((candidate) => candidate.trim() !== "") ?? "";
  return shorten(visible(line.trim()), 80);
}

/** Keeps the last `limit` bytes of what is added. */
export function keepTail(limit: number): { add(bytes: Uint8Array): void; text(): string } {
  let kept = Buffer.alloc(0);
  return {
    add(bytes) {
      kept = Buffer.concat([kept, bytes.subarray(-limit)]).subarray(-limit);
    },
    text: () => kept.toString(),
  };
}

/** Printed ASCII, as nearly every text is: nothing in it is hidden, and a start takes 0.7 ms less where the long pattern below is not used. */
const ASCII = /^[\x20-\x7e]*$/;

/**
 * What a terminal acts on, or shows nothing of: control and format characters, line separators, halves of characters, fillers, variation selectors, tags.
 * Not captured where it belongs: a joiner between two pictures, the selector behind one or in a keycap, the variants of a Han character.
 */
const HIDDEN = new RegExp(
  [
    String.raw`(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}]\ufe0f?)\u200d(?=\p{Extended_Pictographic})`,
    String.raw`(?<=\p{Extended_Pictographic})[\ufe0e\ufe0f]|(?<=[0-9#*])[\ufe0e\ufe0f](?=\u20e3)`,
    String.raw`(?<=\p{Script=Han})[\u{e0100}-\u{e01ef}]`,
    String.raw`([\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}])`,
  ].join("|"),
  "gu",
);

/** `text` from elsewhere with its control and invisible characters as escapes (`\n` → `\\n`, ESC → `\\x1b`). What joins or colours an emoji stays. */
export function visible(text: string): string {
  if (text.length > SHOWN_MAX) return `${visible(text.slice(0, SHOWN_MAX))}…`;
  if (ASCII.test(text)) return text;
  return text.replace(HIDDEN, (character, hidden) => (hidden === undefined ? character : escapeOf(hidden)));
}

/** Characters of a text that are shown: nobody reads more. */
const SHOWN_MAX = 64 * 1024;

/** `text` with nothing behind its first `most` characters but an ellipsis. */
export function shorten(text: string, most: number): string {
  // Half a character at the cut is left out.
  return text.length > most ? `${text.slice(0, most).toWellFormed()}…` : text;
}

/** {@link visible}, line by line: for a message, whose line breaks are its own. */
export const visibleLines = (text: string): string => text.split("\n").map(visible).join("\n");

/** The first `most` of `values` with commas between them, and how many more there are. */
export function listUpTo<T>(most: number, values: readonly T[], show: (value: T) => string = String): string {
  const shown = values.slice(0, most).map((value) => show(value));
  return `${shown.join(", ")}${values.length > most ? ` and ${values.length - most} more` : ""}`;
}

/** The invisible characters in `text`, each once, as {@link visible} shows them; without what breaks or indents lines. */
export function hiddenIn(text: string): string[] {
  if (ASCII.test(text)) return [];
  const hidden = [...text.matchAll(HIDDEN)].flatMap(([, character]) => character ?? []);
  return [...new Set(hidden.filter((character) => !/[\n\r\t]/.test(character)).map(escapeOf))];
}

function escapeOf(character: string): string {
  const named = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }[character];
  if (named !== undefined) return named;
  const code = (character.codePointAt(0) ?? 0).toString(16);
  if (code.length > 4) return `\\u{${code}}`;
  return code.length > 2 ? `\\u${code.padStart(4, "0")}` : `\\x${code.padStart(2, "0")}`;
}

/** The leading `words` that differ only in numbers or a last letter, as when a shell has expanded braces without quotes. */
export function alikeAtFirst(words: readonly string[]): string[] {
  const form = (word: string | undefined) => word?.replace(/\d+|(?<=[-_.])[a-z]$/gi, "#");
  const end = words.findIndex((word) => form(word) !== form(words[0]));
  const alike = words.slice(0, end === -1 ? words.length : end);
  return alike.length > 1 ? alike : [];
}
