/** Lines of ours between those of somebody else: never within one, never within bytes that a line announced. */

import { expect, test } from "bun:test";
import { betweenLines } from "../../src/session/between-lines.ts";

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

test("a line that has not ended keeps it waiting, and of two the last is written", async () => {
  const written: string[] = [];
  const line = betweenLines(async (part) => void written.push(Buffer.from(part).toString()));
  await line.pass(Buffer.from('{"half'));
  await line.insert("one");
  await line.insert("two");
  expect(written).toEqual(['{"half']);
  await line.pass(Buffer.from('":1}\nnext'));
  expect(written.join("")).toBe('{"half":1}\nnext');
  await line.pass(Buffer.from("\n"));
  expect(written.join("")).toBe('{"half":1}\nnext\ntwo\n');
});
