/** Every argument arrives as itself: no shell, here or there, reads it. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { BIN, run } from "../harness/binary.ts";
import { quote } from "../harness/ssh-host.ts";
import { fixture, project, script, throughEachServer, tool, withoutSsh } from "./site.ts";

setDefaultTimeout(60_000);

const HOSTILE = [
  "$(touch x)",
  "`touch x`",
  "; touch x",
  "| touch x",
  "two\nlines",
  "\ntouch x\n",
  "-rf",
  "--text=y",
  "--",
  "",
  `it's "quoted" \\ and \\\\`,
  "*",
  "~root",
  "$HOME %PATH% !!",
  " \t \r\n ",
  '{"jsonrpc":"2.0","id":3}\n',
  "é 漢字 🙂 \u{feff}\u{202e}\u{85}",
  "\u{1b}[31m\u{7}\u{7f}\\u0041",
];

const TOOLS = [
  tool("rest", [fixture("argv-dump")], 'args.words = { type = "rest" }'),
  tool(
    "named",
    [fixture("argv-dump")],
    'args.text = { type = "str" }\nargs.many = { type = "str", multiple = true, required = false }',
  ),
  tool("placed", [fixture("argv-dump")], 'args.words = { type = "str", multiple = true, position = 1 }'),
  tool("joined", [fixture("argv-dump")], 'args.words = { type = "str", delimiter = "," }'),
  tool("count", script('echo $#; printf %s "$@" | cksum'), 'args.words = { type = "rest" }'),
  tool(
    "environment",
    script(`printf '%s\\0' ${HOSTILE.map((_, n) => `"$RUNSPEC_ARG_W${n}"`).join(" ")}`),
    HOSTILE.map((_, n) => `args.w${n} = { type = "str" }`).join("\n"),
  ),
].join("\n");

/** The words as values of `--text` and `--many`, as the tool sees them. */
const seenAsFlags = (words: string[]) => [
  ...flag("text", words[0] ?? ""),
  ...words.flatMap((word) => flag("many", word)),
];
const flag = (name: string, value: string) =>
  value.startsWith("-") ? [`--${name}=${value}`] : [`--${name}`, value];

// No word of a call is in what ssh or the remote shell gets.
withoutSsh(TOOLS, ({ host, jumpHere: jump }) => {
  const arrived = async (words: string[]) => {
    const { code, out, stderr } = await jump(words);
    expect([code, stderr]).toEqual([0, ""]);
    expect([existsSync(join(host().home, "x"))]).toEqual([false]);
    return out.split("\0").slice(0, -1);
  };

  test.concurrent.each([
    [
      "after a second --",
      "rest",
      (words: string[]) => ["--", ...words],
      (words: string[]) => ["--", ...words],
    ],
    ["in a place", "placed", (words: string[]) => ["--", ...words], (words: string[]) => words],
    [
      "as the value of a flag",
      "named",
      (words: string[]) => ["--text", words[0] ?? "", ...words.flatMap((word) => ["--many", word])],
      seenAsFlags,
    ],
    [
      "as the value of a flag, joined with =",
      "named",
      (words: string[]) => [`--text=${words[0]}`, ...words.map((word) => `--many=${word}`)],
      seenAsFlags,
    ],
  ])("every hostile word arrives as itself: %s", async (_where, name, typed, seen) => {
    expect(await arrived([name, "--", ...typed(HOSTILE)])).toEqual(seen(HOSTILE));
  });

  test.concurrent("every hostile word arrives as itself: in the environment", async () => {
    const words = HOSTILE.flatMap((word, n) => [`--w${n}`, word]);
    expect(await arrived(["environment", "--", ...words])).toEqual(HOSTILE);
  });

  test.concurrent("1 MiB of text, in as many arguments as it takes", async () => {
    const words = Array.from({ length: 16 }, (_, n) => String.fromCharCode(97 + n).repeat(65_536));
    const { code, out, stderr } = await jump(["count", "--", "--", ...words]);
    const here = await run(["-c", 'echo $#; printf %s "$@" | cksum', "sh", "--", ...words], {
      program: "sh",
    });
    expect([code, out, stderr]).toEqual([0, here.out, ""]);
    expect(out).toStartWith("17\n");
  });

  test.concurrent("the longest argument that Linux takes", async () => {
    const word = "x".repeat(131_071);
    expect(await arrived(["named", "--", "--text", word])).toEqual(["--text", word]);
  });

  test.concurrent("an argument that grows too long for Linux on the remote is refused with a sentence", async () => {
    const word = "x".repeat(65_536);
    const words = ["--words", word, "--words", word];
    const { code, out, stderr } = await jump(["joined", "--", ...words]);
    expect([code, out]).toEqual([125, ""]);
    expect(stderr).toBe(
      `runspec: demo-host: ${fixture("argv-dump")}: the arguments are too long for this system\n  pass it a file instead\n`,
    );
  });

  test.concurrent("an argument that is no text is refused: no program could be given it unchanged", async () => {
    const command = `exec ${quote(BIN)} jump ${host().alias} named -- --text "$(printf 'caf\\351')"`;
    const { cwd, env } = project(`[config.jump-hosts.${host().alias}]\n`, host().binDir);
    const { code, out, stderr } = await run(["-c", command], { program: "/bin/sh", cwd, env });
    expect([code, out]).toEqual([125, ""]);
    expect(stderr).toMatch(/^runspec: .*UTF-8.*\n/);
  });
});

throughEachServer(TOOLS, ({ host, jump }) => {
  test.concurrent("a bin with a space, quotes around nothing else, works", async () => {
    const dir = join(host().home, "my tools (new)");
    mkdirSync(dir, { recursive: true });
    if (!existsSync(join(dir, "runspec"))) symlinkSync(BIN, join(dir, "runspec"));
    const { code, out, stderr } = await jump(["rest", "--bin", join(dir, "runspec")]);
    expect([code, out, stderr]).toEqual([0, "", ""]);
  });

  test.concurrent("a bin below ~ works", async () => {
    const { code, out, stderr } = await jump(["rest", "--bin", "~/bin/runspec"]);
    expect([code, out, stderr]).toEqual([0, "", ""]);
  });
});
