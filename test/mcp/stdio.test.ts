import { describe, expect, test } from "bun:test";
import { createStdioReader, shellSafe } from "../../src/mcp/stdio.ts";

test.each([
  ["plain stays", { a: ["Az09_.,:/=@%+- "] }, '{"a":["Az09_.,:/=@%+- "]}'],
  ["a command", ["$(x)"], String.raw`["\u0024\u0028x\u0029"]`],
  ["quotes and backslashes", ["\"\\'`"], String.raw`["\u0022\u005c\u0027\u0060"]`],
  ["line ends", ["\n\r\t\b\f\0\x7f"], String.raw`["\u000a\u000d\u0009\u0008\u000c\u0000\u007f"]`],
  ["braces in a text", ["{[}]"], String.raw`["\u007b\u005b\u007d\u005d"]`],
  ["backslashes before the end", ["\\", "\\\\"], String.raw`["\u005c","\u005c\u005c"]`],
  ["what looks like an escape", ["\\u0041"], String.raw`["\u005cu0041"]`],
  ["other letters", ["é🙂\u2028"], String.raw`["\u00e9\ud83d\ude42\u2028"]`],
  ["half a pair", ["\ud83d"], String.raw`["\ud83d"]`],
  ["a key", { "a;b": 1 }, String.raw`{"a\u003bb":1}`],
  ["no texts", [1.5, -1e30, true, false, null, {}], "[1.5,-1e+30,true,false,null,{}]"],
])("%s", (_what, value, expected) => {
  expect(shellSafe(JSON.stringify(value))).toBe(expected);
  expect(JSON.parse(shellSafe(JSON.stringify(value)))).toEqual(value as never);
});

test("of every character, only the plain ones stay", () => {
  const all = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code));
  const kept = all.filter((one) => shellSafe(JSON.stringify(one)) === `"${one}"`);
  expect(kept.join("")).toBe(" %+,-./0123456789:=@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz");
  expect(JSON.parse(shellSafe(JSON.stringify(all.join(""))))).toBe(all.join(""));
});

describe("createStdioReader", () => {
  const bytesOf = (text: string) => new TextEncoder().encode(text);
  const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const announce = (bytes: number) =>
    `{"jsonrpc":"2.0","method":"notifications/runspec/input","params":{"requestId":1,"bytes":${bytes}}}`;

  function read(chunks: readonly string[]) {
    const reader = createStdioReader("notifications/runspec/input", 1000);
    const between: boolean[] = [];
    const said = chunks.flatMap((chunk) => {
      const all = [...reader.push(bytesOf(chunk))].map((incoming) => {
        if (incoming.kind === "bytes") return [incoming.params.requestId, textOf(incoming.bytes)];
        return incoming.kind === "line" ? textOf(incoming.bytes) : incoming.kind;
      });
      between.push(reader.isBetweenLines());
      return all;
    });
    return { said, between };
  }

  test("gives lines, without empty ones and the carriage return at their end", () => {
    expect(read(["a\r\n\r\n\nb\rc\n"]).said).toEqual(["a", "b\rc"]);
  });

  test("gives the bytes that a line announces to that line, and not the line", () => {
    const { said } = read([`${announce(4)}\n\na\n`, "b\nnext\n"]);
    expect(said).toEqual([[1, "\na\n"], [1, "b"], "next"]);
  });

  test("is between lines behind the line feed that follows them, and not before", () => {
    expect(read(["a", "\n", `${announce(2)}\n`, "x", "\n", "\n", "b\n"]).between).toEqual([
      ...[false, true, false, false, false, true, true],
    ]);
  });
});
