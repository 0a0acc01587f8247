/** What a client of `runspec serve` may write: every malformed line gets the right error, and the server lives on. */

import { expect, setDefaultTimeout, test } from "bun:test";

import { ENDED, serve } from "./served.ts";

setDefaultTimeout(60_000);

const LONG = `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"${"y".repeat(17 * 1024 * 1024)}"}}`;

const MALFORMED: [what: string, line: string | Buffer, code: number][] = [
  ["no JSON", "not json", -32700],
  ["half of a message", '{"jsonrpc":"2.0","id":1,"method":"ping"', -32700],
  ["not UTF-8", Buffer.from([0x22, 0xff, 0xfe, 0x22]), -32700],
  ["an overlong encoding", Buffer.from([0x22, 0xc0, 0xaf, 0x22]), -32700],
  ["two byte order marks", '\u{feff}\u{feff}{"jsonrpc":"2.0","id":1,"method":"ping"}', -32700],
  ["deep nesting", "[".repeat(200_000), -32700],
  ["a number", "42", -32600],
  ["null", "null", -32600],
  ["an empty array", "[]", -32600],
  ["an array, where there are no batches", '[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32600],
  ["no version", '{"id":1,"method":"ping"}', -32600],
  ["another version", '{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600],
  ["a method that is no string", '{"jsonrpc":"2.0","id":1,"method":7}', -32600],
  ["an id that is null", '{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600],
  ["an id that is an object", '{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600],
  ["an id that no double can hold", '{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}', -32600],
  ["params in an array", '{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', -32602],
  ["an unknown method", '{"jsonrpc":"2.0","id":1,"method":"tools/lst"}', -32601],
  ["the method __proto__", '{"jsonrpc":"2.0","id":1,"method":"__proto__"}', -32601],
  ["a call without a name", '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}', -32602],
  [
    "a call with arguments that are no object",
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"stdin","arguments":[]}}',
    -32602,
  ],
  ["a message over 16 MiB", LONG, -32600],
];

test.concurrent("a malformed line is refused, and the server lives on", async () => {
  const client = await serve();
  for (const [what, line, code] of MALFORMED) {
    await client.write(Buffer.concat([Buffer.from(line), Buffer.from("\n")]));
    const { error, result } = await client.next();
    expect([what, error?.code, result]).toEqual([what, code, undefined]);
    expect([what, (await client.request("ping")).result]).toEqual([what, {}]);
  }
  expect([await client.close(), client.noise, client.stderr()]).toEqual([ENDED, [], ""]);
});

test.concurrent("nothing is said of a call before the answer to the initialize in front of it", async () => {
  const client = await serve();
  const capabilities = { experimental: { "runspec/lease": {} } };
  const params = { protocolVersion: "2025-11-25", capabilities, clientInfo: {} };
  const initialize = { jsonrpc: "2.0", id: "hello", method: "initialize", params };
  const meta = { "runspec/stream": true, "runspec/stdin": true };
  const call = { jsonrpc: "2.0", id: "call", method: "tools/call", params: { name: "stdin", _meta: meta } };
  await client.write(`${JSON.stringify(initialize)}\n${JSON.stringify(call)}\n`);
  const said = [await client.next(), await client.next(), await client.next()];
  expect(said.map(({ id, method }) => method ?? id)).toEqual([
    "hello",
    "notifications/runspec/lease",
    "notifications/runspec/input-taken",
  ]);
  expect(await client.close()).toEqual(ENDED);
});

test.concurrent("lines end as they like: empty ones, CR LF, in pieces, many at once", async () => {
  const client = await serve();
  const ping = (id: number) => `{"jsonrpc":"2.0","id":${id},"method":"ping"}`;
  await client.write(`\n\r\n\n${ping(1)}\r\n${ping(2)}\n${ping(3).slice(0, 9)}`);
  const ids = [await client.next(), await client.next()].map(({ id }) => id);
  await client.write(`${ping(3).slice(9)}\n`);
  ids.push((await client.next()).id);
  expect([ids, await client.close()]).toEqual([[1, 2, 3], ENDED]);
});
