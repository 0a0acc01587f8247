import type { Table } from "../../json.ts";
import type { Issue } from "../model.ts";
import { KeyMap, type Path } from "./key-map.ts";

/** Something found at a key, before it is known how the file writes that. */
type Finding = Pick<Issue, "severity" | "message" | "fatal"> & { path: Path };

interface ReadFile {
  keys: KeyMap;
  findings: Finding[];
  errors: number;
}

/** A key of a file that is being read. What is found wrong with it is noted here. */
export class FileKey {
  readonly path: Path;
  readonly #file: ReadFile;

  private constructor(path: Path, file: ReadFile) {
    this.path = path;
    this.#file = file;
  }

  /** The top of a file with this text, which has been parsed without an error. */
  static topOf(source: string): FileKey {
    return new FileKey([], { keys: new KeyMap(source), findings: [], errors: 0 });
  }

  /** A key below this one. */
  key(...below: Path): FileKey {
    return new FileKey([...this.path, ...below], this.#file);
  }

  error(message: string): void {
    this.note({ severity: "error", message });
  }

  warning(message: string): void {
    this.note({ severity: "warning", message });
  }

  note(finding: Omit<Finding, "path">): void {
    this.#file.findings.push({ ...finding, path: this.path });
    if (finding.severity === "error") this.#file.errors++;
  }

  /** How many errors there are in the file by now. */
  get errors(): number {
    return this.#file.errors;
  }

  /** The paths at which something has been found in the file by now, as JSON. */
  notedPaths(): ReadonlySet<string> {
    return new Set(this.#file.findings.map(({ path }) => JSON.stringify(path)));
  }

  /** The keys of the table here, in file order: JavaScript objects put keys that look like integers first. */
  keysOf(table: Table): string[] {
    const given = Object.keys(table);
    // These come first, so the first key tells whether there are any.
    if (!Number.isInteger(Number(given[0]))) return given;
    const ordered = this.#file.keys.order(this.path).filter((key) => Object.hasOwn(table, key));
    return [...new Set([...ordered, ...given])];
  }

  /** The numbers and booleans here, as the file writes them; of a list one by one. */
  literals(): readonly string[] {
    return this.#file.keys.literals(this.path);
  }

  /** What was found in the whole file, in file order, each with its key as written. */
  issues(file: string): Issue[] {
    const { findings, keys } = this.#file;
    return findings
      .map((finding) => ({ finding, offset: keys.offset(finding.path) }))
      .sort((a, b) => a.offset - b.offset)
      .map(({ finding }) => toIssue(finding, file, keys));
  }
}

/** A key inside a list has no written form of its own: the list is the key, the item is said in the message. */
function toIssue({ path, ...finding }: Finding, file: string, keys: KeyMap): Issue {
  const { message } = finding;
  const line = keys.line(path);
  const index = path.findIndex((part) => typeof part === "number");
  if (index === -1) return { ...finding, file, line, key: keys.asWritten(path) };
  const inside = path.slice(index + 1);
  const item = `item ${Number(path[index]) + 1}${inside.length === 0 ? "" : `, ${inside.join(".")}`}`;
  return {
    ...finding,
    file,
    line,
    key: keys.asWritten(path.slice(0, index)),
    message: `${item}: ${message}`,
  };
}
