import { quote } from "../../arguments/describe.ts";
import { type KeyPlace, scanKeys } from "./scan-keys.ts";

export type Path = readonly (string | number)[];

/**
 * What a parsed document no longer says: the order of keys that look like integers (a JavaScript object hoists
 * them) and how a key was written. `source` must already have been parsed without an error.
 */
export class KeyMap {
  readonly #source: string;
  /** Most files are read without a question about their keys. */
  #scanned: KeyPlace | undefined;

  constructor(source: string) {
    this.#source = source;
  }

  /** The keys of the table at `path`, in file order. */
  order(path: Path): string[] {
    const { place, depth } = this.#find(path);
    return depth === path.length ? [...place.children.keys()] : [];
  }

  /** The numbers and booleans written for `path`, as they stand there; of a list one by one. */
  literals(path: Path): readonly string[] {
    const { place, depth } = this.#find(path);
    return depth === path.length ? place.literals : [];
  }

  /** Where `path` (or the nearest table around it) begins, in characters from the start. */
  offset(path: Path): number {
    return this.#find(path).place.offset;
  }

  /** The line, from 1, in which `path` (or the nearest table around it) begins. */
  line(path: Path): number {
    return this.#find(path).place.line;
  }

  /** The key as the file has it: `[deploy.args] env.options`, `[deploy.args.env] options`, or `options`. */
  asWritten(path: Path): string {
    const header = this.#find(path).place.header;
    const inside = path.slice(header).map(keyText).join(".");
    if (header === 0) return inside;
    const title = `[${path.slice(0, header).map(keyText).join(".")}]`;
    return inside === "" ? title : `${title} ${inside}`;
  }

  #find(path: Path): { place: KeyPlace; depth: number } {
    this.#scanned ??= scanKeys(this.#source);
    let place = this.#scanned;
    let depth = 0;
    for (const key of path) {
      const next = place.children.get(String(key));
      if (next === undefined) break;
      place = next;
      depth++;
    }
    return { place, depth };
  }
}

/** A key as TOML would have it: bare where it can be, else in quotes. */
export function keyText(key: string | number): string {
  const text = String(key);
  return /^[A-Za-z0-9_-]+$/.test(text) ? text : quote(text);
}
