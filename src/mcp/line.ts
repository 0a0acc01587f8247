/** A line from the other end of a connection that others may have written on: shell start-up files, or no server at all. */

import { isObject, parseLine } from "../jsonrpc/message.ts";
import { decodeLossily } from "../text.ts";
import { RUN } from "./extension.ts";

export interface ReadLine {
  messages: unknown[];
  /** What is not JSON-RPC of it. */
  noise: Uint8Array | undefined;
}

const BRACE = 0x7b;
/** Braces of a banner that are taken for the start of a message, at most. */
const TRIES = 16;

/** Whether `line` begins as a message does, whatever has become of its end. */
export function isMessageHead(line: Uint8Array): boolean {
  return decodeLossily(line.subarray(0, HEAD.length)) === HEAD;
}

const HEAD = '{"jsonrpc"';

/** Tells messages from noise. A banner that does not end its line leaves the first message behind it. */
export function readLine(bytes: Uint8Array): ReadLine {
  // To find out what is no JSON takes the parser far longer than to read what is.
  if (!bytes.includes(BRACE)) return { messages: [], noise: bytes };
  const value = parseLine(bytes);
  const messages: unknown[] = Array.isArray(value) ? value : [value];
  if (messages.some(isMessage)) return { messages, noise: undefined };
  return (value === undefined ? behindBanner(bytes) : undefined) ?? { messages: [], noise: bytes };
}

function behindBanner(bytes: Uint8Array): ReadLine | undefined {
  let at = bytes.indexOf(BRACE);
  for (let tries = 0; at !== -1 && tries < TRIES; tries++) {
    const value = parseLine(bytes.subarray(at));
    if (isMessage(value)) return { messages: [value], noise: bytes.subarray(0, at) };
    at = bytes.indexOf(BRACE, at + 1);
  }
  return undefined;
}

/** What only clients say: from the other end it is our own words coming back. */
const OURS: readonly unknown[] = ["initialize", "notifications/initialized", "tools/list", "tools/call", RUN];

function isMessage(value: unknown): boolean {
  return isObject(value) && value.jsonrpc === "2.0" && !OURS.includes(value.method);
}
