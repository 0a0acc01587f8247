/** JSON as editors write it, with comments and commas at the end: where each value stands. */

export interface JsonNode {
  start: number;
  /** After its last character. */
  end: number;
  value: unknown;
  /** Of an object. */
  members?: Map<string, JsonNode>;
}

/** @throws SyntaxError */
export function parseJsonc(text: string): JsonNode {
  const parser = new Parser(text);
  const node = parser.value();
  parser.finish();
  return node;
}

const VOID = /(?:[\s\ufeff]|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
const SCALAR = /"(?:[^"\\]|\\[\s\S])*"|[^\s,\]}/]+/y;

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): JsonNode {
    this.#match(VOID);
    const start = this.#at;
    const first = this.#text.charAt(start);
    if (first === "{") return this.#object(start);
    if (first === "[") return this.#list(start);
    const value: unknown = JSON.parse(this.#match(SCALAR));
    return { start, end: this.#at, value };
  }

  finish(): void {
    this.#match(VOID);
    if (this.#at < this.#text.length) throw new SyntaxError("something follows the value");
  }

  #object(start: number): JsonNode {
    const members = new Map<string, JsonNode>();
    const entries: [string, unknown][] = [];
    this.#items("}", () => {
      const key = this.value();
      this.#match(VOID);
      if (typeof key.value !== "string" || this.#text.charAt(this.#at) !== ":")
        throw new SyntaxError("expected a key");
      this.#at++;
      const node = this.value();
      members.set(key.value, node);
      entries.push([key.value, node.value]);
    });
    return { start, end: this.#at, value: Object.fromEntries(entries), members };
  }

  #list(start: number): JsonNode {
    const value: unknown[] = [];
    this.#items("]", () => void value.push(this.value().value));
    return { start, end: this.#at, value };
  }

  #items(end: string, item: () => void): void {
    this.#at++;
    for (this.#match(VOID); this.#text.charAt(this.#at) !== end; this.#match(VOID)) {
      item();
      this.#match(VOID);
      if (this.#text.charAt(this.#at) === ",") this.#at++;
      else if (this.#text.charAt(this.#at) !== end) throw new SyntaxError(`expected a comma or ${end}`);
    }
    this.#at++;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const text = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += text.length;
    return text;
  }
}
