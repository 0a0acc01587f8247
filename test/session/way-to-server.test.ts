/** What a server gets before and after it has spoken; and lines of ours between those of somebody else: never within one, never within bytes that a line announced. */

import { expect, test } from "bun:test";
import { betweenLines, createWayToServer } from "../../src/session/way-to-server.ts";

const OURS = '{"ours":1}';
const RAW =
  '{"jsonrpc":"2.0","method":"notifications/runspec/input","params":{"requestId":1,"bytes":10}}\n12345\n6789\n';
const TEXT = `{"a":1}\n{"b":"é"}\n${RAW}{"c":3}\n`;

function splits(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
    bytes.slice(n * size, (n + 1) * size),
  );
}

test.each([1, 2, 3, 7, 16, 64, 1000])("wherever it is wanted, in chunks of %i", async (size) => {
  const bytes = Buffer.from(TEXT);
  const chunks = splits(bytes, size);
  for (let when = 0; when <= chunks.length; when++) {
    const written: Uint8Array[] = [];
    const line = betweenLines(async (part) => void written.push(part));
    for (const [n, chunk] of chunks.entries()) {
      if (n === when) await line.insert(OURS);
      await line.pass(chunk);
    }
    if (when === chunks.length) await line.insert(OURS);
    const all = Buffer.concat(written).toString();
    const at = all.indexOf(`${OURS}\n`);
    expect(all.replace(`${OURS}\n`, "")).toBe(TEXT);
    const before = Buffer.from(all.slice(0, at)).toString();
    expect(before === "" || before.endsWith("\n")).toBe(true);
    // Between the line that announces ten bytes and the last of them there is no place.
    const inside = before.length > TEXT.indexOf('{"jsonrpc"') && before.length < TEXT.indexOf('{"c"');
    expect(inside).toBe(false);
    // Where theirs ends with a line, it is there.
    expect(at === -1).toBe(false);
  }
});

test("a client that stalls within a line keeps none of ours away: the line is held until its end, or there is no other", async () => {
  const written: string[] = [];
  const line = betweenLines(async (part) => void written.push(Buffer.from(part).toString()));
  await line.pass(Buffer.from('{"a":1}\n{"half'));
  await line.insert("ours");
  expect(written.join("")).toBe('{"a":1}\nours\n');
  await line.pass(Buffer.from('":1}\nnext'));
  await line.end();
  expect(written.join("")).toBe('{"a":1}\nours\n{"half":1}\nnext');
});

test("bytes that a line announced are passed on as they come, also where no line ends behind them", async () => {
  const written: string[] = [];
  const line = betweenLines(async (part) => void written.push(Buffer.from(part).toString()));
  const head = RAW.slice(0, RAW.indexOf("\n") + 1);
  await line.pass(Buffer.from(`${head}123`));
  await line.insert("ours");
  expect(written.join("")).toBe(`${head}123`);
  await line.pass(Buffer.from('45\n6789{"half'));
  expect(written.join("")).toBe(`${head}12345\n6789ours\n`);
});

test("a line that is too long to be held keeps it waiting, and of two the last is written", async () => {
  const written: string[] = [];
  const line = betweenLines(async (part) => void written.push(Buffer.from(part).toString()));
  const half = `{"half${"x".repeat(64 * 1024)}`;
  await line.pass(Buffer.from(half));
  await line.insert("one");
  await line.insert("two");
  expect(written.join("")).toBe(half);
  await line.pass(Buffer.from('":1}\n'));
  expect(written.join("")).toBe(`${half}":1}\ntwo\n`);
});

const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}\n';
const BATCH = `[${PING.trim()}]\n`;
const WELCOME = Buffer.from(
  '{"jsonrpc":"2.0","id":1,"result":{"capabilities":{"experimental":{"runspec/lease":{"seconds":60}}}}}',
);

function way() {
  const written: string[] = [];
  const toServer = createWayToServer({
    write: async (bytes) => void written.push(Buffer.from(bytes as Uint8Array).toString()),
    end: async () => void written.push("END"),
    takeBack: () => false,
  });
  return { written, toServer, pass: (text: string) => toServer.pass(Buffer.from(text)) };
}

test("what no shell acts on is passed at once, the rest when the server has spoken, and behind it the first sign of life", async () => {
  const { written, toServer, pass } = way();
  await pass(PING);
  await pass(BATCH);
  expect(written.join("")).toBe(PING);
  toServer.begin(WELCOME);
  await pass("$(x)\n");
  const alive = '{"jsonrpc":"2.0","method":"notifications/runspec/alive","params":{}}\n';
  expect(written.join("")).toBe(`${PING}${BATCH}${alive}$(x)\n`);
  await toServer.suspend(true);
  expect(written.at(-1)).toBe(alive.replace("{}", '{"suspended":true}'));
  toServer.stop();
});

test("a client that says no more has all of it passed before the end, also when the server speaks only then, and keeps no lease", async () => {
  const { written, toServer, pass } = way();
  await pass(`${PING}${BATCH}`);
  toServer.end();
  await Bun.sleep(0);
  expect([written.join(""), toServer.clientGone.isSet]).toEqual([PING, true]);
  toServer.begin(WELCOME);
  await Bun.sleep(0);
  expect(written.join("")).toBe(`${PING}${BATCH}END`);
  await toServer.suspend(true);
  expect(written.at(-1)).toBe("END");
});
