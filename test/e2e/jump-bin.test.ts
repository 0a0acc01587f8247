/** A runspec on the remote that is not there, is none, or is not what was meant. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { run } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { recordingSsh } from "../harness/recording-ssh.ts";
import { writeExecutable } from "../harness/ssh-host.ts";
import { tempDir } from "../harness/temp.ts";
import { fixture, localTo, pretender, printed, project, tool, withoutSsh } from "./site.ts";

setDefaultTimeout(60_000);

const TOOLS = tool("exit-with", [fixture("exit-with")]);

/** Login shells, each with its own way to say that there is no such program. */
const SHELLS = ["sh", "bash", "zsh", "ksh", "tcsh", "fish"].flatMap((name) => Bun.which(name) ?? []);

/** What runspec says, behind the shell's own words. */
const ours = (stderr: string) => stderr.slice(stderr.indexOf("runspec: demo-host: ")).split("\n");

withoutSsh(TOOLS, ({ host, startHost, local, jumpHere: jump }) => {
  test.concurrent.each([
    [
      "the field",
      '[config.jump-hosts.demo-host]\nbin = "/nowhere/runspec"\n',
      [],
      {},
      "demo-host: /nowhere/runspec, which bin names, does not exist there, or what it needs to run is missing",
      'runspec jump demo-host --install, or set bin = "/path/to/runspec" in [config.jump-hosts.demo-host] (FILE:1)',
    ],
    [
      "--bin",
      '[config.jump-hosts.demo-host]\nbin = "/field/runspec"\n',
      ["--bin", "/nowhere/runspec"],
      {},
      "demo-host: /nowhere/runspec, which --bin names, does not exist there, or what it needs to run is missing",
      "runspec jump demo-host --bin /nowhere/runspec --install, or name another path with --bin",
    ],
    [
      "RUNSPEC_JUMP_BIN",
      "[config.jump-hosts.demo-host]\n",
      [],
      { RUNSPEC_JUMP_BIN: "/nowhere/runspec" },
      "demo-host: /nowhere/runspec, which $RUNSPEC_JUMP_BIN names, does not exist there, or what it needs to run is missing",
      "runspec jump demo-host --install, or unset RUNSPEC_JUMP_BIN",
    ],
  ])("a bin from %s that is not there: 127", async (_source, toml, words, env, message, hint) => {
    const { cwd } = project(toml);
    const result = await jump(["exit-with", ...words], { cwd, env: { ...local().env, ...env } });
    expect([result.code, result.out]).toEqual([127, ""]);
    const [shell, ...ours] = result.stderr.replace(join(cwd, "runspec.toml"), "FILE").split("\n");
    expect(shell).toMatch(/^(sh|\/bin\/sh): .*\/nowhere\/runspec: not found$/);
    expect(ours).toEqual([`runspec: ${message}`, `  ${hint}`, ""]);
  });

  test.concurrent.each(["nowhere-java", "exec /nowhere/runspec"])(
    "a wrapper that runs %s: it is there",
    async (line) => {
      const bin = join(host().home, line.replaceAll(/\W/g, "-"), "runspec");
      mkdirSync(dirname(bin));
      writeExecutable(bin, line);
      const { code, stderr } = await jump(["exit-with", "--bin", bin]);
      expect(code).toBe(125);
      expect(stderr.split("\n")[1]).toBe(
        `runspec: demo-host: ${bin} did not speak MCP: it said nothing on stdout and ended with 127 (what was said is above)`,
      );
    },
  );

  test.concurrent.each(SHELLS)("no runspec on the PATH of %s: 127", async (shell) => {
    const bare = await startHost({ path: "/usr/bin:/bin", shell });
    const { code, stderr } = await run(["jump", bare.alias], localTo(bare));
    await bare.stop();
    expect([code, ours(stderr.replace(/\(\/.*runspec.toml/, "(FILE"))]).toEqual([
      127,
      [
        "runspec: demo-host: runspec is not on PATH there, or what it needs to run is missing (no bin is set, so the remote's PATH was tried)",
        '  runspec jump demo-host --install --write, or set bin = "/path/to/runspec" in [config.jump-hosts.demo-host] (FILE:1)',
        "",
      ],
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
      `runspec: demo-host: ${bin} cannot be executed`,
      `  ssh -o BatchMode=yes demo-host chmod +x ${bin}`,
      `  is it built for that machine? runspec jump demo-host --bin ${bin} --install puts the right one there`,
      `  runspec doctor demo-host --bin ${bin}`,
      "",
    ]);
  });

  test.concurrent.each(SHELLS)("a runspec on the PATH of %s that cannot be executed: 126", async (shell) => {
    const dir = tempDir();
    writeFileSync(join(dir, "runspec"), "", { mode: 0o644 });
    const sealed = await startHost({ path: `${dir}:/usr/bin:/bin`, shell });
    const { code, stderr } = await run(["jump", sealed.alias], localTo(sealed));
    await sealed.stop();
    expect([code, ours(stderr)]).toEqual([
      126,
      [
        "runspec: demo-host: runspec cannot be executed",
        "  is it built for that machine? runspec jump demo-host --install --write puts the right one there",
        "  runspec doctor demo-host",
        "",
      ],
    ]);
  });

  const QUICK = { RUNSPEC_HANDSHAKE_TIMEOUT: "2" };

  test.concurrent.each([
    [
      "sends back what it hears",
      "echo-peer",
      (bin: string) => new RegExp(`^runspec: demo-host: ${bin} did not speak MCP: it said "`),
      (bin: string) => `check runspec on demo-host: ssh -o BatchMode=yes demo-host ${bin} --version`,
    ],
    [
      "never says anything",
      "silent-peer",
      () =>
        /^runspec: demo-host did not answer the MCP handshake within 2 s(; it is reached through ProxyCommand .*, so its address could not be tried from here)?$/,
      (bin: string) =>
        `check runspec on demo-host: ssh -o BatchMode=yes demo-host ${bin} --version\n  does a start-up file there read its input, or is it only slow? RUNSPEC_HANDSHAKE_TIMEOUT=90 waits longer\n  runspec doctor demo-host --bin ${bin}`,
    ],
    [
      "never stops talking",
      "babbling-peer",
      (bin: string) =>
        new RegExp(`^runspec: demo-host: ${bin} did not speak MCP: it said "still starting up"$`),
      (bin: string) => `check runspec on demo-host: ssh -o BatchMode=yes demo-host ${bin} --version`,
    ],
  ])("a program named runspec that %s: 125", async (_how, peer, message, hint) => {
    const bin = pretender(peer);
    const env = { ...local().env, ...QUICK };
    const { code, out, stderr } = await jump(["exit-with", "--bin", bin], { env });
    const said = stderr.trimEnd().split("\n");
    const hints = hint(bin).split("\n").length;
    expect([code, out]).toEqual([125, ""]);
    expect(said.at(-1 - hints)).toMatch(message(bin));
    expect(said.slice(-hints).join("\n")).toBe(`  ${hint(bin)}`);
  });
});

const BIN_HINT = "it must be the path of a program named runspec (or runspec.exe)";

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
  const { code, out, stderr } = await runHere(["jump", "a", ...words], {
    cwd: place.cwd,
    env: { ...place.env, ...env },
  });
  const correct = toml.includes("bin")
    ? `correct it in [config.jump-hosts.a] (${place.cwd}/runspec.toml:1): `
    : "";
  expect([code, out, stderr]).toEqual([125, "", printed(`runspec: ${said}`, `  ${correct}${BIN_HINT}`)]);
  expect(await ssh.calls()).toEqual([]);
});
