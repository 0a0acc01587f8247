/** What the params of a `tools/call` or a `runspec/run` ask for. */

import { CODE, isObject, type JsonObject, type Request } from "../../jsonrpc/message.ts";
import { RpcFailure } from "../../jsonrpc/peer.ts";
import { BEHALF, CALLER, LAST, PARTS, RAW, RUN, STDIN, STREAM } from "../extension.ts";
import { readBehalf } from "../revisions.ts";
import type { ToolCall } from "../tool-host.ts";

export interface CallRequest {
  call: ToolCall;
  /** Its output is wanted live; `raw`: as bytes behind a line. */
  stream: "none" | "text" | "raw";
  /** In the answer it is wanted as two texts, however the tool ends. */
  apart: boolean;
  /** The client sends the tool's input. */
  sendsInput: boolean;
  /** Nothing will be asked after it. */
  isLast: boolean;
  /** What reports of progress are to name; undefined: none are wanted. */
  progressToken: string | number | undefined;
}

/** Characters of a progress token, which every report repeats. */
const TOKEN_MAX = 1024;
/** Characters of an id that every piece of output carries. */
const STREAMED_ID_MAX = 1024;
/** No argument is more than a list; what looks at arguments further on need not guard its stack. */
const DEEPEST_ARGUMENT = 32;

/**
 * `extension`: whether runspec's own words among its `_meta` are heeded; who is asking always is.
 * @throws RpcFailure -32602 for params that are malformed
 */
export function readCallRequest({ id, method, params }: Request, extension: boolean): CallRequest {
  const all = isObject(params._meta) ? params._meta : {};
  const { progressToken: token } = all;
  const meta = extension ? all : {};
  const behalf = readBehalf(meta[BEHALF]);
  if (meta[STREAM] === true && String(id).length > STREAMED_ID_MAX)
    throw malformedParams("the id is too long for live output, which repeats it");
  return {
    call: {
      ...readCall(method, params),
      human: isPersonAsking(params),
      ...(behalf !== undefined && { behalf }),
    },
    stream: meta[STREAM] !== true ? "none" : meta[RAW] === true ? "raw" : "text",
    apart: meta[PARTS] === true,
    sendsInput: meta[STDIN] === true,
    isLast: meta[LAST] === true,
    progressToken:
      typeof token === "number" || (typeof token === "string" && token.length <= TOKEN_MAX)
        ? token
        : undefined,
  };
}

function readCall(method: string, params: JsonObject): Omit<ToolCall, "human"> {
  const { name } = params;
  if (typeof name !== "string") throw malformedParams("name must be a string");
  if (method === RUN) {
    const words = params.words ?? [];
    const check = params.check ?? false;
    if (!isStrings(words)) throw malformedParams("words must be an array of strings");
    if (typeof check !== "boolean") throw malformedParams("check must be true or false");
    return { name, words, check };
  }
  const given = params.arguments ?? {};
  if (!isObject(given)) throw malformedParams("arguments must be an object");
  if (!isShallow(given, DEEPEST_ARGUMENT)) throw malformedParams("arguments are nested too deeply");
  return { name, arguments: given };
}

export function isPersonAsking({ _meta: meta }: JsonObject): boolean {
  return isObject(meta) && meta[CALLER] === "human";
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  return depth > 0 && Object.values(value).every((inner) => isShallow(inner, depth - 1));
}

export function malformedParams(message: string): RpcFailure {
  return new RpcFailure(CODE.INVALID_PARAMS, message);
}
