/** Putting a server into a client's JSON file; everything else in it stays as it is written. */

import { attempt } from "../errors.ts";
import { lineEndOf } from "../spec/toml/edit.ts";
import { findUnescaped } from "../text.ts";

/** `text` with `entry` under `section` and `name`; what else it says of that server stays. @throws SyntaxError where it is no such file */
export function putIntoJson(text: string, section: string, name: string, entry: object): string {
  const start = text.trim() === "" ? "{}\n" : text;
  return Object.entries(entry).reduce((json, [key, value]) => put(json, [section, name, key], value), start);
}

/** Puts `value` where `path` leads, and what is missing on the way there at the end of what is there. */
function put(text: string, path: readonly string[], value: unknown): string {
  let node = parseJsonc(text);
  for (const [depth, key] of path.entries()) {
    const next = membersOf(node, path[depth - 1]).get(key);
    const nested = path.slice(depth + 1).reduceRight((inner, name) => ({ [name]: inner }), value);
    if (next === undefined) return insert(text, node, key, nested);
    node = next;
  }
  if (Bun.deepEquals(node.value, value)) return text;
  return `${text.slice(0, node.start)}${JSON.stringify(value)}${text.slice(node.end)}`;
}

/** Puts a member at the end of an object. A key may stand there twice: `membersOf` has its last value, in the first one's place. */
function insert(text: string, node: JsonNode, key: string, value: unknown): string {
  const last = [...membersOf(node).values()].toSorted((a, b) => a.end - b.end).at(-1);
  const newline = lineEndOf(text);
  const outer = indentOf(text, node.start);
  const inner = last === undefined ? `${outer}  ` : indentOf(text, last.start);
  const written = JSON.stringify(value, undefined, 2).replaceAll("\n", `${newline}${inner}`);
  const member = `${newline}${inner}${JSON.stringify(key)}: ${written}`;
  const close = node.end - 1;
  // The comma goes straight behind the last value, so that a comment behind it stays where it is.
  const end = last?.end ?? node.start + 1;
  const behind = text.slice(end, close);
  const hasComma = behind.replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g, "").includes(",");
  const comma = last === undefined || hasComma ? "" : ",";
  return `${text.slice(0, end)}${comma}${behind.trimEnd()}${member}${newline}${outer}${text.slice(close)}`;
}

function membersOf({ members }: JsonNode, what = "the file"): Map<string, JsonNode> {
  if (members === undefined) throw new SyntaxError(`${what} is no object`);
  return members;
}

const indentOf = (text: string, at: number): string =>
  /^[ \t]*/.exec(text.slice(text.lastIndexOf("\n", at - 1) + 1, at))?.[0] ?? "";

interface JsonNode {
  start: number;
  /** After its last character. */
  end: number;
  value: unknown;
  members?: Map<string, JsonNode>;
}

const VOID = /(?:[\s\ufeff]|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
const PLAIN = /[^\s,:\]}/"]*/y;

/** Reads JSON as editors write it, with comments and commas at the end. @throws SyntaxError */
export function parseJsonc(text: string): JsonNode {
  let at = 0;

  function endOf(pattern: RegExp): number {
    pattern.lastIndex = at;
    return at + (pattern.exec(text)?.[0].length ?? 0);
  }

  function scalar(): unknown {
    const end = text.startsWith('"', at) ? findUnescaped(text, '"', at + 1) + 1 : endOf(PLAIN);
    const value = attempt<{ json: unknown }>(() => ({ json: JSON.parse(text.slice(at, end)) }));
    if (value === undefined) throw wrong("a value");
    at = end;
    return value.json;
  }

  function wrong(expected: string): SyntaxError {
    return new SyntaxError(`line ${text.slice(0, at).split("\n").length}: expected ${expected}`);
  }

  /** Whether `mark` is what comes next, which is read then. */
  function takes(mark: string): boolean {
    at = endOf(VOID);
    const there = text.startsWith(mark, at);
    if (there) at += mark.length;
    return there;
  }

  function items(end: string, item: () => void): void {
    while (!takes(end)) {
      item();
      if (takes(",")) continue;
      if (takes(end)) return;
      throw wrong(`a comma or ${end}`);
    }
  }

  function read(): JsonNode {
    at = endOf(VOID);
    const start = at;
    if (takes("{")) {
      const members = new Map<string, JsonNode>();
      items("}", () => {
        const key = read().value;
        if (typeof key !== "string" || !takes(":")) throw wrong("a key in quotes and a colon");
        members.set(key, read());
      });
      const value = Object.fromEntries([...members].map(([key, member]) => [key, member.value]));
      return { start, end: at, value, members };
    }
    const list: unknown[] = [];
    if (takes("[")) items("]", () => list.push(read().value));
    const value: unknown = at === start ? scalar() : list;
    return { start, end: at, value };
  }

  const node = read();
  at = endOf(VOID);
  if (at < text.length) throw wrong("nothing more");
  return node;
}
