/** `runspec init`: what it writes runs at once, and what was there stays as it was. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { BASE_ENV, BIN, run } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { serveClient } from "../harness/serve-client.ts";
import { tempDir } from "../harness/temp.ts";

setDefaultTimeout(60_000);

interface Case {
  lang: string;
  extension: string;
  /** What its scripts need on PATH. */
  interpreter: string;
}

const LANGUAGES: Case[] = [
  { lang: "sh", extension: "", interpreter: "sh" },
  { lang: "bash", extension: "", interpreter: "bash" },
  { lang: "python", extension: "", interpreter: "python3" },
  { lang: "node", extension: ".mjs", interpreter: "node" },
  { lang: "typescript", extension: ".ts", interpreter: "bun" },
  { lang: "powershell", extension: ".ps1", interpreter: "pwsh" },
];

/** Where an interpreter is; Bun is the one that runs the tests, whatever its file is called. */
function directoryOf(interpreter: string): string | undefined {
  if (interpreter === "bun") {
    const directory = tempDir();
    symlinkSync(process.execPath, join(directory, "bun"));
    return directory;
  }
  // One of a version manager, which a developer may have first, takes many programs to find out which it is.
  const path = Bun.which(interpreter, { PATH: BASE_ENV.PATH ?? "" }) ?? Bun.which(interpreter);
  return path === null ? undefined : dirname(path);
}

test.concurrent("what its comments say to type can be typed", async () => {
  const cwd = tempDir();
  await runHere(["init"], { cwd });
  const comments = readFileSync(join(cwd, "runspec.toml"), "utf8");
  const typed = [...comments.matchAll(/^# {3}runspec (.*?) {2}/gm)].map(([, words = ""]) => words);
  expect(typed).toEqual(["local", "run hello -- --help", "attach claude-code"]);
  for (const words of typed) expect(await run(words.split(" "), { cwd })).toMatchObject({ code: 0 });
});

describe.each(LANGUAGES)("init --lang $lang", ({ lang, extension, interpreter }) => {
  const directory = directoryOf(interpreter);
  const PATH = [directory ?? "", BASE_ENV.PATH].join(delimiter);

  test.concurrent("writes a runspec.toml and one executable, and says what to type next", async () => {
    const cwd = tempDir();
    const { code, out, stderr } = await runHere(["init", "--lang", lang], { cwd });
    expect([code, stderr]).toEqual([0, ""]);
    expect(out).toBe(`Wrote
  runspec.toml
  bin/hello${extension}

Next:
  runspec run hello -- --help
  runspec run hello -- Ada --times 2
  runspec local
The comments in runspec.toml show how to attach an agent and how to use the tools on another machine.
`);
    expect(listing(cwd)).toEqual(["bin/ 755", `bin/hello${extension} 755`, "runspec.toml 644"]);
  });

  const missing = directory === undefined ? ` (skipped: there is no ${interpreter} on this machine)` : "";
  describe.skipIf(directory === undefined)(`its tools${missing}`, () => {
    test.concurrent("run as they stand, and the file has no issues", async () => {
      const cwd = tempDir();
      const env = { PATH };
      await runHere(["init", "--lang", lang, "--name", "greet-all"], { cwd });
      const local = await runHere(["local", "--format", "json"], { cwd, env });
      const { tools, issues } = JSON.parse(local.out);
      expect([local.code, issues]).toEqual([0, []]);
      expect(tools.map(({ name, callable }: Record<string, unknown>) => [name, callable])).toEqual([
        ["greet-all", true],
      ]);
      const plain = await run(["run", "greet-all"], { cwd, env });
      expect([plain.code, plain.out, plain.stderr]).toEqual([0, "Hello, world!\n", ""]);
      if (lang !== "powershell")
        expect((await run(["run", "greet-all", "--", ""], { cwd, env })).out).toBe("Hello, !\n");
      const words = ["run", "greet-all", "--", "Ada", "--times", "2", "--shout"];
      const loud = await run(words, { cwd, env });
      expect([loud.code, loud.out, loud.stderr]).toEqual([0, "HELLO, ADA!\nHELLO, ADA!\n", ""]);
      const refused = await runHere(["run", "greet-all", "--", "--times", "11"], { cwd, env });
      expect([refused.code, refused.out]).toEqual([125, ""]);
    });

    test.concurrent("are served at once", async () => {
      const cwd = tempDir();
      await runHere(["init", "--lang", lang], { cwd });
      const client = serveClient({ cwd, env: { PATH } });
      await client.request("initialize", {
        protocolVersion: "2025-06-18",
        capabilities: {},
        clientInfo: { name: "test", version: "1" },
      });
      const { result } = await client.request("tools/call", { name: "hello", arguments: { who: "Grace" } });
      expect(result?.content).toEqual([{ type: "text", text: "Hello, Grace!\n" }]);
      expect(await client.close()).toEqual({ code: 0, signal: null });
    });

    test.concurrent("of --example: a rule, JSON, a failure, the last words of one that is ended", async () => {
      const cwd = tempDir();
      const env = { PATH };
      const tool = (...words: string[]) => run(["run", ...words], { cwd, env });
      // To Python, a json.py beside a script is its module of that name.
      await runHere(["init", "--lang", lang, "--example", "--name", "json"], { cwd });
      expect(listing(cwd)).toEqual([
        "bin/ 755",
        `bin/count${extension} 755`,
        `bin/json${extension} 755`,
        `bin/steps${extension} 755`,
        "runspec.toml 644",
      ]);
      const local = await runHere(["local", "--format", "json"], { cwd, env });
      expect([local.code, JSON.parse(local.out).issues]).toEqual([0, []]);

      writeFileSync(join(cwd, "poem"), "one two\nthree\n");
      const all = await tool("count", "--", "poem");
      expect([all.code, JSON.parse(all.out)]).toEqual([0, { lines: 2, words: 3, bytes: 14 }]);
      const some = await tool("count", "--", "--text", "é e", "--unit", "bytes", "--unit", "words");
      expect([some.code, JSON.parse(some.out)]).toEqual([0, { bytes: 4, words: 2 }]);
      const neither = await tool("count");
      expect([neither.code, neither.out]).toEqual([125, ""]);
      const directory = await tool("count", "--", "bin");
      expect([directory.code, directory.out]).toEqual([1, ""]);
      expect(directory.stderr).toStartWith("count: cannot read bin");
      const unreadable = await tool("count", "--", "no-such-file");
      expect([unreadable.code, unreadable.out]).toEqual([1, ""]);
      expect(unreadable.stderr).toStartWith("count: cannot read no-such-file");

      const failed = await tool("steps", "--", "--count", "3", "--pause", "0", "--fail-at", "2");
      expect([failed.code, failed.out, failed.stderr]).toEqual([
        3,
        "step 1 is done\n",
        "[1/3]\n[2/3]\nsteps: step 2 failed\n",
      ]);
      // PowerShell tells its scripts of no signal.
      if (lang === "powershell") return;
      // A step that is longer than the signal takes, on a machine as busy as can be.
      const ended = await run(["run", "steps", "--", "--count", "9", "--pause", "60"], {
        cwd,
        env,
        signalOn: { output: "[1/9]", signal: "SIGTERM" },
      });
      expect(ended.code ?? ended.signal).toBe(143);
      expect([ended.out, ended.stderr]).toEqual(["", "[1/9]\nsteps: cancelled after 0 of 9\n"]);
    });
  });
});

test.concurrent.each<[string, (cwd: string) => void, string[], string]>([
  ["a runspec.toml", (cwd) => writeFileSync(join(cwd, "runspec.toml"), "# mine\n"), [], "runspec.toml is"],
  ["an executable", (cwd) => put(cwd, "bin/hello", "mine"), [], "bin/hello is"],
  ["one of --example", (cwd) => put(cwd, "bin/steps", "mine"), ["--example"], "bin/steps is"],
  [
    "both",
    (cwd) => {
      put(cwd, "bin/hello", "mine");
      put(cwd, "runspec.toml", "");
    },
    [],
    "runspec.toml is",
  ],
  [
    "a link that leads nowhere",
    (cwd) => symlinkSync("/nowhere/at/all", join(cwd, "runspec.toml")),
    [],
    "runspec.toml is",
  ],
])("%s is there: 125, and nothing is written", async (_what, prepare, words, who) => {
  const cwd = tempDir();
  prepare(cwd);
  const before = snapshot(cwd);
  const { code, out, stderr } = await runHere(["init", ...words], { cwd });
  expect([code, out, stderr]).toEqual([
    125,
    "",
    `runspec: ${who} here already, and nothing is overwritten
  nothing was written; start in an empty directory that is yours, or add a tool to the runspec.toml that is here: runspec init --add --name NAME
`,
  ]);
  expect(snapshot(cwd)).toEqual(before);
});

test.concurrent("a file named bin is in the way: 125, and what was written before is gone again", async () => {
  const cwd = tempDir();
  put(cwd, "bin", "a file");
  const { code, out, stderr } = await runHere(["init"], { cwd });
  expect([code, out]).toEqual([125, ""]);
  expect(stderr).toMatch(
    /^runspec: cannot write bin\/hello here: not a directory\n {2}nothing was written\n$/,
  );
  expect(snapshot(cwd)).toEqual({ bin: "a file" });
});

const USED_NOWHERE = "mkdir -p ~/runspec && cd ~/runspec";

test.concurrent.skipIf(process.platform === "win32").each([
  ["anyone can write", 0o777, "anyone on this machine can write"],
  ["anyone can put files into", 0o1777, "others can put files into"],
])(
  "a directory that %s: what it wrote would be refused, so nothing is written, and what it prints helps",
  async (_what, mode, why) => {
    const [cwd, home] = [tempDir(), tempDir()];
    put(cwd, "note", "mine");
    chmodSync(cwd, mode);
    for (const words of [["init"], ["init", "--add"]]) {
      const { code, out, stderr } = await runHere(words, { cwd });
      expect([code, out]).toEqual([125, ""]);
      expect(stderr).toStartWith(
        `runspec: what init writes here would be refused: ${why} the directory ${cwd}`,
      );
      expect(stderr).toEndWith(
        `\n  nothing was written; work in a directory that others cannot write: ${USED_NOWHERE}\n`,
      );
    }
    expect(snapshot(cwd)).toEqual({ note: "mine" });
    const there = await run(["-c", `${USED_NOWHERE} && "$0" init && exec "$0" run hello`, BIN], {
      program: "/bin/sh",
      cwd,
      env: { HOME: home },
    });
    expect([there.code, there.stderr]).toEqual([0, ""]);
  },
);

test.concurrent.skipIf(process.platform === "win32")(
  "a bin/ that others can write: its program would be refused, so nothing is written",
  async () => {
    const cwd = tempDir();
    mkdirSync(join(cwd, "bin"));
    chmodSync(join(cwd, "bin"), 0o777);
    const { code, stderr } = await runHere(["init"], { cwd });
    expect([code, stderr.split("\n", 1)]).toEqual([
      125,
      [
        `runspec: what init writes here would be refused: anyone on this machine can write the directory ${join(cwd, "bin")}`,
      ],
    ]);
    expect(snapshot(cwd)).toEqual({ bin: "dir" });
  },
);

test.concurrent("its files are trusted also where the umask would let everybody write them", async () => {
  const cwd = tempDir();
  const { code } = await run(["-c", `umask 0 && exec "$0" init`, BIN], { program: "/bin/sh", cwd });
  expect(code).toBe(0);
  const local = await runHere(["local"], { cwd });
  expect([local.code, local.stderr]).toEqual([0, ""]);
});

const RIGHT = "lower-case letters, digits, - and _, a letter first, at most 40: --name log-summary";

test.concurrent.each([
  [["--name", "config"], "config", "[config] holds the settings of a runspec.toml"],
  [["--name", "../escape"], "../escape", "clients would not take that name"],
  [["--name", "Hello"], "Hello", "clients would not take that name"],
  [["--name=-x"], "-x", "clients would not take that name"],
  [["--name", ""], "", "clients would not take that name"],
  [["--name", "a\u001b[31m"], "a\\x1b[31m", "clients would not take that name"],
  [["--name", "a".repeat(41)], "a".repeat(41), "clients would not take that name"],
  [["--name", "constructor"], "constructor", "that name is reserved"],
  [["--example", "--name", "count"], "count", "--example brings a tool of that name"],
])("wrong usage: 2, and nothing is written (%j)", async (words, name, why) => {
  const cwd = tempDir();
  const { code, out, stderr } = await runHere(["init", ...words], { cwd });
  expect([code, out, stderr]).toEqual([
    2,
    "",
    `runspec: a tool cannot be called "${name}": ${why}\n  ${RIGHT}\n  see runspec init --help\n`,
  ]);
  expect(readdirSync(cwd)).toEqual([]);
});

test.concurrent("an unknown language: 2, with those there are", async () => {
  const cwd = tempDir();
  const { code, stderr } = await runHere(["init", "--lang", "cobol"], { cwd });
  expect(code).toBe(2);
  expect(stderr).toContain("sh, bash, python, node, typescript, powershell");
  expect(readdirSync(cwd)).toEqual([]);
});

function put(cwd: string, path: string, text: string): void {
  mkdirSync(dirname(join(cwd, path)), { recursive: true });
  writeFileSync(join(cwd, path), text);
}

function paths(cwd: string): string[] {
  return readdirSync(cwd, { recursive: true, encoding: "utf8" }).sort();
}

/** `path mode`, a slash behind directories. */
function listing(cwd: string): string[] {
  return paths(cwd).map((path) => {
    const { mode } = statSync(join(cwd, path));
    return `${path}${lstatSync(join(cwd, path)).isDirectory() ? "/" : ""} ${(mode & 0o777).toString(8)}`;
  });
}

function snapshot(cwd: string): Record<string, string> {
  return Object.fromEntries(
    paths(cwd).map((path) => {
      const stat = lstatSync(join(cwd, path));
      return [
        path,
        stat.isFile() ? readFileSync(join(cwd, path), "utf8") : stat.isDirectory() ? "dir" : "link",
      ];
    }),
  );
}

test.concurrent("--add: one more tool in the runspec.toml that is here, and nothing of it is changed", async () => {
  const cwd = tempDir();
  const before = '# mine\n[mine]\ncommand = "/bin/true"';
  writeFileSync(join(cwd, "runspec.toml"), before);
  const first = await runHere(["init", "--add", "--name", "greet"], { cwd });
  expect([first.code, first.stderr]).toEqual([0, ""]);
  // It has none of the comments of a file that `init` writes.
  expect(first.out).toEndWith("\n  runspec local\n");
  expect(readFileSync(join(cwd, "runspec.toml"), "utf8")).toStartWith(`${before}\n\n[greet]\n`);
  expect(await run(["run", "greet", "--", "Ada"], { cwd })).toMatchObject({ code: 0, out: "Hello, Ada!\n" });
  expect((await run(["run", "mine"], { cwd })).code).toBe(0);
  const again = await runHere(["init", "--add", "--name", "mine"], { cwd });
  expect([again.code, again.stderr, existsSync(join(cwd, "bin/mine"))]).toEqual([
    125,
    "runspec: nothing was added to runspec.toml: it has a [mine]\n  another name for the new one: runspec init --add --name NAME\n",
    false,
  ]);
  const none = await runHere(["init", "--add", "--lang", "bash"], { cwd: tempDir() });
  expect([none.code, none.stderr]).toEqual([
    125,
    "runspec: there is no runspec.toml here to add to\n  write one: runspec init --name hello --lang bash\n",
  ]);
});

test.concurrent("--add to a link: the tool is where it is looked for", async () => {
  const cwd = tempDir();
  mkdirSync(join(cwd, "real"));
  writeFileSync(join(cwd, "real/x.toml"), "");
  symlinkSync("real/x.toml", join(cwd, "runspec.toml"));
  const { code, out } = await runHere(["init", "--add", "--name", "greet"], { cwd });
  expect([code, out.split("\n")[2]]).toEqual([0, "  real/bin/greet"]);
  expect(await run(["run", "greet", "--", "Ada"], { cwd })).toMatchObject({ code: 0, out: "Hello, Ada!\n" });
});
