/** JSON-RPC 2.0 messages: their shapes, and telling them apart. Knows nothing of MCP. */

import { attempt } from "../errors.ts";
import { isObject, type PlainObject } from "../json.ts";
import { decodeUtf8 } from "../text.ts";
import { holdsTooMuch } from "./weight.ts";

export type Id = string | number;

export interface RpcError {
  code: number;
  message: string;
  data?: unknown;
}

export interface Request {
  kind: "request";
  id: Id;
  method: string;
  params: PlainObject;
}

export type Message =
  | Request
  | { kind: "notification"; method: string; params: PlainObject }
  /** `id` is null where the other end could not tell which request it was answering. */
  | { kind: "response"; id: Id | null; outcome: { result: unknown } | { error: RpcError } }
  /** What deserves an error answer; `id` is known where it was sound enough to have one. `isAnswer`: it was meant for an answer. */
  | { kind: "invalid"; id: Id | undefined; error: RpcError; isAnswer?: true };

export const CODE = {
  PARSE: -32700,
  INVALID_REQUEST: -32600,
  METHOD_NOT_FOUND: -32601,
  INVALID_PARAMS: -32602,
  INTERNAL: -32603,
} as const;

/** The JSON value of one line, or undefined where it is not UTF-8, not JSON, or holds too much (no JSON value is undefined). */
export function parseLine(line: Uint8Array): unknown {
  if (holdsTooMuch(line)) return undefined;
  const text = decodeUtf8(line);
  return text === undefined ? undefined : attempt(() => JSON.parse(text));
}

/** Sorts one parsed JSON value. Never throws: what is not a message comes back as `invalid`. */
export function classify(value: unknown): Message {
  if (!isObject(value)) return invalid(undefined, "a message must be a JSON object");
  const id = readId(value.id);
  if (value.jsonrpc !== "2.0") return invalid(id, 'a message must have "jsonrpc": "2.0"');
  if (!("method" in value)) return classifyResponse(value, id);

  const { method } = value;
  // Some clients write null for what they leave out.
  const params = value.params ?? {};
  if (typeof method !== "string") return invalid(id, "method must be a string");
  if ("id" in value && id === undefined) return invalid(undefined, "id must be a string or an exact number");
  // A notification is never answered, so the malformed params of one count as none.
  if (id === undefined) return { kind: "notification", method, params: isObject(params) ? params : {} };
  if (!isObject(params)) return invalid(id, "params must be an object", CODE.INVALID_PARAMS);
  return { kind: "request", id, method, params };
}

function classifyResponse(value: PlainObject, id: Id | undefined): Message {
  const { result, error = null } = value;
  if (id !== undefined && "result" in value && error === null)
    return { kind: "response", id, outcome: { result } };
  if (isRpcError(error) && (result ?? null) === null)
    return { kind: "response", id: id ?? null, outcome: { error } };
  const reason = "a message must have a method, or be a response with either result or error";
  return { ...invalid(id, reason), isAnswer: true };
}

function isRpcError(value: unknown): value is RpcError & PlainObject {
  return isObject(value) && typeof value.code === "number" && typeof value.message === "string";
}

/** An id, or a token of progress, must survive the round trip through a double, or what answers it would carry another one. */
export function readId(value: unknown): Id | undefined {
  if (typeof value === "string") return value;
  if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? undefined : value;
}

function invalid(id: Id | undefined, message: string, code: number = CODE.INVALID_REQUEST) {
  return { kind: "invalid" as const, id, error: { code, message } };
}

const STRING = String.raw`"(?:[^"\\]|\\.)*"`;
const ID = String.raw`"id"\s*:\s*(${STRING}|-?\d+(?:\.\d+)?)`;
/** What may stand before the id, or after it: members whose values are not nested. */
const SHORT_MEMBER = String.raw`${STRING}\s*:\s*(?:${STRING}|-?[\d.]+|null|true|false)`;
const AT_START = String.raw`^\s*\{\s*(?:${SHORT_MEMBER}\s*,\s*){0,8}?${ID}\s*[,}]`;
const AT_END = String.raw`[,{]\s*${ID}\s*(?:,\s*${SHORT_MEMBER}\s*){0,8}\}\s*$`;

/** Bytes that are looked at: members before `params` are short. */
const LOOKED_AT = 1024;

/** The id in the beginning of a message that is too long to be read, so that it can be answered; undefined: it comes later. */
export const idInHead = (head: Uint8Array): Id | undefined => idIn(head.subarray(0, LOOKED_AT), AT_START);

/** The id in the end of a message that is too long to be read; undefined: it has none there. */
export const idInTail = (tail: Uint8Array): Id | undefined => idIn(tail.subarray(-LOOKED_AT), AT_END);

function idIn(bytes: Uint8Array, pattern: string): Id | undefined {
  const [, id = ""] = new RegExp(pattern).exec(new TextDecoder().decode(bytes)) ?? [];
  return attempt(() => readId(JSON.parse(id)));
}
