import { describe, expect, test } from "bun:test";
import { createLineWriter } from "../../src/fleet/lines.ts";

/** A terminal of so many columns; undefined: there is none. */
const shown = (columns?: number) => ({
  isTerminal: () => columns !== undefined,
  columns: () => columns ?? 80,
});

/** What is written of `chunks`, all together. */
async function written(chunks: readonly (string | Uint8Array)[], columns?: number): Promise<string> {
  return (await bytesOf(chunks, columns)).toString();
}

async function bytesOf(chunks: readonly (string | Uint8Array)[], columns?: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const output = {
    ...shown(columns),
    write: async (data: Uint8Array | string) => void parts.push(Buffer.from(data)),
  };
  const writer = createLineWriter(output, { prefix: "h │ ", more: "h ┆ " });
  for (const chunk of chunks) await writer.take(Buffer.from(chunk));
  await writer.end();
  return Buffer.concat(parts);
}

describe("lines", () => {
  test.each<[string[], string]>([
    [[], ""],
    [["a\n"], "h │ a\n"],
    [["a"], "h │ a\n"],
    [["\n"], "h │ \n"],
    [["a\n\nb\n"], "h │ a\nh │ \nh │ b\n"],
    [["a", "b", "\n"], "h │ ab\n"],
    [["a", "b\nc\nd"], "h │ ab\nh │ c\nh │ d\n"],
    [["a", "\n"], "h │ a\n"],
    [["a\nb", "c\n"], "h │ a\nh │ bc\n"],
    [["é", "à\nb\n"], "h │ éà\nh │ b\n"],
    [["a\r\nb\r\n"], "h │ a\r\nh │ b\r\n"],
    [["a\rb\n"], "h │ a\\rb\n"],
  ])("%j", async (chunks, expected) => expect(await written(chunks)).toBe(expected));

  test("of any cut are the same", async () => {
    const text = "one\ntwo \u00e9\n\nthree\tx\n\x1b[31mred\x1b[0m\n\x1b[2Jno\nlast";
    const bytes = Buffer.from(text);
    const whole = await written([bytes]);
    for (let at = 0; at <= bytes.length; at++)
      for (const end of [at, at + 1, at + 7])
        expect(await written([bytes.subarray(0, at), bytes.subarray(at, end), bytes.subarray(end)])).toBe(
          whole,
        );
  });

  test("are whole where pieces come while others are still being written", async () => {
    let out = "";
    async function write(data: Uint8Array | string) {
      await Bun.sleep(0);
      out += data;
    }
    const writer = createLineWriter({ ...shown(), write }, { prefix: "h │ ", more: "h ┆ " });
    const takes = ["a\nb", "c\n", "d"].map((chunk) => writer.take(Buffer.from(chunk)));
    await Promise.all([...takes, writer.end()]);
    expect(out).toBe("h │ a\nh │ bc\nh │ d\n");
  });

  test("of more than 1 MiB come in pieces", async () => {
    const out = await written(["x".repeat(1024 * 1024), "y", "\nz\n"]);
    expect(out).toBe(`h │ ${"x".repeat(1024 * 1024)}\nh ┆ y\nh │ z\n`);
    expect(await written(["x".repeat(1024 * 1024), "\nz\n"])).toBe(`h │ ${"x".repeat(1024 * 1024)}\nh │ z\n`);
    for (const [y, z] of [
      ["y", "z"],
      ["é", "ü"],
    ] as const)
      expect(await written(["x".repeat(1024 * 1024), y, `\n${z}\n`, `${z}\n`])).toBe(
        `h │ ${"x".repeat(1024 * 1024)}\nh ┆ ${y}\nh │ ${z}\nh │ ${z}\n`,
      );
    // Between characters, in whatever pieces they come.
    const long = Buffer.from(`x${"é".repeat(1024 * 1024)}`);
    for (const size of [40_000, long.length]) {
      const starts = Array.from({ length: Math.ceil(long.length / size) }, (_, index) => index * size);
      const out = await written(starts.map((at) => long.subarray(at, at + size)));
      const pieces = out.split("\n").slice(0, -1);
      expect(pieces.map((piece) => piece.slice(4)).join("")).toBe(long.toString());
    }
  });
});

describe("a line", () => {
  const latin1 = (text: string) => Buffer.from(text, "latin1");
  test.each<[Uint8Array, string]>([
    [latin1("\x1b[1;31mred\x1b[0m"), "\x1b[1;31mred\x1b[0m"],
    [latin1("\x1b[1A\x1b[2K"), "\\x1b[1A\\x1b[2K"],
    [Buffer.from("\u202eevil\u200b \u0085"), "\\u202eevil\\u200b \\x85"],
  ])("%j off a terminal: %p", async (line, expected) => {
    expect(await written([line, "\n"])).toBe(`h │ ${expected}\n`);
  });

  test.each<[Uint8Array, string]>([
    [latin1("plain\tx"), "plain\tx"],
    [latin1("\x1b[31mred"), "\x1b[31mred\x1b[0m"],
    [latin1("\x1b]0;title\x07"), "\\x1b]0;title\\x07"],
    [latin1("caf\xe9\x9b2J"), "caf\ufffd2J"],
    [latin1("caf\xe9\x1b[31m\x1b[2J\r"), "caf\ufffd\x1b[31m\\x1b[2J\r\x1b[0m"],
  ])("%j at a terminal: %p", async (line, expected) => {
    expect(await written([line, "\n"], 80)).toBe(`h │ ${expected}\n`);
  });

  test("of another encoding passes off a terminal, but for its control characters; others beside it are text", async () => {
    const bytes = latin1("caf\xe9\x07\r\x1b[2J\x1b[31m\t");
    const all = Buffer.concat([bytes, Buffer.from("\n\u202eé\n")]);
    const shown = Buffer.concat([
      Buffer.from("h │ "),
      latin1("caf\xe9\\x07\\x0d\\x1b[2J\x1b[31m\t"),
      Buffer.from("\nh │ \\u202eé\n"),
    ]);
    expect(await bytesOf([all])).toEqual(shown);
  });
});

describe("a line that is wider than the terminal is broken there, and goes on behind the host's name", () => {
  const family = "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}";
  test.each<[what: string, text: string, shown: string]>([
    ["as long as it", "abcdefgh", "h │ abcdefgh"],
    ["plain", "abcdefghijklmnopqrs", "h │ abcdefgh\nh ┆ ijklmnop\nh ┆ qrs"],
    ["with what looks like another's", "12345678web-02 │ ok", "h │ 12345678\nh ┆ web-02 │\nh ┆  ok"],
    ["wide", "日本語日本語", "h │ 日本語日\nh ┆ 本語"],
    ["wide, at an odd place", "a日本語日本語", "h │ a日本語\nh ┆ 日本語"],
    ["combining", "e\u0301".repeat(9), `h │ ${"e\u0301".repeat(8)}\nh ┆ e\u0301`],
    // Terminals that do not join them show each.
    ["joined", `ab${family}c`, `h │ ab\nh ┆ ${family}\nh ┆ c`],
    ["a skin colour", "1234567\u{1f44d}\u{1f3fd}x", "h │ 1234567\nh ┆ \u{1f44d}\u{1f3fd}x"],
    ["spacing marks", "\u0915\u093e".repeat(5), `h │ ${"\u0915\u093e".repeat(4)}\nh ┆ \u0915\u093e`],
    [
      "spacing marks without end",
      `\u0915${"\u093e".repeat(12)}`,
      `h │ \u0915${"\u093e".repeat(8)}\nh ┆ ${"\u093e".repeat(4)}`,
    ],
    ["tabs, which stop at every eighth column of the screen", "a\tbcd\te", "h │ a\tbcd\nh ┆ \te"],
    ["tabs behind a break, counted from there", "\tabcd\tefghi", "h │ \tabcd\nh ┆ \tefgh\nh ┆ i"],
    ["a mark behind a tab", "ab\t\u0301cdefg", "h │ ab\t\u0301cdef\nh ┆ g"],
    ["tabs alone", "\t\t\tx", "h │ \t\nh ┆ \t\nh ┆ \tx"],
    [
      "colours, which end with a part and go on in the next",
      "\x1b[31mabcdefghij\x1b[0mk",
      "h │ \x1b[31mabcdefgh\x1b[0m\nh ┆ \x1b[31mij\x1b[0mk\x1b[0m",
    ],
    [
      "no break within what passes for a colour and is too long for one",
      `\x1b[${"0;".repeat(33)}m`,
      `h │ \\x1b[0;0\n${"h ┆ ;0;0;0;0\n".repeat(7)}h ┆ ;0;0;0;m`,
    ],
    ["colours that end", "\x1b[31mab\x1b[mcdefghij", "h │ \x1b[31mab\x1b[mcdefgh\x1b[0m\nh ┆ ij\x1b[0m"],
    [
      "colours, the last ones",
      `${"\x1b[8m".repeat(20)}abcdefghi`,
      `h │ ${"\x1b[8m".repeat(20)}abcdefgh\x1b[0m\nh ┆ ${"\x1b[8m".repeat(16)}i\x1b[0m`,
    ],
    ["escapes", "abcdef\x07gh", "h │ abcdef\\x\nh ┆ 07gh"],
    ["a carriage return at its end", "abcdefgh\r", "h │ abcdefgh\r"],
  ])("%s", async (_, text, expected) => expect(await written([text, "\n"], 12)).toBe(`${expected}\n`));

  test("that leaves a name no room: after the name, it goes on without it", async () => {
    expect(await written(["abcdef\n"], 7)).toBe("h │ abc\n┆ def\n");
    expect(await written(["abcd\n"], 4)).toBe("h │ \n┆ ab\n┆ cd\n");
    expect(await written(["ab\n"], 3)).toBe("h │ \n┆ a\n┆ b\n");
    expect(await written(["日a\n"], 1)).toBe("h │ \n┆ 日\n┆ a\n");
  });

  test("at the width that it has by then", async () => {
    let columns = 12;
    let out = "";
    const terminal = { isTerminal: () => true, columns: () => columns };
    const write = async (data: Uint8Array | string) => {
      out += Buffer.from(data).toString();
    };
    const writer = createLineWriter({ ...terminal, write }, { prefix: "h │ ", more: "h ┆ " });
    for (columns of [12, 10]) await writer.take(Buffer.from("1234567890\n"));
    expect(out).toBe("h │ 12345678\nh ┆ 90\nh │ 123456\nh ┆ 7890\n");
  });

  test("into no more than goes with its length, whatever it is made of", async () => {
    for (const unit of [
      "x",
      "日",
      "\t",
      "\x1b[31mx",
      `\x1b[${"1;".repeat(40_000)}mx`,
      `e${"\u0301".repeat(99_999)}`,
    ]) {
      const text = unit.repeat(Math.ceil(30_000 / unit.length));
      const out = await written([text], 20);
      expect(out.length).toBeLessThan(100 * text.length);
    }
  });
});
