/** An agent that doctor finds, and what starts one in the shell of whoever asks. */

import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkAgent } from "../../src/doctor/agent.ts";
import { tempDir } from "../harness/temp.ts";

test.concurrent.each([
  ["/bin/zsh", 'eval "$(ssh-agent)" && ssh-add'],
  ["/usr/bin/fish", "eval (ssh-agent -c) && ssh-add"],
  ["/bin/tcsh", "eval `ssh-agent -c` && ssh-add"],
  [undefined, 'eval "$(ssh-agent)" && ssh-add'],
])("no agent, and %s: one is started as that shell has it", async (shell, command) => {
  const env = {
    PATH: process.env.PATH ?? "",
    HOME: tempDir(),
    ...(shell === undefined ? {} : { SHELL: shell }),
  };
  const around = { env, limitMs: 5000, signal: new AbortController().signal };
  const found = await checkAgent(undefined, around);
  expect([found.remedy?.split("\n").at(-1), found.status !== "fail" && found.value.add]).toEqual([
    command,
    command,
  ]);
  const program = Bun.which(shell?.split("/").at(-1) ?? "sh");
  if (program === null || Bun.which("ssh-agent") === null) return;
  const typed = Bun.spawnSync([program, "-c", `${command}; ssh-add -l; ssh-agent -k`], { env });
  expect(typed.stdout.toString()).toContain("The agent has no identities.");
});

test("no agent at all, by IdentityAgent none: that is undone before a key is added", async () => {
  const around = { env: { PATH: "" }, limitMs: 5000, signal: new AbortController().signal };
  const found = await checkAgent("none", around);
  expect(found.status !== "fail" && found.value.add).toBe(
    'undo IdentityAgent none in ssh\'s configuration, and add the key:\neval "$(ssh-agent)" && ssh-add',
  );
});

test.concurrent("no agent at an IdentityAgent: a socket there is removed, and nothing else that has the name", async () => {
  const [home, PATH] = [tempDir(), process.env.PATH ?? ""];
  const around = { env: { PATH, HOME: home }, limitMs: 5000, signal: new AbortController().signal };
  const [file, socket] = [join(home, "file"), join(home, "socket")];
  writeFileSync(file, "precious");
  const left = `Bun.listen({ unix: "${socket}", socket: { data() {} } }); process.kill(process.pid, "SIGKILL");`;
  Bun.spawnSync([process.execPath, "-e", left]);
  const start = async (path: string) => (await checkAgent(path, around)).remedy?.split("\n").at(-1);
  const command = (path: string) => `ssh-agent -a ${path} && SSH_AUTH_SOCK=${path} ssh-add`;
  expect(await start(file)).toBe(command(file));
  expect(await start(socket)).toBe(`rm -f ${socket}; ${command(socket)}`);
});
