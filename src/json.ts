/** A JSON object or a TOML table, as it was read: what its values are is not known yet. */
export type PlainObject = Record<string, unknown>;

/** Whether `value` is an object or a table: not a list, not a date, not null. */
export function isObject(value: unknown): value is PlainObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** `value` where it is an object or a table, else an empty one. */
export const asObject = (value: unknown): PlainObject => (isObject(value) ? value : {});

/** `value` where it is a text. */
export const asText = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** `object[key]` if it is the object's own, else undefined. */
export function own(object: PlainObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** The texts of a list; none where it is no list. */
export function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

/** Plain JSON, as it goes over the wire. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** `value` as one line of JSON. Unicode's line separators are escaped: Node's readline and Python's splitlines would end a line there. */
export function jsonLine(value: unknown): string {
  const text = JSON.stringify(value).replaceAll("\u2028", "\\u2028");
  return text.replaceAll("\u2029", "\\u2029").replaceAll("\u0085", "\\u0085");
}

/** `value`, plain JSON, with U+FFFD for halves of characters: over one, strict parsers refuse a whole message. */
export function wellFormed<T>(value: T): T {
  const text = JSON.stringify(value);
  if (!text.includes("\\ud")) return value;
  return JSON.parse(text.replace(/\\(?:\\|ud[89a-f]..)/g, (found) => (found === "\\\\" ? found : "\ufffd")));
}

/** Bytes that `value` takes in a message. */
export const jsonWeight = (value: unknown): number => Buffer.byteLength(jsonLine(value));

/** What a terminal acts on, or shows nothing of, unless JSON itself escapes it. */
const HIDDEN = /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** `text` in JSON's escapes alone: `$` → `\u0024`. */
export function jsonEscape(text: string): string {
  const unit = (one: string) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return text.split("").map(unit).join("");
}

/** `value` as JSON that is for eyes as well: what is hidden is escaped. */
export function shownJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(HIDDEN, jsonEscape);
}

/** {@link shownJson} as a document: indented, with a line break at its end. */
export const jsonDocument = (value: unknown): string => `${shownJson(value, 2)}\n`;
