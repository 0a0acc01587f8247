/** What `multiplex = true` adds to the command line of ssh, and what it leaves as documented. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { recordingSsh } from "../harness/recording-ssh.ts";
import { tempDir } from "../harness/temp.ts";
import { project } from "./site.ts";

setDefaultTimeout(60_000);

describe("the command line", () => {
  async function wordsOf(more: string) {
    const ssh = await recordingSsh(tempDir());
    const { cwd, env } = project(
      `[config.jump-hosts.h]\nssh-options = ["Compression=yes", "ControlPath=/mine"]\n${more}`,
      ssh.binDir,
    );
    const runtime = tempDir();
    await runHere(["jump", "h", "t"], { cwd, env: { ...env, XDG_RUNTIME_DIR: runtime } });
    const [call = []] = await ssh.calls();
    return { call: call.map((word) => word.replace(/\/runspec\/[0-9a-f]{24}$/, "/runspec/KEY")), runtime };
  }
  const plain = ["-o", "BatchMode=yes", "-o", "Compression=yes", "-o", "ControlPath=/mine"];

  test.each([["multiplex = false\n"], [""]])("without it is the documented one: %j", async (more) => {
    const { call, runtime } = await wordsOf(more);
    expect([call, readdirSync(runtime)]).toEqual([[...plain, "h", "runspec", "serve"], []]);
  });

  test("with it has five options more, after the user's own, which win", async () => {
    const { call, runtime } = await wordsOf("multiplex = true\n");
    const path = join(runtime, "runspec", "KEY");
    expect(call).toEqual([
      ...plain,
      ...[
        "ControlMaster=auto",
        `ControlPath=${path}`,
        "ControlPersist=60",
        "ServerAliveInterval=15",
        "ServerAliveCountMax=3",
      ].flatMap((option) => ["-o", option]),
      "h",
      "runspec",
      "serve",
    ]);
  });
});

test("a runtime directory that cannot be made is told in a sentence", async () => {
  const { cwd, env } = project("[config.jump-hosts.h]\nmultiplex = true\n");
  const result = await run(["jump", "h"], { cwd, env: { ...env, XDG_RUNTIME_DIR: "/dev/null" } });
  expect([result.code, result.out]).toEqual([125, ""]);
  expect(result.stderr).toMatch(
    /^runspec: \/dev\/null\/runspec, where multiplexing keeps its sockets, cannot be made: .*\n {2}set XDG_RUNTIME_DIR to .*\n$/,
  );
});
