/** `runspec jump` with a list of hosts: one tool on all of them. */

import { resolve } from "node:path";
import { type Arguments, isSet, textOf } from "../../cli/options.ts";
import type { Context } from "../../context.ts";
import { EXIT, type Interrupted, messageText } from "../../errors.ts";
import type { Host } from "../../fleet/choose.ts";
import { exitCodeOf } from "../../fleet/outcome.ts";
import { createOutputDir } from "../../fleet/output-dir.ts";
import { reachOf } from "../../fleet/reach.ts";
import { createRollOut, type Result } from "../../fleet/roll-out.ts";
import { createScreen } from "../../fleet/screen.ts";
import { createSession, type SessionContext } from "../../fleet/session.ts";
import { hostsText, type ShowContext, showFolded, showJson, showLive } from "../../fleet/show.ts";
import { createWatcher, type FleetWatcher } from "../../fleet/watcher.ts";
import { routeToServe } from "../../hosts/route.ts";
import { quoteCommand, quoteWord } from "../../process/quote.ts";
import { interruptedBy, STOP_SIGNALS } from "../../process/stop-signals.ts";
import { onSuspend } from "../../session/suspend.ts";
import { lookOf } from "../../ui/colour.ts";
import { renderToolHelp } from "../../ui/tool-help.ts";
import { chosenHosts, readManyOptions } from "./many-options.ts";

/** Bytes of output that are kept in memory, for all hosts together, and at most for one. */
const KEPT_ALL = 64 * 1024 * 1024;
const KEPT_ONE = 4 * 1024 * 1024;
const KEPT_LEAST = 64 * 1024;
/** After a signal, a reader that takes nothing for so long has gone. */
const READER_GONE_MS = 2000;

/** Runs `tool` on the hosts that `args` name, or lists what they offer, to the exit code. */
export async function jumpMany(args: Arguments, context: Context): Promise<number> {
  const options = readManyOptions(args);
  const stop = createStop(context);
  try {
    const { hosts, tool } = await chosenHosts(args, context, stop.signal);
    if (isSet(args, "dry-run")) return await dryRun(hosts, context);
    if (tool === undefined) {
      const { listMany } = await import("./many-lists.ts");
      return await listMany(hosts, { parallel: options.parallel, format: args.format, stop }, context);
    }
    return await runMany(hosts, tool, { args, options, stop }, context);
  } finally {
    stop.stopListening();
  }
}

async function dryRun(hosts: readonly Host[], context: Context): Promise<number> {
  for (const { destination } of hosts) {
    const { argv } = await routeToServe(destination, context);
    await context.stdout.write(`${quoteCommand(argv)}\n`);
  }
  return EXIT.OK;
}

/** A first signal ends what runs, a second one leaves it. */
export interface Stop {
  signal: AbortSignal;
  interrupted(): Interrupted | undefined;
  /** Called at each signal. */
  onStop(handler: (signal: NodeJS.Signals) => void): void;
  stopListening(): void;
}

function createStop(context: Context): Stop {
  const aborted = new AbortController();
  let interrupted: Interrupted | undefined;
  let handler: (signal: NodeJS.Signals) => void = () => {};
  const stopListening = context.onSignals(STOP_SIGNALS, (signal) => {
    interrupted ??= interruptedBy(signal);
    // Whoever wants to leave waits for no reader.
    for (const output of [context.stdout, context.stderr]) output.expectReader(READER_GONE_MS);
    aborted.abort(interrupted);
    handler(signal);
  });
  return {
    signal: aborted.signal,
    interrupted: () => interrupted,
    onStop(next) {
      handler = next;
    },
    stopListening,
  };
}

interface Wish {
  args: Arguments;
  options: ReturnType<typeof readManyOptions>;
  stop: Stop;
}

async function runMany(
  hosts: readonly Host[],
  tool: string,
  { args, options, stop }: Wish,
  context: Context,
): Promise<number> {
  const asksPerson = context.stdinIsTerminal() && context.stderr.isTerminal();
  const dumb = context.env.TERM === "dumb";
  const screen = createScreen(
    context,
    context.stderr.isTerminal() && !dumb ? () => context.stderr.columns() : undefined,
  );
  const shows = { fold: showFolded, json: showJson, live: showLive };
  let watcher: FleetWatcher | undefined;
  let spilled = false;
  const showContext: ShowContext = {
    hosts,
    screen,
    isTerminal: { stdout: context.stdout.isTerminal(), stderr: context.stderr.isTerminal() },
    keepMax: Math.max(KEPT_LEAST, Math.min(KEPT_ONE, Math.floor(KEPT_ALL / hosts.length / 2))),
    onSpill({ name }) {
      if (spilled) return;
      spilled = true;
      const what = `${name} has printed much: such output is kept in a file without a name until the end`;
      void watcher?.say(what).catch(() => {});
    },
  };
  const show = shows[options.show](showContext);
  const invocation = invocationOf(args, tool);
  watcher = createWatcher({
    tool,
    all: hosts.length,
    screen,
    show,
    dir:
      options.outputDir === undefined
        ? undefined
        : createOutputDir(resolve(context.cwd, options.outputDir), context.uid),
    atTerminal: context.stderr.isTerminal(),
    ask: asksPerson && !isSet(args, "yes") ? (question) => ask(question, stop, context) : undefined,
    usageHint: `usage: ${invocation} --help`,
  });
  const watching = watcher;
  const surroundings: SessionContext = {
    ...reachOf(context, options.timeoutMs),
    call: {
      tool,
      words: context.rest ?? [],
      human: isSet(args, "human") || context.stdinIsTerminal() || context.stderr.isTerminal(),
    },
    onWords: watching.words,
    wantsAutonomy: asksPerson && !isSet(args, "yes"),
  };
  const sessions = hosts.map((host) => createSession(host, surroundings));
  const rollOut = createRollOut(sessions, options, watching);
  stop.onStop((signal) => {
    const again = signal === "SIGINT" ? "Ctrl-C again leaves them" : "one more signal leaves them";
    void watching.say(`stopping ${tool} everywhere; ${again}`).catch(() => {});
    rollOut.stop(signal);
  });
  if (stop.interrupted() !== undefined) throw stop.interrupted();
  const goOn = onSuspend(context.onSignals, async (suspended) => {
    await Promise.all(sessions.map((session) => session.alive(suspended)));
  });
  const result = await rollOut.run().finally(goOn);
  if (result.kind === "help") {
    await screen.end();
    return printHelp(result, invocation, context);
  }
  await watching.finish(result);
  const interrupted = stop.interrupted();
  if (interrupted !== undefined) throw interrupted;
  if (result.kind === "declined") return EXIT.FAILED;
  return result.kind === "refused" ? EXIT.FAILED : exitOf(result);
}

/** What was not started because of what failed is told by that. */
function exitOf({ rows }: Extract<Result, { kind: "ran" }>): number {
  return exitCodeOf(rows.map(({ outcome }) => outcome));
}

/** What a person typed up to the tool's own words. */
function invocationOf(args: Arguments, tool: string): string {
  const from = textOf(args, "hosts-from");
  const list = from === undefined ? (textOf(args, "alias") ?? "") : "";
  const except = textOf(args, "except");
  const words = [
    ...(list === "" ? [] : [list]),
    ...(from === undefined ? [] : ["--hosts-from", from]),
    ...(except === undefined ? [] : ["--except", except]),
    tool,
  ];
  return `runspec jump ${words.map(quoteWord).join(" ")} --`;
}

async function printHelp(
  { usages }: Extract<Result, { kind: "help" }>,
  invocation: string,
  context: Context,
): Promise<number> {
  const look = lookOf(context.stdout, context.env);
  const texts = usages.map(({ host, usage }) => ({
    host,
    text: renderToolHelp({ ...usage, invocation }, look),
  }));
  const groups = [...Map.groupBy(texts, ({ text }) => text)];
  for (const [text, members] of groups) {
    if (groups.length > 1) await context.stdout.write(`${hostsText(members.map(({ host }) => host))}\n\n`);
    await context.stdout.write(text);
  }
  return EXIT.OK;
}

/** A line from the terminal; whatever is no yes is a no. */
async function ask(question: string, { signal }: Stop, context: Context): Promise<boolean> {
  await context.stderr.write(`${messageText(question).trimEnd()} [y/N] `);
  const stdin = context.openStdin();
  const stopped = new Promise<undefined>((resolve) =>
    signal.addEventListener("abort", () => resolve(undefined), { once: true }),
  );
  try {
    const line = await Promise.race([stdin.read(), stopped]);
    if (line === undefined) await context.stderr.write("\n");
    return /^\s*y(es)?\s*$/i.test(Buffer.from(line ?? []).toString());
  } finally {
    void stdin.close();
  }
}
