/** The value that a tool's output is, for those who read no text. */

import { attempt } from "../errors.ts";
import { isObject } from "../json.ts";
import { isExact, parseKeepingNumerals } from "../numerals.ts";
import type { StructuredContent } from "./revisions.ts";

/** Deeper values make some clients' parsers give up on the whole message. */
const DEEPEST = 100;

/** The value of `text` with the digits that the tool wrote; undefined: no JSON, not of the kind allowed, or not portable. */
export function structuredContent(text: string, allowed: StructuredContent | "wrapped"): unknown {
  if (allowed === "absent") return undefined;
  const value = attempt(() => parseKeepingNumerals(text));
  if (allowed !== "any" && (!isObject(value) || JSON.isRawJSON(value)))
    return allowed === "wrapped" && value !== undefined ? { result: text } : undefined;
  return isPortable(value, DEEPEST) ? value : undefined;
}

/** Nested too deeply, half a surrogate pair, or a number that is another as a double. Claude Code shows a model what JavaScript reads, and not the text. */
function isPortable(value: unknown, depth: number): boolean {
  if (typeof value === "string") return value.isWellFormed();
  if (JSON.isRawJSON(value)) return isExact(JSON.stringify(value));
  if (typeof value !== "object" || value === null) return true;
  if (depth === 0) return false;
  if (Array.isArray(value)) return value.every((inner) => isPortable(inner, depth - 1));
  return Object.entries(value).every(([key, inner]) => key.isWellFormed() && isPortable(inner, depth - 1));
}
