/** A remote whose shell talks on its own account: the call works, and what was said is seen on stderr. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { run } from "../harness/binary.ts";
import { fixture, furnish, localTo, script, tool, withoutSsh } from "./site.ts";

setDefaultTimeout(60_000);

const TOOLS = [
  tool("report", script('echo "out"; echo "err" >&2; exit 3')),
  tool("env", [fixture("env-dump"), "RUNSPEC_AGENT"]),
].join("\n");

const BANNER = ["Welcome to the build farm!", '{"motd": "not JSON-RPC"}', "disk quota: 93%"];

withoutSsh(
  TOOLS,
  ({ jump, startHost }) => {
    test.concurrent("a tool runs, and only its own output is on stdout", async () => {
      const { code, out, stderr } = await jump(["report"]);
      expect([code, out]).toEqual([3, "out\n"]);
      // The shell's own stderr takes another way than its stdout, so the order of the two is not ours to keep.
      expect(stderr.trimEnd().split("\n").sort()).toEqual([...BANNER, "err"].sort());
    });

    test.concurrent("the list of tools is a list of tools", async () => {
      const { code, out, stderr } = await jump(["-f", "json"]);
      expect([code, JSON.parse(out).tools.length]).toEqual([0, 2]);
      expect(stderr.trimEnd().split("\n").sort()).toEqual([...BANNER].sort());
    });

    test.concurrent("a banner that does not end its line works, too", async () => {
      const prompting = await startHost({ shell: fixture("prompting-shell") });
      furnish(prompting, TOOLS);
      const env = { ...localTo(prompting).env, RUNSPEC_HANDSHAKE_TIMEOUT: "10" };
      const { code, out, stderr } = await run(["jump", prompting.alias, "report"], {
        ...localTo(prompting),
        env,
      });
      await prompting.stop();
      expect([code, out]).toEqual([3, "out\n"]);
      expect(stderr).toMatch(/^Welcome! > ?\n?err\n$/);
    });
  },
  { shell: fixture("noisy-shell") },
);
