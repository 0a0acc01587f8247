/** What a client says before there is a server: passed on so that no shell can act on it, or kept. */

import { isObject } from "../json.ts";
import { parseLine } from "../jsonrpc/message.ts";
import { shellSafe } from "../mcp/stdio.ts";
import { decodeLossily, decodeUtf8, encodeUtf8, NEWLINE } from "../text.ts";

const BRACKET = 0x5b;
const KEPT_MAX = 16 * 1024 * 1024;
/** Bytes of a message that is put into another form: what is longer waits until there is a server. */
const EARLY_MAX = 1024 * 1024;

export function createEarlyMessages() {
  let kept: Uint8Array[] = [];
  let holding = false;
  let asked = false;
  /** What has been sent that a server answers, if only by an error. */
  const sent = new Set<number | bigint>();
  /** The bytes of all that is kept: a client may send so many small pieces that they cannot be counted anew with each. */
  let bytes = 0;

  /** All that has been kept, as it came. */
  function rest(): Uint8Array {
    const all = Buffer.concat(kept);
    kept = [];
    holding = false;
    bytes = 0;
    return all;
  }

  return {
    /** The lines that `chunk` completes, to be sent. From the first that is too long, or a batch, which a shell takes for a pattern, everything is kept. */
    take(chunk: Uint8Array): Uint8Array {
      kept.push(new Uint8Array(chunk));
      bytes += chunk.length;
      if (holding || !chunk.includes(NEWLINE)) return new Uint8Array(0);
      const all = rest();
      const lines: string[] = [];
      let start = 0;
      for (let end = all.indexOf(NEWLINE); end !== -1; end = all.indexOf(NEWLINE, start)) {
        const line = all.subarray(start, end);
        holding = line.length > EARLY_MAX || (asked && line[0] === BRACKET);
        if (holding) break;
        const form = safeForm(line);
        asked ||= form.startsWith('{"');
        if (form !== "") sent.add(Bun.hash(form));
        lines.push(`${form}\n`);
        start = end + 1;
      }
      if (start < all.length) kept.push(all.subarray(start));
      bytes = all.length - start;
      return encodeUtf8(lines.join(""));
    },
    isFull: () => bytes > KEPT_MAX,
    /** Whether anything is kept besides the beginning of a line. */
    holds: () => holding,
    rest,
    /** All that has been kept, in characters that no shell acts on. */
    harmlessRest: () => encodeUtf8(plainForm(decodeLossily(rest()))),
    hasSent: () => sent.size > 0,
    /** Whether `line` is one that has been sent. */
    isEcho: (line: Uint8Array) => sent.has(Bun.hash(decodeLossily(line).trimEnd())),
  };
}

/** `line` so that no shell acts on it; what is no message as one that a server refuses likewise. */
function safeForm(line: Uint8Array): string {
  const text = decodeUtf8(line)?.replace(/^\ufeff/, "");
  if (text?.trim() === "") return "";
  // Other JSON is none: `"reboot"` would be a command to a shell.
  const isMessage = text !== undefined && isObject(parseLine(encodeUtf8(text)));
  return isMessage ? shellSafe(text) : plainForm(decodeLossily(line));
}

const plainForm = (text: string): string =>
  text.replace(/[^A-Za-z0-9_.,:/=@%+\n-]/g, "_").replace(/^(?=.)/gm, "{");
