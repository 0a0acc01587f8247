/** Nothing that is written in a file or typed as an argument becomes a command, an option or a shell's business. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { BIN, run } from "../harness/binary.ts";
import { recordingSsh } from "../harness/recording-ssh.ts";
import { tempDir } from "../harness/temp.ts";
import { fixture, project, quote, script, throughEachServer, tool } from "./site.ts";

setDefaultTimeout(60_000);

/** `[config.jump-hosts.a]` with `field`, against an ssh that records: what is said, and that nothing was run. */
async function refusal(field: string, words: readonly string[] = ["a"], env: Record<string, string> = {}) {
  const ssh = await recordingSsh(tempDir());
  const place = project(`[config.jump-hosts.a]\n${field}\n`, ssh.binDir);
  const { code, out, stderr } = await run(["jump", ...words, "tool", "--", "word"], {
    cwd: place.cwd,
    env: { ...place.env, ...env },
  });
  expect([code, out, await ssh.calls(), readdirSync(place.cwd)]).toEqual([125, "", [], ["runspec.toml"]]);
  return stderr;
}

const said = (field: string, value: string, why: string): string =>
  `runspec: jump host a: ${field} ${JSON.stringify(value)} is refused: ${why}\n  mend ${field} in [config.jump-hosts.a]\n`;

const OPTION = "ssh would read it as an option";
const SHELL = "it holds characters of a shell";
const SPACE = "it holds white space or control characters";
const CONTROL = "it holds control characters";
const CHANNEL = "stdin carries JSON-RPC";

test.concurrent.each([
  ["host", "-oProxyCommand=touch x", OPTION],
  ["host", "-oProxyCommand=touch$IFS", OPTION],
  ["host", "a; touch x", SPACE],
  ["host", "$(touch$IFS)", SHELL],
  ["host", "`touch`", SHELL],
  ["host", "a\nb", SPACE],
  ["host", "root@b", "put the user in the field user"],
  ["user", "-x", OPTION],
  ["user", "x -oProxyCommand=touch", SPACE],
  ["user", "a|b", SHELL],
  ["user", "a@b", "a user name has no @"],
  ["ssh-key", "-oProxyCommand=touch x", OPTION],
  ["ssh-key", "a\nb", CONTROL],
])("%s = %j is refused by its name", async (field, value, why) => {
  expect(await refusal(`${field} = ${JSON.stringify(value)}`)).toBe(said(field, value, why));
});

const BATCH =
  "BatchMode cannot be set here: it is always yes: stdin carries JSON-RPC, so ssh must never prompt";

test.concurrent.each([
  ["BatchMode=no", BATCH],
  ["BatchMode no", BATCH],
  [" BatchMode = no", BATCH],
  ["batchmode=no", BATCH.replace("BatchMode", "batchmode")],
  ["ConnectTimeout=1\nProxyCommand=touch x", CONTROL],
  ["ConnectTimeout=1\rProxyCommand=touch x", CONTROL],
  ["-oProxyCommand=touch x", "it is KEY=VALUE, without -o"],
  ["-F/tmp/config", "it is KEY=VALUE, without -o"],
  ["ConnectTimeout", "it is not KEY=VALUE"],
  ["", "it is not KEY=VALUE"],
  ["StdinNull=yes", `StdinNull cannot be set here: ${CHANNEL}`],
  ["RemoteCommand=touch x", "RemoteCommand cannot be set here: the remote command is the runspec server"],
  ["RequestTTY=force", "a terminal would corrupt the protocol"],
])("ssh-options = [%j] is refused by its name", async (option, why) => {
  expect(await refusal(`ssh-options = [${JSON.stringify(option)}]`)).toBe(said("ssh-options", option, why));
});

const AS_PATH = "the remote shell would read it as more than a path";

test.concurrent.each([
  ["/a;touch x/runspec", AS_PATH],
  ["/$(touch x)/runspec", AS_PATH],
  ["/`touch x`/runspec", AS_PATH],
  ["/a' touch x '/runspec", AS_PATH],
  ["/a&touch x&/runspec", AS_PATH],
  ["x|/runspec", AS_PATH],
  ["-c/runspec", "it would be read as an option"],
  ["/a\n/runspec", CONTROL],
])("bin %j is refused wherever it comes from", async (bin, why) => {
  const hint = "  it must be the path of a program named runspec (or runspec.exe)\n";
  const sentence = (source: string) =>
    `runspec: ${source} ${JSON.stringify(bin)} is refused: ${why}\n${hint}`;
  expect(await refusal(`bin = ${JSON.stringify(bin)}`)).toBe(sentence("the field bin"));
  expect(await refusal("", ["a", `--bin=${bin}`])).toBe(sentence("--bin"));
  expect(await refusal("", ["a"], { RUNSPEC_JUMP_BIN: bin })).toBe(sentence("$RUNSPEC_JUMP_BIN"));
});

test.concurrent.each([
  ["-oProxyCommand=touch x@b", 2, "unknown option -oProxyCommand"],
  ["me@-oProxyCommand=touch x", 125, "jump host me@-oProxyCommand=touch x: host"],
  ["a b@c", 125, "jump host a b@c: user"],
  ["@", 125, "jump host @: host"],
  ["me@", 125, "jump host me@: host"],
])("the destination %j is refused", async (alias, expected, start) => {
  const ssh = await recordingSsh(tempDir());
  const { cwd, env } = project("", ssh.binDir);
  const { code, stderr } = await run(["jump", alias], { cwd, env });
  expect([code, stderr.startsWith(`runspec: ${start}`), await ssh.calls()]).toEqual([expected, true, []]);
});

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

throughEachServer(TOOLS, ({ host, jump }) => {
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
      (words: string[]) => ["--text", words[0] ?? "", ...words.flatMap((word) => ["--many", word])],
    ],
    [
      "as the value of a flag, joined with =",
      "named",
      (words: string[]) => [`--text=${words[0]}`, ...words.map((word) => `--many=${word}`)],
      (words: string[]) => ["--text", words[0] ?? "", ...words.flatMap((word) => ["--many", word])],
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
    expect(stderr).toBe(`runspec: ${fixture("argv-dump")}: the arguments are too long for this system\n`);
  });

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

  test.concurrent("an argument that is no text is refused: no program could be given it unchanged", async () => {
    const command = `exec ${quote(BIN)} jump ${host().alias} named -- --text "$(printf 'caf\\351')"`;
    const { cwd, env } = project(`[config.jump-hosts.${host().alias}]\n`, host().binDir);
    const { code, out, stderr } = await run(["-c", command], { program: "/bin/sh", cwd, env });
    expect([code, out]).toEqual([125, ""]);
    expect(stderr).toMatch(/^runspec: .*UTF-8.*\n/);
  });
});
