/** JSON whose numbers keep the digits they were written with. */

declare global {
  /** ECMAScript's JSON.parse source text access, which TypeScript's library does not know yet. */
  interface JSON {
    rawJSON(text: string): unknown;
    isRawJSON(value: unknown): boolean;
  }
}

/** Digits enough to say more than a double holds, an exponent, a fraction that ends in 0, a negative 0, many zeros in front. */
const MAYBE_INEXACT = /[\d.]{16}|\d[eE]|\.\d*0(?!\d)|-0(?!\.)|0\.00000/;

export function mayBeInexact(text: string): boolean {
  return MAYBE_INEXACT.test(text);
}

/**
 * The value of `text`. A number that a double would write otherwise (`1.10`, `5e0`, 2^53 + 1) comes as raw JSON, which
 * `JSON.stringify` writes as it was. Reviving every value is slow, so it is done only where there may be such a number.
 */
export function parseKeepingNumerals(text: string): unknown {
  return mayBeInexact(text) ? JSON.parse(text, keepNumeral) : JSON.parse(text);
}

function keepNumeral(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== "number" || source === undefined || String(value) === source) return value;
  return JSON.rawJSON(source);
}

/** What was written for a number that came as raw JSON; undefined for any other value. */
export function rawNumeral(value: unknown): string | undefined {
  return JSON.isRawJSON(value) ? JSON.stringify(value) : undefined;
}
