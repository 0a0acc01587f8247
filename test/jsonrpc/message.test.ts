import { describe, expect, test } from "bun:test";
import { jsonLine, shownJson } from "../../src/json.ts";
import { classify, idInHead, idInTail, parseLine } from "../../src/jsonrpc/message.ts";

const invalid = (id: unknown, message: string, code = -32600) => ({
  kind: "invalid",
  id,
  error: { code, message },
});
const response = (id: unknown, outcome: unknown) => ({ kind: "response", id, outcome });
const request = (id: unknown) => ({ kind: "request", id, method: "m", params: {} });
const rpc = (message: object) => ({ jsonrpc: "2.0", ...message });
const NOT_OBJECT = "a message must be a JSON object";
const NO_VERSION = 'a message must have "jsonrpc": "2.0"';
const NEITHER = "a message must have a method, or be a response with either result or error";
const neither = (id: unknown) => ({ ...invalid(id, NEITHER), isAnswer: true });
const BAD_ID = "id must be a string or an exact number";

describe("classify", () => {
  test.each<[string, unknown, unknown]>([
    ["a request", rpc({ id: 1, method: "m" }), request(1)],
    ["an empty string id", rpc({ id: "", method: "m" }), request("")],
    ["a fractional id", rpc({ id: 1.5, method: "m" }), request(1.5)],
    [
      "a notification",
      rpc({ method: "m", params: { a: 1 } }),
      { kind: "notification", method: "m", params: { a: 1 } },
    ],
    ["a result", rpc({ id: "x", result: null }), response("x", { result: null })],
    ["a null error", rpc({ id: 3, result: 1, error: null }), response(3, { result: 1 })],
    [
      "a null result",
      rpc({ id: 3, result: null, error: { code: 1, message: "e" } }),
      response(3, { error: { code: 1, message: "e" } }),
    ],
    [
      "an error without an id",
      rpc({ id: null, error: { code: 1, message: "e" } }),
      response(null, { error: { code: 1, message: "e" } }),
    ],
    [
      "a notification whose params are no object, which nobody may answer",
      rpc({ method: "m", params: [1] }),
      { kind: "notification", method: "m", params: {} },
    ],
    ["a number", 5, invalid(undefined, NOT_OBJECT)],
    ["null", null, invalid(undefined, NOT_OBJECT)],
    ["an array", [], invalid(undefined, NOT_OBJECT)],
    ["no version", { id: 3, method: "m" }, invalid(3, NO_VERSION)],
    ["version 1", { jsonrpc: "1.0", id: 3, method: "m" }, invalid(3, NO_VERSION)],
    ["a method that is no string", rpc({ id: 3, method: 4 }), invalid(3, "method must be a string")],
    ["a null id", rpc({ id: null, method: "m" }), invalid(undefined, BAD_ID)],
    ["an object id", rpc({ id: {}, method: "m" }), invalid(undefined, BAD_ID)],
    ["an id no double can hold", rpc({ id: 2 ** 53, method: "m" }), invalid(undefined, BAD_ID)],
    [
      "params in an array",
      rpc({ id: 3, method: "m", params: [] }),
      invalid(3, "params must be an object", -32602),
    ],
    ["null params", rpc({ id: 3, method: "m", params: null }), request(3)],
    ["result and error", rpc({ id: 3, result: 1, error: { code: 1, message: "" } }), neither(3)],
    ["an error that is a string", rpc({ id: 3, error: "no" }), neither(3)],
    ["an error without a message", rpc({ id: 3, error: { code: 1 } }), neither(3)],
    ["an error without a code", rpc({ id: 3, error: { message: "no" } }), neither(3)],
    ["a result without an id", rpc({ result: 1 }), neither(undefined)],
    ["neither", rpc({ id: 3 }), neither(3)],
  ])("%s", (_name, value, expected) => {
    expect(classify(value)).toEqual(expected as never);
  });
});

test("a message is one line by whatever its reader takes for the end of one", () => {
  const value = { a: ["\u2028\u2029\u0085\n\r\v\f\u001c"] };
  const line = String.raw`{"a":["\u2028\u2029\u0085\n\r\u000b\f\u001c"]}`;
  expect([jsonLine(value), JSON.parse(line)]).toEqual([line, value]);
});

test("JSON that people see holds nothing that a terminal acts on, or that is not seen", () => {
  const value = { "a\u009b": ["\x7f\x1b\u202e\u200b\u2028\ufeff\u{e0041}é漢😀\n"] };
  const text = String.raw`["\u007f\u001b\u202e\u200b\u2028\ufeff\udb40\udc41${"é漢😀"}\n"]`;
  expect(shownJson(value)).toBe(String.raw`{"a\u009b":${text}}`);
  expect(shownJson({ a: 1 }, 2)).toBe('{\n  "a": 1\n}');
  expect(JSON.parse(shownJson(value, 2))).toEqual(value);
});

describe("parseLine", () => {
  test.each<[string, Uint8Array, unknown]>([
    ["JSON", Buffer.from('{"a":"é"}'), { a: "é" }],
    ["a byte order mark, which JSON does not allow", Buffer.from("\ufeff{}"), undefined],
    ["bytes that are not UTF-8", Uint8Array.of(0x22, 0xff, 0x22), undefined],
    ["half a document", Buffer.from('{"a":'), undefined],
    ["a lone surrogate in an escape", Buffer.from('"\\ud800"'), "\ud800"],
    ["NUL", Uint8Array.of(0), undefined],
  ])("%s", (_name, line, expected) => {
    expect(parseLine(line)).toEqual(expected as never);
  });

  test("nesting deeper than the stack is refused, not fatal", () => {
    const value = parseLine(Buffer.from(`${"[".repeat(1_000_000)}`));
    expect(value).toBeUndefined();
  });
});

const bytes = (text: string) => new TextEncoder().encode(text);
const long = "x".repeat(5000);

describe("the id of a message that is cut", () => {
  test.each<[string, string | number | undefined, string | number | undefined]>([
    [`{"jsonrpc":"2.0","id":5,"method":"m","params":{"a":"${long}"}}`, 5, undefined],
    [`{"jsonrpc":"2.0","method":"tools/call","id":"a\\"b","params":{"a":"${long}"}}`, 'a"b', undefined],
    [` { "id" : -7 , "params" : {"a":"${long}"}}`, -7, undefined],
    [`{"method":"tools/call","params":{"a":"${long}"},"jsonrpc":"2.0","id":3}`, undefined, 3],
    [`{"method":"m","params":{"a":"${long}"},"id":"z","jsonrpc":"2.0"} `, undefined, "z"],
    [`{"params":{"id":1,"a":"${long}","id":2},"method":"m"}`, undefined, undefined],
    [`{"params":{"a":"${long}","id":2}}`, undefined, undefined],
    [`{"params":{"a":"${long},\\"id\\":2}"},"jsonrpc":"2.0"}`, undefined, undefined],
    [`{"method":"id","params":{"a":"${long}"}}`, undefined, undefined],
    [`{"id":9007199254740993,"a":"${long}"}`, undefined, undefined],
    [`{"id":null,"a":"${long}"}`, undefined, undefined],
  ])("%.60s", (line, head, tail) => {
    expect([idInHead(bytes(line).subarray(0, 3000)), idInTail(bytes(line).subarray(-3000))]).toEqual([
      head,
      tail,
    ]);
  });
});
