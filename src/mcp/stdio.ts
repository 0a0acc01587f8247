/** MCP over the stdin and stdout of a process, on which others may write as well: start-up files of a shell, or no server at all. */

import { isObject, jsonEscape, type PlainObject } from "../json.ts";
import { createLineDecoder, type Frame } from "../jsonrpc/framing.ts";
import { parseLine } from "../jsonrpc/message.ts";
import { decodeLossily } from "../text.ts";
import { announcementIn } from "./bytes.ts";
import { RUN } from "./extension.ts";

/** What comes: lines, and the bytes that a notification with these params announced. */
export type Incoming =
  | Exclude<Frame, { kind: "raw" }>
  | { kind: "bytes"; params: PlainObject; bytes: Uint8Array };

/** Reads lines; behind a notification of `method`, bytes may follow that are no lines. */
export function createStdioReader(method: string, maxBytes: number) {
  const decoder = createLineDecoder(maxBytes);
  let params: PlainObject = {};
  /** The line feed behind the bytes has not come yet. */
  let owesLineFeed = false;

  /** What `chunk` completes, in order; without empty lines, and without a `\r` before the `\n`. */
  function* push(chunk: Uint8Array): Generator<Incoming> {
    for (const frame of decoder.push(chunk)) {
      if (frame.kind === "raw") {
        yield { kind: "bytes", params, bytes: frame.bytes };
        continue;
      }
      owesLineFeed = false;
      if (frame.kind !== "line") {
        yield frame;
        continue;
      }
      const bytes = frame.bytes.at(-1) === RETURN ? frame.bytes.subarray(0, -1) : frame.bytes;
      const announced = announcementIn(bytes, method);
      owesLineFeed = announced !== undefined;
      if (announced !== undefined) {
        params = announced.params;
        decoder.expectRaw(announced.bytes);
      } else if (bytes.length > 0) yield { kind: "line", bytes };
    }
  }
  return { push, end: decoder.end, isBetweenLines: () => !owesLineFeed && decoder.isBetweenLines() };
}

const RETURN = 0x0d;
const BRACE = 0x7b;
/** Braces of a banner that are taken for the start of a message, at most. */
const TRIES = 16;
const HEAD = '{"jsonrpc"';

/** Whether `line` begins as a message does, whatever has become of its end. */
export function isMessageHead(line: Uint8Array): boolean {
  return decodeLossily(line.subarray(0, HEAD.length)) === HEAD;
}

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

function isFromServer(value: unknown): boolean {
  return isObject(value) && value.jsonrpc === "2.0" && !OURS.includes(value.method);
}

/** `json` in a form that no shell acts on, with no blank in between. In its texts, all but ASCII letters, digits, `_ . , : / = @ % + -` and space is escaped (`\u0024`). */
export function shellSafe(json: string): string {
  // Without the short escapes, every quote begins or ends a text.
  const parts = json.replace(/\\[^u]/g, (short) => jsonEscape(String(JSON.parse(`"${short}"`)))).split('"');
  const text = (part: string) => part.replace(/[^A-Za-z0-9_.,:/=@%+ \\-]/g, jsonEscape);
  return parts.map((part, index) => (index % 2 === 1 ? text(part) : part.replace(/\s+/g, ""))).join('"');
}
