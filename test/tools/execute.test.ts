/** A tool that is started for real: whose doing its end was. */

import { expect, spyOn, test } from "bun:test";
import { execute } from "../../src/tools/execute.ts";
import { BASE_ENV } from "../harness/binary.ts";
import { alive, waitUntil } from "../harness/processes.ts";
import { toolOf } from "../spec/declared.ts";

const TIMEOUT = 61_234;

test.each(["cancelled", "over its time"])(
  "one that had exited when it was %s has ended by itself",
  async (what) => {
    const set = spyOn(globalThis, "setTimeout");
    const cancel = new AbortController();
    const read = Promise.withResolvers<void>();
    const pid = Promise.withResolvers<number>();
    const argv = ["/bin/sh", "-c", "echo said; exit 3"];
    const over = execute(
      { ...toolOf(""), timeout: TIMEOUT },
      { argv, shown: argv, env: BASE_ENV },
      { signal: cancel.signal, watchdog: () => () => {}, onStart: pid.resolve, onOutput: () => read.promise },
    );
    const [onTimeout] = set.mock.calls.find(([, ms]) => ms === TIMEOUT) ?? [];
    set.mockRestore();
    const started = await pid.promise;
    await waitUntil(() => !alive(started), 10_000, "the tool to exit");
    await Bun.sleep(20);
    if (what === "cancelled") cancel.abort();
    else onTimeout?.();
    read.resolve();
    expect(await over).toMatchObject({ exitCode: 3, cancelled: false, timedOut: false });
  },
);
