/** Lines for a server to survive, from a seed: valid messages, mutated ones, and bytes that never were a message. */

import type { PlainObject } from "../harness/serve-client.ts";
import { expectation } from "./mcp-fuzz-oracle.ts";
import {
  mutateBytes,
  mutateText,
  mutateValue,
  pick,
  pickAny,
  type Random,
  randomBytes,
  randomFrom,
  VALUES,
} from "./mcp-mutate.ts";
import { envelope } from "./mcp-site.ts";

/** What a line must be answered with: nothing, one answer without an id, or one answer for each of these ids. */
export interface Line {
  bytes: Uint8Array;
  ids: string[];
  nameless: number;
}

/** Messages that are right: requests, each with an id of its own, and notifications. */
function message(random: Random, id: unknown): PlainObject {
  const request = (method: string, params?: PlainObject) => ({
    jsonrpc: "2.0",
    id,
    method,
    ...(params && { params }),
  });
  const notification = (method: string, params: PlainObject) => ({ jsonrpc: "2.0", method, params });
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
