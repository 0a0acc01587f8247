/** A host's output as whole lines behind its name, none of which can pass for another host's. */

import { withoutCutEnd } from "../mcp/bytes.ts";
import { decodeUtf8, encodeUtf8, visible } from "../text.ts";
import type { Host } from "./choose.ts";

const NEWLINE = 0x0a;
/** Bytes of a line that are waited for; what is longer comes in pieces. */
const LINE_MAX = 1024 * 1024;

/** What no terminal acts on: printed ASCII, and tab. */
const HARMLESS = /^[\t\x20-\x7e]*\r?$/;
/** A colour, a tab, and the rest of a line end of two characters. */
const KEPT = /(\x1b\[[0-9;:]*m|\t|\r$)/;
/** `visible` shortens what is longer than anybody reads in one. */
const PIECE_MAX = 32 * 1024;
const PIECES = /.{1,32768}/gsu;
/** A character of UTF-8, or a byte that belongs to none. */
const CHARACTER =
  /[\x00-\x7f]+|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|./gs;

/** `line`, which has no newline, with what a terminal would act on made visible; colours and tabs stay. */
export function harmlessLine(line: Uint8Array, atTerminal: boolean): Uint8Array {
  const text = decodeUtf8(line);
  if (text !== undefined) return HARMLESS.test(text) ? line : encodeUtf8(harmless(text, atTerminal));
  const bytes = Buffer.from(line).toString("latin1");
  if (atTerminal) return encodeUtf8(harmless(bytes.replace(CHARACTER, readCharacter), true));
  // Off a terminal, bytes of another encoding pass as they are; what is a control character in all of them does not.
  const shown = butForKept(bytes, (part) => part.replace(/[\x00-\x1f\x7f]/g, escaped));
  return Buffer.from(shown, "latin1");
}

/** The same of text. */
export function harmless(text: string, atTerminal: boolean): string {
  const shown = butForKept(text, (part) =>
    part.length > PIECE_MAX ? part.replace(PIECES, visible) : visible(part),
  );
  // Its colour ends with its line.
  return atTerminal && shown.includes("\x1b[") ? `${shown}\x1b[0m` : shown;
}

function butForKept(text: string, show: (part: string) => string): string {
  return text
    .split(KEPT)
    .map((part, index) => (index % 2 === 1 ? part : show(part)))
    .join("");
}

/** Each byte that is no part of UTF-8 as `\xNN`. */
function readCharacter(bytes: string): string {
  return decodeUtf8(Buffer.from(bytes, "latin1")) ?? bytes.replace(/./gs, escaped);
}

function escaped(byte: string): string {
  return `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`;
}

interface LineStyle {
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

export function createLineWriter({ prefix, more, atTerminal, write }: LineStyle) {
  /** The beginning of a line, in pieces: they may be many. */
  let held: Uint8Array[] = [];
  let size = 0;
  /** What stands before it. */
  let before = prefix;

  /** Writes `lines`, and with them what was held. */
  async function writeLines(lines: Uint8Array): Promise<void> {
    const all = Buffer.concat([...held, lines]);
    const text = decodeUtf8(all);
    const first = before;
    held = [];
    size = 0;
    before = prefix;
    if (text !== undefined && HARMLESS_LINES.test(text))
      return write(`${first}${text.replaceAll("\n", `\n${prefix}`)}\n`);
    const shown = splitLines(all).map((line) => harmlessLine(line, atTerminal));
    const parts = shown.flatMap((line, index) => [encodeUtf8(index === 0 ? first : prefix), line, END]);
    await write(Buffer.concat(parts));
  }

  function hold(rest: Uint8Array): void {
    // A copy: what it is part of may be large, and belongs to somebody else.
    if (rest.length > 0) held.push(new Uint8Array(rest));
    size += rest.length;
  }

  async function takeSlice(bytes: Uint8Array): Promise<void> {
    const end = bytes.lastIndexOf(NEWLINE);
    if (end !== -1) await writeLines(bytes.subarray(0, end));
    hold(bytes.subarray(end + 1));
    if (size <= LINE_MAX) return;
    const all = Buffer.concat(held);
    const piece = withoutCutEnd(all.subarray(0, LINE_MAX));
    held = [];
    await writeLines(piece);
    hold(all.subarray(piece.length));
    before = more;
  }

  return {
    /** Writes the lines that `bytes` complete. */
    async take(bytes: Uint8Array): Promise<void> {
      for (let at = 0; at < bytes.length; at += SLICE) await takeSlice(bytes.subarray(at, at + SLICE));
    },
    /** Writes what is left, as a line. */
    async end(): Promise<void> {
      if (size > 0) await writeLines(new Uint8Array(0));
    },
  };
}

const END = encodeUtf8("\n");

function splitLines(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  let start = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, start)) {
    lines.push(bytes.subarray(start, at));
    start = at + 1;
  }
  return [...lines, bytes.subarray(start)];
}

/** Lines of many hosts on one stream, each behind its host's name. */
export function createHostLines(style: Pick<LineStyle, "atTerminal" | "write">) {
  const writers = new Map<Host, ReturnType<typeof createLineWriter>>();
  return {
    async take(host: Host, bytes: Uint8Array) {
      const writer = writers.getOrInsertComputed(host, ({ name }) => {
        const shown = visible(name);
        return createLineWriter({ prefix: `${shown} │ `, more: `${shown} ┆ `, ...style });
      });
      await writer.take(bytes);
    },
    async end(host: Host) {
      await writers.get(host)?.end();
      writers.delete(host);
    },
  };
}
