/**
 * `notifications/runspec/output` and `/input`: bytes ↔ one JSON-RPC line. This is the path every byte of every tool takes, so it
 * avoids decoding: UTF-8 read as Latin-1 is one byte a character, and what JSON escapes (quotes, backslashes, control
 * characters) is ASCII, which UTF-8 shares. Escaping the Latin-1 view and writing it back as Latin-1 gives valid UTF-8.
 */

import { isUtf8 } from "node:buffer";
import { type Id, isObject, type JsonObject } from "../jsonrpc/message.ts";
import { INPUT, OUTPUT } from "./extension.ts";

export type StreamName = "stdout" | "stderr";

/** Bytes of output in one notification at most, so that answers can interleave and lines stay small. */
const SLICE = 64 * 1024;
const HEAD = `{"jsonrpc":"2.0","method":"${OUTPUT}","params":{"requestId":`;
const HEAD_BYTES = Buffer.from(HEAD);
const TAIL = Buffer.from("}}\n");
const EMPTY = new Uint8Array(0);

export interface ByteEncoder {
  /** The lines, newline included, that carry `bytes`. A character cut off at the end is kept for the next call. */
  encode(bytes: Uint8Array): Buffer[];
  /** What was kept, at the stream's end. */
  end(): Buffer[];
}

/** Encodes one output stream of one call. */
export function createOutputEncoder(requestId: Id, stream: StreamName): ByteEncoder {
  return createByteEncoder(`${HEAD}${JSON.stringify(requestId)},"stream":"${stream}",`);
}

/** Encodes the input of one call. */
export function createInputEncoder(requestId: Id): ByteEncoder {
  const head = `{"jsonrpc":"2.0","method":"${INPUT}","params":{"requestId":`;
  return createByteEncoder(`${head}${JSON.stringify(requestId)},`);
}

function createByteEncoder(head: string): ByteEncoder {
  const textHead = Buffer.from(`${head}"data":`);
  const base64Head = Buffer.from(`${head}"base64":`);
  let kept: Uint8Array = EMPTY;

  function line(slice: Uint8Array, text: boolean): Buffer {
    const view = Buffer.from(slice.buffer, slice.byteOffset, slice.byteLength);
    return text
      ? joined(textHead, JSON.stringify(view.toString("latin1")))
      : joined(base64Head, `"${view.toString("base64")}"`);
  }

  return {
    encode(bytes) {
      const all = kept.length === 0 ? bytes : Buffer.concat([kept, bytes]);
      kept = EMPTY;
      const lines: Buffer[] = [];
      for (let start = 0; start < all.length; ) {
        const end = Math.min(start + SLICE, all.length);
        const whole = all.subarray(start, end - cutOff(all, start, end));
        const text = isUtf8(whole);
        if (!text) {
          lines.push(line(all.subarray(start, end), false));
          start = end;
        } else if (whole.length === 0) {
          kept = Uint8Array.from(all.subarray(start));
          break;
        } else {
          lines.push(line(whole, true));
          start += whole.length;
        }
      }
      return lines;
    },
    end() {
      const rest = kept;
      kept = EMPTY;
      return rest.length === 0 ? [] : [line(rest, false)];
    },
  };
}

/** One allocation a line: joining strings first would copy them all once more. */
function joined(head: Buffer, value: string): Buffer {
  const line = Buffer.allocUnsafe(head.length + value.length + TAIL.length);
  head.copy(line);
  line.write(value, head.length, "latin1");
  TAIL.copy(line, head.length + value.length);
  return line;
}

/** How many bytes before `end` begin a UTF-8 character that is not complete there (0 to 3). */
function cutOff(bytes: Uint8Array, start: number, end: number): number {
  for (let back = 1; back <= 3 && end - back >= start; back++) {
    const byte = bytes[end - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc2) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return length > back ? back : 0;
    }
  }
  return 0;
}

export interface Output {
  requestId: unknown;
  stream: StreamName;
  bytes: Uint8Array;
}

/** Whether a line can only be an output notification as our own encoder writes it. */
export function isOutputLine(line: Uint8Array): boolean {
  return line.length > HEAD_BYTES.length && HEAD_BYTES.equals(line.subarray(0, HEAD_BYTES.length));
}

/** The output in a line for which {@link isOutputLine} holds, or undefined where it is something else after all. */
export function decodeOutputLine(line: Uint8Array): Output | undefined {
  const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString("latin1");
  // An escape beyond ASCII names a character, not a byte; only a decoder of UTF-8 reads that rightly.
  if (text.includes("\\u") && /\\u(?!00[0-7])/.test(text)) return undefined;
  try {
    const message: unknown = JSON.parse(text);
    return isObject(message) && isObject(message.params) ? readOutput(message.params, "latin1") : undefined;
  } catch {
    return undefined;
  }
}

/** The output in a notification's params, or undefined where they are malformed. */
export function readOutput(params: JsonObject, encoding: "latin1" | "utf8" = "utf8"): Output | undefined {
  const { requestId, stream } = params;
  if (stream !== "stdout" && stream !== "stderr") return undefined;
  const bytes = readBytes(params, encoding);
  return bytes === undefined ? undefined : { requestId, stream, bytes };
}

/** The bytes that `data` or `base64` carry, or undefined where there is neither. */
export function readBytes(
  { data, base64 }: JsonObject,
  encoding: "latin1" | "utf8" = "utf8",
): Uint8Array | undefined {
  if (typeof data === "string") return Buffer.from(data, encoding);
  return typeof base64 === "string" ? Buffer.from(base64, "base64") : undefined;
}
