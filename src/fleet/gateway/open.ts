/** The gateway over real hosts: ssh, lists that are kept on disk, and the times that things take. */

import type { Context } from "../../context.ts";
import { toolCacheOf } from "../../session/tool-cache.ts";
import { now, reachOf } from "../connection.ts";
import { createHostLines } from "../lines.ts";
import type { Host } from "../resolve-hosts.ts";
import { createDialler } from "./dial.ts";
import { createGateway } from "./gateway.ts";

const MINUTE_MS = 60_000;
/** A host that goes silent in a call is given up after twice as long: before the minute is over that clients give a call. */
const SILENCE_MS = 20_000;
const IDLE_MS = 5 * MINUTE_MS;
const FIRST_BACK_OFF_MS = 2000;
const LONGEST_BACK_OFF_MS = 10 * MINUTE_MS;

/** `parallel`: connections that are made at a time. */
export function openGateway(hosts: readonly Host[], parallel: number, context: Context) {
  const reach = reachOf(context);
  // For tests, which wait for no real ones.
  const firstBackOff = Number(context.env.RUNSPEC_GATEWAY_RETRY_MS ?? FIRST_BACK_OFF_MS);
  return createGateway({
    hosts,
    dial: createDialler({
      reach: { ...reach, silenceMs: Math.min(reach.silenceMs, SILENCE_MS) },
      parallel,
      user: context.userName(),
      asides: createHostLines(context.stderr),
    }),
    cacheOf: ({ destination }) => toolCacheOf(destination, context, "agent"),
    idleMs: Number(context.env.RUNSPEC_GATEWAY_IDLE_MS ?? IDLE_MS),
    // Twice as long after each failure, and never the same for two hosts.
    backOff: (failures) =>
      Math.min(firstBackOff * 2 ** failures, LONGEST_BACK_OFF_MS) * (0.75 + Math.random() / 2),
    lookAgainMs: 10_000,
    freshMs: MINUTE_MS,
    // Some clients give a server ten seconds from its start to its first list.
    firstListMs: 9000,
    lookMs: 2000,
    gatherMs: 300,
    now,
  });
}
