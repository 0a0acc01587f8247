import { afterEach, expect, mock, test } from "bun:test";
import { startSsh } from "../../src/hosts/ssh-process.ts";
import { stopFor } from "../harness/stopped.ts";

afterEach(() => mock.restore());

test("an ssh that is ended is said nothing more, and the descriptor for that is given back", async () => {
  const ssh = startSsh(["sleep", "600"], { PATH: "/usr/bin:/bin" });
  ssh.kill();
  await expect(ssh.stdin.write("x")).rejects.toThrow("the input has been closed");
  expect(await ssh.ended()).toMatchObject({ signal: expect.stringMatching(/^SIG(TERM|HUP)$/) });
  await Promise.all([ssh.stdout.close(), ssh.stderr.close()]);
});

test("how ssh has ended while we were stopped is known", async () => {
  const ssh = startSsh(["sh", "-c", "exec >&-; sleep 0.2; exit 7"], { PATH: "/usr/bin:/bin" });
  expect(await ssh.stdout.read()).toBeUndefined();
  stopFor(1500);
  expect(await ssh.ended()).toEqual({ exitCode: 7 });
  await Promise.all([ssh.stdout.close(), ssh.stderr.close()]);
});
