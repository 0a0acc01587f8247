/** The exit codes of tools, and the one sentence that comes with those of calls that are refused. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { run } from "../harness/binary.ts";
import { fixture, printed, project, script, throughEachServer, tool, WORDS, withoutSsh } from "./site.ts";

setDefaultTimeout(60_000);

const TOOLS = [
  tool("exit-with", [fixture("exit-with")], WORDS),
  tool("die-of", [fixture("die-of")], WORDS),
  tool("late", script("echo begun; exec sleep 600"), 'timeout = "3s"'),
  tool("gone", ["no-such-program-anywhere"]),
  tool("not-executable", ["./plain-file"]),
  tool("of-anybody", ["./anybodys"]),
  tool("no-shebang", ["./not-a-program"]),
  tool("no-interpreter", ["./bad-interpreter"]),
  tool(
    "typed",
    script("touch typed-ran"),
    'args.count = { type = "int", range = [1, 5] }\nargs.mode = { options = ["a", "b"] }\nargs.name = { type = "str" }',
  ),
  tool("by-hand", script("echo ran"), 'autonomy = "manual"\ndescription = "x"'),
].join("\n");

throughEachServer(TOOLS, ({ jump }) => {
  test.concurrent("a tool's own 255, which is ssh's as well", async () => {
    const result = await jump(["exit-with", "--", "255", "out", "err"]);
    expect([result.code, result.out, result.stderr]).toEqual([255, "out", "err"]);
  });
});

// What follows is the same for any ssh.
withoutSsh(TOOLS, ({ host, jumpHere: jump }) => {
  test.concurrent.each([7, 125, 127])("a tool's own %i", async (code) => {
    const result = await jump(["exit-with", "--", String(code), "out", "err"]);
    expect([result.code, result.out, result.stderr]).toEqual([code, "out", "err"]);
  });

  test.concurrent.each([
    ["TERM", 143],
    ["KILL", 137],
    ["40", 168],
  ])("a tool that dies of %s", async (signal, code) => {
    const result = await jump(["die-of", "--", signal]);
    expect([result.code, result.out, result.stderr]).toEqual([code, `about to die of ${signal}\n`, ""]);
  });

  test.concurrent("a tool that runs longer than its timeout: 124", async () => {
    const { code, out, stderr } = await jump(["late"]);
    expect([code, out]).toEqual([124, "begun\n"]);
    expect(stderr).toBe("runspec: late was ended: it ran longer than its timeout of 3s\n");
  });

  test.concurrent("an unknown tool: 127, with the nearest name", async () => {
    const { code, out, stderr } = await jump(["exit-wiht"]);
    expect([code, out]).toEqual([127, ""]);
    expect(stderr).toBe(
      printed(
        'runspec: demo-host offers no tool "exit-wiht"',
        '  did you mean "exit-with"?',
        "  runspec jump demo-host lists its tools",
      ),
    );
  });

  test.concurrent("a tool whose program is missing: 127", async () => {
    const { code, stderr } = await jump(["gone"]);
    const path = `${host().home}/bin, /usr/local/bin, /usr/bin, /bin, /usr/sbin, /sbin`;
    expect([code, stderr]).toEqual([
      127,
      printed(
        `runspec: demo-host: gone: no executable "no-such-program-anywhere" in ${path}; put it there, or give its path as command in [gone]`,
      ),
    ]);
  });

  test.concurrent("a tool whose program cannot be executed: 126", async () => {
    writeFileSync(join(host().home, "plain-file"), "#!/bin/sh\n");
    const { code, stderr } = await jump(["not-executable"]);
    expect([code, stderr]).toEqual([
      126,
      printed(
        `runspec: demo-host: not-executable: ${host().home}/plain-file is not executable; run there: chmod +x ${host().home}/plain-file`,
      ),
    ]);
  });

  test.concurrent("a tool whose program others can write: 125", async () => {
    const path = join(host().home, "anybodys");
    writeFileSync(path, "#!/bin/sh\n");
    chmodSync(path, 0o757);
    const { code, stderr } = await jump(["of-anybody"]);
    const why = "anyone on this machine can write it; run there: chmod o-w";
    expect([code, stderr]).toEqual([
      125,
      printed(`runspec: demo-host: of-anybody: ${path} is refused: ${why} ${path}`),
    ]);
  });

  test.concurrent("a script without #! is run by /bin/sh, as a shell would run it", async () => {
    for (const first of ["", "#!\n"]) {
      writeFileSync(join(host().home, "not-a-program"), `${first}echo "$0" is read\n`, { mode: 0o755 });
      const { code, out, stderr } = await jump(["no-shebang"]);
      expect([code, out, stderr]).toEqual([0, `${host().home}/not-a-program is read\n`, ""]);
    }
  });

  test.concurrent("a script whose interpreter is missing: 127", async () => {
    writeFileSync(join(host().home, "bad-interpreter"), "#!/no/such/shell\n", { mode: 0o755 });
    const { code, stderr } = await jump(["no-interpreter"]);
    expect([code, stderr]).toEqual([
      127,
      printed(
        `runspec: demo-host: no-interpreter: ${host().home}/bad-interpreter has #!/no/such/shell as its first line, and /no/such/shell does not exist`,
      ),
    ]);
  });

  test.concurrent("arguments that do not fit: 125, all at once, and nothing has run", async () => {
    const { code, out, stderr } = await jump(["typed", "--", "--count", "9", "--mode=c", "--nmae", "x"]);
    expect([code, out]).toEqual([125, ""]);
    expect(stderr).toBe(
      printed(
        'runspec: typed: --nmae: there is no such flag; did you mean "--name"?',
        "typed: --count: found 9, expected an integer from 1 to 5",
        'typed: --mode: found "c", expected one of "a", "b"',
        "typed: --name is required",
        "  usage: runspec jump demo-host typed -- --help",
      ),
    );
    expect(existsSync(join(host().home, "typed-ran"))).toBe(false);
  });

  test.concurrent("--help after -- shows what the tool takes and runs nothing", async () => {
    const { code, out, stderr } = await jump(["typed", "--", "--help"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(out).toStartWith(
      "Usage:\n  runspec jump demo-host typed -- --count <int> --mode <choice> --name <str>\n",
    );
    expect(existsSync(join(host().home, "typed-ran"))).toBe(false);
    expect(await jump(["typed", "-h"])).toMatchObject({ code, out, stderr });
  });

  test.concurrent("a manual tool: 125 with what a person would type; with --human it runs", async () => {
    const { cwd, env } = project('[config.jump-hosts."$&"]\nhost = "demo-host"\n', host().binDir);
    const refused = await run(["jump", "$&", "by-hand"], { cwd, env });
    expect([refused.code, refused.out]).toEqual([125, ""]);
    expect(refused.stderr).toBe(
      printed(
        `runspec: by-hand is manual: only a person may do this: runspec jump '$&' by-hand (on ${hostname()} itself: runspec run by-hand)`,
        "  from here, a person calls it at a terminal, or with --human",
      ),
    );
    const { code, out } = await jump(["by-hand", "--human"]);
    expect([code, out]).toEqual([0, "ran\n"]);
  });
});
