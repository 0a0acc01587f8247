/** The numbers among a call's arguments, with the digits that its client wrote. */

import { attempt } from "../../errors.ts";
import { isObject, type JsonObject } from "../../jsonrpc/message.ts";
import { DEPTH_MAX, holdsTooMuch } from "../../jsonrpc/weight.ts";
import { mayBeInexact, parseKeepingNumerals } from "../../numerals.ts";
import { decodeUtf8 } from "../../text.ts";

/** Puts them into `value`, which is the message, or the batch, of `line`: `1.10` was read as 1.1. */
export function keepNumerals(value: unknown, line: Uint8Array): void {
  if (!listOf(value).some((message) => paramsOf(message) !== undefined)) return;
  const text = decodeUtf8(line) ?? "";
  // Arguments that are nested so deeply are refused as they are; reading them again would not fit on the stack.
  if (!mayBeInexact(text) || holdsTooMuch(line, DEPTH_MAX)) return;
  // Arguments nested deeper than the reviver can go are refused anyhow.
  const exact = listOf(attempt(() => parseKeepingNumerals(text)));
  listOf(value).forEach((message, index) => {
    const params = paramsOf(message);
    const again = paramsOf(exact[index]);
    if (params !== undefined && again !== undefined) params.arguments = again.arguments;
  });
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}

/** The params of a message that has arguments in them. */
function paramsOf(message: unknown): JsonObject | undefined {
  const params = isObject(message) ? message.params : undefined;
  return isObject(params) && isObject(params.arguments) ? params : undefined;
}
