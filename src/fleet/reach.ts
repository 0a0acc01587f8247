/** How the hosts of a list are reached: what every session with one of them is given. */

import type { Context } from "../context.ts";
import { lookAtAddress } from "../hosts/address.ts";
import { patience } from "../hosts/patience.ts";
import { sshProgram } from "../hosts/program.ts";
import { routeToServe } from "../hosts/route.ts";
import { startSsh } from "../hosts/start.ts";
import { childEnvironment } from "../process/env.ts";
import { keptDirectory, keptTools } from "../session/kept-tools.ts";
import { overShared } from "../session/over-shared.ts";
import type { Host } from "./choose.ts";
import type { HostRoute, Reach } from "./connection.ts";

const PATIENCE_SECONDS = 30;
const REACH_MS = 10_000;
/** Between attempts at a server that has too many at its door, in milliseconds: more each time, and never the same for two. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 3000;

export function reachOf(context: Context, timeoutMs?: number): Reach {
  const { seconds } = patience(context.env, PATIENCE_SECONDS);
  const env = childEnvironment(context.env);
  return {
    version: context.version,
    // To be reached takes its time, whatever the tool may take.
    patienceMs: Math.min(seconds * 1000, Math.max(timeoutMs ?? Number.POSITIVE_INFINITY, REACH_MS)),
    pause: (attempt) =>
      Bun.sleep(Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS) * (0.5 + Math.random())),
    routeTo: (host) => routeTo(host, seconds * 1000, env, context),
    lookAtAddress: ({ destination }, limitMs) => lookAtAddress(destination, env, limitMs),
  };
}

async function routeTo(
  { destination }: Host,
  patienceMs: number,
  env: Record<string, string>,
  context: Context,
): Promise<HostRoute> {
  const { argv, ssh, shared, key } = await routeToServe(destination, context);
  const terminal = context.stdinIsTerminal() || context.stderr.isTerminal();
  const open = (words: readonly string[]) =>
    startSsh(sshProgram(words, { path: context.env.PATH, terminal }), env);
  return {
    shared: shared !== undefined,
    byHand: ssh,
    kept: keptTools(keptDirectory(context.env, context.home), key(), context.uid),
    start() {
      if (shared === undefined) return open(argv);
      return overShared(open(argv), {
        apart: () => open(shared.apart),
        forget: shared.forget,
        onRenewed() {},
        patienceMs,
        lookAtAddress: (limitMs) => lookAtAddress(destination, env, limitMs),
      });
    },
  };
}
