/** What a client says before there is a server: passed on so that no shell can act on it, or kept; its requests are noted for an answer. */

import { readerGone } from "../errors.ts";
import { isObject, jsonLine } from "../json.ts";
import { createLineDecoder } from "../jsonrpc/framing.ts";
import { classify, type Id, parseLine } from "../jsonrpc/message.ts";
import { shellSafe } from "../mcp/stdio.ts";
import type { ByteWriter } from "../process/fd-writer.ts";
import { decodeLossily, decodeUtf8, encodeUtf8, NEWLINE } from "../text.ts";

const BRACKET = 0x5b;
const KEPT_MAX = 16 * 1024 * 1024;
/** Bytes of a message that is put into another form: what is longer waits until there is a server. */
const EARLY_MAX = 1024 * 1024;
const REQUESTS_MAX = 100;
/** How long the first request of a client is waited for, to tell it why there is no server. */
const FIRST_REQUEST_MS = 3000;
/** MCP has no code for it; JSON-RPC leaves this one to implementations. */
const NO_SERVER = -32000;

export function createEarlyMessages() {
  const decoder = createLineDecoder(EARLY_MAX);
  const ids: Id[] = [];
  const requested = Promise.withResolvers<void>();
  let kept: Uint8Array[] = [];
  let holding = false;
  let asked = false;
  let sent = false;
  /** The bytes of all that is kept: a client may send so many small pieces that they cannot be counted anew with each. */
  let bytes = 0;

  /** Notes which requests came, also those that are kept. */
  function note(chunk: Uint8Array): void {
    for (const frame of decoder.push(chunk)) {
      const message = frame.kind === "line" ? classify(parseLine(frame.bytes)) : undefined;
      if (message?.kind !== "request" || ids.length >= REQUESTS_MAX) continue;
      ids.push(message.id);
      requested.resolve();
    }
  }

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
    take(given: Uint8Array): Uint8Array {
      const chunk = new Uint8Array(given);
      note(chunk);
      kept.push(chunk);
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
        sent ||= form !== "";
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
    /** Whether something has been sent that a server answers, if only by an error. */
    hasSent: () => sent,
    hasRequests: () => ids.length > 0,
    /** Answers all requests with why there will be no other answer. What fails at once may be quicker than the first of them, which is waited for, unless the client has `gone`. */
    async refuse(why: string, gone: Promise<unknown>, { write }: Pick<ByteWriter, "write">): Promise<void> {
      await Promise.race([requested.promise, gone, Bun.sleep(FIRST_REQUEST_MS)]);
      const error = { code: NO_SERVER, message: why.toWellFormed() };
      await write(ids.map((id) => `${jsonLine({ jsonrpc: "2.0", id, error })}\n`).join("")).catch(readerGone);
    },
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

function plainForm(text: string): string {
  return text.replace(/[^A-Za-z0-9_.,:/=@%+\n-]/g, "_").replace(/^(?=.)/gm, "{");
}
