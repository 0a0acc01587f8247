import { describe, expect, mock, test } from "bun:test";
import { type BriefOptions, type BriefResult, runBriefly } from "../../src/process/run-briefly.ts";
import { alive, waitUntil } from "../harness/processes.ts";
import { stopFor } from "../harness/stopped.ts";

const run = (script: string, over: Partial<BriefOptions> = {}) =>
  runBriefly(["sh", "-c", script], {
    env: { PATH: "/usr/bin:/bin" },
    limitMs: 10_000,
    signal: new AbortController().signal,
    ...over,
  });

describe.skipIf(process.platform === "win32")("a program that is run briefly", () => {
  const rows: [string, () => Promise<BriefResult>, Partial<BriefResult>][] = [
    [
      "says what it said and how it ended",
      () => run("echo out; echo err >&2; exit 3"),
      { exitCode: 3, stdout: "out\n", stderr: "err\n", tooMuch: false },
    ],
    ["is ended by a signal", () => run("kill -TERM $$"), { exitCode: 143 }],
    [
      "is ended when its time is over",
      () => run("echo out; exec sleep 60", { limitMs: 300 }),
      { exitCode: undefined, stdout: "out\n" },
    ],
    [
      "is ended where it prints more than is wanted",
      () => run("while :; do echo y; done", { stdoutMax: 4 }),
      { exitCode: undefined, stdout: "y\ny\n", tooMuch: true },
    ],
  ];
  test.concurrent.each(rows)("%s", async (_, start, expected) => {
    expect(await start()).toMatchObject(expected);
  });

  test.concurrent("is not held up by whoever keeps its output", async () => {
    const { exitCode, stdout } = await run("sleep 60 & echo $!");
    const keeper = Number(stdout);
    expect([exitCode, alive(keeper)]).toEqual([0, true]);
    process.kill(keeper);
  });

  test.concurrent.each([
    ["is asked", ""],
    ["asked in vain", "trap '' TERM;"],
  ])("is ended with what it has started where it leads a group: %s", async (_, first) => {
    // It is ended for saying more than the number of what it has started.
    const script = `${first} sleep 60 & printf '%020d%020d' $! 0; wait`;
    const { stdout } = await run(script, { stdoutMax: 20, ownGroup: true });
    await waitUntil(() => !alive(Number(stdout)), 20_000, "the end of what it started");
  });

  test.skipIf(process.platform !== "linux")(
    "is ended with what has made a group of its own in its session, as timeout does",
    async () => {
      // By then timeout has left the group.
      const script = `timeout 60 sh -c 'printf %020d%020d $PPID 0; exec sleep 60' & wait`;
      const { stdout } = await run(script, { stdoutMax: 20, ownGroup: true });
      const left = alive(Number(stdout));
      if (left) process.kill(Number(stdout));
      expect(left).toBe(false);
    },
  );

  test("is ended, or not started, where somebody stops it, who is told why", async () => {
    const stop = new AbortController();
    const running = run("exec sleep 60", { signal: stop.signal });
    stop.abort(new Error("stopped"));
    expect(await running.catch(String)).toBe("Error: stopped");
    expect(await run("true", { signal: stop.signal }).catch(String)).toBe("Error: stopped");
  });
});

test.skipIf(process.platform === "win32")(
  "a signal that also ended it is heard, although it is seen later",
  async () => {
    const { spawn } = Bun;
    const controller = new AbortController();
    const hear = () => controller.abort(new Error("stopped"));
    Object.assign(Bun, {
      spawn(...given: unknown[]) {
        const child: Bun.Subprocess = Reflect.apply(spawn, Bun, given);
        void child.exited.then(() => setImmediate(hear));
        return child;
      },
    });
    // Nothing else is waited for by then.
    const ended = run("exec >&- 2>&-; sleep 0.1", { signal: controller.signal });
    Object.assign(Bun, { spawn });
    await expect(ended).rejects.toThrow("stopped");
  },
);

// Not among the others: their timers would be stopped as well.
test.skipIf(process.platform === "win32")(
  "what a program has said while we were stopped counts",
  async () => {
    stopFor(5000);
    try {
      expect(await run("sleep 0.1; echo out")).toMatchObject({ exitCode: 0, stdout: "out\n" });
    } finally {
      mock.restore();
    }
  },
);
