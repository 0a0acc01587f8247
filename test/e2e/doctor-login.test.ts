/** `runspec doctor`: what can be wrong on the way in: keys, agent, host key, network, shell. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkAgent } from "../../src/doctor/agent.ts";
import { BASE_ENV } from "../harness/binary.ts";
import { waitUntil } from "../harness/processes.ts";
import { generateKeys } from "../harness/ssh-host.ts";
import { startSshServer } from "../harness/ssh-server.ts";
import { tempDir } from "../harness/temp.ts";
import { startAtDoor } from "../harness/without-ssh.ts";
import { AGENT_REMEDY, atDoor, examine, examineKeys, spelledOut, VERSION, withHost } from "./doctor-site.ts";
import { fixture, localTo, project } from "./site.ts";

setDefaultTimeout(90_000);

const AFTER_LOGIN = ["shell", "runspec", "handshake", "tools", "round-trip"];

test.concurrent("2: no key", () =>
  withHost({}, async (host) => {
    const result = await examine(["there"], spelledOut(host, { IdentityFile: "/nowhere/key" }));
    const cause = "there is no key: no agent holds one, and there is no /nowhere/key";
    const remedy = result.of("keys")?.[2] ?? "";
    expect(remedy).toMatch(
      /^make one, and put it on the host:\nssh-keygen -t ed25519 -f \/nowhere\/key\nssh-copy-id -F \/dev\/null -p \d+ -i \/nowhere\/key .* demo@127.0.0.1$/,
    );
    expect(result.of("keys")).toEqual(["warn", cause, remedy]);
    expect(result.of("authentication")).toEqual([
      "fail",
      `there does not let demo in (it takes: publickey): ${cause}`,
      "make one, and have what the last line prints added to .ssh/authorized_keys of demo there, since it takes no password:\nssh-keygen -t ed25519 -f /nowhere/key\nssh-keygen -y -f /nowhere/key",
    ]);
    expect([result.code, result.failed, result.skipped]).toEqual([1, ["authentication"], AFTER_LOGIN]);
  }));

test.concurrent("2: a key with a passphrase, and no agent to hold it", () =>
  withHost({}, async (host) => {
    const key = join(tempDir(), "locked");
    Bun.spawnSync(["ssh-keygen", "-q", "-t", "ed25519", "-a", "1", "-N", "secret", "-f", key]);
    const result = await examine(["there"], spelledOut(host, {}, `ssh-key = "${key}"\n`));
    const cause = `${key} has a passphrase, which ssh cannot ask for here, and the agent does not hold it`;
    expect(result.of("keys")).toEqual(["warn", cause, `eval "$(ssh-agent)" && ssh-add ${key}`]);
    expect(result.of("authentication")).toEqual([
      "fail",
      `there does not let demo in (it takes: publickey): ${cause}`,
      `eval "$(ssh-agent)" && ssh-add ${key}`,
    ]);
  }));

test.concurrent("2: a key that others can read, one that is missing, one that is none", () =>
  withHost({}, async (host) => {
    const directory = tempDir();
    const open = join(directory, "open");
    writeFileSync(open, generateKeys().private, { mode: 0o644 });
    const keys = (path: string) => examineKeys("there", spelledOut(host, {}, `ssh-key = "${path}"\n`));
    expect(await keys(open)).toEqual([
      "warn",
      `${open} can be read by others, so ssh ignores it`,
      `chmod 600 ${open}`,
    ]);
    expect(await keys("/nowhere/key")).toEqual([
      "fail",
      "ssh-key: /nowhere/key not accessible: No such file or directory.",
      "correct ssh-key in [config.jump-hosts.there] (FILE:1); or leave it out, and ssh chooses",
    ]);
    const none = join(directory, "none");
    writeFileSync(none, "not a key\n", { mode: 0o600 });
    // Something else that is for others to read stays so.
    const other = join(directory, "other");
    writeFileSync(other, "not a key\n", { mode: 0o644 });
    for (const path of [none, other])
      expect(await keys(path)).toEqual([
        "warn",
        `${path} is not a private key that ssh can read`,
        "correct ssh-key in [config.jump-hosts.there] (FILE:1)",
      ]);
  }));

test.concurrent("2: a key that the host does not accept", async () => {
  const host = await startSshServer({ acceptKey: false });
  const result = await examine([host.alias], localTo(host));
  await host.stop();
  expect(result.of("authentication")).toEqual([
    "fail",
    "demo-host does not let demo in (it takes: publickey): it accepts none of our keys for that user",
    `is demo the right user for 127.0.0.1? Then have what the last line prints added to .ssh/authorized_keys of demo there, since it takes no password; if it is there already, from= or expiry-time in its line keeps us out, others can write that file, ~/.ssh or ~, or sshd leaves that user out (AllowUsers, a locked account, a shell that does not exist):\nssh-keygen -y -f ${host.keyPath}`,
  ]);
});

test.concurrent("3: an unknown host key", () =>
  withHost({}, async (host) => {
    const file = join(tempDir(), "known_hosts");
    const local = spelledOut(host, { UserKnownHostsFile: file }, `ssh-key = "${host.keyPath}"\n`);
    const result = await examine(["there"], local);
    const [status, summary, remedy] = result.of("host-key") ?? [];
    expect([status, summary]).toEqual([
      "fail",
      `the key of [127.0.0.1]:${host.port} is not known: it is not in ${file}, /dev/null`,
    ]);
    expect(remedy).toMatch(
      new RegExp(
        `^connect once by hand, compare the fingerprint, say yes:\nssh -o StrictHostKeyChecking=ask -F /dev/null -p ${host.port} -i .* demo@127.0.0.1 true$`,
      ),
    );
    expect([result.failed, result.skipped]).toEqual([["host-key"], ["authentication", ...AFTER_LOGIN]]);
  }));

test.concurrent("3: a host key that has changed", () =>
  withHost({}, async (host) => {
    const file = join(tempDir(), "known_hosts");
    writeFileSync(file, `[127.0.0.1]:${host.port} ${generateKeys().public}\n`);
    const withKey = (changes: Record<string, string>, key = host.keyPath) =>
      spelledOut(host, { UserKnownHostsFile: file, ...changes }, `ssh-key = "${key}"\n`);
    const result = await examine(["there"], withKey({}));
    const changed = "the host's key is not the known one: the host was set up anew, or it is another machine";
    expect(result.of("host-key")).toEqual([
      "fail",
      changed,
      `ask whoever runs it; if the change is right, remove the old key, connect once, compare the fingerprint, say yes:\nssh-keygen -R '[127.0.0.1]:${host.port}' -f ${file}\nssh -o StrictHostKeyChecking=ask -F /dev/null -p ${host.port} -i ${host.keyPath} -o UserKnownHostsFile=${file} -o GlobalKnownHostsFile=/dev/null -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes -o LogLevel=ERROR demo@127.0.0.1 true`,
    ]);
    expect([result.failed, result.skipped]).toEqual([["host-key"], ["authentication", ...AFTER_LOGIN]]);
    const taken = await examine(["there"], withKey({ StrictHostKeyChecking: "no" }));
    expect(taken.of("host-key")?.slice(0, 2)).toEqual(["warn", `${changed}; ssh takes it all the same`]);
    expect([taken.code, taken.failed, taken.skipped]).toEqual([0, [], []]);
    const other = join(tempDir(), "key");
    writeFileSync(other, generateKeys().private, { mode: 0o600 });
    const denied = await examine(["there"], withKey({ StrictHostKeyChecking: "no" }, other));
    expect([denied.of("host-key")?.slice(0, 2), denied.failed]).toEqual([
      ["warn", `${changed}; ssh takes it all the same`],
      ["authentication"],
    ]);
    expect(denied.of("authentication")?.[1]).toStartWith("there does not let demo in (it takes: ");
  }));

test.concurrent("3: a host key that ssh does not ask for, and one of a host that is not reached", () =>
  withHost({}, async (host) => {
    const file = join(tempDir(), "known_hosts");
    const key = `ssh-key = "${host.keyPath}"\n`;
    const ask = (changes: Record<string, string>) =>
      examine(["there"], spelledOut(host, { UserKnownHostsFile: file, ...changes }, key));
    const local = await ask({ NoHostAuthenticationForLocalhost: "yes" });
    expect([local.of("host-key"), local.failed]).toEqual([["ok", "ssh does not ask about it here"], []]);
    const away = await ask({ ProxyCommand: "sh -c 'echo out of order >&2; exec sleep 1'" });
    expect(away.of("host-key")).toEqual(["skipped", "because ssh did not get as far as the key"]);
    expect(away.of("authentication")?.slice(0, 2)).toEqual([
      "fail",
      "ProxyCommand sh -c 'echo out of order >&2; exec sleep 1' leads to no connection: out of order",
    ]);
  }));

// What else a port may say is in test/doctor/network.
test.concurrent("4: a port where nobody listens", async () => {
  const { cwd, env } = project(
    '[config.jump-hosts.a]\nhost = "127.0.0.1"\nport = 1\nuse-ssh-config = false\n',
  );
  const result = await examine(["a"], { cwd, env });
  expect(result.of("network")).toEqual([
    "fail",
    "127.0.0.1, port 1 refuses the connection: nothing listens there, or a firewall rejects it",
    "start sshd on that machine, or correct port in [config.jump-hosts.a] (FILE:1)",
  ]);
  expect(result.failed).toContain("network");
  expect(result.of("authentication")).toEqual(["skipped", "because network failed"]);
});

test.concurrent.each([
  ["a banner", "Welcome to the build farm!", `exec ${fixture("noisy-shell")} "$@"`],
  ["a lot", "noise", 'yes noise | head -c 99996\nexec /bin/sh "$@"'],
])("5: a shell that prints %s: the rest of the way is in order", (_what, said, script) => {
  const shell = join(tempDir(), "shell");
  writeFileSync(shell, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return atDoor({ shell }, async (host, local) => {
    const result = await examine([host.alias], local);
    expect(result.of("shell")).toEqual([
      "warn",
      `demo-host: "${said}" is printed before a command runs, which breaks other programs that talk over ssh`,
      "there, in ~/.bashrc, ~/.zshenv or /etc/profile, print only for interactive shells: case $- in *i*) … ;; esac",
    ]);
    expect(result.of("runspec")).toEqual(["ok", `${VERSION} (${host.home}/bin/runspec)`]);
    expect([result.code, result.failed, result.skipped]).toEqual([0, [], []]);
  });
});

test.concurrent.each([
  ["ends the shell", "exit 3", '"echo" ended with 3'],
  ["runs something else", "echo hi", "something else runs there than what is asked for"],
])("5: a start-up file that %s is among the causes", async (_what, script, summary) => {
  const shell = join(tempDir(), "shell");
  writeFileSync(shell, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const host = await startAtDoor({ shell });
  const result = await examine([host.alias], localTo(host));
  await host.stop();
  const [status, said, help] = result.of("shell") ?? [];
  expect([status, said, help]).toEqual([
    "fail",
    expect.stringContaining(summary),
    expect.stringContaining("; or do ~/.bashrc, "),
  ]);
});

test.concurrent("5: a start-up file that ends the shell by a signal: the login is in order, and no other check is", () => {
  const shell = join(tempDir(), "shell");
  writeFileSync(shell, "#!/bin/sh\nkill -KILL $$\n", { mode: 0o755 });
  return withHost({ shell }, async (host, local) => {
    const result = await examine([host.alias], local);
    expect(result.of("authentication")?.[0]).toBe("ok");
    expect(result.of("shell")).toEqual([
      "fail",
      "demo-host: a command there ends with 255, by a signal or with the connection, before it says a word",
      "does ~/.bashrc, ~/.zshenv or the like end the shell, or a limit there? The log of its sshd tells",
    ]);
    expect([result.failed, result.skipped]).toEqual([["shell"], AFTER_LOGIN.slice(1)]);
  });
});

test.concurrent("5: a shell that runs nothing says nothing of runspec, which a forced command may be", async () => {
  const shell = join(tempDir(), "shell");
  const script = '[ "$2" = "runspec serve" ] || exit 3\nexec /bin/sh "$@"';
  writeFileSync(shell, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  await atDoor({ shell }, async (host, local) => {
    const result = await examine([host.alias], local);
    expect([result.failed, result.of("runspec"), result.of("handshake")?.[0]]).toEqual([
      ["shell"],
      ["skipped", "because shell failed"],
      "ok",
    ]);
  });
});

test.concurrent("5: a connection that ssh itself shares and that is dead: what is printed removes it", () =>
  withHost({}, async (host) => {
    const socket = join(tempDir(), "dead");
    const master = Bun.listen({ unix: socket, socket: { data() {} } });
    const key = `ssh-key = "${host.keyPath}"\n`;
    const { cwd, env } = spelledOut(host, { ControlPath: socket }, key);
    const ask = () => examine(["there"], { cwd, env: { ...env, RUNSPEC_HANDSHAKE_TIMEOUT: "3" } });
    const dead = await ask();
    const [status, summary, remedy = ""] = dead.of("authentication") ?? [];
    expect([status, summary]).toEqual([
      "fail",
      "there answers, but not through the connection that ssh shares (ControlPath)",
    ]);
    const [, line = ""] = /^remove it, and the next one is new:\n(rm .*)$/.exec(remedy) ?? [];
    Bun.spawnSync(["sh", "-c", line]);
    const alive = await ask();
    master.stop(true);
    expect([existsSync(socket), alive.failed]).toEqual([false, []]);
  }));

test.concurrent("5: an account that runs no commands", async () => {
  const nologin = join(tempDir(), "nologin");
  writeFileSync(nologin, "#!/bin/sh\necho This account is currently not available.\nexit 1\n", {
    mode: 0o755,
  });
  const host = await startAtDoor({ shell: nologin });
  const result = await examine([host.alias], localTo(host));
  await host.stop();
  expect(result.of("shell")).toEqual([
    "fail",
    "demo-host: the account there has no login shell (nologin)",
    "use a user who has one, or as root there: chsh -s /bin/sh demo",
  ]);
  expect([result.failed, result.skipped]).toEqual([["shell"], AFTER_LOGIN.slice(1)]);
  expect(result.of("runspec")).toEqual(["skipped", "because shell failed"]);
});

test.concurrent("12: an agent without SSH_AUTH_SOCK; with one that nobody answers; empty; with the key", () =>
  withHost({}, async (host) => {
    const socket = join(tempDir(), "agent");
    const agent = Bun.spawn(["ssh-agent", "-D", "-a", socket], { stdout: "ignore" });
    const { cwd, env } = spelledOut(host, { IdentitiesOnly: "no", IdentityFile: "/nowhere/key" });
    const ask = (more: Record<string, string>) => examine(["there"], { cwd, env: { ...env, ...more } });
    const { signal } = new AbortController();
    const agentAt = async (SSH_AUTH_SOCK: string) => {
      const around = { env: { ...BASE_ENV, ...env, SSH_AUTH_SOCK }, limitMs: 10_000, signal };
      const { status, summary, remedy } = await checkAgent(undefined, around);
      return [status, summary, remedy];
    };
    try {
      await waitUntil(() => existsSync(socket), 20_000, "the agent");
      const without = await ask({});
      expect(without.of("agent")).toEqual(["warn", "there is none: SSH_AUTH_SOCK is not set", AGENT_REMEDY]);
      expect(without.failed).toEqual(["authentication"]);
      expect(await agentAt("/nowhere/agent")).toEqual([
        "warn",
        "no agent answers at /nowhere/agent, which SSH_AUTH_SOCK names (Error connecting to agent: No such file or directory)",
        AGENT_REMEDY,
      ]);
      expect(await agentAt(socket)).toEqual([
        "warn",
        "it holds no keys",
        "add your key, by its path where it is not in the usual place:\nssh-add",
      ]);
      Bun.spawnSync(["ssh-add", "-q", host.keyPath], { env: { ...BASE_ENV, SSH_AUTH_SOCK: socket } });
      const full = await ask({ SSH_AUTH_SOCK: socket });
      expect([full.of("agent"), full.of("keys")]).toEqual([
        ["ok", "it holds 1 key"],
        ["ok", "1 in the agent"],
      ]);
      expect([full.code, full.failed, full.warned]).toEqual([0, [], []]);
    } finally {
      agent.kill();
      await agent.exited;
    }
  }));
