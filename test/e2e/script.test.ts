/** A script with a spec of its own is a command: checked before its interpreter starts, and itself in everything else. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chownSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { BASE_ENV, BIN, type RunOptions, type RunResult, run } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";
import { BODIES, LOG, writeScript } from "./script-site.ts";

setDefaultTimeout(60_000);

/** A directory with `logsum` (or `name`) and a log, and how to call it. */
function place(text: string, name = "logsum", mode?: number) {
  const cwd = tempDir();
  const bin = join(cwd, "bin");
  mkdirSync(bin);
  symlinkSync(BIN, join(bin, "runspec"));
  writeScript(cwd, name, text, mode);
  writeFileSync(join(cwd, "app.log"), LOG);
  const env = { PATH: `${bin}:${BASE_ENV.PATH}` };
  const call = (words: readonly string[], options: RunOptions = {}) =>
    run(words, { program: `./${name}`, cwd, env, ...options });
  /** What the first line asks for, where it starts nothing, in the test's own process. */
  const refused = () => runHere(["script", "sh", join(cwd, name)], { cwd, env });
  return { cwd, env, call, refused };
}

const outcome = ({ code, out, stderr }: RunResult): unknown[] => [code, out, stderr];

/** A script of sh without arguments. */
const plain = (body: string, block = 'autonomy = "autonomous"'): string =>
  `#!/usr/bin/env -S runspec script sh\n# /// runspec\n# ${block.replaceAll("\n", "\n# ")}\n# ///\n${body}\n`;

describe("a script with subcommands", () => {
  const block =
    '[commands.run]\ndescription = "Run it"\nargs.stage = {position = 1}\n[commands.status]\n[commands.db.commands.dump]';
  const { call, cwd, env } = place(plain('echo "$@"', block), "pipe");
  test.concurrent.each<[words: string[], code: number, out: string, stderr: string]>([
    [["run", "build"], 0, "run build\n", ""],
    [["status"], 0, "status\n", ""],
    [["db", "dump"], 0, "db dump\n", ""],
    [
      ["status", "x"],
      125,
      "",
      'runspec: pipe_status: unexpected "x": no word without a flag is expected\n  usage: ./pipe status --help\n',
    ],
    [
      ["db"],
      125,
      "",
      "runspec: ./pipe needs one of its commands\n  ./pipe run --help\n  ./pipe status --help\n  ./pipe db dump --help\n",
    ],
    [
      ["--help"],
      0,
      "Commands:\n\n  ./pipe run --help        Run it\n  ./pipe status --help\n  ./pipe db dump --help\n",
      "",
    ],
  ])("is called by their names: %p", async (words, ...ended) => {
    expect(outcome(await call(words))).toEqual(ended);
  });
  test.concurrent("has them completed", async () => {
    const completed = async (...words: string[]) =>
      (await runHere(["__complete", "fish", "--", ...words], { cwd, env })).out;
    expect(await completed("./pipe", "")).toMatch(/run.*status.*db/s);
    expect(await completed("./pipe", "db", "")).toContain("dump");
    expect(await completed("./pipe", "run", "--")).toContain("--help");
  });
});

test.concurrent("what is odd in its block is said where it is called, as under run", async () => {
  const { call, cwd } = place(plain("echo hi", 'run-as = "oracle"'), "it");
  const odd = `runspec: warning: ${join(cwd, "it")}:3: run-as: unknown key; did you mean "run_as"?\n`;
  expect(outcome(await call([]))).toEqual([0, "hi\n", odd]);
});

test.concurrent.each([
  ["python3 -W error", "import sys; print(sys.argv[1:], sys.warnoptions)", "['x', 'a'] ['error']\n"],
  ["sh -o noglob", 'echo "$@" *', "x a *\n"],
])("an option's value in the first line is not taken for the script: %s", async (words, body, out) => {
  const block = 'command = "unused"\nargs.p = {position = 1}\nargs.q = {position = 2}';
  const { call } = place(plain(body, block).replace("script sh", `script ${words}`), "it");
  const unused = expect.stringMatching(/^runspec: warning: .*:3: command: not used: .*\n$/);
  expect(outcome(await call(["x", "a"]))).toEqual([0, out, unused]);
});

describe.each(BODIES)("a script of %s, called directly", (_language, text) => {
  const { call } = place(text);

  test.concurrent("does its work, with its default and with a choice", async () => {
    expect(outcome(await call(["app.log"]))).toEqual([0, "2\n", ""]);
    expect(outcome(await call(["--level", "error", "app.log"]))).toEqual([0, "1\n", ""]);
    expect(outcome(await call(["app.log", "--level=info"]))).toMatchObject([0, expect.anything(), ""]);
  });

  test.concurrent("is not started with a value that is no choice", async () => {
    expect(outcome(await call(["--level", "nope", "app.log"]))).toEqual([
      125,
      "",
      'runspec: logsum: --level: found "nope", expected one of "info", "warn", "error"\n  usage: ./logsum --help\n',
    ]);
  });

  test.concurrent("says what it takes", async () => {
    const { code, out, stderr } = await call(["--help"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(out).toBe(
      `Summarise an application log

Usage:
  ./logsum [options] <file>

Arguments:
  file  The log (required; path)

Options:
      --level <choice>  (one of: info, warn, error; default: warn)
`,
    );
  });
});

test.concurrent.each([
  ["a code", "exit 9", 9],
  ["TERM", "kill -TERM $$", 143],
  ["KILL", "kill -KILL $$", 137],
])("its end is its own: %s", async (_what, body, code) => {
  expect(outcome(await place(plain(`echo out; echo err >&2; ${body}`)).call([]))).toEqual([
    code,
    "out\n",
    "err\n",
  ]);
});

test.concurrent("a runspec that it starts finds what one would that was started in its place", async () => {
  const { cwd, env, call } = place(plain("runspec run t"), "it");
  writeSpec(cwd, '[t]\ncommand = ["echo", "near"]\n');
  expect(outcome(await call([]))).toEqual([0, "near\n", ""]);
  const named = writeSpec(tempDir(), '[t]\ncommand = ["echo", "named"]\n');
  expect(outcome(await call([], { env: { ...env, RUNSPEC_CONFIG: named } }))).toEqual([0, "named\n", ""]);
});

test.concurrent("signals and input are its own", async () => {
  const { call } = place(plain("trap 'echo told; exit 3' TERM; echo ready; while :; do sleep 0.05; done"));
  const result = await call([], { signalOn: { output: "ready", signal: "SIGTERM" } });
  // What is said of an end that takes a while, as it may on a busy machine, is not its own.
  const stderr = result.stderr.replace(/^runspec: stopping .*\n/, "");
  expect(outcome({ ...result, stderr })).toEqual([3, "ready\ntold\n", ""]);
  expect((await place(plain("cat")).call([], { stdin: "a\0b" })).out).toBe("a\0b");
});

test.concurrent("words that look like runspec's own, or odd, arrive as they are", async () => {
  const block = 'autonomy = "autonomous"\n[args]\nall = { position = 1, multiple = true }';
  const { call } = place(plain(`printf '%s\\0' "$@"`, block));
  const odd = ["serve", "", "a b", "$HOME", "*", "'", "ü", "\\", "a\nb"];
  expect((await call(odd)).out.split("\0").slice(0, -1)).toEqual(odd);
  const dashes = ["--version", "-f", "json", "--dry-run", "--help", "--", "-"];
  expect((await call(["--", ...dashes])).out.split("\0").slice(0, -1)).toEqual(dashes);
});

test.concurrent("an argument of its own called like one of runspec's is its own", async () => {
  const block = '[args]\nconfig = {}\nversion = { type = "flag" }';
  const { call } = place(plain('echo "$RUNSPEC_ARG_CONFIG $RUNSPEC_ARG_VERSION"', block));
  const { code, out } = await call(["--config", "x", "--version"]);
  expect([code, out]).toEqual([0, "x 1\n"]);
});

test.concurrent("without env -S it is called by hand, options of the interpreter included", async () => {
  const { cwd, env } = place(plain("false; echo not reached"));
  const result = await run(["script", "sh", "-e", "./logsum"], { cwd, env });
  expect(outcome(result)).toEqual([1, "", ""]);
  const helpOf = async (...words: string[]) =>
    (await run(["script", ...words, "--help"], { cwd, env })).out.split("\n")[1];
  expect(await helpOf("sh", "./logsum")).toBe("  ./logsum");
  expect(await helpOf("sh", "logsum")).toBe("  runspec script sh logsum");
  expect(await helpOf("sh", "-e", "./logsum")).toBe("  runspec script sh -e ./logsum");
});

test.concurrent("a file that it is given does not take its place, whatever first line and block that has", async () => {
  const text = `#!/bin/sh\n# /// runspec\n# args.file = {position = 1}\n# ///\necho "$# $RUNSPEC_ARG_FILE"\n`;
  const { cwd, env } = place(text);
  const claim =
    '#!/usr/bin/env -S runspec script sh ./logsum\n# /// runspec\n# args.file = {default = "x"}\n# ///\n';
  writeFileSync(join(cwd, "app.log"), claim);
  const { code, out } = await run(["script", "sh", "./logsum", "./app.log"], { cwd, env });
  expect([code, out]).toEqual([0, "1 ./app.log\n"]);
});

test.concurrent("what it is given to read from is not read while the script is looked for", async () => {
  const { cwd, env } = place('#!/bin/sh\n# /// runspec\n# args.file = {position = 1}\n# ///\ncat "$1"\n');
  const piped = ["sh", "-c", 'echo piped | "$0" script sh logsum /dev/stdin', BIN];
  const { exitCode, stdout } = Bun.spawnSync(piped, { cwd, env: { ...BASE_ENV, ...env } });
  expect([exitCode, stdout.toString()]).toEqual([0, "piped\n"]);
});

test.concurrent.each([
  ["nothing", []],
  ["only an interpreter", ["sh"]],
  ["only a script", ["./logsum"]],
  ["a script and its words, of which none is one", ["./logsum", "--n", "app.log"]],
])("runspec script with %s: a usage error", async (_what, words) => {
  const { cwd } = place(plain("echo ran"));
  const result = await run(["script", ...words], { cwd });
  expect([result.code, result.stderr]).toEqual([
    2,
    "runspec: script needs an interpreter and a script\n  a script's first line is: #!/usr/bin/env -S runspec script sh\n  see runspec script --help\n",
  ]);
});

describe("a script that cannot be right does not start", () => {
  const broken = (more: string): string =>
    `#!/usr/bin/env -S runspec script sh\n\n# A comment\n# /// runspec\n# autonomy = "autonomous"\n# [args]\n# ${more}\n# ///\necho ran\n`;
  const first = "#!/usr/bin/env -S runspec script sh\n";

  test.concurrent.each([
    ["a wrong value, by its line", broken("n = { type = 7 }"), /logsum:7: /],
    ["a TOML mistake, by its line", broken("n = {"), /logsum.*(:7|line 7)/],
    [
      "a block that is not closed",
      `${first}# /// runspec\n# [args]\necho ran\n`,
      /line 4: the block that begins in line 2 is not closed/,
    ],
    ["no block", `${first}echo ran\n`, /has no "# \/\/\/ runspec" block; add/],
  ])("%s", async (_what, text, said) => {
    const { code, out, stderr } = await place(text).refused();
    expect([code, out]).toEqual([125, ""]);
    expect(stderr).toMatch(said);
    expect(stderr).toStartWith("runspec: ");
  });

  test.concurrent("one that anybody can write", async () => {
    const { cwd, call } = place(plain("echo ran"), "logsum", 0o777);
    expect(outcome(await call([]))).toEqual([
      125,
      "",
      `runspec: ${cwd}/logsum: refused: anyone on this machine can write it; run: chmod o-w ${cwd}/logsum\n`,
    ]);
  });

  test.concurrent.skipIf(process.getuid?.() !== 0)("one of another user", async () => {
    const { cwd, refused } = place(plain("echo ran"));
    chownSync(join(cwd, "logsum"), 12_345, 12_345);
    const { code, out, stderr } = await refused();
    expect([code, out]).toEqual([125, ""]);
    expect(stderr).toContain("it belongs to user 12345");
  });

  test.concurrent("a script that is not there: 127", async () => {
    const { code, stderr } = await runHere(["script", "sh", "./no\nne"]);
    const help = "  a script's first line is: #!/usr/bin/env -S runspec script sh\n";
    expect([code, stderr]).toEqual([127, `runspec: there is no script ./no\\nne\n${help}`]);
  });

  test.concurrent("an interpreter that is not there: 127", async () => {
    const { code, stderr } = await place(plain("echo ran").replace("script sh", "script nosuchsh")).call([]);
    expect([code, stderr]).toEqual([
      127,
      expect.stringMatching(
        /no executable "nosuchsh" in .*; put it there, or name another in the first line of \/.*\n$/,
      ),
    ]);
  });
});

test.concurrent("an interpreter with a slash: beside the script where its first line names it, from here where it is typed", async () => {
  const { cwd, env } = place(plain("").replace("script sh", "script ./own"));
  const elsewhere = tempDir();
  // One of that name on PATH is another.
  for (const [dir, says] of [
    [cwd, "beside"],
    [elsewhere, "here"],
    [join(cwd, "bin"), "on PATH"],
  ] as const)
    writeScript(dir, "own", `#!/bin/sh\necho ${says} "$#"\n`);
  const script = join(cwd, "logsum");
  const calls: [program: string, words: string[]][] = [
    [script, []],
    [BIN, ["script", "./own", script]],
    [BIN, ["script", `${elsewhere}/../${basename(elsewhere)}/own`, script]],
    [BIN, ["script", "own", script]],
  ];
  const said = calls.map(([program, words]) => run(words, { program, cwd: elsewhere, env }));
  expect((await Promise.all(said)).map(outcome)).toEqual(
    ["beside", "beside", "here", "on PATH"].map((says) => [0, `${says} 1\n`, ""]),
  );
});

test.concurrent("comments of two dashes: a script of SQL", async () => {
  const text = "#!/usr/bin/env -S runspec script cat\n-- /// runspec\n-- serve = false\n-- ///\nSELECT 1;\n";
  const { call } = place(text, "query.sql");
  const { code, out } = await call([]);
  expect([code, out]).toEqual([0, text]);
});

test.concurrent("its extension is not part of its name", async () => {
  const { call } = place(BODIES[2]?.[1] ?? "", "logsum.py");
  expect((await call(["--level", "nope", "app.log"])).stderr).toBe(
    'runspec: logsum: --level: found "nope", expected one of "info", "warn", "error"\n  usage: ./logsum.py --help\n',
  );
});
