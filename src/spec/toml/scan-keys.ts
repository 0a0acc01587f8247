import { readFileSync } from "node:fs";
import { parse } from "smol-toml";
import { attempt } from "../../errors.ts";
import { findUnescaped } from "../../text.ts";

/** Where the keys of a TOML document stand in its source. */
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
  return new Scanner(source).scan();
}

/** Walks valid TOML once, noting keys and stepping over values. */
class Scanner {
  readonly #source: string;
  #at = 0;
  #line = 1;

  constructor(source: string) {
    this.#source = source;
  }

  scan(): KeyPlace {
    const root = newPlace(0, 1, 0);
    let table = root;
    let depth = 0;
    for (this.#skipVoid(); this.#at < this.#source.length; this.#skipVoid()) {
      if (this.#peek() !== "[") {
        this.#pair(table, depth);
        continue;
      }
      const isItem = this.#match(/\[+/y) === "[[";
      const path = this.#key("]");
      this.#match(/\]+/y);
      depth = path.length;
      table = root;
      path.forEach(({ key, offset }, index) => {
        table = this.#child(table.items.at(-1) ?? table, key, offset, index + 1);
      });
      if (!isItem) continue;
      const item = newPlace(path[0]?.offset ?? this.#at, this.#line, depth);
      table.items.push(item);
      table = item;
    }
    return root;
  }

  /** `key = value`, in a table whose header has `depth` parts. */
  #pair(table: KeyPlace, depth: number): void {
    let place = table;
    for (const { key, offset } of this.#key("=")) place = this.#child(place, key, offset, depth);
    this.#at++;
    this.#value(place, depth);
    place.end = this.#at;
  }

  #value(place: KeyPlace, depth: number): void {
    this.#skipVoid();
    const first = this.#peek();
    if (first === '"' || first === "'") place.literals.push(this.#string());
    else if (first === "[") this.#list("]", () => this.#value(place, depth));
    else if (first === "{") this.#list("}", () => this.#pair(place, depth));
    else place.literals.push(this.#match(/[^,\]}\s#]*(?: \d\d:[^,\]}\s#]*)?/y));
  }

  /** The items between brackets, each read by `item`. */
  #list(end: string, item: () => void): void {
    this.#at++;
    for (this.#skipVoid(); this.#peek() !== end && this.#at < this.#source.length; this.#skipVoid()) {
      item();
      this.#skipVoid();
      if (this.#peek() === ",") this.#at++;
    }
    this.#at++;
  }

  #key(end: string): { key: string; offset: number }[] {
    const parts: { key: string; offset: number }[] = [];
    while (this.#at < this.#source.length) {
      this.#match(/[ \t.]*/y);
      const first = this.#peek();
      if (first === end) break;
      const offset = this.#at;
      const isQuoted = first === '"' || first === "'";
      const text = isQuoted ? this.#string() : this.#match(/[A-Za-z0-9_-]*/y);
      if (text === "") break;
      parts.push({ key: isQuoted ? String(parse(`text = ${text}`).text) : text, offset });
    }
    return parts;
  }

  #child(parent: KeyPlace, key: string, offset: number, header: number): KeyPlace {
    const known = parent.children.get(key);
    if (known !== undefined) return known;
    const place = newPlace(offset, this.#line, header);
    parent.children.set(key, place);
    return place;
  }

  #skipVoid(): void {
    this.#match(/(?:[\s\ufeff]|#[^\n]*)*/y);
  }

  /** Of any of the four kinds. */
  #string(): string {
    const mark = /"""|'''|["']/y;
    mark.lastIndex = this.#at;
    const [quotes = ""] = mark.exec(this.#source) ?? [];
    const from = this.#at + quotes.length;
    const end = quotes.startsWith("'")
      ? this.#source.indexOf(quotes, from)
      : findUnescaped(this.#source, quotes, from);
    const text = this.#take(end + quotes.length);
    // Up to two quotes in front of the closing three belong to the text.
    return quotes.length === 3 ? text + this.#match(/["']{0,2}/y) : text;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    return this.#take(this.#at + (pattern.exec(this.#source)?.[0].length ?? 0));
  }

  #take(end: number): string {
    const text = this.#source.slice(this.#at, end);
    this.#at = end;
    if (text.includes("\n")) this.#line += text.split("\n").length - 1;
    return text;
  }

  #peek(): string {
    return this.#source.charAt(this.#at);
  }
}

function newPlace(offset: number, line: number, header: number): KeyPlace {
  return { offset, line, end: offset, header, children: new Map(), items: [], literals: [] };
}

/** The line, from 1, in which the key at `path` stands in `file`, valid TOML; undefined where it has none. */
export function lineIn(file: string, path: Path): number | undefined {
  const { place, exact } = attempt(() => findPlace(scanKeys(readFileSync(file, "utf8")), path)) ?? {};
  return exact ? place?.line : undefined;
}
