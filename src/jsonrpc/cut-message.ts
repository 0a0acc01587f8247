/** The id of a message of which only the beginning or the end is at hand, so that even one that is too long is answered to. */

import { attempt } from "../errors.ts";
import { type Id, readId } from "./message.ts";

const STRING = String.raw`"(?:[^"\\]|\\.)*"`;
const ID = String.raw`"id"\s*:\s*(${STRING}|-?\d+(?:\.\d+)?)`;
/** What may stand before the id, or after it: members that are no objects, and nothing that is nested. */
const SHORT_MEMBER = String.raw`${STRING}\s*:\s*(?:${STRING}|-?[\d.]+|null|true|false)`;
const AT_START = String.raw`^\s*\{\s*(?:${SHORT_MEMBER}\s*,\s*){0,8}?${ID}\s*[,}]`;
const AT_END = String.raw`[,{]\s*${ID}\s*(?:,\s*${SHORT_MEMBER}\s*){0,8}\}\s*$`;

/** Bytes that are looked at: members before `params` are short. */
const LOOKED_AT = 1024;

/** Where `id` comes before whatever is long. */
export function idInHead(head: Uint8Array): Id | undefined {
  return idIn(head.subarray(0, LOOKED_AT), AT_START);
}

/** Where it comes after it. */
export function idInTail(tail: Uint8Array): Id | undefined {
  return idIn(tail.subarray(-LOOKED_AT), AT_END);
}

function idIn(bytes: Uint8Array, pattern: string): Id | undefined {
  const [, id = ""] = new RegExp(pattern).exec(new TextDecoder().decode(bytes)) ?? [];
  return attempt(() => readId(JSON.parse(id)));
}
