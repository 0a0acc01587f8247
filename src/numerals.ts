/** Numbers that keep the digits they were written with, in JSON and in text. */

declare global {
  /** ECMAScript's JSON.parse source text access, which TypeScript's library does not know yet. */
  interface JSON {
    rawJSON(text: string): unknown;
    isRawJSON(value: unknown): boolean;
  }
}

/** What a double may write otherwise: many digits, an exponent, `1.0`, `-0`, `0.000001`. A number has no quote behind it, as the "2.0" of each message has. */
const MAYBE_INEXACT = /[\d.]{16}|\d[eE]|\.\d*0(?![\d"])|-0(?!\.)|0\.00000/;

export const mayBeInexact = (text: string): boolean => MAYBE_INEXACT.test(text);

/** The value of `text`. A number that a double would write otherwise (`1.10`, `5e0`, 2^53 + 1) is raw JSON; reviving is slow, and done only where one may be there. */
export function parseKeepingNumerals(text: string): unknown {
  return mayBeInexact(text) ? JSON.parse(text, keepNumeral) : JSON.parse(text);
}

function keepNumeral(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== "number" || source === undefined || String(value) === source) return value;
  return JSON.rawJSON(source);
}

/** What was written for a number that came as raw JSON; undefined for any other value. */
export const rawNumeral = (value: unknown): string | undefined =>
  JSON.isRawJSON(value) ? JSON.stringify(value) : undefined;

/** Its significant digits, alike however it is written. */
const digitsOf = (text: string) => text.replace(/e.*|\D/gi, "").replace(/^0+|(?<!0)0+$/g, "");

/** Whether what reads `text` as a double, and writes that, writes the same number: Python's `1.5e-05` is, 2^53 + 1 and `1e400` are not. */
export const isExact = (text: string): boolean => digitsOf(text) === digitsOf(String(Number(text)));

/** `value` as a number where that writes `text` again, else `text`: `1.10` and `007` reach a tool as they are. */
export function keepDigits(value: number, text: string): number | string {
  return String(value) === text ? value : text;
}

/** What an integer's text says, however many zeros and whatever sign it begins with. */
export const readInteger = (text: string): number | undefined =>
  /^[+-]?\d+$/.test(text) ? Number(text) : undefined;

export function readFloat(text: string): number | undefined {
  return /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

/** The integer that a number of JSON is, however it is written (`5.0`, `50e-1`). It is read by its digits: a double rounds `1.00000000000000000001` to one, too. NaN: it is none. */
export function integerOf(text: string): number {
  const [, whole = "", fraction = "", exponent = "0"] = /^-?(\d+)(?:\.(\d+))?(?:e(.+))?$/i.exec(text) ?? [];
  const digits = (whole + fraction).replace(/(?<!0)0+$/, "");
  return digits === "" || digits.length - whole.length <= Number(exponent) ? Number(text) : NaN;
}
