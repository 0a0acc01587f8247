/** Whatever happens to jump, ssh or the clock: nothing of a tool under another user is left on the remote. */

import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { childrenOf } from "../harness/processes.ts";
import { pidFile, pidsIn, RULE, site, unprivileged } from "./become-family.ts";
import { gone } from "./processes.ts";
import { type Site, throughSshd, withoutSsh } from "./site.ts";
import { canMakeUsers, users } from "./users.ts";

setDefaultTimeout(60_000);

beforeAll(() => users.allow(RULE));

async function started({ startJump }: Site, tool: string, server: string) {
  const file = pidFile();
  const running = startJump(["--bin", site.bin(server), tool, "--", file]);
  return { running, pids: await pidsIn(file) };
}

// What serve does then, to any kind of tool and in any way, is in become-end: here the one who has no rights is tried. What is said in the protocol is the same through any server.
withoutSsh("", (jumps) => {
  describe.skipIf(!canMakeUsers)("over ssh", () => {
    test.concurrent.each(unprivileged(["stubborn"]))(
      "Ctrl-C: %s, through %s by %s",
      async (kind, method, server) => {
        const { running, pids } = await started(jumps, `${kind}-${method}`, server);
        running.kill("SIGINT");
        expect(await running.exited).toEqual({ code: 130, signal: null });
        await gone(pids);
      },
    );

    test.concurrent("a timeout", async () => {
      const { running, pids } = await started(jumps, "plain-sudo-timeout", users.invoker);
      expect(await running.exited).toEqual({ code: 124, signal: null });
      expect(await new Response(running.stderr).text()).toContain("ran longer than its timeout of 3s");
      await gone(pids);
    });
  });
});

throughSshd("", (jumps) => {
  describe.skipIf(!canMakeUsers)("over ssh", () => {
    const sshOf = (pid: number) => childrenOf(pid)[0] ?? Number.NaN;

    test.concurrent.each(unprivileged(["stubborn"]))(
      "KILL to ssh: %s, through %s by %s",
      async (kind, method, server) => {
        const { running, pids } = await started(jumps, `${kind}-${method}`, server);
        process.kill(sshOf(running.pid), "SIGKILL");
        await Promise.all([running.exited, gone(pids)]);
      },
    );

    test.concurrent.each(unprivileged(["orphaning"]))(
      "KILL to jump: %s, through %s by %s",
      async (kind, method, server) => {
        const { running, pids } = await started(jumps, `${kind}-${method}`, server);
        running.kill("SIGKILL");
        expect(await running.exited).toEqual({ code: null, signal: "SIGKILL" });
        await gone(pids);
      },
    );
  });
});
