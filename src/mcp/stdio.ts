/** MCP over the stdin and stdout of a process, on which others may write as well: start-up files of a shell, or no server at all. */

import { attempt } from "../errors.ts";
import { isObject, jsonEscape, type PlainObject } from "../json.ts";
import { createLineDecoder, type Frame } from "../jsonrpc/framing.ts";
import { type Id, idInHead, idInTail, parseLine } from "../jsonrpc/message.ts";
import { DEPTH_MAX, holdsTooMuch } from "../jsonrpc/weight.ts";
import { mayBeInexact, parseKeepingNumerals } from "../numerals.ts";
import { decodeLossily, decodeUtf8 } from "../text.ts";
import { announcementIn } from "./bytes.ts";
import { RUN } from "./extension.ts";

/** What comes: lines, and the bytes that a notification with these params announced. */
export type Incoming =
  | Exclude<Frame, { kind: "raw" }>
  | { kind: "bytes"; params: PlainObject; bytes: Uint8Array };

/** Bytes of a line that are held: above a page of tools, a slice of output, and the arguments of a call, which end up in one argv. */
const LINE_MAX_BYTES = 16 * 1024 * 1024;
/** Before a message of this length garbage is collected: its pieces, and what the one before has left, may take as much again. */
const LARGE_BYTES = 256 * 1024;

/** Reads lines; behind a notification of `method`, bytes may follow that are no lines. */
export function createStdioReader(method: string, maxBytes = LINE_MAX_BYTES) {
  const decoder = createLineDecoder(maxBytes);
  let params: PlainObject = {};
  /** The line feed behind the bytes has not come yet. */
  let owesLineFeed = false;

  /** What `chunk` completes, in order; without empty lines, and without a `\r` before the `\n`. */
  function* push(chunk: Uint8Array): Generator<Incoming> {
    for (const frame of decoder.push(chunk)) {
      if (frame.kind !== "raw") owesLineFeed = false;
      if (frame.kind !== "line") {
        yield frame.kind === "raw" ? { ...frame, kind: "bytes", params } : frame;
        continue;
      }
      const bytes = frame.bytes.at(-1) === RETURN ? frame.bytes.subarray(0, -1) : frame.bytes;
      if (bytes.length > LARGE_BYTES) Bun.gc(true);
      const announced = announcementIn(bytes, method);
      owesLineFeed = announced !== undefined;
      if (announced !== undefined) {
        params = announced.params;
        decoder.expectRaw(announced.bytes);
      } else if (bytes.length > 0) yield { kind: "line", bytes };
    }
  }
  const isBetweenLines = () => !owesLineFeed && decoder.isBetweenLines();
  return { push, end: decoder.end, heldBytes: decoder.heldBytes, isBetweenLines };
}

const RETURN = 0x0d;
const BRACE = 0x7b;
/** Braces of a banner that are taken for the start of a message, at most. */
const TRIES = 16;
/** What may stand first in a message. */
const HEAD = /^\s*\{\s*"(?:jsonrpc|id|result|error|method|params)"\s*:/;
const HEAD_BYTES = 100;

/** Whether `line` begins as a message does, whatever has become of its end. */
export const isMessageHead = (line: Uint8Array): boolean =>
  HEAD.test(decodeLossily(line.subarray(0, HEAD_BYTES)));

/** A server's line: its messages, and the part that is no JSON-RPC. A banner that does not end its line leaves the first message behind it. */
export function readLine(bytes: Uint8Array): { messages: unknown[]; noise: Uint8Array | undefined } {
  // To find out what is no JSON takes the parser far longer than to read what is.
  if (!bytes.includes(BRACE)) return { messages: [], noise: bytes };
  const value = parseLine(bytes);
  const messages: unknown[] = Array.isArray(value) ? value : [value];
  if (messages.some(isFromServer)) return { messages, noise: undefined };
  let brace = value === undefined ? bytes.indexOf(BRACE) : -1;
  for (let tries = 0; brace !== -1 && tries < TRIES; tries++) {
    const behind = parseLine(bytes.subarray(brace));
    if (isFromServer(behind)) return { messages: [behind], noise: bytes.subarray(0, brace) };
    brace = bytes.indexOf(BRACE, brace + 1);
  }
  return { messages: [], noise: bytes };
}

/** What only clients say: from the other end it is our own words coming back. */
const OURS: readonly unknown[] = ["initialize", "notifications/initialized", "tools/list", "tools/call", RUN];

const isFromServer = (value: unknown) =>
  isObject(value) && value.jsonrpc === "2.0" && !OURS.includes(value.method);

/** The id of a line that was meant for an answer, and is no UTF-8 or no JSON. */
export function idOfBroken(line: Uint8Array): Id | undefined {
  const bytes = Buffer.from(line.buffer, line.byteOffset, line.length);
  const [method = -1, result = -1] = ["method", "result"].map((key) => bytes.indexOf(`"${key}"`));
  // A "method" behind the result is a part of it.
  const isAnswer = bytes.includes('"jsonrpc"') && (method === -1 || (result !== -1 && result < method));
  return isAnswer ? (idInHead(line) ?? idInTail(line)) : undefined;
}

/** Puts the numbers under `inner` of the `outer` of each message of `line`, which was read as `value`, as they were written: `1.10` was read as 1.1. */
export function keepNumerals(value: unknown, line: Uint8Array, outer: string, inner: string): void {
  const holdersIn = (from: unknown) =>
    [from].flat().map((message) => {
      const holder = isObject(message) ? message[outer] : undefined;
      // Arguments that are a bare number are no arguments, and are refused as such.
      const isAny = outer === "result" || (isObject(holder) && typeof holder[inner] === "object");
      return isObject(holder) && isAny ? holder : undefined;
    });
  const holders = holdersIn(value);
  if (holders.every((one) => one === undefined)) return;
  const text = decodeUtf8(line) ?? "";
  if (!mayBeInexact(text) || holdsTooMuch(line, DEPTH_MAX)) return;
  // What is nested so deeply that it does not fit on the stack again stays as it is.
  const exact = holdersIn(attempt(() => parseKeepingNumerals(text)));
  holders.forEach((holder, index) => {
    if (holder !== undefined && exact[index] !== undefined) holder[inner] = exact[index][inner];
  });
}

/** `json` in a form that no shell acts on, with no blank in between. In its texts, all but ASCII letters, digits, `_ . , : / = @ % + -` and space is escaped (`\u0024`). */
export function shellSafe(json: string): string {
  // Without the short escapes, every quote begins or ends a text.
  const parts = json.replace(/\\[^u]/g, (short) => jsonEscape(String(JSON.parse(`"${short}"`)))).split('"');
  const text = (part: string) => part.replace(/[^A-Za-z0-9_.,:/=@%+ \\-]/g, jsonEscape);
  return parts.map((part, index) => (index % 2 === 1 ? text(part) : part.replace(/\s+/g, ""))).join('"');
}
