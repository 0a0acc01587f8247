/** A host's output as whole lines behind its name, none of which can pass for another host's. */

import { createLimiter } from "../concurrency.ts";
import type { ByteWriter } from "../process/fd-writer.ts";
import { decodeLossily, decodeUtf8, NEWLINE, visible, withoutCutEnd } from "../text.ts";
import { fitLine, type Shown } from "./fit.ts";
import type { Host } from "./resolve-hosts.ts";

/** Bytes of a line that are waited for; what is longer comes in pieces. */
const LINE_MAX = 1024 * 1024;

/** A colour, no longer than `fit` knows one, or a break could stand within it; a tab, and the rest of a line end of two characters. */
const KEPT = /(\x1b\[[0-9;:]{0,64}m|\t|\r$)/;
/** `visible` shortens what is longer than anybody reads in one. */
const PIECES = /.{1,32768}/gsu;

/** `line`, which has no newline, with what a terminal would act on made visible; colours and tabs stay. */
export const harmless = (line: string): string => butForKept(line, (part) => part.replace(PIECES, visible));

function butForKept(line: string, show: (part: string) => string): string {
  return line
    .split(KEPT)
    .map((part, index) => (index % 2 === 1 ? part : show(part)))
    .join("");
}

/** Most of what tools print needs no more than a look. */
const harmlessLines = (text: string): string =>
  /^[\t\n\x20-\x7e]*$/.test(text) ? text : text.split("\n").map(harmless).join("\n");

/** Bytes, each as a character. Those of another encoding pass as they are; what is a control character in all of them does not. */
function harmlessBytes(line: string): string {
  const text = decodeUtf8(Buffer.from(line, "latin1"));
  if (text !== undefined) return asBytes(harmless(text));
  const shown = (byte: string) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`;
  return butForKept(line, (part) => part.replace(/[\x00-\x1f\x7f]/g, shown));
}

const asBytes = (text: string) => Buffer.from(text).toString("latin1");

/** What lines are written to. */
type LineOutput = Shown & Pick<ByteWriter, "write">;

/** Bytes that are made lines of at a time. */
const SLICE = 64 * 1024;

/** `more` stands before the further pieces of a line that is too long. */
export function createLineWriter(output: LineOutput, { prefix, more }: { prefix: string; more: string }) {
  /** The beginning of a line, in pieces: they may be many. */
  let held: Uint8Array[] = [];
  let size = 0;
  /** What stands before it. */
  let before = prefix;
  /** A host's words come from several places, none of which waits for the others. */
  const inOrder = createLimiter({ running: 1, waiting: Infinity });

  /** Writes `lines`, and with them what was held. */
  async function writeLines(lines: Uint8Array): Promise<void> {
    const all = Buffer.concat([...held, lines]);
    const first = before;
    held = [];
    size = 0;
    before = prefix;
    const isTerminal = output.isTerminal();
    const text = decodeUtf8(all) ?? (isTerminal ? decodeLossily(all) : undefined);
    if (text === undefined) {
      const shownText = all.toString("latin1").split("\n").map(harmlessBytes);
      const bytes = `${asBytes(first)}${shownText.join(`\n${asBytes(prefix)}`)}\n`;
      return output.write(Buffer.from(bytes, "latin1"));
    }
    const shownText = harmlessLines(text);
    if (!isTerminal) return output.write(`${first}${shownText.replaceAll("\n", `\n${prefix}`)}\n`);
    const fit = { columns: output.columns(), prefix, more };
    const fitted = shownText
      .split("\n")
      .map((line, at) => fitLine(line, at === 0 ? { ...fit, prefix: first } : fit));
    await output.write(`${fitted.join("\n")}\n`);
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
    take: (bytes: Uint8Array): Promise<void> =>
      inOrder(async () => {
        for (let at = 0; at < bytes.length; at += SLICE) await takeSlice(bytes.subarray(at, at + SLICE));
      }),
    /** Writes what is left, as a line. */
    end: (): Promise<void> => inOrder(async () => (size > 0 ? writeLines(new Uint8Array(0)) : undefined)),
  };
}

/** Lines of many hosts on one stream, each behind its host's name. */
export function createHostLines(output: LineOutput) {
  const writers = new Map<Host, ReturnType<typeof createLineWriter>>();
  return {
    async take(host: Host, bytes: Uint8Array) {
      const writer = writers.getOrInsertComputed(host, ({ name }) => {
        const shown = visible(name);
        return createLineWriter(output, { prefix: `${shown} │ `, more: `${shown} ┆ ` });
      });
      await writer.take(bytes);
    },
    async end(host: Host) {
      await writers.get(host)?.end();
      writers.delete(host);
    },
  };
}
