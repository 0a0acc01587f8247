import { describe, expect, test } from "bun:test";
import { createOutputEncoder, decodeOutputLine, isOutputLine, readOutput } from "../../src/mcp/output.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const withoutNewline = (line: Uint8Array) => line.subarray(0, -1);

function encodeAll(chunks: readonly Uint8Array[], id: string | number = 1): Buffer[] {
  const encoder = createOutputEncoder(id, "stdout");
  return [...chunks.flatMap((chunk) => encoder.encode(chunk)), ...encoder.end()];
}

const paramsOf = (line: Uint8Array) =>
  JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(line)).params;

describe("the encoder", () => {
  test.each<[string, string]>([
    ["plain text", "hello\n"],
    ["what JSON escapes", 'a "quoted" \\ back\\slash \t\r\n\b\f\u0000\u001f\u007f'],
    ["two, three and four byte characters", "é € 𝄞 你好"],
    ["C1 controls and separators", "\u0080\u009f\u2028\u2029"],
    ["a byte order mark", "\ufefftext"],
    ["text that looks like an escape", "\\u00e9 \\n"],
  ])("%s is text", (_name, text) => {
    const lines = encodeAll([bytesOf(text)]);
    expect(lines.map(paramsOf)).toEqual([{ requestId: 1, stream: "stdout", data: text }]);
  });

  test("bytes that are not UTF-8 are base64", () => {
    const lines = encodeAll([Uint8Array.of(0x61, 0xff, 0x62)]);
    expect(lines.map(paramsOf)).toEqual([{ requestId: 1, stream: "stdout", base64: "Yf9i" }]);
  });

  test("a character split across reads is not such bytes", () => {
    const [a, b, c, d] = bytesOf("𝄞");
    const chunks = [[0x41, a], [b], [c], [d, 0x42]].map((part) =>
      Uint8Array.from(part.map((byte) => byte ?? 0)),
    );
    const data = encodeAll(chunks).map(paramsOf);
    expect(data.map((params) => params.data).join("")).toBe("A𝄞B");
    expect(data.every((params) => params.base64 === undefined)).toBe(true);
  });

  test("a character that never ends comes out at the end, as bytes", () => {
    expect(encodeAll([Uint8Array.of(0x41, 0xe2, 0x82)]).map(paramsOf)).toEqual([
      { requestId: 1, stream: "stdout", data: "A" },
      { requestId: 1, stream: "stdout", base64: Buffer.of(0xe2, 0x82).toString("base64") },
    ]);
  });

  test("an id that needs escaping is written as JSON", () => {
    expect(encodeAll([bytesOf("x")], 'a"\n').map((line) => paramsOf(line).requestId)).toEqual(['a"\n']);
  });

  test("much output is cut into many lines", () => {
    const lines = encodeAll([new Uint8Array(300_000).fill(0x61)]);
    expect(lines.map((line) => paramsOf(line).data.length)).toEqual([65536, 65536, 65536, 65536, 37856]);
  });
});

describe("the way back", () => {
  test("gives the same bytes, whatever they are and however they are cut", () => {
    let seed = 12345;
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) & 0x7fffffff;
      return seed % below;
    };
    const alphabet = [
      0x0a, 0x22, 0x5c, 0x41, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9d, 0x84, 0x9e, 0x00, 0x7f, 0xff, 0x80,
    ];
    for (let round = 0; round < 300; round++) {
      const bytes = Uint8Array.from({ length: random(200) }, () => alphabet[random(alphabet.length)] ?? 0);
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; ) {
        const size = 1 + random(20);
        chunks.push(bytes.subarray(at, at + size));
        at += size;
      }
      const back = encodeAll(chunks).map((line) => {
        expect(isOutputLine(line)).toBe(true);
        const output = decodeOutputLine(withoutNewline(line)) ?? readOutput(paramsOf(line));
        return output?.bytes ?? new Uint8Array(0);
      });
      expect(Buffer.concat(back)).toEqual(Buffer.from(bytes));
    }
  });

  test("escapes beyond ASCII, as other programs write them, are left to the decoder that reads UTF-8", () => {
    const line = Buffer.from(
      '{"jsonrpc":"2.0","method":"notifications/runspec/output","params":{"requestId":1,"stream":"stdout","data":"\\u00e9"}}',
    );
    expect(decodeOutputLine(line)).toBeUndefined();
    expect(readOutput(paramsOf(line))?.bytes).toEqual(Buffer.from("é"));
  });

  test.each([
    ["an unknown stream", { requestId: 1, stream: "stdlog", data: "x" }],
    ["no data", { requestId: 1, stream: "stdout" }],
    ["data that is a number", { requestId: 1, stream: "stdout", data: 5 }],
  ])("%s is no output", (_name, params) => {
    expect(readOutput(params)).toBeUndefined();
  });
});
