/** `runspec doctor`: its lines, its exit code, and what is wrong on this side. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, chownSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { run, start } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { alive, waitUntil } from "../harness/processes.ts";
import { recordingSsh } from "../harness/recording-ssh.ts";
import { startSshServer } from "../harness/ssh-server.ts";
import { available, startSshd } from "../harness/sshd.ts";
import { tempDir } from "../harness/temp.ts";
import { startAtDoor } from "../harness/without-ssh.ts";
import { atDoor, examine, TOOLS, VERSION } from "./doctor-site.ts";
import { writeScript } from "./script-site.ts";
import { furnish, localTo, project } from "./site.ts";

setDefaultTimeout(90_000);

describe.each([
  ["the embedded server", true, startSshServer],
  ["sshd", available(), startSshd],
] as const)("through %s", (_name, present, startHost) => {
  test.skipIf(!present)("all is well: a line a check, and 0", async () => {
    const host = await startHost();
    furnish(host, TOOLS);
    const { cwd, env } = localTo(host);
    const { code, out, stderr } = await run(["doctor", host.alias], { cwd, env });
    await host.stop();
    expect([code, stderr]).toEqual([0, ""]);
    const proxied = /ProxyCommand (.*)/.exec(out);
    const name = host.port === 22 ? host.host : `[${host.host}]:${host.port}`;
    const via = proxied === null ? "" : ` through ${proxied[0]}`;
    const network =
      proxied === null
        ? `ok    network         ${host.host}, port ${host.port} answers in N ms`
        : `skip  network         because ssh goes through ${proxied[0]}`;
    expect(out.replaceAll(/\d+(?:\.\d+)? ms/g, "N ms").replace(/OpenSSH_\S+/, "OpenSSH_N")).toBe(
      `ok    config          0 tools and 1 jump host in ${cwd}/runspec.toml
ok    ssh             OpenSSH_N (${host.binDir}/ssh)
ok    destination     ssh -o BatchMode=yes demo-host runspec serve
ok    ssh-config      leads to ${host.user}@127.0.0.1, port ${host.port}${via}
ok    agent           not needed: a key works without one (there is none: SSH_AUTH_SOCK is not set)
ok    keys            ${host.keyPath}
${network}
ok    host-key        ${name} is known in ${host.knownHostsPath}
ok    authentication  demo-host lets ${host.user} in, in N ms
ok    shell           it prints nothing when it starts
ok    runspec         ${VERSION} (${host.home}/bin/runspec)
ok    handshake       runspec ${VERSION} answered in N ms
ok    tools           it offers 1 tool
ok    round-trip      N ms

${proxied === null ? "14 ok" : "13 ok, 1 skipped"}
`,
    );
  });
});

test.concurrent("1: no ssh", async () => {
  const { cwd } = project("[config.jump-hosts.a]\n");
  const bin = tempDir();
  const result = await examine(["a"], { cwd, env: { PATH: bin } });
  expect(result.of("ssh")).toEqual([
    "fail",
    "ssh was not found on PATH",
    `PATH is ${bin}\ninstall the OpenSSH client (Debian: apt install openssh-client; Windows: Add-WindowsCapability -Online -Name OpenSSH.Client~~~~0.0.1.0)`,
  ]);
  expect([result.code, result.ok, result.failed]).toEqual([1, false, ["ssh"]]);
  expect(result.of("round-trip")).toEqual(["skipped", "because ssh failed"]);
  // Installed.
  symlinkSync(Bun.which("ssh") ?? "", join(bin, "ssh"));
  expect((await examine([], { cwd, env: { PATH: bin } })).of("ssh")?.[0]).toBe("ok");
});

test.concurrent("9: an error in the configuration here: the way to the host is tried all the same", () =>
  atDoor({}, async (host, { env }) => {
    const { cwd } = project(
      `[config.jump-hosts.${host.alias}]\n[a]\nargs.x = { type = "integer" }\n[b]\nserve = 1\n`,
    );
    const result = await examine([host.alias], { cwd, env });
    const [status, summary, remedy] = result.of("config") ?? [];
    expect([status, remedy]).toEqual(["fail", "runspec local shows everything that is wrong"]);
    expect(summary).toStartWith(`${cwd}/runspec.toml`);
    expect(summary).toContain('found "integer"');
    expect(summary).toEndWith("(and 1 more)");
    expect([result.code, result.failed, result.skipped]).toEqual([1, ["config"], []]);
  }));

test.concurrent("9: an error in a jump host is one of the configuration, beside what is risky there", async () => {
  const { cwd } = project(
    '[config.jump-hosts.a]\nport = "x"\n[config.jump-hosts.b]\nssh-options = ["ProxyCommand=x"]\n',
  );
  const result = await examine([], { cwd });
  expect([result.code, result.failed]).toEqual([1, ["config"]]);
  expect([result.of("config")?.[1], result.of("jump-hosts")?.[0]]).toEqual([
    expect.stringContaining("[config.jump-hosts.a] port"),
    "warn",
  ]);
});

test.concurrent("9: an error in the configuration there", async () => {
  const host = await startAtDoor();
  furnish(host, "[a]\nserve = 1\n");
  const result = await examine([host.alias], localTo(host));
  await host.stop();
  const [status, summary] = result.of("handshake") ?? [];
  expect(status).toBe("fail");
  expect(summary).toStartWith(
    `demo-host: runspec did not start; it says: runspec: ${hostname()}: an error in runspec.toml: error: `,
  );
  expect(summary).toContain(`${host.home}/runspec.toml`);
  expect(result.failed).toEqual(["handshake"]);
});

test.concurrent.each([
  [
    "an alias that nobody knows",
    "[config.jump-hosts.prod]\n[config.jump-hosts.staging]\n",
    "prdo",
    'unknown jump host "prdo"; did you mean "prod"?',
    "known: prod, staging",
  ],
  [
    "a host that is an option",
    '[config.jump-hosts.a]\nhost = "-oProxyCommand=touch injected"\n',
    "a",
    'a: host "-oProxyCommand=touch injected" is refused: ssh would read it as an option',
    "correct host in [config.jump-hosts.a] (FILE:1)",
  ],
  [
    "a bin with a command in it",
    '[config.jump-hosts.a]\nbin = "x;touch injected;/runspec"\n',
    "a",
    'the field bin "x;touch injected;/runspec" is refused: the remote shell would read it as more than a path',
    "correct it in [config.jump-hosts.a] (FILE:1): it must be the path of a program named runspec (or runspec.exe)",
  ],
])("9: %s", async (_what, toml, alias, summary, remedy) => {
  const ssh = await recordingSsh(tempDir(), { stderr: "OpenSSH_9.9\n" });
  const { cwd, env } = project(toml, ssh.binDir);
  const result = await examine([alias], { cwd, env });
  expect(result.of("destination")).toEqual(["fail", summary, remedy]);
  expect(result.of("ssh-config")).toEqual(["skipped", "because destination failed"]);
  expect(await ssh.calls()).toEqual([["-V"]]);
  expect(existsSync(join(cwd, "injected"))).toBe(false);
});

test.concurrent("an alias that is an option is none: 2, and ssh is not run", async () => {
  const ssh = await recordingSsh(tempDir());
  const { cwd, env } = project("", ssh.binDir);
  const { code, out } = await run(["doctor", "-oProxyCommand=touch injected@b"], { cwd, env });
  expect([code, out, await ssh.calls()]).toEqual([2, "", []]);
});

test.concurrent("without an alias: this machine alone", async () => {
  const { cwd, env } = project(`${TOOLS}[missing]\n[config.jump-hosts.box]\n`);
  mkdirSync(join(cwd, "tools"));
  writeScript(join(cwd, "tools"), "greet", "#!/bin/sh\n# /// runspec\n# ///\n");
  const result = await examine([], { cwd, env });
  expect(result.checks.map(({ name }) => name)).toEqual(["config", "ssh", "ssh-config", "agent", "keys"]);
  expect(result.of("config")).toEqual([
    "warn",
    `3 tools and 1 jump host in ${cwd}/runspec.toml; not callable: missing`,
    "runspec local shows everything that is wrong",
  ]);
  expect([result.version, result.alias, result.ok, result.code]).toEqual([VERSION, null, true, 0]);
});

test.concurrent("no file at all: a warning, and 0; a --config that is not there: a failure, and 1", async () => {
  const none = await examine([], { cwd: tempDir() });
  expect(none.of("config")).toEqual([
    "warn",
    "no runspec.toml was found: there are no tools and no jump hosts",
    "runspec init writes one",
  ]);
  expect(none.code).toBe(0);
  const named = await examine(["--config", "/nowhere.toml"], { cwd: tempDir() });
  expect(named.of("config")).toEqual([
    "fail",
    '--config names "/nowhere.toml": there is no such file',
    "looked for /nowhere.toml",
  ]);
  expect(named.code).toBe(1);
});

test.concurrent("a .ssh in HOME that ssh does not read is told, as in a container of a CI", async () => {
  const ssh = await recordingSsh(tempDir(), {
    script:
      '[ "$1" = -V ] && { echo OpenSSH_9.9p1 >&2; exit 0; }; echo "userknownhostsfile $REALLY/.ssh/known_hosts"; exit 0',
  });
  const { cwd, env } = project("[config.jump-hosts.a]\n", ssh.binDir);
  const HOME = tempDir();
  const look = async (words: string[], more = {}) =>
    (await examine(words, { cwd, env: { ...env, HOME, REALLY: "/nowhere/me", ...more } })).of("ssh-config");
  expect(await look([])).toEqual(["ok", "ssh accepts it"]);
  mkdirSync(join(HOME, ".ssh"));
  for (const [words, what] of [
    [[], "ssh accepts it"],
    [["a"], "leads to @a, port 22"],
  ] as const)
    expect(await look([...words])).toEqual([
      "warn",
      `${what}; but ssh goes by the user database, and not by HOME: it does not read ${HOME}/.ssh`,
      "put what it is to read into /nowhere/me/.ssh",
    ]);
  const link = join(tempDir(), "home");
  symlinkSync(HOME, link);
  expect(await look([], { HOME: link, REALLY: HOME })).toEqual(["ok", "ssh accepts it"]);
});

test.concurrent("without an alias, what ssh says of no file is about one's own", async () => {
  const script = '[ "$1" = -V ] && { echo OpenSSH_9.9p1 >&2; exit 0; }';
  const ssh = await recordingSsh(tempDir(), { script, stderr: "out of sorts\n", exitCode: 255 });
  const result = await examine([], project("", ssh.binDir));
  expect(result.of("ssh-config")).toEqual([
    "fail",
    "ssh does not accept its configuration: out of sorts",
    "correct ~/.ssh/config",
  ]);
});

test.concurrent.skipIf(process.getuid?.() !== 0)("a file that ssh does not trust", async () => {
  const file = join(tempDir(), "config");
  writeFileSync(file, "");
  chmodSync(file, 0o664);
  const script = '[ "$1" = -V ] && { echo OpenSSH_9.9p1 >&2; exit 0; }';
  const stderr = `Bad owner or permissions on ${file}\n`;
  const ssh = await recordingSsh(tempDir(), { script, stderr, exitCode: 255 });
  const remedyWhere = async (owner: number) => {
    chownSync(file, owner, owner);
    return (await examine([], project("", ssh.binDir))).of("ssh-config")?.[2];
  };
  // Who may read it may go on reading it.
  expect(await remedyWhere(0)).toBe(`chmod go-w ${file}`);
  expect(await remedyWhere(12345)).toBe(
    `it is another user's, and says what ssh runs, so read it first:\nchown "$(id -un)" ${file} && chmod go-w ${file}`,
  );
});

test.concurrent("a configuration that ssh does not come to the end of is not called wrong", async () => {
  const script = '[ "$1" = -V ] && { echo OpenSSH_9.9p1 >&2; exit 0; }; exec sleep 60';
  const ssh = await recordingSsh(tempDir(), { script });
  const { cwd, env } = project("", ssh.binDir);
  const result = await examine([], { cwd, env: { ...env, RUNSPEC_HANDSHAKE_TIMEOUT: "1" } });
  expect(result.of("ssh-config")).toEqual([
    "fail",
    "ssh -G does not end within 1 s",
    "does a program that Match exec runs in ~/.ssh/config wait for something, or a name server?",
  ]);
});

test.concurrent("a setting that ssh does not know fails, and says where it is", async () => {
  const { cwd, env } = project('[config.jump-hosts.a]\nssh-options = ["Nonsense=1"]\n');
  const result = await examine(["a"], { cwd, env });
  expect(result.of("ssh-config")).toEqual([
    "fail",
    "ssh does not accept its configuration: command-line: line 0: Bad configuration option: nonsense",
    "correct ssh-options in [config.jump-hosts.a] (FILE:1)",
  ]);
  expect(result.of("authentication")).toEqual(["skipped", "because ssh-config failed"]);
});

test.concurrent("a file that ssh cannot read is named with its line", async () => {
  const said = "/etc/ssh/ssh_config line 3: Bad port 'abc'.";
  const script = `[ "$1" = -V ] && { echo OpenSSH_9.9p1 >&2; exit 0; }; echo "${said}" >&2; exit 255`;
  const ssh = await recordingSsh(tempDir(), { script });
  const result = await examine([], project("", ssh.binDir));
  expect(result.of("ssh-config")).toEqual([
    "fail",
    `ssh does not accept its configuration: ${said}`,
    "correct /etc/ssh/ssh_config, line 3",
  ]);
});

test.concurrent("an ssh that finds other libraries than its own does not start", async () => {
  const said = "ssh: symbol lookup error: ssh: undefined symbol: EVP_x, version OPENSSL_3.0.0";
  const ssh = await recordingSsh(tempDir(), { script: `echo "${said}" >&2; exit 127` });
  const site = project("[config.jump-hosts.a]\n", ssh.binDir);
  expect((await examine(["a"], site)).of("ssh")).toEqual([
    "fail",
    `${join(ssh.binDir, "ssh")} does not start: ${said}`,
    "is LD_LIBRARY_PATH set, as by conda or a module? Try: env -u LD_LIBRARY_PATH ssh -V",
  ]);
  const { code, stderr } = await runHere(["jump", "a", "--install"], site);
  expect([code, stderr]).toEqual([
    255,
    `${said}\nrunspec: a: ssh could not connect, or lost the connection; nothing was installed\n  runspec doctor a\n`,
  ]);
});

test.concurrent("a bastion's key that is known is not the host's", async () => {
  const refused = "me@b: Permission denied (publickey)";
  const lines = [
    ...["debug1: Host 'b' is known and matches the ED25519 host key.", "debug1: Found key in /k:1"],
    ...[refused, "kex_exchange_identification: Connection closed by remote host"],
  ];
  const script = `case "$*" in
    -V) echo OpenSSH_9.9p1 >&2 ;;
    *-G*) printf 'hostname h\\nport 22\\nuser u\\nproxyjump b\\n' ;;
    *) printf '%s\\n' ${lines.map((line) => JSON.stringify(line)).join(" ")} >&2; exit 255 ;;
  esac`;
  const ssh = await recordingSsh(tempDir(), { script });
  const result = await examine(["a"], project("[config.jump-hosts.a]\n", ssh.binDir));
  expect(result.of("host-key")).toEqual(["skipped", "because ssh did not get as far as the key"]);
  expect(result.of("authentication")?.[1]).toBe(`ProxyJump b leads to no connection: ${refused}`);
});

test.concurrent("every connection is in batch mode, and goes where jump would go", async () => {
  const ssh = await recordingSsh(tempDir(), { script: '[ "$1" != -V ] || echo OpenSSH_9.9p1 >&2' });
  const toml =
    '[config.jump-hosts.a]\nhost = "h"\nuser = "u"\nssh-options = ["ConnectTimeout=1", "ProxyJump=b"]\n';
  // This ssh says nothing of itself, so nothing is known of a proxy: the name is looked up, and the login not tried.
  const { cwd, env } = project(toml, ssh.binDir);
  await run(["doctor", "a"], { cwd, env });
  const common = ["-o", "BatchMode=yes", "-o", "ConnectTimeout=1", "-o", "ProxyJump=b", "u@h"];
  expect(await ssh.calls()).toEqual([["-V"], ["-G", ...common]]);
});

test.concurrent("words of the host cannot act on the terminal", async () => {
  const shell = join(tempDir(), "shell");
  writeFileSync(shell, '#!/bin/sh\nprintf "\\033[31mred\\007\\n"\nexec /bin/sh "$@"\n', { mode: 0o755 });
  const host = await startAtDoor({ shell });
  const { out } = await run(["doctor", host.alias], localTo(host));
  await host.stop();
  expect(out).toContain('"\\x1b[31mred\\x07" is printed before');
  expect(out).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/);
});

test.concurrent("a login that hangs is given up, and a signal leaves no ssh behind", async () => {
  const host = await startSshServer({ delayMs: 600_000 });
  const { cwd, env } = localTo(host);
  const result = await examine([host.alias], { cwd, env: { ...env, RUNSPEC_HANDSHAKE_TIMEOUT: "2" } });
  expect(result.of("authentication")).toEqual([
    "fail",
    "demo-host did not let us run a command within 2 s",
    "does its shell wait for something when it starts? Is a jump host in between asking for something?",
  ]);
  const running = start(["doctor", host.alias], { cwd, env });
  const children = () =>
    Bun.spawnSync(["pgrep", "-P", String(running.pid)])
      .stdout.toString()
      .split("\n")
      .filter((line) => line !== "")
      .map(Number);
  for await (const chunk of running.stdout) if (Buffer.from(chunk).includes("network")) break;
  await waitUntil(() => children().length > 0, 20_000, "the login");
  const started = children();
  running.kill("SIGTERM");
  const ending = await running.exited;
  await host.stop();
  expect(ending).toEqual({ code: 143, signal: null });
  await waitUntil(() => !started.some(alive), 20_000, "the end of ssh");
});
