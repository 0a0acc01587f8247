/** Numbers that keep the digits they were written with. */

import type { Scalar } from "./model.ts";

/** `value` as a number where that writes `text` again, else `text`: `1.10` and `007` reach a tool as they are. */
export function written(value: number, text: string): Scalar {
  return String(value) === text ? value : text;
}

/** What an integer's text says, however many zeros and whatever sign it begins with. */
export function readInteger(text: string): number | undefined {
  return /^[+-]?\d+$/.test(text) ? Number(text) : undefined;
}

export function readFloat(text: string): number | undefined {
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}
