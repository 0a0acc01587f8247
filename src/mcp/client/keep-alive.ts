/** Keeping leases: saying that the client is there, however busy its output is, for as long as a server wants to hear it. */

import { readerGone } from "../../errors.ts";
import type { PlainObject } from "../../json.ts";
import { LEASE } from "../extension.ts";

/** A lease is kept by saying so this many times. */
const TIMES = 3;
/** It is not said more often than this, however short the lease. */
const SHORTEST_MS = 20;

/** `send` sends the params of one notification, and may be slow to: the next is sent when it is done. */
export function createKeepAlive(send: (params: PlainObject) => Promise<unknown>) {
  let timer: ReturnType<typeof setInterval> | undefined;
  let underWay = false;

  /** Says it now; `suspended`: before we are stopped. */
  async function say(suspended = false): Promise<void> {
    underWay = true;
    // The reader of the connection learns that it has gone.
    await send(suspended ? { suspended } : {}).catch(readerGone);
    underWay = false;
  }

  return {
    /** From now on says so, as often as a lease of `seconds` needs; undefined: no more. */
    every(seconds: number | undefined): void {
      clearInterval(timer);
      timer = undefined;
      if (seconds === undefined) return;
      const ms = Math.max((seconds * 1000) / TIMES, SHORTEST_MS);
      timer = setInterval(() => {
        if (!underWay) void say();
      }, ms);
      // It keeps nobody from ending.
      timer.unref();
    },
    isOn: () => timer !== undefined,
    say,
  };
}

/** The longest lease that a tool's table can set; a timer for much longer would fire at once. */
const LONGEST_SECONDS = 2 ** 31 / 1000;

/** The seconds of a lease, as `{seconds}` says them. */
export function secondsIn({ seconds }: PlainObject): number | undefined {
  return typeof seconds === "number" && seconds > 0 && seconds <= LONGEST_SECONDS ? seconds : undefined;
}

/** The lease that the first message of a server announces. In a text of somebody else's, the quotes would be escaped. */
export function leaseIn(message: Uint8Array): number | undefined {
  const announced = new RegExp(
    `"${LEASE.replace("/", String.raw`\\?/`)}"\\s*:\\s*\\{\\s*"seconds"\\s*:\\s*([\\d.]+)`,
  );
  const [, seconds] = announced.exec(Buffer.from(message).toString()) ?? [];
  return secondsIn({ seconds: Number(seconds) });
}
