import { describe, expect, test } from "bun:test";
import { createCapture } from "../../../src/mcp/server/capture.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function captured(limit: number, chunks: readonly string[], wanted?: number) {
  const capture = createCapture(limit);
  for (const chunk of chunks) capture.add(bytes(chunk));
  return capture.take(wanted);
}

describe("createCapture", () => {
  test.each<[string, number, string[], number | undefined, { text: string; omitted: number }]>([
    ["nothing", 10, [], undefined, { text: "", omitted: 0 }],
    ["less than the limit", 10, ["abc", "def"], undefined, { text: "abcdef", omitted: 0 }],
    ["exactly the limit", 10, ["01234", "56789"], undefined, { text: "0123456789", omitted: 0 }],
    [
      "one too many",
      10,
      ["0123456789x"],
      undefined,
      { text: "01234\n[… 1 byte left out …]\n6789x", omitted: 1 },
    ],
    [
      "many small pieces",
      10,
      [..."abcdefghijklmnopqrstuvwxyz"],
      undefined,
      { text: "abcde\n[… 16 bytes left out …]\nvwxyz", omitted: 16 },
    ],
    [
      "taken shorter than held",
      10,
      ["0123456789"],
      4,
      { text: "01\n[… 6 bytes left out …]\n89", omitted: 6 },
    ],
    ["taken shorter, still enough", 10, ["0123"], 4, { text: "0123", omitted: 0 }],
  ])("%s", (_name, limit, chunks, wanted, expected) => {
    expect(captured(limit, chunks, wanted)).toEqual(expected);
  });

  test("keeps bounded memory whatever comes", () => {
    const capture = createCapture(1000);
    const chunk = new Uint8Array(100_000).fill(0x61);
    for (let i = 0; i < 1000; i++) capture.add(chunk);
    const { text, omitted } = capture.take();
    expect(omitted).toBe(100_000_000 - 1000);
    expect(text.length).toBeLessThan(1100);
  });
});
