import { describe, expect, test } from "bun:test";
import { announcementIn, createByteEncoder, readOutput } from "../../src/mcp/bytes.ts";

const METHOD = "notifications/runspec/output";
const bytesOf = (text: string) => new TextEncoder().encode(text);

/** The messages that carry `chunks`, each in one. */
function encodeAll(chunks: readonly Uint8Array[], { id = 1 as string | number, raw = false } = {}): Buffer[] {
  const encoder = createByteEncoder(METHOD, { requestId: id, stream: "stdout" }, raw);
  return [...chunks.flatMap((chunk) => encoder.encode(chunk)), ...encoder.end()].map((parts) =>
    Buffer.concat(parts),
  );
}

const paramsOf = (line: Uint8Array) =>
  JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(line)).params;

describe("the encoder, within lines", () => {
  test.each<[string, string]>([
    ["plain text", "hello\n"],
    ["what JSON escapes", 'a "quoted" \\ back\\slash \t\r\n\b\f\u0000\u001f\u007f'],
    ["two, three and four byte characters", "é € 𝄞 你好"],
    ["C1 controls and separators", "\u0080\u0085\u009f\u2028\u2029"],
    ["a byte order mark", "\ufefftext"],
    ["text that looks like an escape", "\\u00e9 \\n"],
  ])("%s is text", (_name, text) => {
    const lines = encodeAll([bytesOf(text)]);
    expect(lines.map(paramsOf)).toEqual([{ requestId: 1, stream: "stdout", data: text }]);
    expect(lines.join("").split(/[\u0085\u2028\u2029]/)).toHaveLength(1);
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
    expect(encodeAll([bytesOf("x")], { id: 'a"\n' }).map((line) => paramsOf(line).requestId)).toEqual([
      'a"\n',
    ]);
  });

  test("much output is cut into many lines", () => {
    const lines = encodeAll([new Uint8Array(300_000).fill(0x61)]);
    expect(lines.map((line) => paramsOf(line).data.length)).toEqual([65536, 65536, 65536, 65536, 37856]);
  });
});

describe("the way back from within lines", () => {
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
        const output = readOutput(paramsOf(line));
        return output?.bytes ?? new Uint8Array(0);
      });
      expect(Buffer.concat(back)).toEqual(Buffer.from(bytes));
    }
  });

  test.each([
    ["an unknown stream", { requestId: 1, stream: "stdlog", data: "x" }],
    ["no data", { requestId: 1, stream: "stdout" }],
    ["data that is a number", { requestId: 1, stream: "stdout", data: 5 }],
  ])("%s is no output", (_name, params) => {
    expect(readOutput(params)).toBeUndefined();
  });
});

describe("the encoder, behind lines", () => {
  const HEAD =
    '{"jsonrpc":"2.0","method":"notifications/runspec/output","params":{"requestId":1,"stream":"stdout",';

  test("leaves the bytes as they are, and cuts no character off", () => {
    const chunks = [bytesOf("h\u00e9\n"), Uint8Array.of(0xff, 0x0a), Uint8Array.of(0xe2)];
    expect(encodeAll(chunks, { raw: true }).map((message) => message.toString("latin1"))).toEqual([
      `${HEAD}"bytes":4}}\nh\xc3\xa9\n\n`,
      `${HEAD}"bytes":2}}\n\xff\n\n`,
      `${HEAD}"bytes":1}}\n\xe2\n`,
    ]);
  });

  test("cuts what is longer than 1 MiB", () => {
    const lengths = encodeAll([new Uint8Array(2_500_000)], { raw: true }).map((message) =>
      paramsOf(message.subarray(0, message.indexOf(0x0a))),
    );
    expect(lengths.map(({ bytes }) => bytes)).toEqual([1_048_576, 1_048_576, 402_848]);
  });

  test("a request id that makes the line too long to announce anything keeps the bytes within", () => {
    const [message = Buffer.alloc(0)] = encodeAll([bytesOf("x")], { id: "i".repeat(5000), raw: true });
    expect(paramsOf(message).data).toBe("x");
  });
});

describe("announcementIn", () => {
  const announced = (given: Uint8Array) => announcementIn(given, METHOD);
  const line = (params: unknown, more: object = {}) =>
    bytesOf(JSON.stringify({ jsonrpc: "2.0", method: METHOD, params, ...more }));

  test.each<[string, Uint8Array, number]>([
    ["some", line({ requestId: 1, stream: "stdout", bytes: 5 }), 5],
    ["none", line({ bytes: 0 }), 0],
    ["the most there may be", line({ bytes: 1_048_576 }), 1_048_576],
    [
      "with a slash that is escaped",
      bytesOf(`{"method":"${METHOD.replaceAll("/", "\\/")}","params":{"bytes":7}}`),
      7,
    ],
    ["with its keys in another order", bytesOf(`{"params": {"bytes": 7}, "method": "${METHOD}"}`), 7],
  ])("%s", (_name, given, length) => {
    expect(announced(given)?.bytes).toBe(length);
  });

  test.each<[string, Uint8Array]>([
    ["more than there may be", line({ bytes: 1_048_577 })],
    ["less than nothing", line({ bytes: -1 })],
    ["a part of one", line({ bytes: 1.5 })],
    ["a number as text", line({ bytes: "5" })],
    ["data", line({ data: "x" })],
    ["no params", line(undefined)],
    ["a request, which is no notification", line({ bytes: 5 }, { id: 1 })],
    ["another method that quotes this one", line({ bytes: 5 }, { method: "x", why: METHOD })],
    ["a longer line", line({ bytes: 5, padding: "x".repeat(4096) })],
    ["no JSON", bytesOf(`"${METHOD}" "bytes":5`)],
  ])("%s announces nothing", (_name, given) => {
    expect(announced(given)).toBeUndefined();
  });
});
