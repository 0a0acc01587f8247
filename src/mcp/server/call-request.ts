/** What the params of a `tools/call` or a `runspec/run` ask for, and the errors for what cannot be. */

import { isObject, type PlainObject } from "../../json.ts";
import { CODE, type Request } from "../../jsonrpc/message.ts";
import { RpcFailure } from "../../jsonrpc/peer.ts";
import { visible } from "../../text.ts";
import { type CallMeta, REPEATED_ID_MAX, RUN, readCallMeta } from "../extension.ts";
import type { ToolCall } from "../tool-host.ts";

export interface CallRequest extends Omit<CallMeta, "human" | "behalf"> {
  call: ToolCall;
}

/** No argument is more than a list; what looks at arguments further on need not guard its stack. */
const DEEPEST_ARGUMENT = 32;

/** `extension`: whether runspec's own `_meta` is heeded; who is asking always is. @throws RpcFailure -32602 where it names no tool, or asks for what cannot be */
export function readCallRequest({ id, method, params }: Request, extension: boolean): CallRequest {
  const { human, behalf, ...how } = readCallMeta(params, extension);
  if (how.stream !== "none" && String(id).length > REPEATED_ID_MAX)
    throw malformedParams("the id is too long for live output, which repeats it");
  return { call: { ...readCall(method, params), human, behalf }, ...how };
}

function readCall(method: string, params: PlainObject): Omit<ToolCall, "human"> {
  const name = typeof params.name === "string" ? params.name : "";
  const unread = (message: string) => ({ name, unread: malformedParams(message) });
  if (name !== params.name) return unread("name must be a string");
  if (method === RUN) {
    const words = params.words ?? [];
    const check = params.check ?? false;
    if (!Array.isArray(words) || !words.every((word) => typeof word === "string"))
      return unread("words must be an array of strings");
    if (typeof check !== "boolean") return unread("check must be true or false");
    return { name, words, check };
  }
  const given = params.arguments ?? {};
  if (!isObject(given)) return unread("arguments must be an object");
  if (!isShallow(given, DEEPEST_ARGUMENT)) return unread("arguments are nested too deeply");
  return { name, arguments: given };
}

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  return depth > 0 && Object.values(value).every((inner) => isShallow(inner, depth - 1));
}

export const malformedParams = (message: string): RpcFailure => new RpcFailure(CODE.INVALID_PARAMS, message);

/** The error that MCP has for a tool that is not there. The first line of our own reason says as much; what helps stands behind it. */
export function unknownTool(name: string, reasons: readonly string[]): RpcFailure {
  const [, ...help] = reasons.join("\n").split("\n");
  return malformedParams([`unknown tool: ${visible(name)}`, ...help].filter(Boolean).join("; "));
}
