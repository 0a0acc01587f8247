import { describe, expect, test } from "bun:test";
import { createLineWriter, harmlessLine } from "../../src/fleet/lines.ts";

/** What is written of `chunks`, all together. */
async function written(chunks: readonly (string | Uint8Array)[], atTerminal = false): Promise<string> {
  const parts: Uint8Array[] = [];
  const writer = createLineWriter({
    prefix: "h │ ",
    more: "h ┆ ",
    atTerminal,
    write: async (data) => void parts.push(Buffer.from(data)),
  });
  for (const chunk of chunks) await writer.take(Buffer.from(chunk));
  await writer.end();
  return Buffer.concat(parts).toString();
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
  test.each<[Uint8Array, boolean, string]>([
    [latin1("plain\tx"), true, "plain\tx"],
    [latin1("\x1b[1;31mred\x1b[0m"), false, "\x1b[1;31mred\x1b[0m"],
    [latin1("\x1b[31mred"), true, "\x1b[31mred\x1b[0m"],
    [latin1("\x1b]0;title\x07"), true, "\\x1b]0;title\\x07"],
    [latin1("\x1b[1A\x1b[2K"), false, "\\x1b[1A\\x1b[2K"],
    [Buffer.from("\u202eevil\u200b \u0085"), false, "\\u202eevil\\u200b \\x85"],
    [latin1("caf\xe9\x9b2J"), true, "caf\\xe9\\x9b2J"],
    [latin1("caf\xe9\x1b[31m\x1b[2J\r"), true, "caf\\xe9\x1b[31m\\x1b[2J\r\x1b[0m"],
  ])("%j at a terminal: %p", (line, atTerminal, expected) => {
    expect(Buffer.from(harmlessLine(line, atTerminal)).toString()).toBe(expected);
  });

  test("of another encoding passes off a terminal, but for its control characters", () => {
    const line = harmlessLine(latin1("caf\xe9\x07\x1b[2J\x1b[31m\t"), false);
    expect(Buffer.from(line).toString("latin1")).toBe("caf\xe9\\x07\\x1b[2J\x1b[31m\t");
  });
});
