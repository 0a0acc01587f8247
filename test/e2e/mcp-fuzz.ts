/** Lines for a server to survive, from a seed: valid messages, mutated ones, and bytes that never were a message. */

import type { JsonObject } from "../harness/serve-client.ts";
import { envelope } from "./mcp-site.ts";

/** What a line must be answered with: nothing, one answer without an id, or one answer for each of these ids. */
export interface Line {
  bytes: Uint8Array;
  ids: string[];
  nameless: number;
}

/** An id as a key: `1` and `"1"` are different ids. */
export const keyOf = (id: unknown): string => `${typeof id}:${id}`;

type Random = (below: number) => number;

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

const pick = <T>(random: Random, from: readonly [T, ...T[]]): T => from[random(from.length)] ?? from[0];
const pickAny = (random: Random, from: readonly [() => string, ...(() => string)[]]): string =>
  pick(random, from)();

/** Values of every type, in each of which some parser has had a bug. */
const VALUES: readonly [unknown, ...unknown[]] = [
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

/** Messages that are right: requests, each with an id of its own, and notifications. */
function message(random: Random, id: unknown): JsonObject {
  const request = (method: string, params?: JsonObject) => ({
    jsonrpc: "2.0",
    id,
    method,
    ...(params && { params }),
  });
  const notification = (method: string, params: JsonObject) => ({ jsonrpc: "2.0", method, params });
  const meta = pick(random, [undefined, envelope(), { progressToken: "p" }, { "runspec/stream": true }]);
  const own = meta === undefined ? {} : { _meta: meta };
  return pick(random, [
    () => request("ping"),
    () => request("ping", own),
    () => request("server/discover", own),
    () => request("tools/list", own),
    () => request("tools/list", { cursor: "none", ...own }),
    () => request("resources/list", own),
    () => request("tools/call", { name: "nobody", arguments: {}, ...own }),
    () => request("tools/call", { name: "greet", arguments: { unknown: 1 }, ...own }),
    () => request("tools/call", { name: "careful", arguments: {}, ...own }),
    () =>
      request("tools/call", {
        name: random(8) === 0 ? "greet" : "careful",
        arguments: { who: "me" },
        ...own,
      }),
    () => notification("notifications/cancelled", { requestId: "nobody's" }),
    () => notification("notifications/runspec/input", { requestId: "nobody's", data: "x" }),
    () => notification("notifications/initialized", {}),
    () => ({ jsonrpc: "2.0", id, result: {} }),
    () => ({ jsonrpc: "2.0", id, error: { code: -1, message: "no" } }),
  ])();
}

/** Puts a value where another one was, somewhere in `target`. */
function mutateValue(random: Random, target: JsonObject): void {
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

function mutateText(random: Random, text: string): string {
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

function mutateBytes(random: Random, bytes: Uint8Array): Uint8Array {
  const mutated = Uint8Array.from(bytes);
  for (let times = 1 + random(4); times > 0; times--) mutated[random(mutated.length)] = random(256);
  return mutated;
}

const randomBytes = (random: Random) => Uint8Array.from({ length: random(200) }, () => random(256));

/** Lines that are one of a kind. */
function oddity(random: Random, id: string): string {
  const depth = 10 ** (2 + random(4));
  const nest = (open: string, inner: string, close: string) =>
    open.repeat(depth) + inner + close.repeat(depth);
  return pickAny(random, [
    () => "5",
    () => "null",
    () => "[]",
    () => "{}",
    () => '""',
    () => "true",
    () => "   ",
    () => "\r",
    () => nest("[", "", "]"),
    () => nest("[", "", ""),
    () => nest('{"a":', "1", "}"),
    () =>
      `{"jsonrpc":"2.0","id":"${id}","method":"tools/call","params":{"name":"greet","arguments":{"who":${nest("[", "1", "]")}}}}`,
    () => `{"jsonrpc":"2.0","id":"${id}${"i".repeat(random(100_000))}","method":"ping"}`,
    () => `{"jsonrpc":"2.0","id":${"9".repeat(1 + random(400))},"method":"ping"}`,
    () => `{"jsonrpc":"2.0","id":"${id}","method":"${"m".repeat(random(100_000))}"}`,
    () => `{"jsonrpc":"2.0","id":"${id}","id":"${id}-second","method":"ping"}`,
    () => `{"jsonrpc":"2.0","id":"${id}\\ud800","method":"ping\\udfff"}`,
  ]);
}

/** A batch, some of whose members are mutated. */
function several(random: Random, id: string): unknown[] {
  return Array.from({ length: 2 + random(5) }, (_, index) => {
    const one = message(random, `${id}-${index}`);
    if (random(3) === 0) mutateValue(random, one);
    return random(10) === 0 ? pick(random, VALUES) : one;
  });
}

function draft(random: Random, id: string): Uint8Array {
  const encode = (text: string) => Buffer.from(text);
  const own = message(random, random(4) === 0 ? Number(id.slice(2)) + 1_000_000 : id);
  const kind = random(100);
  if (kind < 15) return encode(JSON.stringify(own));
  if (kind < 22) return encode(JSON.stringify(several(random, id)));
  if (kind < 55) {
    mutateValue(random, own);
    return encode(JSON.stringify(own));
  }
  if (kind < 80) return encode(mutateText(random, JSON.stringify(own)));
  if (kind < 90) return mutateBytes(random, encode(JSON.stringify(own)));
  if (kind < 95) return randomBytes(random);
  return encode(oddity(random, id));
}

/** `count` lines. `batches`: the server takes an array for a batch. No id is used twice, and no call is cancelled. */
export function* fuzzLines(seed: number, count: number, batches: boolean): Generator<Line> {
  const random = randomFrom(seed);
  const used = new Set<string>();
  for (let made = 0, tried = 0; made < count; tried++) {
    const bytes = draft(random, `f-${tried}`).map((byte) => (byte === 0x0a ? 0x20 : byte));
    const expected = expectation(bytes, batches);
    if (expected === undefined || expected.ids.some((id) => used.has(id))) continue;
    for (const id of expected.ids) used.add(id);
    made++;
    yield { bytes, ...expected };
  }
}

/** What JSON-RPC wants as the answer to a line, or undefined where the test could not tell. */
function expectation(bytes: Uint8Array, batches: boolean): { ids: string[]; nameless: number } | undefined {
  const line = bytes.at(-1) === 0x0d ? bytes.subarray(0, -1) : bytes;
  if (line.length === 0) return { ids: [], nameless: 0 };
  const value = parse(line);
  if (!Array.isArray(value) || value.length === 0 || !batches) return expectationOf(value);
  const each = value.map(expectationOf);
  const ids = each.flatMap((one) => one?.ids ?? []);
  if (each.includes(undefined) || new Set(ids).size < ids.length) return undefined;
  return { ids, nameless: each.reduce((sum, one) => sum + (one?.nameless ?? 0), 0) };
}

function expectationOf(value: unknown): { ids: string[]; nameless: number } | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { ids: [], nameless: 1 };
  const { jsonrpc, id, method, params, result, error } = Object(value);
  // A number that another call may have for its id would cancel it.
  if (method === "notifications/cancelled" && params?.requestId !== "nobody's") return undefined;
  const sound =
    typeof id === "string" || (Number.isFinite(id) && (!Number.isInteger(id) || Number.isSafeInteger(id)));
  const answered = sound ? { ids: [keyOf(id)], nameless: 0 } : { ids: [], nameless: 1 };
  if (jsonrpc !== "2.0") return answered;
  if (!("method" in value)) {
    const fits = (known: unknown) =>
      typeof Object(known).code === "number" && typeof Object(known).message === "string";
    const response = "error" in value ? !("result" in value) && fits(error) : sound && result !== undefined;
    return response ? { ids: [], nameless: 0 } : answered;
  }
  if (typeof method !== "string") return answered;
  return "id" in value ? answered : { ids: [], nameless: 0 };
}

function parse(line: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(line));
  } catch {
    return undefined;
  }
}
