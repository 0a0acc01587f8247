/** The harness itself: tests through it prove nothing unless it behaves as a real SSH host does. */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fixture, type RunOptions, run, start } from "./harness/binary.ts";
import { alive, linesOf, waitUntil, waitUntilStill } from "./harness/processes.ts";
import type { SshHost, SshHostOptions } from "./harness/ssh-host.ts";
import { startSshServer } from "./harness/ssh-server.ts";
import { available, startSshd } from "./harness/sshd.ts";
import { tempDir } from "./harness/temp.ts";

setDefaultTimeout(60_000);

const sha256 = (bytes: Uint8Array) => new Bun.CryptoHasher("sha256").update(bytes).digest("hex");

/** The pids that a fixture wrote into `file`. */
async function pidsIn(file: string): Promise<number[]> {
  return (await linesOf(file, 30_000)).join(" ").trim().split(/\s+/).map(Number);
}

const servers: [name: string, available: boolean, start: (options?: SshHostOptions) => Promise<SshHost>][] = [
  ["the embedded server", true, startSshServer],
  ["sshd", available(), startSshd],
];

describe.each(servers)("%s", (_name, present, startHost) => {
  describe.skipIf(!present)("as a remote host", () => {
    let host: SshHost;
    beforeAll(async () => {
      host = await startHost({ env: { TEAM: "it's ours" } });
    });
    afterAll(() => host.stop());

    const ssh = (command: string, options: RunOptions = {}, on: SshHost = host) =>
      run([on.alias, command], { program: join(on.binDir, "ssh"), ...options });

    test.concurrent("gives the command a home, a shell and an environment of its own, in its own session", async () => {
      const { out } = await ssh('pwd; echo "$HOME"; echo "$USER $SHELL $TEAM"; echo "$SSH_CONNECTION"');
      const [cwd, home, words, connection] = out.split("\n");
      expect([cwd, home, words]).toEqual([host.home, host.home, `${host.user} /bin/sh it's ours`]);
      expect(connection).toMatch(/^(127\.0\.0\.1|UNKNOWN) \d+ \S+ \d+$/);
      const { out: leader } = await ssh("echo $$; ps -o pgid= -p $$; ps -o sid= -p $$");
      expect(new Set(leader.trim().split(/\s+/)).size).toBe(1);
    });

    test.concurrent("finds programs in the remote's ~/bin", async () => {
      writeFileSync(join(host.home, "bin", "greet"), "#!/bin/sh\necho hello from home\n", { mode: 0o755 });
      expect((await ssh("greet")).out).toBe("hello from home\n");
    });

    test.concurrent("a login shell that talks is heard before the command", async () => {
      const noisy = await startHost({ shell: fixture("noisy-shell") });
      const { code, out, stderr } = await ssh("echo done", {}, noisy);
      expect({ code, out, stderr }).toEqual({
        code: 0,
        out: 'Welcome to the build farm!\n{"motd": "not JSON-RPC"}\ndone\n',
        stderr: "disk quota: 93%\n",
      });
      await noisy.stop();
    });

    test.concurrent("a refused key ends with 255", async () => {
      const closed = await startHost({ acceptKey: false });
      const { code, out, stderr } = await ssh("echo in", {}, closed);
      expect([code, out]).toEqual([255, ""]);
      expect(stderr).toBe(`${closed.user}@127.0.0.1: Permission denied (publickey).\r\n`);
      await closed.stop();
    });

    test.concurrent("stop() ends what its sessions left behind", async () => {
      const short = await startHost();
      const pids = join(tempDir(), "pids");
      const sleeper = start([short.alias, `${fixture("sleeper")} ${pids} ignore`], {
        program: join(short.binDir, "ssh"),
      });
      const [leader = 0, grandchild = 0] = await pidsIn(pids);
      await short.stop();
      await waitUntil(() => !alive(leader) && !alive(grandchild), 10_000, "the end of the sleepers");
      expect((await sleeper.exited).code).toBe(255);
      expect(await Bun.file(short.keyPath).exists()).toBe(false);
    });

    // sshd does so by itself.
    if (startHost !== startSshServer) return;
    test.concurrent.each([
      ["echo out; echo err >&2; exit 7", { code: 7, out: "out\n", stderr: "err\n" }],
      ["exit 255", { code: 255, out: "", stderr: "" }],
      ["kill -s TERM $$", { code: 255, out: "", stderr: "" }],
      [
        "cat; echo to a real pipe >/dev/stdout; printf %s 'it'\\''s quoted'",
        { code: 0, out: "to a real pipe\nit's quoted", stderr: "" },
      ],
    ])("%s", async (command, expected) => {
      expect(await ssh(command)).toMatchObject({ signal: null, ...expected });
    });

    test.concurrent("shares one connection between calls when asked to", async () => {
      const control = join(tempDir(), "c");
      const program = join(host.binDir, "ssh");
      const multiplexed = ["-S", control, host.alias];
      const master = start(["-M", "-N", ...multiplexed], { program });
      await waitUntil(
        async () => (await run(["-O", "check", ...multiplexed], { program })).code === 0,
        10_000,
        "the master",
      );
      const codes = [3, 0];
      const calls = codes.map((code) => run([...multiplexed, `echo ${code}; exit ${code}`], { program }));
      const results = (await Promise.all(calls)).map(({ code, out }) => [code, out]);
      expect(results).toEqual(codes.map((code) => [code, `${code}\n`]));
      await run(["-O", "exit", ...multiplexed], { program });
      await master.exited;
    });

    test.concurrent("is reached without an ssh-config by its facts alone", async () => {
      const options = host.sshOptions.flatMap((option) => ["-o", option]);
      const address = ["-F", "/dev/null", "-p", String(host.port), "-i", host.keyPath, ...options];
      const result = await run([...address, `${host.user}@${host.host}`, "echo in"], { program: "ssh" });
      expect([result.code, result.out, result.stderr]).toEqual([0, "in\n", ""]);
    });

    test.concurrent("moves a megabyte of random bytes there and back unchanged", async () => {
      const bytes = randomBytes(1_000_000);
      const result = await ssh("cat", { stdin: bytes });
      expect([result.code, result.stderr, sha256(result.stdout)]).toEqual([0, "", sha256(bytes)]);
    });

    test.concurrent("keeps stdout and stderr whole when both are full", async () => {
      const size = 1_000_000;
      const direct = await run([String(size), "both"], { program: fixture("flood") });
      const remote = await ssh(`${fixture("flood")} ${size} both`);
      expect(remote.stdout.length).toBe(size);
      expect(remote.stderr.length).toBe(size);
      expect(sha256(remote.stdout)).toBe(sha256(direct.stdout));
      expect(remote.stderr === direct.stderr).toBe(true);
    });

    test.concurrent("a slow reader slows the writer down", async () => {
      const progress = join(tempDir(), "progress");
      const running = start(
        [host.alias, `for n in $(seq 12); do head -c 600000 /dev/zero; echo >>${progress}; done`],
        { program: join(host.binDir, "ssh") },
      );
      const written = () => Bun.file(progress).size;
      await waitUntil(() => written() > 0, 10_000, "the first of it");
      await waitUntilStill(written, 300, 10_000, "the writer to stall");
      expect(written()).toBeLessThan(8);
      const bytes = await Bun.readableStreamToBytes(running.stdout);
      expect([bytes.length, written()]).toEqual([7_200_000, 12]);
      expect(await running.exited).toEqual({ code: 0, signal: null });
    });

    test.concurrent("a command that does not read stdin is no obstacle to one that does", async () => {
      const deaf = start([host.alias, "exec sleep 600"], { program: join(host.binDir, "ssh") });
      void deaf.write(randomBytes(4_000_000));
      const bytes = randomBytes(1_000_000);
      expect(sha256((await ssh("cat", { stdin: bytes })).stdout)).toBe(sha256(bytes));
      deaf.kill("SIGKILL");
      expect(await deaf.exited).toEqual({ code: null, signal: "SIGKILL" });
    });

    test.concurrent("serves sessions side by side", async () => {
      const outs = await Promise.all(["a", "b"].map((word) => ssh(`sleep 0.2; echo ${word}`)));
      expect(outs.map(({ out }) => out)).toEqual(["a\n", "b\n"]);
    });

    test.concurrent.each([
      ["an idle client", 0],
      ["a client in the middle of sending", 8_000_000],
    ])("killing %s leaves the command running, with its stdin at its end", async (_client, size) => {
      const dir = tempDir();
      const [pids, go, saw] = [join(dir, "pids"), join(dir, "go"), join(dir, "saw")];
      const wait = `echo $$ >${pids}; until [ -e ${go} ]; do sleep 0.05; done`;
      const command = `${wait}; cat >/dev/null; echo the end >${saw}; exec sleep 600`;
      const running = start([host.alias, command], { program: join(host.binDir, "ssh") });
      void running.write(new Uint8Array(size));
      const [pid = 0] = await pidsIn(pids);
      running.kill("SIGKILL");
      await running.exited;
      writeFileSync(go, "");
      await waitUntil(() => Bun.file(saw).exists(), 10_000, "the end of stdin");
      expect(alive(pid)).toBe(true);
      expect(await host.pids()).toContain(pid);
      process.kill(pid, "SIGKILL");
    });
  });
});
