import { expect, test } from "bun:test";
import { startSsh } from "../../src/hosts/ssh-process.ts";

test("an ssh that is ended is said nothing more, and the descriptor for that is given back", async () => {
  const ssh = startSsh(["sleep", "600"], { PATH: "/usr/bin:/bin" });
  ssh.kill();
  await expect(ssh.stdin.write("x")).rejects.toThrow("the input has been closed");
  expect(await ssh.ended()).toMatchObject({ signal: "SIGTERM" });
  await Promise.all([ssh.stdout.close(), ssh.stderr.close()]);
});
