/** What `runspec jump` on one host does with the signals that it hears, with an ssh that is none. */

import { expect, test } from "bun:test";
import { callOrList } from "../../../src/commands/jump/call.ts";
import type { Context, OutputStream } from "../../../src/context.ts";
import { resolveBin } from "../../../src/hosts/bin.ts";
import { listenForStop } from "../../../src/process/signals.ts";
import { plainHost } from "../../../src/spec/config.ts";
import { tempDir } from "../../harness/temp.ts";

function never(): never {
  throw new Error("nobody asks for it");
}

/** A call on a host whose ssh says nothing, until `ended`; who listens for SIGINT meanwhile, and the fewest that there have been. */
async function calling() {
  const listeners = new Set<(signal: NodeJS.Signals) => void>();
  let fewest = Number.POSITIVE_INFINITY;
  const ended = Promise.withResolvers<undefined>();
  const closed = async () => {};
  const ssh = {
    stdin: { write: closed, flush: closed, end: closed, destroy: closed, takeBack: () => false },
    stdout: { read: () => ended.promise, close: closed },
    stderr: { read: () => ended.promise, close: closed },
    async kill() {},
    ended: async () => ({ exitCode: 255 }),
  };
  const quiet: OutputStream = {
    ...{ write: closed, flush: closed, abandon: closed, expectReader() {}, failure: new Promise(() => {}) },
    ...{ isTerminal: () => false, columns: () => 80 },
  };
  const context: Context = {
    ...{
      env: {},
      cwd: "/",
      home: tempDir(),
      uid: process.getuid?.(),
      rest: [],
      stdout: quiet,
      stderr: quiet,
    },
    ...{ execPath: "/runspec", argv0: "runspec", version: "1.0.0", platform: "test" },
    stdin: {
      isTerminal: () => false,
      hasInput: () => false,
      hasUnread: () => false,
      isHungUp: () => false,
      open: never,
    },
    ...{ hostname: never, openProtocol: never, userName: never },
    onSignals(signals, handler) {
      if (!signals.includes("SIGINT")) return () => {};
      listeners.add(handler);
      return () => {
        listeners.delete(handler);
        fewest = Math.min(fewest, listeners.size);
      };
    },
  };
  const bin = resolveBin({ flag: undefined, field: undefined, env: undefined });
  const destination = { ...plainHost("box"), bin };
  const stop = listenForStop(context.onSignals);
  const args = { _: [], alias: "box", tool: "t" };
  const transport = { alias: "box", destination, patienceMs: 60_000, silenceMs: 60_000, ssh };
  const over = callOrList(transport, args, stop, context).catch((error: unknown) => error);
  await Bun.sleep(0);
  return { over, listeners, fewest: () => fewest, ended: () => ended.resolve(undefined) };
}

test("from the start of ssh on somebody listens without a gap: a signal in between would end us", async () => {
  const { over, listeners, fewest, ended } = await calling();
  expect([fewest(), listeners.size]).toEqual([1, 1]);
  ended();
  expect(await over).toMatchObject({ exitCode: 255 });
  expect(listeners.size).toBe(0);
});

test("a signal that ended ssh as well is heard, although it is seen later", async () => {
  const { over, listeners, ended } = await calling();
  setImmediate(() => {
    for (const hear of listeners) hear("SIGINT");
  });
  ended();
  expect(await over).toMatchObject({ exitCode: 130 });
});
