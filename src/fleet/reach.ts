/** How the hosts of a list are reached: what every session with one of them is given. */

import type { Context } from "../context.ts";
import { routeToServe } from "../hosts/route.ts";
import { patienceMs, silenceMs } from "../hosts/start.ts";
import { openTransport } from "../session/transport.ts";
import type { Reach } from "./connection.ts";

const REACH_MS = 10_000;
/** Between attempts at a server that has too many at its door, in milliseconds: more each time, and never the same for two. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 3000;

export function reachOf(context: Context, timeoutMs = Number.POSITIVE_INFINITY): Reach {
  // To be reached takes its time, whatever the tool may take.
  const patience = Math.min(patienceMs(context), Math.max(timeoutMs, REACH_MS));
  // What is to be said of all hosts has been said; of each, only what became of the call is told.
  const quiet = { ...context, stderr: { ...context.stderr, write: async () => {} } };
  return {
    version: context.version,
    patienceMs: patience,
    silenceMs: silenceMs(context, patience),
    pause: (attempt) =>
      Bun.sleep(Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS) * (0.5 + Math.random())),
    async routeTo({ destination }) {
      const route = await routeToServe(destination, context);
      return () => openTransport(destination, route, quiet);
    },
  };
}
