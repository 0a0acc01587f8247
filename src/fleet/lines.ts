/** A host's output as whole lines behind its name, none of which can pass for another host's. */

import { decodeUtf8, visible } from "../text.ts";

const NEWLINE = 0x0a;
/** Bytes of a line that are waited for; what is longer comes in pieces. */
const LINE_MAX = 1024 * 1024;

export interface LineCutter {
  /** What `bytes` complete; `goesOn`: the line was too long, and the next one is more of it. */
  push(bytes: Uint8Array): { line: Uint8Array; goesOn: boolean }[];
  /** What is left at the end, where the last line has no end of its own. */
  end(): Uint8Array | undefined;
}

function createLineCutter(limit = LINE_MAX): LineCutter {
  let held: Uint8Array[] = [];
  let size = 0;

  function take(tail: Uint8Array): Uint8Array {
    const line = held.length === 0 ? tail : Buffer.concat([...held, tail]);
    held = [];
    size = 0;
    return line;
  }

  return {
    push(bytes) {
      const lines: { line: Uint8Array; goesOn: boolean }[] = [];
      let rest = bytes;
      for (let at = rest.indexOf(NEWLINE); at !== -1; at = rest.indexOf(NEWLINE)) {
        lines.push({ line: take(rest.subarray(0, at)), goesOn: false });
        rest = rest.subarray(at + 1);
      }
      while (size + rest.length > limit) {
        const all = take(rest);
        const end = beforeCharacter(all, limit);
        lines.push({ line: all.subarray(0, end), goesOn: true });
        rest = all.subarray(end);
      }
      if (rest.length > 0) {
        // A copy: what it is part of may be large, and belongs to somebody else.
        held.push(new Uint8Array(rest));
        size += rest.length;
      }
      return lines;
    },
    end: () => (size === 0 ? undefined : take(new Uint8Array(0))),
  };
}

/** `at`, or the beginning of the character of UTF-8 that goes on there. */
function beforeCharacter(bytes: Uint8Array, at: number): number {
  const goesOn = (index: number) => ((bytes[index] ?? 0) & 0xc0) === 0x80;
  for (let start = at; start > at - 4 && start > 0; start--) if (!goesOn(start)) return start;
  return at;
}

/** What no terminal acts on: printed ASCII, and tab. */
const HARMLESS = /^[\t\x20-\x7e]*\r?$/;
/** A colour, a tab, and the rest of a line end of two characters. */
const KEPT = /(\x1b\[[0-9;:]*m|\t|\r$)/;
/** `visible` shortens what is longer than anybody reads in one. */
const PIECE = 32 * 1024;

/** `line`, which has no newline, with what a terminal would act on made visible; colours and tabs stay. */
export function harmlessLine(line: Uint8Array, atTerminal: boolean): Uint8Array {
  const text = decodeUtf8(line);
  if (text === undefined)
    return atTerminal ? Buffer.from(harmless(withEscapedBytes(line), true)) : bytewise(line);
  return HARMLESS.test(text) ? line : Buffer.from(harmless(text, atTerminal));
}

function harmless(text: string, atTerminal: boolean): string {
  const shown = text
    .split(KEPT)
    .map((part, index) => (index % 2 === 1 ? part : inPieces(part)))
    .join("");
  // Its colour ends with its line.
  return atTerminal && shown.includes("\x1b[") ? `${shown}\x1b[0m` : shown;
}

function inPieces(text: string): string {
  if (text.length <= PIECE) return visible(text);
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    const last = text.charCodeAt(at + PIECE - 1);
    const end = at + PIECE - (last >= 0xd800 && last < 0xdc00 ? 1 : 0);
    pieces.push(visible(text.slice(at, end)));
    at = end;
  }
  return pieces.join("");
}

/** Off a terminal, bytes of another encoding pass as they are; what is a control character in all of them does not. */
function bytewise(line: Uint8Array): Uint8Array {
  const parts: string[] = [];
  for (const byte of line) {
    const isControl = (byte < 0x20 && byte !== 0x09 && byte !== 0x1b) || byte === 0x7f;
    parts.push(isControl ? escaped(byte) : String.fromCharCode(byte));
  }
  const text = parts
    .join("")
    .split(KEPT)
    .map((part, index) => (index % 2 === 1 ? part : part.replaceAll("\x1b", "\\x1b")));
  return Buffer.from(text.join(""), "latin1");
}

/** Each byte that is no part of UTF-8 as `\xNN`. */
function withEscapedBytes(line: Uint8Array): string {
  let text = "";
  for (let at = 0; at < line.length; ) {
    const length = lengthOf(line[at] ?? 0);
    const character = length === 0 ? undefined : decodeUtf8(line.subarray(at, at + length));
    text += character ?? escaped(line[at] ?? 0);
    at += character === undefined ? 1 : length;
  }
  return text;
}

function lengthOf(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

function escaped(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, "0")}`;
}

export interface LineWriter {
  /** Writes the lines that `bytes` complete, those of one call in one go. */
  take(bytes: Uint8Array): Promise<void>;
  /** Writes what is left, as a line. */
  end(): Promise<void>;
}

export interface LineStyle {
  /** Before each line. */
  prefix: string;
  /** Before the further pieces of a line that is too long. */
  more: string;
  atTerminal: boolean;
  write(data: Uint8Array | string): Promise<void>;
}

/** Bytes that are made lines of at a time. */
const SLICE = 64 * 1024;
/** Lines of which nothing has to be made visible: most of what tools print. */
const HARMLESS_LINES = /^[\t\n\x20-\x7e]*$/;

export function createLineWriter({ prefix, more, atTerminal, write }: LineStyle): LineWriter {
  const cutter = createLineCutter();
  let inside = false;
  let goesOn = false;

  async function writeLine(line: Uint8Array): Promise<void> {
    const before = Buffer.from(goesOn ? more : prefix);
    await write(Buffer.concat([before, harmlessLine(line, atTerminal), END]));
  }

  async function cutLines(bytes: Uint8Array): Promise<void> {
    const parts: Uint8Array[] = [];
    for (const { line, goesOn: isLong } of cutter.push(bytes)) {
      parts.push(Buffer.from(goesOn ? more : prefix), harmlessLine(line, atTerminal), END);
      goesOn = isLong;
    }
    inside = goesOn || bytes.at(-1) !== NEWLINE;
    if (parts.length > 0) await write(Buffer.concat(parts));
  }

  /** Whole lines at once, where a line begins and nothing is to be made visible. */
  async function takeSlice(bytes: Uint8Array): Promise<void> {
    const start = inside ? bytes.indexOf(NEWLINE) + 1 : 0;
    const end = bytes.lastIndexOf(NEWLINE);
    const whole = (inside && start === 0) || end < start ? undefined : bytes.subarray(start, end);
    const text = whole && decodeUtf8(whole);
    if (text === undefined || !HARMLESS_LINES.test(text)) return cutLines(bytes);
    if (start > 0) await cutLines(bytes.subarray(0, start));
    await write(`${prefix}${text.replaceAll("\n", `\n${prefix}`)}\n`);
    if (end + 1 < bytes.length) await cutLines(bytes.subarray(end + 1));
  }

  return {
    async take(bytes) {
      for (let at = 0; at < bytes.length; at += SLICE) await takeSlice(bytes.subarray(at, at + SLICE));
    },
    async end() {
      const rest = cutter.end();
      if (rest !== undefined) await writeLine(rest);
    },
  };
}

const END = Buffer.from("\n");
