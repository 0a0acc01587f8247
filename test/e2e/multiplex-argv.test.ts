/** What `multiplex = true` adds to the command line of ssh, and what it leaves as documented. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { recordingSsh } from "../harness/recording-ssh.ts";
import { tempDir } from "../harness/temp.ts";
import { project } from "./site.ts";

setDefaultTimeout(60_000);

async function wordsOf(more: string, runtime = tempDir()) {
  const ssh = await recordingSsh(tempDir());
  const { cwd, env } = project(
    `[config.jump-hosts.h]\nssh-options = ["Compression=yes", "ControlPath=/mine"]\n${more}`,
    ssh.binDir,
  );
  await runHere(["jump", "h", "t"], { cwd, env: { ...env, XDG_RUNTIME_DIR: runtime } });
  const [call = []] = await ssh.calls();
  return { call: call.map((word) => word.replace(/\/[\w-]{8}%C$/, "/KEY%C")), runtime };
}

describe("the command line", () => {
  const plain = ["-o", "BatchMode=yes", "-o", "Compression=yes", "-o", "ControlPath=/mine"];

  test.each([["multiplex = false\n"], [""]])("without it is the documented one: %j", async (more) => {
    const { call, runtime } = await wordsOf(more);
    expect([call, readdirSync(runtime)]).toEqual([[...plain, "h", "runspec", "serve"], []]);
  });

  test("with it has five options more, after the user's own, which win", async () => {
    const { call, runtime } = await wordsOf("multiplex = true\n");
    const path = join(runtime, "runspec", "KEY%C");
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

  test.each(["%h", "%%", `\${HOME}`, "it's", 'a"b', "a\tb", "two words", "ü".repeat(30), "x".repeat(60)])(
    "a runtime directory that ssh cannot use for a socket is left alone: %j",
    async (name) => {
      const runtime = join(tempDir(), name);
      mkdirSync(runtime, { mode: 0o700 });
      const { call } = await wordsOf("multiplex = true\n", runtime);
      expect(call).toContain(`ControlPath=/tmp/runspec-${process.getuid?.()}/KEY%C`);
      expect(readdirSync(runtime)).toEqual([]);
    },
  );
});

test("a runtime directory that cannot be made is told in a sentence, and what it advises has a path that is short enough, whatever TMPDIR is", async () => {
  const { cwd, env } = project("[config.jump-hosts.h]\nmultiplex = true\n");
  const result = await run(["jump", "h"], { cwd, env: { ...env, XDG_RUNTIME_DIR: "/dev/null" } });
  expect([result.code, result.out]).toEqual([125, ""]);
  expect(result.stderr).toMatch(
    /^runspec: \/dev\/null\/runspec, where multiplexing keeps its sockets, cannot be made: .*\n {2}set XDG_RUNTIME_DIR to .*\n$/,
  );
  const [advised = ""] = /export XDG_RUNTIME_DIR="[^"]*"/.exec(result.stderr) ?? [];
  // As long as that of macOS.
  const TMPDIR = join(tempDir(), "T".repeat(50));
  mkdirSync(TMPDIR);
  const made = Bun.spawnSync(["sh", "-c", `${advised}; printf %s "$XDG_RUNTIME_DIR"`], {
    env: { ...env, TMPDIR },
  });
  const runtime = made.stdout.toString();
  const { call } = await wordsOf("multiplex = true\n", runtime);
  rmSync(runtime, { recursive: true });
  expect(call).toContain(`ControlPath=${runtime}/runspec/KEY%C`);
});
