/** A tool's JSON output as a value that every client can read, or not at all: the text is there in any case. */

import { attempt } from "../../errors.ts";
import { isObject } from "../../jsonrpc/message.ts";
import { parseKeepingNumerals } from "../../numerals.ts";

/** What a revision lets `structuredContent` be. */
export type StructuredContent = "absent" | "object" | "any";

/** Deeper values make some clients' parsers give up on the whole message. */
const DEEPEST = 100;

/**
 * The value of `text`, to be put into a message: numbers keep the digits that the tool wrote. undefined where it is not
 * JSON, not of the kind allowed, nested too deeply, or has half a surrogate pair in it, on which strict parsers fail.
 */
export function structuredContent(text: string, allowed: StructuredContent): unknown {
  if (allowed === "absent") return undefined;
  const value = attempt(() => parseKeepingNumerals(text));
  if (allowed === "object" && (!isObject(value) || JSON.isRawJSON(value))) return undefined;
  return value !== undefined && isPortable(value, DEEPEST) ? value : undefined;
}

function isPortable(value: unknown, depth: number): boolean {
  if (typeof value === "string") return value.isWellFormed();
  if (typeof value !== "object" || value === null) return true;
  if (depth === 0) return false;
  if (Array.isArray(value)) return value.every((inner) => isPortable(inner, depth - 1));
  return Object.entries(value).every(([key, inner]) => key.isWellFormed() && isPortable(inner, depth - 1));
}
