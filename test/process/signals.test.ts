import { describe, expect, test } from "bun:test";
import { Interrupted } from "../../src/errors.ts";
import {
  exists,
  listenForStop,
  type OnSignals,
  sendSignal,
  withoutRepeats,
} from "../../src/process/signals.ts";

/** No system has so many processes. */
const NOBODY = 2 ** 30;

test("who is there is told without being touched, and who is not", () => {
  expect([exists(process.pid), exists(NOBODY), exists(-NOBODY), sendSignal(NOBODY, "SIGTERM")]).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

test.skipIf(process.platform === "win32")("a process of somebody else's is there", () => {
  expect(exists(1)).toBe(true);
});

test("a signal to stop that comes twice at once, as from timeout, is one, however late the second is heard", async () => {
  const heard: string[] = [];
  const handle = withoutRepeats((signal) => heard.push(signal));
  for (const signal of ["SIGTERM", "SIGTERM", "SIGINT"] as const) handle(signal);
  await Bun.sleep(10);
  handle("SIGTERM");
  expect(heard).toEqual(["SIGTERM", "SIGINT"]);
  await Bun.sleep(110);
  handle("SIGTERM");
  expect(heard).toEqual(["SIGTERM", "SIGINT", "SIGTERM"]);
});

test("who goes on and stops again is heard at once", async () => {
  const heard: string[] = [];
  const handle = withoutRepeats((signal) => heard.push(signal));
  for (const signal of ["SIGTSTP", "SIGCONT", "SIGTSTP"] as const) {
    handle(signal);
    await Bun.sleep(5);
  }
  expect(heard).toEqual(["SIGTSTP", "SIGCONT", "SIGTSTP"]);
});

describe("a stop", () => {
  /** What has been told to listen, and a way to send it a signal. */
  function listening() {
    let handler: ((signal: NodeJS.Signals) => void) | undefined;
    const onSignals: OnSignals = (_, told) => {
      handler = told;
      return () => {
        handler = undefined;
      };
    };
    return { stop: listenForStop(onSignals), send: (signal: NodeJS.Signals) => handler?.(signal) };
  }

  test("is the first signal", () => {
    const { stop, send } = listening();
    expect(stop.signal.aborted).toBe(false);
    send("SIGTERM");
    send("SIGINT");
    expect(stop.signal.reason).toEqual(new Interrupted("SIGTERM", 15));
  });

  test("is not heard any more once nobody listens", () => {
    const { stop, send } = listening();
    stop.stopListening();
    send("SIGTERM");
    expect(stop.signal.aborted).toBe(false);
  });
});
