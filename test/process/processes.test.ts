import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import {
  outputNow,
  type ProcessEntry,
  processTime,
  readProcesses,
  readPs,
} from "../../src/process/processes.ts";
import { alive, waitUntil } from "../harness/processes.ts";

test("this process is listed, and the list complete where the first process can be seen", () => {
  const { entries, complete } = readProcesses();
  expect(complete).toBe(alive(1));
  expect(entries.find(({ pid }) => pid === process.pid)).toMatchObject({
    parent: process.ppid,
    zombie: false,
  });
});

test.skipIf(process.platform === "win32")(
  "what is started has its start between two looks at the clock",
  () => {
    for (let n = 0; n < 50; n++) {
      const since = processTime() ?? Infinity;
      const child = Bun.spawn(["sleep", "60"]);
      const by = processTime() ?? 0;
      const start = readProcesses().entries.find(({ pid }) => pid === child.pid)?.start;
      child.kill("SIGKILL");
      expect(start).toBeGreaterThanOrEqual(since);
      expect(start).toBeLessThanOrEqual(by);
    }
  },
);

test.skipIf(process.platform === "win32")("whether one has ended, or is stopped, is told", async () => {
  const parent = Bun.spawn(["sh", "-c", "true & exec sleep 60"]);
  const all = () => readProcesses().entries;
  await waitUntil(() => all().some((one) => one.parent === parent.pid && one.zombie), 20_000, "the end");
  parent.kill("SIGSTOP");
  const own = () => all().find(({ pid }) => pid === parent.pid);
  await waitUntil(() => own()?.stopped === true, 20_000, "the stop");
  expect(own()).toMatchObject({ zombie: false });
  parent.kill("SIGKILL");
});

const python = Bun.which("python3", { PATH: "/usr/bin:/bin" });
test.skipIf(python === null || process.platform !== "linux")(
  "one has not ended where its first thread alone has",
  async () => {
    const others = "threading.Thread(target=time.sleep, args=(60,)).start()";
    const code = `import ctypes, threading, time; ${others}; ctypes.CDLL(None).pthread_exit(None)`;
    const child = Bun.spawn([python ?? "", "-c", code]);
    const stat = () => readFileSync(`/proc/${child.pid}/stat`, "utf8");
    await waitUntil(() => stat().includes(") Z "), 20_000, "the end of the first thread");
    const [own] = readProcesses({ pid: child.pid }).entries;
    child.kill("SIGKILL");
    expect(own).toMatchObject({ pid: child.pid, zombie: false });
  },
);

function entry(pid: number, over: Partial<ProcessEntry>): ProcessEntry {
  return {
    pid,
    start: 0,
    parent: 1,
    group: pid,
    session: pid,
    name: "",
    zombie: false,
    stopped: false,
    ...over,
  };
}

test("what ps prints is read, wherever we are: its times are of UTC", () => {
  const text =
    "    1     0     1 Ss   Wed Nov 25 08:00:00 2026     /sbin/launchd\n  310     1   310 Z    Wed Nov 25 08:00:01 2026     (sudo)\n 4711   310  4711 T+   Sun Nov  1 08:00:00 2026     /Applications/A B/x y\n";
  const start = (when: string) => new Date(`${when}Z`).getTime();
  const sessionOf = (pid: number) => ({ 1: 0, 4711: 4000 })[pid] ?? -1;
  expect(readPs(text, sessionOf)).toEqual([
    entry(1, { start: start("2026-11-25T08:00:00"), parent: 0, name: "launchd" }),
    entry(310, { start: start("2026-11-25T08:00:01"), name: "(sudo)", zombie: true }),
    entry(4711, {
      session: 4000,
      start: start("2026-11-01T08:00:00"),
      parent: 310,
      name: "x y",
      stopped: true,
    }),
  ]);
});

test("a program of the system that does not end is given up", () => {
  expect(outputNow(["sleep", "600"], 20)).toBeUndefined();
  expect(outputNow(["echo", "a"])).toBe("a");
  // Of two processes with one TZ each, both read the same start.
  expect(outputNow(["printenv", "TZ"])).toBe("UTC");
});
