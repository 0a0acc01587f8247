/**
 * `notifications/runspec/output` and `/input`: bytes ↔ messages. Where both ends know `runspec/raw`, the bytes follow the line as
 * they are, so that a stream costs no more than being copied. Else they are in it: as text where they are UTF-8, or as base64.
 */

import { isObject, jsonLine, type PlainObject } from "../json.ts";
import { parseLine } from "../jsonrpc/message.ts";
import { decodeUtf8, encodeUtf8, withoutCutEnd } from "../text.ts";
import type { StreamName } from "./tool-host.ts";

/** One message, or several in a row; nothing else may be sent between the parts. */
export type Parts = readonly Uint8Array[];

/** Bytes of a stream in one line at most, so that answers can interleave and lines stay small. */
const SLICE = 64 * 1024;
/** Bytes that follow one line at most. */
const RAW_MAX = 1024 * 1024;
/** A line that bytes follow is no longer than this: a longer one need not be looked at before it is read. */
const HEAD_MAX = 4096;
const EMPTY = new Uint8Array(0);
const NEWLINE = encodeUtf8("\n");

export interface ByteEncoder {
  /** The messages that carry `bytes`. A character cut off at the end may be kept for the next call. */
  encode(bytes: Uint8Array): Parts[];
  /** What was kept, at the stream's end. */
  end(): Parts[];
}

/** Encodes one stream as notifications of `method`, whose params name it; `raw` where the other end takes that. */
export function createByteEncoder(method: string, params: PlainObject, raw: boolean): ByteEncoder {
  const message = (value: PlainObject) =>
    encodeUtf8(`${jsonLine({ jsonrpc: "2.0", method, params: { ...params, ...value } })}\n`);
  const fits = message({ bytes: RAW_MAX }).length <= HEAD_MAX;
  return raw && fits ? createRawEncoder(message) : createTextEncoder(message);
}

function createRawEncoder(message: (value: PlainObject) => Uint8Array): ByteEncoder {
  return {
    encode(bytes) {
      const pieces: Parts[] = [];
      for (let start = 0; start < bytes.length; start += RAW_MAX) {
        const piece = bytes.subarray(start, start + RAW_MAX);
        pieces.push([message({ bytes: piece.length }), piece, NEWLINE]);
      }
      return pieces;
    },
    end: () => [],
  };
}

function createTextEncoder(message: (value: PlainObject) => Uint8Array): ByteEncoder {
  let kept: Uint8Array = EMPTY;
  const asBase64 = (bytes: Uint8Array): Parts => [message({ base64: bytes.toBase64() })];

  return {
    encode(bytes) {
      const all = kept.length === 0 ? bytes : Buffer.concat([kept, bytes]);
      kept = EMPTY;
      const messages: Parts[] = [];
      for (let start = 0; start < all.length; ) {
        const slice = all.subarray(start, start + SLICE);
        const whole = withoutCutEnd(slice);
        const data = decodeUtf8(whole);
        if (data === "") {
          kept = slice.slice();
          break;
        }
        messages.push(data === undefined ? asBase64(slice) : [message({ data })]);
        start += data === undefined ? slice.length : whole.length;
      }
      return messages;
    },
    end: () => (kept.length === 0 ? [] : [asBase64(kept)]),
  };
}

/** The params of a notification of `method` behind which bytes follow, and how many; undefined for any other line. */
export function announcementIn(
  line: Uint8Array,
  method: string,
): { params: PlainObject; bytes: number } | undefined {
  const text = line.length > HEAD_MAX ? "" : (decodeUtf8(line) ?? "");
  // Some write each `/` as `\/`: what is behind such a line would be read as messages.
  if (!text.includes("\\") && !text.includes(JSON.stringify(method))) return undefined;
  const message = parseLine(line);
  if (!isObject(message) || message.method !== method || "id" in message) return undefined;
  const { params } = message;
  if (!isObject(params)) return undefined;
  const { bytes } = params;
  const sound = typeof bytes === "number" && Number.isInteger(bytes) && bytes >= 0 && bytes <= RAW_MAX;
  return sound ? { params, bytes } : undefined;
}

export interface Output {
  requestId: unknown;
  stream: StreamName;
  bytes: Uint8Array;
}

/** The output in a notification's params, or behind it; undefined where they are malformed. */
export function readOutput(params: PlainObject, bytes = readBytes(params)): Output | undefined {
  const { requestId, stream } = params;
  if (bytes === undefined || (stream !== "stdout" && stream !== "stderr")) return undefined;
  return { requestId, stream, bytes };
}

/** The bytes that `data` or `base64` carry, or undefined where there is neither. */
export function readBytes({ data, base64 }: PlainObject): Uint8Array | undefined {
  if (typeof data === "string") return encodeUtf8(data);
  return typeof base64 === "string" ? Buffer.from(base64, "base64") : undefined;
}
