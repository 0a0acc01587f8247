/** `runspec run`: a tool here, under the same rules as behind `serve`, with the caller's own streams and its own end. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BIN, type RunOptions, type RunResult, run, start } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { alive, look, waitUntil, within } from "../harness/processes.ts";
import { specDir, tempDir, writeSpec } from "../harness/temp.ts";
import { DEAF, fixture, IGNORED, pidsIn, script, tool, WORDS } from "./site.ts";

setDefaultTimeout(60_000);

/** Runs `words` where runspec.toml is `toml`. */
function runWith(toml: string, words: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const cwd = specDir(toml);
  return run(["run", ...words], { cwd, ...options });
}

/** The same in the test's own process, where nothing is started. */
function printedWith(toml: string, words: readonly string[]): ReturnType<typeof runHere> {
  const cwd = specDir(toml);
  return runHere(["run", ...words], { cwd });
}

const outcome = ({ code, signal, out, stderr }: RunResult): unknown[] => [code, signal, out, stderr];
/** The same without what is said of an end that takes a while, as any may on a busy machine. */
const ended = (result: RunResult): unknown[] =>
  outcome({ ...result, stderr: result.stderr.replace(/^runspec: stopping .*\n/, "") });

test.concurrent.each([
  ["-- word", "arguments after -- need a tool before it"],
  ["--dry-run", "--dry-run needs a tool"],
])("run %s: what would do nothing is refused", async (words, message) => {
  const { code, out, stderr } = await runHere(["run", ...words.split(" ")]);
  expect([code, out, stderr]).toEqual([2, "", `runspec: ${message}\n  see runspec run --help\n`]);
});

test.concurrent.each([
  ["success", script("echo out; echo err >&2"), 0],
  ["a code of its own", script("echo out; echo err >&2; exit 7"), 7],
  ["the highest code", script("echo out; echo err >&2; exit 255"), 255],
  ["TERM", script("echo out; echo err >&2; kill -TERM $$"), 143],
  ["KILL", script("echo out; echo err >&2; kill -KILL $$"), 137],
  ["INT", script("echo out; echo err >&2; kill -INT $$"), 130],
])("the tool's end is the command's own: %s", async (_what, argv, code) => {
  expect(outcome(await runWith(tool("t", argv), ["t"]))).toEqual([code, null, "out\n", "err\n"]);
});

test.concurrent("what is said of the files comes before the tool's output", async () => {
  const cwd = specDir(`${tool("t", script("echo out"))}\noddity = 1`);
  const often = 'for i in 1 2 3 4 5 6 7 8; do "$0" run t 2>&1; done';
  const { out } = await run(["-c", often, BIN], { cwd, program: "/bin/sh" });
  const lines = out.split("\n").slice(0, -1);
  expect(lines.map((line) => line.split(":")[0])).toEqual(Array(8).fill(["runspec", "out"]).flat());
});

test.concurrent("a tool of bytes is not a byte different", async () => {
  const { stdout } = await runWith(tool("t", ["/bin/cat"]), ["t"], {
    stdin: Buffer.from([0, 255, 10, 13, 0]),
  });
  expect([...stdout]).toEqual([0, 255, 10, 13, 0]);
});

test.concurrent("a large pipe reaches the tool to its end", async () => {
  const { code, out } = await runWith(tool("t", ["/usr/bin/wc", "-c"]), ["t"], {
    stdin: new Uint8Array(5_000_000),
  });
  expect([code, out.trim()]).toEqual([0, "5000000"]);
});

test.concurrent("what the tool does not read stays in the pipe, for whoever comes next", async () => {
  const cwd = specDir(tool("t", script("dd bs=1 count=2 2>/dev/null")));
  const both = '"$0" run t; echo; "$0" run t; cat';
  const { out } = await run(["-c", both, BIN], { program: "/bin/sh", cwd, stdin: "abcdef" });
  expect(out).toBe("ab\ncdef");
});

test.concurrent("arguments are typed, checked, and given as words and as variables", async () => {
  const toml = tool(
    "t",
    script('printf "%s|" "$@" "$RUNSPEC_ARG_N" "$RUNSPEC_ARG_LEVEL"'),
    'args.n = { type = "int", range = [1, 5] }\nargs.level = { options = ["low", "high"], default = "low" }',
  );
  expect(outcome(await runWith(toml, ["t", "--", "--n", "3"]))).toEqual([0, null, "--n|3|3|low|", ""]);
  expect(outcome(await runWith(toml, ["t", "--", "--n", "9", "--level", "mid"]))).toEqual([
    125,
    null,
    "",
    'runspec: t: --n: found 9, expected an integer from 1 to 5\nt: --level: found "mid", expected one of "low", "high"\n  usage: runspec run t -- --help\n',
  ]);
});

describe("what is printed", () => {
  const toml = tool(
    "deploy",
    script("echo ran"),
    'description = "Roll out"\nargs.token = {}\nargs.env = { required = true }',
  );

  test.concurrent("--help is the tool's own, and runs nothing", async () => {
    const { code, out, stderr } = await runWith(toml, ["deploy", "--", "--help"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(out).toStartWith("Roll out\n\nUsage:\n  runspec run deploy -- --token <str> --env <str>\n");
    expect(await runWith(toml, ["deploy", "--help"])).toMatchObject({ code, out, stderr });
  });

  test.concurrent("--dry-run shows the command line and no secret, and runs nothing", async () => {
    const words = ["deploy", "--dry-run", "--", "--env", "a b", "--token", "hunter2-long"];
    const { code, out, stderr } = await printedWith(toml, words);
    expect([code, stderr]).toEqual([0, ""]);
    expect(out).not.toContain("hunter2");
    expect(out).toContain("--env 'a b'");
    expect(out.split("\n")).toHaveLength(2);
  });

  test.concurrent("without a tool they are listed", async () => {
    const { code, out } = await printedWith(toml, []);
    expect([code, out]).toEqual([0, expect.stringMatching(/^Tools here:\n.*deploy.*Roll out/s)]);
  });

  test.concurrent("an unknown tool is 127, with the nearest name", async () => {
    expect(await printedWith(toml, ["deplyo"])).toEqual({
      code: 127,
      out: "",
      stderr:
        'runspec: there is no tool "deplyo" here\n  did you mean "deploy"?\n  runspec run lists the tools\n',
    });
  });

  test.concurrent("one that is like none of them may be missing for a reason, which local says", async () => {
    const { stderr } = await printedWith(toml, ["xyzzy"]);
    expect(stderr).toBe(
      'runspec: there is no tool "xyzzy" here\n  runspec local says why one is missing\n  runspec run lists the tools\n',
    );
  });

  test.concurrent("a script of that name here is called by its path", async () => {
    const cwd = specDir(toml);
    writeFileSync(join(cwd, "report"), "");
    expect((await runHere(["run", "report"], { cwd })).stderr).toBe(
      'runspec: there is no tool "report" here\n  a script is called by its path: ./report; check it: runspec local ./report\n  runspec run lists the tools\n',
    );
  });

  test.concurrent("what is to be typed next has the file that was named", async () => {
    const cwd = tempDir();
    writeFileSync(join(cwd, "a b.toml"), toml);
    writeFileSync(join(cwd, "none.toml"), "");
    const said = async (...words: string[]) =>
      (await runHere(words, { cwd })).stderr.trimEnd().split("\n").at(-1);
    expect(await said("run", "x", "--config", "a b.toml")).toBe(
      "  runspec run --config 'a b.toml' lists the tools",
    );
    expect(await said("run", "x", "--config", "none.toml")).toBe(
      "  runspec init writes a first one; runspec local --config none.toml shows where they are looked for",
    );
    expect(await said("local", "-r", "x", "--config", "a b.toml")).toBe(
      "  runspec local --config 'a b.toml' lists them",
    );
  });
});

test.concurrent.each([
  ["a program that is not there: 127", 'command = "/nowhere/at-all"', 127, "/nowhere/at-all"],
  ["one that is not executable: 126", 'command = "/etc/passwd"', 126, "/etc/passwd"],
  ["a host that is not its own: 125", 'command = "/bin/echo"\nhosts = ["web-01"]', 125, "may not run on"],
  ["no host at all: 125", 'command = "/bin/echo"\nhosts = []', 125, "its hosts are none"],
  ["an error in the file: 125", 'command = "/bin/echo"\nautonomy = "maybe"', 125, "an error in runspec.toml"],
])("refused: %s", async (_what, toml, code, said) => {
  const result = await printedWith(`[t]\n${toml}\n`, ["t"]);
  expect([result.code, result.out]).toEqual([code, ""]);
  expect(result.stderr).toContain(said);
});

test.concurrent("whoever types run is a person: manual tools run, hidden ones too", async () => {
  const toml = tool("m", ["/bin/echo", "ran"], 'autonomy = "manual"\nserve = false');
  expect(outcome(await runWith(toml, ["m"]))).toEqual([0, null, "ran\n", ""]);
});

test.concurrent("a tool is told neither of an agent nor of our runtime", async () => {
  const { out } = await runWith(tool("t", [fixture("env-dump")]), ["t"], {
    env: { BUN_OPTIONS: "", SEEN: "yes" },
  });
  const names = out.split("\n").map((line) => line.split("=")[0]);
  expect(names.filter((name) => name === "RUNSPEC_AGENT" || name?.startsWith("BUN_"))).toEqual([]);
  expect(names).toContain("SEEN");
});

describe("time and signals", () => {
  test.concurrent("a timeout is 124, in words", async () => {
    const { code, out, stderr } = await runWith(
      tool("t", script("echo go; exec sleep 600"), 'timeout = "2s"'),
      ["t"],
    );
    expect([code, out]).toEqual([124, "go\n"]);
    // Where its end takes a moment, that it is being stopped is said before.
    expect(stderr).toEndWith("runspec: t was ended: it ran longer than its timeout of 2s\n");
  });

  test.concurrent.each(["SIGTERM", "SIGHUP", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGINT", "SIGQUIT"] as const)(
    "%s is passed on, and the tool may answer it as it likes",
    async (signal) => {
      const name = signal.slice(3);
      const argv = script(
        `trap 'echo got ${name}; exit 9' ${name}; echo ready; while :; do sleep 0.05; done`,
      );
      const result = await runWith(tool("t", argv), ["t"], { signalOn: { output: "ready", signal } });
      expect(ended(result)).toEqual([9, null, `ready\ngot ${name}\n`, ""]);
    },
  );

  test.concurrent("what a tool has started ends with it at its timeout, even what takes no TERM", async () => {
    const pids = join(tempDir(), "pids");
    const argv = script(
      `trap '' TERM; sh -c 'echo $$ >>${pids}; sleep 600' | cat & echo $$ >>${pids}; echo go; while :; do sleep 600; done`,
    );
    const toml = tool("t", argv, 'timeout = "2s"\nstop-timeout = "1s"');
    const { code, out, stderr } = await runWith(toml, ["t"], { timeoutMs: 20_000 });
    expect([code, out]).toEqual([124, "go\n"]);
    expect(stderr).toBe(
      [
        "runspec: stopping t: it ran longer than its timeout of 2s; it has 1s to clean up",
        "runspec: t was ended: it ran longer than its timeout of 2s; it was killed 1s after TERM, before its clean-up was over",
        "  it has longer with stop-timeout in its table (now 1s)\n",
      ].join("\n"),
    );
    const started = await pidsIn(pids);
    expect(started).toHaveLength(2);
    for (const pid of started) expect(alive(pid)).toBe(false);
  });

  test.concurrent.each(["SIGTERM", "SIGINT"] as const)(
    "what a tool has started, and leaves when %s ends it, is ended",
    async (signal) => {
      const pids = join(tempDir(), "pids");
      // A shell lets what it starts in the background ignore INT.
      const argv = script(
        `sleep 600 & echo $! >${pids}.new; mv ${pids}.new ${pids}; trap 'exit 9' ${signal.slice(3)}; echo ready; wait`,
      );
      const result = await runWith(tool("t", argv), ["t"], { signalOn: { output: "ready", signal } });
      expect(ended(result)).toEqual([9, null, "ready\n", ""]);
      for (const pid of await pidsIn(pids)) expect(alive(pid)).toBe(false);
    },
  );

  test.concurrent.skipIf(process.platform !== "linux")(
    "nor does a double fork leave anything: not at its timeout, not when a signal ends it",
    async () => {
      for (const how of ["timeout", "signal"]) {
        const pids = join(tempDir(), "pids");
        const orphan = `(trap '' INT; echo $$ >/dev/null; sh -c 'echo $$ >${pids}.new; mv ${pids}.new ${pids}; exec sleep 600' &)`;
        const argv = script(`${orphan}; while [ ! -e ${pids} ]; do sleep 0.01; done; echo ready; sleep 600`);
        const result =
          how === "timeout"
            ? await runWith(tool("t", argv, 'timeout = "2s"'), ["t"])
            : await runWith(tool("t", argv), ["t"], { signalOn: { output: "ready", signal: "SIGTERM" } });
        expect(result.code).toBe(how === "timeout" ? 124 : 143);
        for (const pid of await pidsIn(pids)) expect(alive(pid)).toBe(false);
      }
    },
  );

  test.concurrent("what has made a session of its own is left alone, as behind serve", async () => {
    const pids = join(tempDir(), "pids");
    const argv = script(
      `setsid sh -c 'echo $$ >${pids}.new; mv ${pids}.new ${pids}; exec sleep 600' >/dev/null 2>&1 & while [ ! -e ${pids} ]; do sleep 0.01; done; echo ready; wait`,
    );
    const result = await runWith(tool("t", argv), ["t"], {
      signalOn: { output: "ready", signal: "SIGTERM" },
    });
    expect(ended(result)).toEqual([143, null, "ready\n", ""]);
    for (const pid of await pidsIn(pids)) {
      expect(alive(pid)).toBe(true);
      process.kill(pid);
    }
  });

  test.concurrent("what a tool leaves in the background when it ends by itself is its own affair", async () => {
    const pids = join(tempDir(), "pids");
    const argv = script(`sleep 600 >/dev/null 2>&1 & echo $! >${pids}; echo done`);
    const { code, out } = await runWith(tool("t", argv), ["t"]);
    expect([code, out]).toEqual([0, "done\n"]);
    for (const pid of await pidsIn(pids)) {
      expect(alive(pid)).toBe(true);
      process.kill(pid);
    }
  });

  test.concurrent.each(["SIGHUP", "SIGINT"] as const)(
    "%s gives a tool its stop-timeout, and no longer",
    async (signal) => {
      const argv = [
        "/bin/bash",
        "-c",
        "trap : TERM HUP INT; echo ready; while :; do read -t 0.1 <> <(:); done",
      ];
      const stubborn = tool("t", argv, 'stop-timeout = "300ms"');
      const { code, stderr } = await runWith(stubborn, ["t"], { signalOn: { output: "ready", signal } });
      expect(code).toBe(137);
      expect(stderr).toEndWith(
        `runspec: t was stopped; it was killed 300ms after ${signal.slice(3)}, before its clean-up was over\n  it has longer with stop-timeout in its table (now 300ms)\n`,
      );
    },
  );

  test.concurrent("a tool that does not answer TERM ends by it, and is gone", async () => {
    const pids = join(tempDir(), "pid");
    const argv = script(`echo $$ >${pids}.new; mv ${pids}.new ${pids}; echo ready; exec sleep 600`);
    const result = await runWith(tool("t", argv), ["t"], {
      signalOn: { output: "ready", signal: "SIGTERM" },
    });
    expect(ended(result)).toEqual([143, null, "ready\n", ""]);
    for (const pid of await pidsIn(pids)) expect(alive(pid)).toBe(false);
  });

  test.concurrent("a tool that is stopped runs again to clean up when a signal ends it", async () => {
    const cwd = tempDir();
    const pids = join(cwd, "pid");
    const text = `trap 'sleep 0.5; echo cleaned; exit 3' TERM; echo $$ >${pids}.new; mv ${pids}.new ${pids}; kill -STOP $$; sleep 600`;
    writeSpec(cwd, tool("t", script(text)));
    const running = start(["run", "t"], { cwd });
    const [pid = 0] = await pidsIn(pids);
    await waitUntil(() => look(pid)?.state === "T", 20_000, "the tool to stop");
    running.kill("SIGTERM");
    expect(await new Response(running.stdout).text()).toBe("cleaned\n");
    expect(await running.exited).toEqual({ code: 3, signal: null });
  });

  test.concurrent.each(["SIGTERM", "SIGINT"] as const)(
    "%s to the whole group, as timeout sends it, leaves nothing that ignores it either",
    async (signal) => {
      const cwd = tempDir();
      const pids = join(cwd, "pid");
      const deaf = `trap "" ${signal.slice(3)}; exec sleep 600`;
      const text = `/bin/sh -c '${deaf}' & echo $! >${pids}.new; sleep 0.2; mv ${pids}.new ${pids}; wait`;
      writeSpec(cwd, tool("t", script(text), 'stop-timeout = "100ms"'));
      const running = start(["-c", 'exec setsid "$0" "$@"', BIN, "run", "t"], { cwd, program: "/bin/sh" });
      const left = await pidsIn(pids);
      process.kill(-running.pid, signal);
      await within(running.exited, 20_000, "the end of runspec");
      await waitUntil(() => !left.some(alive), 20_000, "the end of what the tool has left");
    },
  );

  test.concurrent("signals that whoever started it has had ignored mean nothing to the tool either, as with nohup", async () => {
    const cwd = tempDir();
    const pids = join(cwd, "pid");
    writeSpec(cwd, tool("t", script(`echo $$ >${pids}.new; mv ${pids}.new ${pids}; exec cat >/dev/null`)));
    const running = start(["-c", DEAF, BIN, "run", "t"], { cwd, program: "/bin/sh" });
    await pidsIn(pids);
    for (const name of IGNORED) process.kill(-running.pid, name);
    running.closeStdin();
    expect(await new Response(running.stderr).text()).toBe("");
    expect(await running.exited).toEqual({ code: 0, signal: null });
  });

  // A function that bash exports has such a name; a shell of ours in between lost it.
  test.concurrent("where signals are ignored, a tool gets variables that not every shell can name", async () => {
    const cwd = specDir(tool("t", ["printenv", "a.b"]));
    const ignoring = ["-c", 'trap "" HUP; exec "$@"', "bash", BIN, "run", "t"];
    const running = start(ignoring, { cwd, program: "/bin/bash", env: { "a.b": "kept" } });
    expect(await new Response(running.stdout).text()).toBe("kept\n");
    expect(await running.exited).toEqual({ code: 0, signal: null });
  });

  test.concurrent("how a tool has ended is heard also where whoever started us has had SIGCHLD ignored", async () => {
    const cwd = specDir(tool("t", script("exit 7")));
    const ignoring = ["-c", 'trap "" CHLD; exec "$@"', "bash", BIN, "run", "t"];
    const running = start(ignoring, { cwd, program: "/bin/bash" });
    expect(await new Response(running.stderr).text()).toBe("");
    expect(await running.exited).toEqual({ code: 7, signal: null });
  });

  const blocking = ["--block-signal=TERM"];
  // Of the coreutils since 8.31.
  const canBlock = Bun.spawnSync(["env", ...blocking, "true"], { stderr: "ignore" }).success;
  test.skipIf(!canBlock)("a tool hears TERM also where whoever started us has blocked it", async () => {
    const cwd = specDir(tool("t", script("trap 'exit 9' TERM; kill $$; exit 0")));
    const running = start([...blocking, BIN, "run", "t"], { cwd, program: "env" });
    expect(await running.exited).toEqual({ code: 9, signal: null });
  });

  test.concurrent.each([
    ["a word", "", ["run", "t", "--"]],
    ["an option", "--words=", ["run", "t", "--"]],
    ["a variable alone", "", ["run", "v", "--"]],
  ])("what a shell hands over in %s reaches the tool", async (_how, flag, args) => {
    const cwd = tempDir();
    const reads = (from: string) => script(`for f in ${from}; do cat "$f"; done`);
    const told = `argv = "none"\n${WORDS}`;
    writeSpec(cwd, `${tool("t", reads('"$@"'), WORDS)}\n${tool("v", reads("$RUNSPEC_ARG_WORDS"), told)}`);
    const line = `exec "$0" "$@" ${flag}<(echo one) ${flag}<(echo two)`;
    const running = start(["-c", line, BIN, ...args], { cwd, program: "/bin/bash" });
    expect(await new Response(running.stderr).text()).toBe("");
    expect([await new Response(running.stdout).text(), await running.exited]).toEqual([
      "one\ntwo\n",
      { code: 0, signal: null },
    ]);
  });

  test.concurrent("no word reaches what the runtime has open for itself", async () => {
    const cwd = specDir(tool("t", script("ls -l /proc/self/fd"), WORDS));
    const numbers = Array.from({ length: 8 }, (_, at) => `/dev/fd/${at + 3}`);
    const { stdout } = await run(["run", "t", "--", ...numbers], { cwd });
    expect(stdout.toString()).toContain("0 -> ");
    expect(stdout.toString()).not.toContain("anon_inode:");
  });

  test.concurrent("a reader that goes ends the tool as it would without us", async () => {
    const cwd = specDir(tool("t", script("yes")));
    const running = start(["run", "t"], { cwd });
    const reader = running.stdout.getReader();
    await reader.read();
    await reader.cancel();
    const ending = await within(running.exited, 20_000, "the end of the tool");
    expect(ending).toEqual({ code: 141, signal: null });
    await waitUntil(() => !alive(running.pid), 20_000, "the end of runspec");
  });
});
