/** What a tool writes is what arrives: while it runs, byte for byte, each stream by itself. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BIN, lines, run } from "../harness/binary.ts";
import { alive, waitUntil, waitUntilStill } from "../harness/processes.ts";
import { tempDir } from "../harness/temp.ts";
import { startInTerminal } from "../harness/terminal.ts";
import {
  fixture,
  pidsIn,
  script,
  sha256,
  throughEachServer,
  throughSshd,
  tool,
  WORDS,
  withoutSsh,
} from "./site.ts";

setDefaultTimeout(60_000);

const TOOLS = [
  tool("stepper", [fixture("stepper")], WORDS),
  tool("bytes", [fixture("bytes")]),
  tool("split-bytes", [fixture("split-bytes")]),
  tool("json-talker", [fixture("json-talker")]),
  tool("exit-with", [fixture("exit-with")], WORDS),
  tool("flood", [fixture("flood")], WORDS),
  tool("leaver", [fixture("leaver")], WORDS),
  tool("cat", ["cat"], WORDS),
  tool("cat-both", script('cat "$1" >&2 & cat "$1"; wait'), WORDS),
  tool("devices", script("echo out >/dev/stdout; echo err >/dev/stderr; echo both | tee /dev/stderr")),
  tool("one-by-one", script('i=0; while [ $i -lt 2000 ]; do echo "$i"; i=$((i + 1)); done')),
  tool("meter", script('for n in $(seq 30); do head -c 400000 /dev/zero; echo >>"$1"; done'), WORDS),
  tool("chatty-child", script("yes & exit 6")),
  tool("closed", script("exec >&- 2>&-; sleep 0.3; exit 5")),
  tool("late", script("(sleep 0.3; echo late) & echo now")),
  tool("unended", script("printf out; printf err >&2; exec sleep 60"), 'timeout = "300ms"'),
  tool("unended-out", script("printf out; exec sleep 60"), 'timeout = "300ms"'),
  tool("endless", script('echo $$ >"$1"; exec yes'), WORDS),
  tool("once", script('echo $$ >"$1"; echo once; exec sleep 600'), WORDS),
].join("\n");

throughEachServer(TOOLS, ({ jump, startJump }) => {
  test.concurrent("each line of stdout and of stderr arrives while the tool waits to write the next", async () => {
    const dir = tempDir();
    const running = startJump(["stepper", "--", dir]);
    const out = lines(running.stdout);
    const err = lines(running.stderr);
    for (const step of [1, 2, 3]) {
      expect((await out.next()).value).toBe(`step ${step}`);
      expect((await err.next()).value).toBe(`note ${step}`);
      expect(existsSync(join(dir, "done"))).toBe(false);
      writeFileSync(join(dir, String(step)), "");
    }
    expect([(await out.next()).done, (await err.next()).done]).toEqual([true, true]);
    expect(await running.exited).toEqual({ code: 0, signal: null });
  });

  test.concurrent("random bytes on both streams at once", async () => {
    const file = join(tempDir(), "random");
    const bytes = randomBytes(700_000);
    writeFileSync(file, bytes);
    const there = await jump(["cat-both", "--", file]);
    expect([there.code, there.stdout.length, sha256(there.stdout)]).toEqual([0, bytes.length, sha256(bytes)]);
    // stderr comes as text here: what is not UTF-8 in it is compared by way of the same decoding.
    expect(there.stderr === bytes.toString()).toBe(true);
  });

  test.concurrent("a reader that leaves ends everything quietly, as `| head -1` does", async () => {
    const pids = join(tempDir(), "pids");
    const running = startJump(["endless", "--", pids]);
    const reader = lines(running.stdout);
    expect((await reader.next()).value).toBe("y");
    await reader.return(undefined);
    const said = await new Response(running.stderr).text();
    expect([await running.exited, said]).toEqual([{ code: 141, signal: null }, ""]);
    const [pid = 0] = await pidsIn(pids);
    await waitUntil(() => !alive(pid), 20_000, "the end of the tool");
  });

  test.concurrent("so does one that has left before the only line of a tool that goes on", async () => {
    const pids = join(tempDir(), "pids");
    const running = startJump(["once", "--", pids]);
    await running.stdout.cancel();
    expect(await running.exited).toEqual({ code: 141, signal: null });
    const [pid = 0] = await pidsIn(pids);
    await waitUntil(() => !alive(pid), 20_000, "the end of the tool");
  });
});

// chaos-pipes has one through each server.
throughSshd(TOOLS, ({ startJump }) => {
  test.concurrent("a reader that is slow slows the tool, and loses nothing", async () => {
    const progress = join(tempDir(), "progress");
    const running = startJump(["meter", "--", progress]);
    const written = () => (existsSync(progress) ? Bun.file(progress).size : 0);
    await waitUntil(() => written() > 0, 20_000, "the first output");
    await waitUntilStill(written, 500, 20_000, "the tool to stall");
    expect(written()).toBeLessThan(20);
    let bytes = 0;
    for await (const chunk of running.stdout) bytes += chunk.length;
    expect([bytes, written(), await running.exited]).toEqual([12_000_000, 30, { code: 0, signal: null }]);
  });
});

// When a call is over is serve's to say.
withoutSsh(TOOLS, ({ host, jump, local, startJump }) => {
  test.concurrent("what we say of a tool begins a line, whatever the tool has left of its own", async () => {
    const said = (tool: string) => `runspec: ${tool} was ended: it ran longer than its timeout of 300ms`;
    const { code, out, stderr } = await jump(["unended"]);
    expect([code, out, stderr]).toEqual([124, "out", `err\n${said("unended")}\n`]);
    const elsewhere = await jump(["unended-out"]);
    expect([elsewhere.out, elsewhere.stderr]).toEqual(["out", `${said("unended-out")}\n`]);
    await using person = startInTerminal([BIN, "jump", host().alias, "unended-out"], local());
    expect(await person.exited()).toBe(124);
    await person.sees("ms\r\n");
    expect(person.screen()).toBe(`out\r\n${said("unended-out")}\r\n`);
  });

  test.concurrent("a child left behind in the background does not keep the call open", async () => {
    const pids = join(tempDir(), "pids");
    const { code, out, stderr } = await jump(["leaver", "--", pids]);
    expect([code, out, stderr]).toEqual([0, "left\n", ""]);
    for (const pid of await pidsIn(pids)) process.kill(pid, "SIGKILL");
  });

  test.concurrent("a child left behind that never stops writing is not listened to for long", async () => {
    const running = startJump(["chatty-child"]);
    let bytes = 0;
    for await (const chunk of running.stdout) bytes += chunk.length;
    expect(await running.exited).toEqual({ code: 6, signal: null });
    // What the tool itself wrote is in the pipe when it ends: a few MiB at most.
    expect(bytes).toBeLessThan(64 * 1024 * 1024);
  });

  test.concurrent("a tool that closes its output is waited for", async () => {
    const { code, out, stderr } = await jump(["closed"]);
    expect([code, out, stderr]).toEqual([5, "", ""]);
  });

  test.concurrent("what a child says shortly after the tool's end is part of its output", async () => {
    const { code, out } = await jump(["late"]);
    expect([code, out]).toEqual([0, "now\nlate\n"]);
  });

  test.concurrent("a tool writes to real pipes", async () => {
    const { code, out, stderr } = await jump(["devices"]);
    expect([code, out, stderr]).toEqual([0, "out\nboth\n", "err\nboth\n"]);
  });
});

// A channel of ssh that carries the above carries any bytes.
withoutSsh(TOOLS, ({ jump }) => {
  test.concurrent.each([
    ["bytes", [fixture("bytes")]],
    ["split-bytes", [fixture("split-bytes")]],
    ["json-talker", [fixture("json-talker")]],
    ["exit-with", [fixture("exit-with"), "0", "no newline", "none here either"]],
    ["exit-with", [fixture("exit-with"), "0", "", ""]],
    ["exit-with", [fixture("exit-with"), "0", "\n", "\r\n\r"]],
    [
      "exit-with",
      [
        fixture("exit-with"),
        "0",
        '\u{feff}a byte order mark \u{1b}[31mred\u{1b}[0m \u{2028}\u{202e} quotes " and \\ and \\u0041',
        "\u{feff}é ü 漢字 🙂",
      ],
    ],
    ["flood", [fixture("flood"), "3000000", "both"]],
    ["flood", [fixture("flood"), "65536"]],
    ["flood", [fixture("flood"), "262145", "stderr"]],
  ])("%s: the same bytes as here (%j)", async (name, [program = "", ...words]) => {
    const here = await run(words, { program });
    const there = await jump(words.length === 0 ? [name] : [name, "--", ...words]);
    expect([there.code, sha256(there.stdout), there.stdout.length]).toEqual([
      here.code,
      sha256(here.stdout),
      here.stdout.length,
    ]);
    expect(there.stderr === here.stderr).toBe(true);
  });

  test.concurrent("2000 small writes in their order", async () => {
    const { code, out } = await jump(["one-by-one"]);
    expect([code, out]).toEqual([0, Array.from({ length: 2000 }, (_, n) => `${n}\n`).join("")]);
  });

  test.concurrent("everything written just before a failure", async () => {
    const text = "x".repeat(100_000);
    const { code, out, stderr } = await jump(["exit-with", "--", "9", text, text]);
    expect([code, out === text, stderr === text]).toEqual([9, true, true]);
  });
});
