/** A key of a file that is being read. What is found wrong with it is noted here. */

import type { PlainObject } from "../../json.ts";
import { once } from "../../process/once.ts";
import type { Issue } from "../model.ts";
import { parseToml } from "./parse.ts";
import { asWritten, findPlace, type KeyPlace, type Path, scanKeys } from "./scan-keys.ts";

/** Something found at a key, before it is known how the file writes that, or in a `line` without one. */
type Noted = Pick<Issue, "severity" | "message" | "fatal" | "line"> & { path: Path };

interface ReadFile {
  /** Where the keys stand: looked for when that is first asked, as it is for few files. */
  root(): KeyPlace;
  findings: Noted[];
  /** The paths at which there is an error, or below which there is one, as JSON. */
  wrong: Set<string>;
}

export class FileKey {
  readonly path: Path;
  readonly #file: ReadFile;

  private constructor(path: Path, file: ReadFile) {
    this.path = path;
    this.#file = file;
  }

  /** The table of a file with this text, and the key at its top; or what is wrong with its syntax. */
  static open(source: string): { table: PlainObject; top: FileKey } | { problem: string } {
    const parsed = parseToml(source);
    if ("problem" in parsed) return parsed;
    const root = once(() => scanKeys(source));
    return { ...parsed, top: new FileKey([], { root, findings: [], wrong: new Set() }) };
  }

  key(...below: Path): FileKey {
    return new FileKey([...this.path, ...below], this.#file);
  }

  error(message: string): void {
    this.note({ severity: "error", message });
  }

  warning(message: string): void {
    this.note({ severity: "warning", message });
  }

  note(finding: Omit<Noted, "path">): void {
    const { path } = this;
    this.#file.findings.push({ ...finding, path });
    if (finding.severity === "error")
      for (let depth = 0; depth <= path.length; depth++)
        this.#file.wrong.add(JSON.stringify(path.slice(0, depth)));
  }

  /** Whether an error has been found at this key or below it by now. */
  get isWrong(): boolean {
    return this.#file.wrong.has(JSON.stringify(this.path));
  }

  /** The keys with a finding by now, by their paths as JSON. */
  notedPaths(): ReadonlySet<string> {
    return new Set(this.#file.findings.map(({ path }) => JSON.stringify(path)));
  }

  /** The entries of the table here, each with its key, in file order: JavaScript objects put keys that look like integers first. */
  entriesOf<T>(table: Readonly<Record<string, T>>): (readonly [name: string, value: T, key: FileKey])[] {
    const entries = Object.entries(table).map(([name, value]) => [name, value, this.key(name)] as const);
    // These come first, so the first one tells whether there are any.
    if (!Number.isInteger(Number(entries[0]?.[0]))) return entries;
    const written = [...(this.#place()?.children.keys() ?? [])];
    const places = new Map(written.map((name, at) => [name, at]));
    const placeOf = (name: string) => places.get(name) ?? places.size;
    return entries.sort(([one], [other]) => placeOf(one) - placeOf(other));
  }

  /** The values here, as the file writes them; of a list one by one. */
  literals(): readonly string[] {
    return this.#place()?.literals ?? [];
  }

  /** The line, from 1, in which the key at `path` below stands; undefined where the file does not write it. */
  lineOf(path: Path): number | undefined {
    return this.key(...path).#place()?.line;
  }

  /** What was found in the whole file, in file order, each with its key as written. */
  issues(file: string): Issue[] {
    if (this.#file.findings.length === 0) return [];
    const root = this.#file.root();
    return this.#file.findings
      .map((finding) => ({ finding, place: findPlace(root, finding.path).place }))
      .sort((a, b) => a.place.offset - b.place.offset)
      .map(({ finding, place }) => {
        const { path, message, line = place.line, ...rest } = finding;
        return { ...rest, file, line, ...writtenKey(path, message, root) };
      });
  }

  /** Undefined where the file does not write it. */
  #place(): KeyPlace | undefined {
    const { place, exact } = findPlace(this.#file.root(), this.path);
    return exact ? place : undefined;
  }
}

/** A key inside a list has no written form of its own: the list is the key, the item is said in the message. */
function writtenKey(path: Path, message: string, root: KeyPlace): Pick<Issue, "key" | "message"> {
  const index = path.findIndex((part) => typeof part === "number");
  if (index === -1) return { key: asWritten(root, path), message };
  const inside = path.slice(index + 1);
  const item = `item ${Number(path[index]) + 1}${inside.length === 0 ? "" : `, ${inside.join(".")}`}`;
  return { key: asWritten(root, path.slice(0, index)), message: `${item}: ${message}` };
}
