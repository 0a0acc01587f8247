/** JSON as editors write it, with comments and commas at the end: where each value stands. */

export interface JsonNode {
  start: number;
  /** After its last character. */
  end: number;
  value: unknown;
  /** Of an object. */
  members?: Map<string, JsonNode>;
}

const VOID = /(?:[\s\ufeff]|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
const SCALAR = /"(?:[^"\\]|\\[\s\S])*"|[^\s,\]}/]+/y;

/** @throws SyntaxError */
export function parseJsonc(text: string): JsonNode {
  let at = 0;

  function match(pattern: RegExp): string {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? "";
    at += found.length;
    return found;
  }

  /** Whether `mark` is what comes next, which is read then. */
  function takes(mark: string): boolean {
    match(VOID);
    const there = text.startsWith(mark, at);
    if (there) at += mark.length;
    return there;
  }

  function items(end: string, item: () => void): void {
    while (!takes(end)) {
      item();
      if (takes(",")) continue;
      if (takes(end)) return;
      throw new SyntaxError(`expected a comma or ${end}`);
    }
  }

  function read(): JsonNode {
    match(VOID);
    const start = at;
    if (takes("{")) {
      const members = new Map<string, JsonNode>();
      items("}", () => {
        const key = read().value;
        if (typeof key !== "string" || !takes(":")) throw new SyntaxError("expected a key");
        members.set(key, read());
      });
      const value = Object.fromEntries([...members].map(([key, node]) => [key, node.value]));
      return { start, end: at, value, members };
    }
    const list: unknown[] = [];
    if (takes("[")) items("]", () => list.push(read().value));
    const value: unknown = at === start ? JSON.parse(match(SCALAR)) : list;
    return { start, end: at, value };
  }

  const node = read();
  match(VOID);
  if (at < text.length) throw new SyntaxError("something follows the value");
  return node;
}
