/** Exit codes, and the one sentence that comes with those that are ours. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../harness/binary.ts";
import { recordingSsh } from "../harness/recording-ssh.ts";
import { tempDir } from "../harness/temp.ts";
import { fixture, furnish, localTo, pretender, project, script, throughEachServer, tool } from "./site.ts";

setDefaultTimeout(60_000);

const WORDS = 'args.words = { type = "str", multiple = true, position = 1, required = false }';

const TOOLS = [
  tool("exit-with", [fixture("exit-with")], WORDS),
  tool("die-of", [fixture("die-of")], WORDS),
  tool("late", script("echo begun; exec sleep 600"), 'timeout = "300ms"'),
  tool("gone", ["no-such-program-anywhere"]),
  tool("not-executable", ["./plain-file"]),
  tool("no-shebang", ["./not-a-program"]),
  tool("no-interpreter", ["./bad-interpreter"]),
  tool(
    "typed",
    script("touch typed-ran"),
    'args.count = { type = "int", range = [1, 5] }\nargs.mode = { options = ["a", "b"] }\nargs.name = { type = "str" }',
  ),
  tool("by-hand", script("echo ran"), 'description = "x"').replace('"autonomous"', '"manual"'),
].join("\n");

const runspec = (...lines: string[]): string => lines.map((line) => `${line}\n`).join("");

throughEachServer(TOOLS, ({ host, startHost, local, jump }) => {
  test.concurrent.each([0, 1, 2, 7, 124, 125, 126, 127, 130, 255])("a tool's own %i", async (code) => {
    const result = await jump(["exit-with", "--", String(code), "out", "err"]);
    expect([result.code, result.out, result.stderr]).toEqual([code, "out", "err"]);
  });

  test.concurrent.each([
    ["TERM", 143],
    ["KILL", 137],
    ["HUP", 129],
    ["INT", 130],
    ["SEGV", 139],
    ["PIPE", 141],
    ["USR1", 138],
    ["40", 168],
  ])("a tool that dies of %s", async (signal, code) => {
    const result = await jump(["die-of", "--", signal]);
    expect([result.code, result.out, result.stderr]).toEqual([code, `about to die of ${signal}\n`, ""]);
  });

  test.concurrent("a tool that runs longer than its timeout: 124", async () => {
    const { code, out, stderr } = await jump(["late"]);
    expect([code, out]).toEqual([124, "begun\n"]);
    expect(stderr).toBe("late was ended: it ran longer than its timeout of 300 ms\n");
  });

  test.concurrent("an unknown tool: 127, with the nearest name", async () => {
    const { code, out, stderr } = await jump(["exit-wiht"]);
    expect([code, out]).toEqual([127, ""]);
    expect(stderr).toBe(
      runspec(
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
      runspec(`runspec: gone: no executable "no-such-program-anywhere" in ${path}`),
    ]);
  });

  test.concurrent("a tool whose program cannot be executed: 126", async () => {
    writeFileSync(join(host().home, "plain-file"), "#!/bin/sh\n");
    const { code, stderr } = await jump(["not-executable"]);
    expect([code, stderr]).toEqual([
      126,
      runspec(`runspec: not-executable: ${host().home}/plain-file is not executable (chmod +x)`),
    ]);
  });

  test.concurrent("a tool that is neither a program nor a script: 126", async () => {
    writeFileSync(join(host().home, "not-a-program"), "echo who reads me?\n", { mode: 0o755 });
    const { code, stderr } = await jump(["no-shebang"]);
    const path = `${host().home}/not-a-program`;
    expect([code, stderr]).toEqual([
      126,
      runspec(`runspec: ${path}: cannot be executed: it is neither a program nor a script with a #! line`),
    ]);
  });

  test.concurrent("a script whose interpreter is missing: 127", async () => {
    writeFileSync(join(host().home, "bad-interpreter"), "#!/no/such/shell\n", { mode: 0o755 });
    const { code, stderr } = await jump(["no-interpreter"]);
    expect([code, stderr]).toEqual([
      127,
      runspec(`runspec: ${host().home}/bad-interpreter: no such program (or its interpreter is missing)`),
    ]);
  });

  test.concurrent("arguments that do not fit: 125, all at once, and nothing has run", async () => {
    const { code, out, stderr } = await jump(["typed", "--", "--count", "9", "--mode=c", "--nmae", "x"]);
    expect([code, out]).toEqual([125, ""]);
    expect(stderr).toBe(
      runspec(
        'runspec: typed: --nmae: there is no such flag; did you mean "--name"?',
        'typed: "x": too many words, this tool takes no words without a flag',
        "typed: --count: found 9, expected an integer from 1 to 5",
        'typed: --mode: found "c", expected one of "a", "b"',
        "typed: --name: missing, and required",
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
  });

  test.concurrent("a manual tool: 125 with what a person would type; with --human it runs", async () => {
    const refused = await jump(["by-hand"]);
    expect([refused.code, refused.out]).toEqual([125, ""]);
    expect(refused.stderr).toBe(
      runspec(
        "runspec: by-hand is manual: only a person may run it. Ask a person to type, on this machine: runspec run by-hand",
      ),
    );
    const { code, out } = await jump(["by-hand", "--human"]);
    expect([code, out]).toEqual([0, "ran\n"]);
  });

  test.concurrent.each([
    [
      "the field",
      '[config.jump-hosts.demo-host]\nbin = "/nowhere/runspec"\n',
      [],
      {},
      "/nowhere/runspec does not exist on demo-host: it is the field bin of [config.jump-hosts.demo-host]",
      "mend that field, or install runspec there",
    ],
    [
      "--bin",
      '[config.jump-hosts.demo-host]\nbin = "/field/runspec"\n',
      ["--bin", "/nowhere/runspec"],
      {},
      "--bin /nowhere/runspec does not exist on demo-host",
      "check the path given with --bin",
    ],
    [
      "RUNSPEC_JUMP_BIN",
      "[config.jump-hosts.demo-host]\n",
      [],
      { RUNSPEC_JUMP_BIN: "/nowhere/runspec" },
      "/nowhere/runspec does not exist on demo-host: it comes from $RUNSPEC_JUMP_BIN",
      "mend or unset that variable",
    ],
  ])("a bin from %s that is not there: 127", async (_source, toml, words, env, message, hint) => {
    const { cwd } = project(toml);
    const result = await jump(["exit-with", ...words], { cwd, env: { ...local().env, ...env } });
    expect([result.code, result.out]).toEqual([127, ""]);
    const [shell, ...ours] = result.stderr.split("\n");
    expect(shell).toMatch(/^(sh|\/bin\/sh): .*\/nowhere\/runspec: not found$/);
    expect(ours).toEqual([`runspec: ${message}`, `  ${hint}`, ""]);
  });

  test.concurrent("no runspec on the remote's PATH: 127", async () => {
    const bare = await startHost({ path: "/usr/bin:/bin" });
    const { code, stderr } = await run(["jump", bare.alias], localTo(bare));
    await bare.stop();
    expect(code).toBe(127);
    expect(stderr.split("\n").slice(1)).toEqual([
      "runspec: runspec is not on the PATH of demo-host (no bin is set, so the remote's PATH was tried)",
      '  install it there, or set bin = "/path/to/runspec" in [config.jump-hosts.demo-host]',
      "",
    ]);
  });

  test.concurrent("a runspec on the remote that cannot be executed: 126", async () => {
    const bin = join(host().home, "sealed", "runspec");
    mkdirSync(join(host().home, "sealed"));
    writeFileSync(bin, "");
    chmodSync(bin, 0o644);
    const { code, stderr } = await jump(["exit-with", "--bin", bin]);
    expect(code).toBe(126);
    expect(stderr.split("\n").slice(1)).toEqual([
      `runspec: ${bin} on demo-host cannot be executed`,
      `  there: chmod +x ${bin}; and is it built for that machine?`,
      "",
    ]);
  });

  const QUICK = { RUNSPEC_HANDSHAKE_TIMEOUT: "5" };

  test.concurrent.each([
    [
      "sends back what it hears",
      "echo-peer",
      (bin: string) => new RegExp(`^runspec: ${bin} on demo-host ran but did not speak MCP: it said "`),
      (bin: string) => `what is it? Try: ssh -o BatchMode=yes demo-host ${bin} --version`,
    ],
    [
      "never says anything",
      "silent-peer",
      () => /^runspec: demo-host did not answer the MCP handshake within 5 s$/,
      (bin: string) => `is ${bin} on demo-host runspec? Try: ssh -o BatchMode=yes demo-host ${bin} --version`,
    ],
    [
      "never stops talking",
      "babbling-peer",
      (bin: string) =>
        new RegExp(`^runspec: ${bin} on demo-host ran but did not speak MCP: it said "still starting up"$`),
      (bin: string) => `what is it? Try: ssh -o BatchMode=yes demo-host ${bin} --version`,
    ],
  ])("a program named runspec that %s: 125", async (_how, peer, message, hint) => {
    const bin = pretender(peer);
    const env = { ...local().env, ...QUICK };
    const { code, out, stderr } = await jump(["exit-with", "--bin", bin], { env });
    const said = stderr.trimEnd().split("\n");
    expect([code, out]).toEqual([125, ""]);
    expect(said.at(-2)).toMatch(message(bin));
    expect(said.at(-1)).toBe(`  ${hint(bin)}`);
  });

  test.concurrent("a key that is not accepted: 255, ssh's own words above", async () => {
    const closed = await startHost({ acceptKey: false });
    const { code, out, stderr } = await run(["jump", closed.alias], localTo(closed));
    await closed.stop();
    expect([code, out]).toEqual([255, ""]);
    expect(stderr).toBe(
      `${closed.user}@127.0.0.1: Permission denied (publickey).\r\n${runspec(
        "runspec: ssh could not connect to demo-host (its own words are above)",
        "  try it by hand: ssh -o BatchMode=yes demo-host true",
      )}`,
    );
  });

  test.concurrent("a broken runspec.toml on the remote: its words, and ours", async () => {
    const broken = await startHost();
    const { cwd, env } = localTo(broken);
    furnish(broken, '[a]\nargs.x = { type = "integer" }\n');
    const { code, out, stderr } = await run(["jump", broken.alias, "a"], { cwd, env });
    await broken.stop();
    expect([code, out]).toEqual([125, ""]);
    expect(stderr).toStartWith(
      `runspec: an error in runspec.toml:\nerror: ${broken.home}/runspec.toml:2: [a] args.x.type: found "integer", `,
    );
    // It is runspec, and it did say something: its own words must not be followed by their opposite.
    expect(stderr).not.toContain("did not speak MCP");
    expect(stderr).not.toContain("said nothing");
  });
});

test.concurrent("connection refused: 255, ssh's own words above", async () => {
  const { cwd, env } = project(
    '[config.jump-hosts.a]\nhost = "127.0.0.1"\nport = 1\nuse-ssh-config = false\n',
  );
  const { code, out, stderr } = await run(["jump", "a", "tool"], { cwd, env });
  expect([code, out]).toEqual([255, ""]);
  expect(stderr).toBe(
    `ssh: connect to host 127.0.0.1 port 1: Connection refused\r\n${runspec(
      "runspec: ssh could not connect to a (its own words are above)",
      "  try it by hand: ssh -o BatchMode=yes -F /dev/null -p 1 127.0.0.1 true",
    )}`,
  );
});

const HOSTS = "[config.jump-hosts.prod-app]\n[config.jump-hosts.staging]\n[config.jump-hosts.prod-db]\n";

test.concurrent.each([
  [
    "an unknown alias, with the nearest name",
    HOSTS,
    ["prod-dp"],
    runspec(
      'runspec: unknown jump host "prod-dp"; did you mean "prod-db"?',
      "  known: prod-db, prod-app, staging",
    ),
  ],
  [
    "an unknown alias, unlike all others",
    HOSTS,
    ["elsewhere", "x"],
    runspec('runspec: unknown jump host "elsewhere"', "  known: prod-app, staging, prod-db"),
  ],
])("%s: 125, and ssh is not run", async (_what, toml, words, said) => {
  const ssh = await recordingSsh(tempDir());
  const { code, out, stderr } = await run(["jump", ...words], project(toml, ssh.binDir));
  expect([code, out, stderr]).toEqual([125, "", said]);
  expect(await ssh.calls()).toEqual([]);
});

test.concurrent("an alias where none are configured: 125", async () => {
  const { code, stderr } = await run(["jump", "prod"]);
  expect([code, stderr]).toEqual([
    125,
    runspec(
      'runspec: unknown jump host "prod": no jump hosts are configured (no runspec.toml was found)',
      "  add [config.jump-hosts.prod] to runspec.toml, or name a destination as user@host",
    ),
  ]);
});

test.concurrent.each([
  ["an empty PATH", tempDir()],
  ["no PATH at all", undefined],
])("no ssh, with %s: 125", async (_what, path) => {
  const { cwd } = project("[config.jump-hosts.a]\n");
  const { code, out, stderr } = await run(["jump", "a"], { cwd, env: { PATH: path } });
  expect([code, out, stderr]).toEqual([
    125,
    "",
    runspec(
      "runspec: ssh was not found on PATH",
      "  install the OpenSSH client (Windows: Add-WindowsCapability -Online -Name OpenSSH.Client~~~~0.0.1.0)",
    ),
  ]);
});

const BIN_HINT = "  it must be the path of a program named runspec (or runspec.exe)";

test.concurrent.each([
  [
    "the field",
    '[config.jump-hosts.a]\nbin = "/usr/bin/cat"\n',
    [],
    {},
    'the field bin "/usr/bin/cat" is refused: its last part is "cat", not runspec or runspec.exe',
  ],
  [
    "--bin",
    "[config.jump-hosts.a]\n",
    ["--bin", "runspec-old"],
    {},
    '--bin "runspec-old" is refused: its last part is "runspec-old", not runspec or runspec.exe',
  ],
  [
    "RUNSPEC_JUMP_BIN",
    "[config.jump-hosts.a]\n",
    [],
    { RUNSPEC_JUMP_BIN: "C:\\runspec\\cmd.exe" },
    '$RUNSPEC_JUMP_BIN "C:\\\\runspec\\\\cmd.exe" is refused: its last part is "cmd.exe", not runspec or runspec.exe',
  ],
])("%s names another program: 125, and ssh is not run", async (_source, toml, words, env, said) => {
  const ssh = await recordingSsh(tempDir());
  const place = project(toml, ssh.binDir);
  const { code, out, stderr } = await run(["jump", "a", ...words], {
    cwd: place.cwd,
    env: { ...place.env, ...env },
  });
  expect([code, out, stderr]).toEqual([125, "", runspec(`runspec: ${said}`, BIN_HINT)]);
  expect(await ssh.calls()).toEqual([]);
});

test.concurrent.each([
  [
    ["jump"],
    "jump needs an alias",
    "runspec jump --list-jump-hosts lists them; runspec jump --help tells more",
  ],
  [
    ["jump", "a", "b", "c"],
    'unexpected argument "c"',
    "a tool's arguments come after --\n  see runspec jump --help",
  ],
  [["jump", "a", "--prot", "22"], "unknown option --prot", "see runspec jump --help"],
  [["jump", "--bin"], "--bin needs a value", "see runspec jump --help"],
  [["jump", "--human=yes", "a"], "--human takes no value", "see runspec jump --help"],
  [["jmup", "a"], 'unknown command "jmup"', 'did you mean "jump"?\n  runspec --help lists the commands'],
  [["constructor"], 'unknown command "constructor"', "runspec --help lists the commands"],
  [["--hlep"], 'unknown option "--hlep"', "runspec --help lists the commands"],
])("wrong usage: 2 (%j)", async (words, message, hint) => {
  const { code, out, stderr } = await run(words);
  expect([code, out, stderr]).toEqual([2, "", runspec(`runspec: ${message}`, `  ${hint}`)]);
});
