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

/**
 * The integer that a number of JSON is, however it is written (`5.0`, `50e-1`). The digits are looked at, not what a double makes
 * of them: that rounds `1.00000000000000000001` and 2^52 + 0.5 to integers.
 */
export function integerOf(text: string): number | undefined {
  const [, whole = "", fraction = "", exponent = "0"] = /^-?(\d+)(?:\.(\d+))?(?:e(.+))?$/i.exec(text) ?? [];
  const digits = (whole + fraction).replace(/(?<!0)0+$/, "");
  const behindPoint = digits.length - whole.length - Number(exponent);
  return behindPoint <= 0 || digits === "" ? Number(text) : undefined;
}
