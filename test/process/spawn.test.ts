import { describe, expect, spyOn, test } from "bun:test";
import { fstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { attempt, codeOf, problemOf } from "../../src/errors.ts";
import { collect } from "../../src/process/source.ts";
import { spawn } from "../../src/process/spawn.ts";
import { waitUntil, within } from "../harness/processes.ts";

const ENV = { PATH: "/usr/bin:/bin" };

test.if(process.platform === "linux")(
  "leaves nothing open, however few files can be opened, and starts nothing that it could not watch",
  async () => {
    const script = join(import.meta.dir, "spawn-descriptors.ts");
    const child = Bun.spawn(["sh", "-c", 'ulimit -n 64; exec "$@"', "sh", process.execPath, script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const { results, left, watchdogs } = JSON.parse(await new Response(child.stdout).text());
    // The runtime may close one of its own meanwhile.
    expect(left).toBeLessThanOrEqual(0);
    // One keeps its list and the end of its pipe, or nothing.
    expect([...new Set(watchdogs)]).toEqual([0, 2]);
    const refused = (program: string) => `${program}: cannot be started: too many files are open already`;
    const counted = (row: string[]) => [...new Set(row)];
    expect(counted(results.cat)).toEqual([refused("cat"), '{"exitCode":0}']);
    expect(counted(results["/nowhere/at-all"])).toEqual([
      refused("/nowhere/at-all"),
      "/nowhere/at-all: no such program (or its interpreter is missing)",
    ]);
    // Six for the streams, and those that ending it may take.
    expect(results.cat.lastIndexOf(refused("cat"))).toBe(13);
  },
);

test("starts nothing whose output cannot be read", () => {
  const opened = () =>
    readdirSync("/dev/fd").filter((fd) => attempt(() => fstatSync(Number(fd)))?.isFIFO()).length;
  const before = opened();
  const file = spyOn(Bun, "file").mockImplementation(() => {
    throw Object.assign(new Error("EMFILE: too many open files, dup"), { code: "EMFILE" });
  });
  let ready = false;
  const onReady = () => {
    ready = true;
  };
  const options = { env: ENV, stdin: "pipe", output: "pipe", ownGroup: true, onReady } as const;
  const why = problemOf(() => spawn({ argv: ["sleep", "600"], ...options }));
  file.mockRestore();
  expect([why, ready, opened()]).toEqual([
    "sleep: cannot be started: too many files are open already",
    false,
    before,
  ]);
});

test.each([
  ["exit 0", { exitCode: 0 }],
  ["exit 3", { exitCode: 3 }],
  ["kill -9 $$", { exitCode: 137, signal: "SIGKILL" }],
])("how %j ends is known, and from when on its number may be another's", async (script, end) => {
  const child = spawn({
    argv: ["sh", "-c", `read go; ${script}`],
    env: ENV,
    stdin: "pipe",
    output: "pipe",
    ownGroup: true,
  });
  expect([child.exit(), child.hasExited()]).toEqual([undefined, false]);
  await child.stdin?.write("\n");
  expect(await child.exited).toEqual(end);
  expect([child.exit(), child.hasExited()]).toEqual([end, true]);
});

describe("a child's stdin", () => {
  const started = (script: string) => {
    const { stdin, ...child } = spawn({
      argv: ["sh", "-c", script],
      env: ENV,
      stdin: "pipe",
      output: "pipe",
      ownGroup: true,
    });
    if (stdin === undefined) throw new Error("there is no stdin");
    return { ...child, stdin };
  };

  test("takes nothing after its end", async () => {
    const { stdin, exited } = started('[ "$(cat)" = all ]');
    await stdin.write("all");
    const end = stdin.end();
    expect(await stdin.write("more").catch(({ message }) => message)).toBe("the input has been closed");
    await Promise.all([end, stdin.end(), stdin.destroy()]);
    expect(await exited).toEqual({ exitCode: 0 });
  });

  test("is given up where nobody reads it, also while its end waits", async () => {
    const { stdin, exited, pid } = started("exec sleep 600");
    const stuck = stdin.write(new Uint8Array(1_000_000)).catch(codeOf);
    const end = stdin.end();
    await Bun.sleep(20);
    await within(stdin.destroy(), 20_000, "the end of it");
    expect(await stuck).toBe("EPIPE");
    await end;
    expect(await stdin.write("more").catch(({ message }) => message)).toBe("the input has been closed");
    process.kill(pid, "SIGKILL");
    await exited;
  });
});

describe.skipIf(process.platform === "win32")("a child", () => {
  const started = (script: string) =>
    spawn({ argv: ["sh", "-c", script], env: ENV, stdin: "null", output: "pipe", ownGroup: false });

  test("is sent signals until it has ended, and then nobody is", async () => {
    const { kill, exited, stdout } = started(
      "trap 'echo told' USR1; echo ready; while :; do sleep 0.01; done",
    );
    const output = collect(stdout, 100);
    await waitUntil(() => output.bytes().includes("ready"), 5000, "the child");
    kill("SIGUSR1");
    await waitUntil(() => output.bytes().includes("told"), 5000, "the signal");
    kill();
    expect(await exited).toEqual({ exitCode: 143, signal: "SIGTERM" });
    // Its pid may be another's by now.
    const send = spyOn(process, "kill");
    kill("SIGKILL");
    expect(send).not.toHaveBeenCalled();
    send.mockRestore();
  });

  test("has its output kept as far as there is room, and is read to the end", async () => {
    const chunks: number[] = [];
    const output = collect(started("printf 0123456789").stdout, 4, (chunk) => void chunks.push(chunk.length));
    await output.ended;
    expect([`${output.bytes()}`, output.size(), chunks]).toEqual(["0123", 10, [10]]);
  });
});
