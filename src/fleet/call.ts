/** One tool on many hosts, put together: who is called, who shows it, and what ends it. */

import { resolve } from "node:path";
import { type Context, isDumb } from "../context.ts";
import { readerGone } from "../errors.ts";
import type { WordsCall } from "../mcp/tool-host.ts";
import { onSuspend, STOP_SIGNALS } from "../process/signals.ts";
import { reachOf } from "./connection.ts";
import { createOutputDir } from "./output-dir.ts";
import { createReporter } from "./reporter.ts";
import type { Host } from "./resolve-hosts.ts";
import { createRollOut, type Result, type RollOutPlan } from "./roll-out.ts";
import { createScreen } from "./screen.ts";
import { createSession } from "./session.ts";
import { showFolded, showJson, showLive } from "./show.ts";

export interface ManyCall {
  hosts: readonly Host[];
  call: WordsCall;
  /** `outputDir`: as typed; undefined: none is written. */
  plan: RollOutPlan & { outputDir: string | undefined };
  /** Asks a person, where there is one; undefined: nobody is asked. */
  ask: ((question: string) => Promise<boolean>) | undefined;
  /** Asks for secrets, and gives the words for them; undefined: nobody is asked. `where`: ` on` the hosts that lack it. */
  askSecrets: ((names: readonly string[], where: (name: string) => string) => Promise<string[]>) | undefined;
  /** What a person types, up to the tool. */
  invocation: string;
}

/** Bytes of output that are kept in memory, for all hosts together, and at most for one. */
const KEPT_ALL = 24 * 1024 * 1024;
const KEPT_ONE = 4 * 1024 * 1024;
const KEPT_LEAST = 64 * 1024;

/** Checks the call on all hosts, makes it where it can be made, and shows what comes of it; only help is left to the caller to print. @throws RunspecError where nothing can be written, and what `stop` aborts with before anything is started */
export async function callOnMany(many: ManyCall, stop: AbortSignal, context: Context): Promise<Result> {
  const { hosts, call, plan } = many;
  const screen = createScreen(context, context.stderr.isTerminal() && !isDumb(context.env));
  const place = plan.outputDir === undefined ? undefined : resolve(context.cwd, plan.outputDir);
  const dir = place === undefined ? undefined : createOutputDir(place, hosts, context.uid);
  const show = { fold: showFolded, json: showJson, live: showLive }[plan.show]({
    hosts,
    screen,
    keepMax: Math.max(KEPT_LEAST, Math.min(KEPT_ONE, Math.floor(KEPT_ALL / hosts.length / 2))),
  });
  const reporter = createReporter({ ...many, screen, show, dir });
  const reach = reachOf(context, plan.timeoutMs);
  const sessionContext = { ...reach, call, onAside: reporter.aside, wantsAutonomy: many.ask !== undefined };
  const sessions = hosts.map((host) => createSession(host, sessionContext));
  const rollOut = createRollOut(sessions, plan, reporter);
  // A tool that says nothing more would run on, with nobody to read it.
  void context.stdout.failure.then((error) => {
    for (const session of sessions) session.abandon(error);
  });
  stop.throwIfAborted();
  const enough = new AbortController();
  let result: Result | undefined;
  let signals = 0;
  const stopListening = context.onSignals(STOP_SIGNALS, (signal) => {
    if (result !== undefined) enough.abort();
    // The first ends what runs, the second leaves it. What may keep us after that is a long row of JSON.
    if (++signals > 2) void context.stdout.abandon();
    void reporter.stopping(signal).catch(readerGone);
    rollOut.stop(signal);
  });
  const offSuspend = onSuspend(context.onSignals, async (suspended) => {
    await Promise.all(sessions.map((session) => session.alive(suspended)));
  });
  try {
    result = await rollOut.run().finally(() => {
      offSuspend();
      return screen.end();
    });
    await reporter.finish(result, enough.signal);
    return result;
  } finally {
    stopListening();
    // Also where nobody reads any more what would be shown.
    if (result?.kind !== "help") dir?.finish(rollOut.rows(), result?.kind === "ran");
  }
}
