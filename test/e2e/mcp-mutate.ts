/** Chance from a seed, and ways to spoil a message by it. */

import type { PlainObject } from "../harness/serve-client.ts";

export type Random = (below: number) => number;

/** Mulberry32: the same numbers from the same seed, on every machine. */
export function randomFrom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

export const pick = <T>(random: Random, from: readonly [T, ...T[]]): T =>
  from[random(from.length)] ?? from[0];
export const pickAny = (random: Random, from: readonly [() => string, ...(() => string)[]]): string =>
  pick(random, from)();

/** Values of every type, in each of which some parser has had a bug. */
export const VALUES: readonly [unknown, ...unknown[]] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  -(2 ** 60),
  "",
  "x",
  "2.0",
  "\ud800",
  "a\udfffb",
  "\0\u0001\u001b[31m",
  "\u2028\u2029\ufeff",
  "é€𝄞",
  "__proto__",
  "x".repeat(5000),
  [],
  [[]],
  {},
  { a: { b: [{}] } },
  JSON.parse('{"__proto__":{"method":"ping"},"constructor":1}'),
];

/** Puts a value where another one was, somewhere in `target`. */
export function mutateValue(random: Random, target: PlainObject): void {
  const keys = Object.keys(target);
  const key = keys[random(keys.length)] ?? "params";
  const inner = target[key];
  if (typeof inner === "object" && inner !== null && !Array.isArray(inner) && random(3) > 0) {
    mutateValue(random, Object(inner));
  } else if (random(6) === 0) {
    delete target[key];
  } else {
    target[key] = pick(random, VALUES);
  }
}

export function mutateText(random: Random, text: string): string {
  const at = random(text.length + 1);
  const odd = pick(random, [
    "\0",
    '"',
    "\\",
    "{",
    "[",
    "}",
    ",",
    "\\u0000",
    "\\ud800",
    "\ufeff",
    " ",
    "9",
    "e",
    "\t",
  ]);
  return pickAny(random, [
    () => text.slice(0, at),
    () => text.slice(at),
    () => text.slice(0, at) + odd + text.slice(at),
    () => text.slice(0, at) + odd + text.slice(at + 1),
    () => text + text,
    () => text + odd,
    () => odd + text,
    () => `[${text}]`,
    () => JSON.stringify(text),
    () => text.replace(/\d+/, "123456789012345678901234567890"),
  ]);
}

export function mutateBytes(random: Random, bytes: Uint8Array): Uint8Array {
  const mutated = Uint8Array.from(bytes);
  for (let times = 1 + random(4); times > 0; times--) mutated[random(mutated.length)] = random(256);
  return mutated;
}

export const randomBytes = (random: Random) => Uint8Array.from({ length: random(200) }, () => random(256));
