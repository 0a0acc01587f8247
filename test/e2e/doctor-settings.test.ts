/** `runspec doctor` goes by ssh's own settings: what they take out of our hands is not called wrong. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../harness/temp.ts";
import { atDoor, examine, spelledOut, withHost } from "./doctor-site.ts";

setDefaultTimeout(90_000);

const KEY = (path: string) => `ssh-key = ${JSON.stringify(path)}\n`;

test.concurrent("IdentityAgent: none, a socket, a variable", () =>
  atDoor({}, async (host) => {
    const agent = async (value: string, env: Record<string, string> = {}) => {
      const local = spelledOut(host, { IdentityAgent: value }, KEY(host.keyPath));
      const result = await examine(["there"], { cwd: local.cwd, env: { ...local.env, ...env } });
      expect(result.failed).toEqual([]);
      return result.of("agent")?.slice(0, 2);
    };
    expect(await agent("none")).toEqual(["skipped", "because ssh is configured to use none (IdentityAgent)"]);
    // The key works without one.
    expect(await agent("/nowhere/agent")).toEqual([
      "ok",
      "not needed: a key works without one (no agent answers at /nowhere/agent, which IdentityAgent names (Error connecting to agent: No such file or directory))",
    ]);
    expect(await agent("$MY_AGENT")).toEqual([
      "ok",
      "not needed: a key works without one (there is none: MY_AGENT is not set)",
    ]);
  }));

test.concurrent("an agent that does not answer: ssh would wait for it, also where a key needs none", () =>
  atDoor({}, async (host) => {
    const socket = join(tempDir(), "agent");
    using _silent = Bun.listen({ unix: socket, socket: { data() {} } });
    const { cwd, env } = spelledOut(host, {}, KEY(host.keyPath));
    const silent = { SSH_AUTH_SOCK: socket, RUNSPEC_HANDSHAKE_TIMEOUT: "3" };
    const result = await examine(["there"], { cwd, env: { ...env, ...silent } });
    const what = `the agent at ${socket}, which SSH_AUTH_SOCK names, does not answer, and ssh waits for it`;
    expect(result.of("agent")?.slice(0, 2)).toEqual(["fail", what]);
    expect([result.failed, result.of("network")]).toEqual([["agent"], ["skipped", "because agent failed"]]);
  }));

test.concurrent.each([
  ["PubkeyAuthentication", "no", "yes"],
  ["PreferredAuthentications", "password", "publickey"],
])("keys that ssh is configured not to offer: %s=%s", (option, value, helps) =>
  withHost({}, async (host) => {
    const result = await examine(["there"], spelledOut(host, { [option]: value }, KEY(host.keyPath)));
    const cause = `ssh is configured to offer no key (${option})`;
    expect(result.of("keys")).toEqual(["skipped", `because ${cause}`]);
    const [status, summary, remedy] = result.of("authentication") ?? [];
    expect([status, summary]).toEqual(["fail", `there does not let demo in (it takes: publickey): ${cause}`]);
    expect(remedy).toEndWith(`, "${option}=${helps}"] in [config.jump-hosts.there] (FILE:1)`);
  }),
);

test.concurrent("a host key that is taken on trust, one under another name, one that a command knows", () =>
  withHost({}, async (host) => {
    const empty = join(tempDir(), "known_hosts");
    const hostKey = async (changes: Record<string, string>) =>
      (await examine(["there"], spelledOut(host, changes, KEY(host.keyPath)))).of("host-key");
    const trusting = { UserKnownHostsFile: empty, StrictHostKeyChecking: "accept-new" };
    const name = `[127.0.0.1]:${host.port}`;
    expect(await hostKey(trusting)).toEqual([
      "warn",
      `the key of ${name} is not known, and was taken on trust (StrictHostKeyChecking)`,
      "compare its fingerprint before you rely on it",
    ]);
    expect(await hostKey(trusting)).toEqual(["ok", `${name} is known in ${empty}`]);
    expect(await hostKey({ HostKeyAlias: host.alias })).toEqual([
      "ok",
      `${host.alias} is known in ${host.knownHostsPath}`,
    ]);
    const [, ...key] = (await Bun.file(host.knownHostsPath).text()).trim().split(" ");
    const command = `/bin/echo ${name} ${key.join(" ")}`;
    expect(
      await hostKey({ UserKnownHostsFile: "/dev/null", KnownHostsCommand: command, LogLevel: "QUIET" }),
    ).toEqual(["ok", `${name} is known in KnownHostsCommand-HOSTNAME`]);
    expect(await hostKey({ CanonicalizeHostname: "yes", HostKeyAlias: host.alias })).toEqual([
      "ok",
      `${host.alias} is known in ${host.knownHostsPath}`,
    ]);
  }));

test.concurrent("a key file that is named by a token is not looked for", () =>
  withHost({}, async (host) => {
    const directory = join(tempDir(), "127.0.0.1");
    mkdirSync(directory);
    const key = await Bun.file(host.keyPath).text();
    writeFileSync(join(directory, "key"), key, { mode: 0o600 });
    const local = spelledOut(host, { IdentityFile: join(directory, "..", "%h", "key") });
    const result = await examine(["there"], local);
    expect(result.of("keys")).toEqual(["skipped", "because IdentityFile has % tokens"]);
    expect(result.of("authentication")?.[0]).toBe("ok");
  }));

test.concurrent("a public half that is no file is not waited for", async () => {
  const dir = tempDir();
  const key = join(dir, "key");
  writeFileSync(key, "", { mode: 0o600 });
  expect(Bun.spawnSync(["mkfifo", `${key}.pub`]).success).toBe(true);
  const file = join(dir, "runspec.toml");
  writeFileSync(
    file,
    `[config.jump-hosts.box]\nhost = "127.0.0.1"\nport = 1\nssh-key = ${JSON.stringify(key)}\n`,
  );
  const result = await examine(["box"], { cwd: dir });
  expect(result.of("keys")?.slice(0, 2)).toEqual(["warn", `${key} is not a private key that ssh can read`]);
});
