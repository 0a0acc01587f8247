/** What is piped into `jump` is what the tool reads, as with ssh. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BIN, lines, run } from "../harness/binary.ts";
import { alive, waitUntil } from "../harness/processes.ts";
import { tempDir } from "../harness/temp.ts";
import { fixture, pidsIn, script, sha256, throughSshd, tool, withoutSsh } from "./site.ts";

setDefaultTimeout(60_000);

const TOOLS = [
  tool("stdin", [fixture("stdin-cat")]),
  tool("echo-lines", script('while read -r line; do echo "got $line"; done; echo end')),
  tool("first", ["head", "-c", "5"]),
  tool("deaf", script("exit 4")),
  tool("what", ["readlink", "/proc/self/fd/0"]),
  tool(
    "holder",
    script('sleep 600 <&0 >/dev/null 2>&1 & echo $! >"$1"'),
    'args.f = { position = 1 , type = "path" }',
  ),
].join("\n");

throughSshd(TOOLS, ({ jump, startJump }) => {
  test.concurrent.each([
    ["nothing", new Uint8Array(0)],
    ["text", Buffer.from("two\nlines")],
    ["bytes that are no text", Buffer.from([0xff, 0, 0xe2, 0x82, 0x0d, 0x0a, 0xef, 0xbb, 0xbf, 0xc3])],
    ["more than a window", randomBytes(3_000_001)],
  ])("%s, and then the end of file", async (_what, stdin) => {
    const { code, stdout, stderr } = await jump(["stdin"], { stdin });
    expect([code, sha256(stdout), stderr]).toEqual([0, sha256(stdin), "end of stdin\n"]);
  });

  test.concurrent("a tool that reads a part of it ends as it would here", async () => {
    const { code, out, stderr } = await jump(["first"], { stdin: randomBytes(4_000_000).toString("hex") });
    expect([code, out.length, stderr]).toEqual([0, 5, ""]);
  });

  test.concurrent("a tool that reads none of it is not waited for, nor is an input that never ends", async () => {
    const running = startJump(["deaf"]);
    expect(await running.exited).toEqual({ code: 4, signal: null });
  });

  test.concurrent("a child left behind with the input keeps nobody", async () => {
    const pids = join(tempDir(), "pids");
    const { code, stderr } = await jump(["holder", "--", pids], { stdin: new Uint8Array(2_000_000) });
    expect([code, stderr]).toEqual([0, ""]);
    for (const pid of await pidsIn(pids)) {
      process.kill(pid, "SIGKILL");
      await waitUntil(() => !alive(pid), 20_000, "its end");
    }
  });
});

// What is not said of the end of the input is the same through any ssh.
withoutSsh(TOOLS, ({ host, local, jump, startJump }) => {
  test.concurrent("line by line, while the tool runs", async () => {
    const running = startJump(["echo-lines"]);
    const out = lines(running.stdout);
    for (const word of ["one", "two", "three"]) {
      await running.write(`${word}\n`);
      expect((await out.next()).value).toBe(`got ${word}`);
    }
    running.closeStdin();
    expect([(await out.next()).value, (await out.next()).done]).toEqual(["end", true]);
    expect(await running.exited).toEqual({ code: 0, signal: null });
  });

  /** Runs a line of shell in which `jump` is a command. */
  const shell = (line: string, file: string) =>
    run(["-c", `jump() { "${BIN}" jump ${host().alias} "$@"; }\n${line}`, "sh", file], {
      ...local(),
      program: "/bin/sh",
    });

  test.concurrent("a file from where somebody else has left it, who then finds it read", async () => {
    const file = join(tempDir(), "lines");
    writeFileSync(file, "1\n2\n3\n");
    const line = '{ read -r a; jump stdin 2>/dev/null; echo "then $a:"; cat; } <"$1"';
    expect(await shell(line, file)).toMatchObject({ code: 0, out: "2\n3\nthen 1:\n", stderr: "" });
  });

  test.concurrent.skipIf(process.platform !== "linux")(
    "as much of an endless device as is read",
    async () => {
      const { code, stdout } = await shell("jump first </dev/zero", "");
      expect([code, ...stdout]).toEqual([0, 0, 0, 0, 0, 0]);
    },
  );

  test.concurrent("no directory, and then nothing is run", async () => {
    expect(await shell("jump stdin </tmp", "")).toMatchObject({
      code: 125,
      out: "",
      stderr: "runspec: stdin is a directory\n  redirect it from a file, or from /dev/null\n",
    });
  });

  test.concurrent("what cannot be read ends the call, and is no end of the input", async () => {
    const file = join(tempDir(), "written");
    const { code, out, stderr } = await shell('jump stdin 0>"$1"', file);
    expect([code, out, stderr]).toEqual([125, "", "runspec: stdin cannot be read: bad file descriptor\n"]);
  });

  test.concurrent.skipIf(process.platform !== "linux")(
    "the null device for the null device, and a pipe for anything else",
    async () => {
      expect((await jump(["what"])).out).toStartWith("pipe:");
      const words = ["jump", host().alias, "what"];
      const child = Bun.spawn([BIN, ...words], { ...local(), stdio: ["ignore", "pipe", "inherit"] });
      expect(await new Response(child.stdout).text()).toBe("/dev/null\n");
    },
  );

  test.concurrent("nothing with --no-stdin", async () => {
    const { code, out, stderr } = await jump(["stdin", "-n"], { stdin: "typed ahead\n" });
    expect([code, out, stderr]).toEqual([0, "", "end of stdin\n"]);
  });
});
