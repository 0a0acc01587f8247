/** Where each key stands in the text of a TOML document, and how it is written there. */

import { parse } from "smol-toml";
import { findUnescaped } from "../../text.ts";

/** Where one key stands in the source, and the keys below it. */
export interface KeyPlace {
  offset: number;
  /** From 1. */
  line: number;
  /** After its value; of a table with a header of its own, after the name in that. */
  end: number;
  /** How many leading parts of the key are in the `[header]` it was written under. */
  header: number;
  children: Map<string, KeyPlace>;
  /** The tables that each have a `[[header]]` of their own. */
  items: KeyPlace[];
  /** The values written for it, as they stand in the source; those of a list one by one. */
  literals: string[];
}

export type Path = readonly (string | number)[];

/** A key as TOML would have it: bare where it can be, else in quotes, with the escapes of JSON and one more. */
export function keyText(key: string | number): string {
  const text = String(key);
  return /^[A-Za-z0-9_-]+$/.test(text) ? text : JSON.stringify(text).replaceAll("\x7f", "\\u007f");
}

/** Where `path` stands below `root`; where it is not written, the nearest table around it, and `exact` is false. */
export function findPlace(root: KeyPlace, path: Path): { place: KeyPlace; exact: boolean } {
  let place = root;
  for (const key of path) {
    const next = typeof key === "number" ? place.items[key] : place.children.get(key);
    if (next === undefined) return { place, exact: false };
    place = next;
  }
  return { place, exact: true };
}

/** The key as the file has it: `[deploy.args] env.options`, `[deploy.args.env] options`, or `options`. */
export function asWritten(root: KeyPlace, path: Path): string {
  const { header } = findPlace(root, path).place;
  const title = path.slice(0, header).map(keyText).join(".");
  const inside = path.slice(header).map(keyText).join(".");
  return [title && `[${title}]`, inside].filter(Boolean).join(" ");
}

/** Where every key of a TOML document stands. `source` must already have been parsed without an error. */
export function scanKeys(source: string): KeyPlace {
  let at = 0;
  let line = 1;

  function take(end: number): string {
    const text = source.slice(at, end);
    at = end;
    if (text.includes("\n")) line += text.split("\n").length - 1;
    return text;
  }

  function match(pattern: RegExp): string {
    pattern.lastIndex = at;
    return take(at + (pattern.exec(source)?.[0].length ?? 0));
  }

  const skipVoid = () => match(/(?:[\s\ufeff]|#[^\n]*)*/y);

  /** Takes a string of any of the four kinds. */
  function string(): string {
    const quotes = match(/"""|'''|["']/y);
    const end = quotes.startsWith("'") ? source.indexOf(quotes, at) : findUnescaped(source, quotes, at);
    const text = quotes + take(end + quotes.length);
    // Up to two quotes in front of the closing three belong to the text.
    return quotes.length === 3 ? text + match(/["']{0,2}/y) : text;
  }

  /** Takes the parts of a key, up to what can be none: the `=` or `]` behind it. */
  function keyParts(): { key: string; offset: number }[] {
    const parts: { key: string; offset: number }[] = [];
    for (;;) {
      match(/[ \t.]*/y);
      const offset = at;
      const isQuoted = /["']/.test(source.charAt(at));
      const text = isQuoted ? string() : match(/[A-Za-z0-9_-]*/y);
      if (text === "") return parts;
      parts.push({ key: isQuoted ? String(parse(`text = ${text}`).text) : text, offset });
    }
  }

  function child(parent: KeyPlace, name: string, offset: number, header: number): KeyPlace {
    return parent.children.getOrInsertComputed(name, () => newPlace(offset, line, header));
  }

  /** `key = value`, in a table whose header has `depth` parts. */
  function pair(parent: KeyPlace, depth: number): void {
    let place = parent;
    for (const { key: name, offset } of keyParts()) place = child(place, name, offset, depth);
    at++;
    value(place, depth);
    place.end = at;
  }

  function value(place: KeyPlace, depth: number): void {
    skipVoid();
    const first = source.charAt(at);
    if (first === '"' || first === "'") place.literals.push(string());
    else if (first === "[") list("]", () => value(place, depth));
    else if (first === "{") list("}", () => pair(place, depth));
    else place.literals.push(match(/[^,\]}\s#]*(?: \d\d:[^,\]}\s#]*)?/y));
  }

  /** The items between brackets, each read by `item`. */
  function list(end: string, item: () => void): void {
    at++;
    for (skipVoid(); source.charAt(at) !== end && at < source.length; skipVoid()) {
      item();
      skipVoid();
      if (source.charAt(at) === ",") at++;
    }
    at++;
  }

  const root = newPlace(0, 1, 0);
  let table = root;
  let headerDepth = 0;
  for (skipVoid(); at < source.length; skipVoid()) {
    if (source.charAt(at) !== "[") {
      pair(table, headerDepth);
      continue;
    }
    const isItem = match(/\[+/y) === "[[";
    const path = keyParts();
    match(/\]+/y);
    headerDepth = path.length;
    table = root;
    for (const [index, { key: name, offset }] of path.entries())
      table = child(table.items.at(-1) ?? table, name, offset, index + 1);
    table.end = at;
    if (!isItem) continue;
    const item = newPlace(path[0]?.offset ?? at, line, headerDepth);
    table.items.push(item);
    table = item;
  }
  return root;
}

function newPlace(offset: number, line: number, header: number): KeyPlace {
  return { offset, line, end: offset, header, children: new Map(), items: [], literals: [] };
}
