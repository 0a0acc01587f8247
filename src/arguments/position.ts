import type { Argument } from "./model.ts";

/** By place among the words; arguments without one come last. */
export function byPosition(a: Argument, b: Argument): number {
  return (a.position ?? Number.MAX_SAFE_INTEGER) - (b.position ?? Number.MAX_SAFE_INTEGER);
}
