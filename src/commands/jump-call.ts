/** A conversation of `runspec jump` with the server at the other end: its list of tools, or one call. */

import { EXIT, messageText } from "../errors.ts";
import { childEnvironment } from "../exec/env.ts";
import { connect, type Remote, SharedConnectionDied } from "../remote/connect.ts";
import type { Destination } from "../remote/destination.ts";
import { type KeptTools, keptDirectory, keptTools } from "../remote/kept-tools.ts";
import { runNamedTool } from "../remote/named-tool.ts";
import { patience } from "../remote/patience.ts";
import { interruptedBy, STOP_SIGNALS } from "../remote/run-tool.ts";
import { onSuspend } from "../remote/suspend.ts";
import type { Ssh } from "../ssh/start.ts";
import { lookOf } from "../ui/colour.ts";
import { renderToolHelp } from "../ui/tool-help.ts";
import type { Context } from "./context.ts";
import { listTools } from "./jump-lists.ts";
import { type Arguments, isSet, textOf } from "./options.ts";
import { warn } from "./warn.ts";

/** How long a silent remote is waited for, unless RUNSPEC_HANDSHAKE_TIMEOUT says otherwise (seconds). */
const PATIENCE_SECONDS = 30;

/** The way to the server, which is being opened. */
export interface Way {
  ssh: Ssh;
  /** Where the connection is one that others share: what forgets it and starts one of our own. */
  apart?: (() => Ssh) | undefined;
  byHand: readonly string[];
  /** Under which its tools are remembered. */
  key(): string;
}

export interface Wish {
  /** undefined: the list. */
  tool: string | undefined;
  args: Arguments;
  context: Context;
}

/** Calls the tool, or lists them all, to the exit code. */
export async function converse(destination: Destination, way: Way, wish: Wish): Promise<number> {
  try {
    return await converseOnce(destination, way, wish);
  } catch (error) {
    if (!(error instanceof SharedConnectionDied) || way.apart === undefined) throw error;
    const { context } = wish;
    await context.stderr.write(
      messageText(`the shared connection to ${destination.alias} was dead; connecting anew`),
    );
    return converseOnce(destination, { ...way, ssh: way.apart(), apart: undefined }, wish);
  }
}

async function converseOnce(
  destination: Destination,
  { ssh, byHand, key, apart }: Way,
  wish: Wish,
): Promise<number> {
  const { alias, bin } = destination;
  const { context, tool, args } = wish;
  const { seconds, issue } = patience(context.env, PATIENCE_SECONDS);
  if (issue !== undefined) warn(context, issue);
  const remote = connect({
    alias,
    bin,
    ssh,
    byHand,
    client: { name: "runspec", version: context.version },
    onOutput: ({ stream, bytes }) => context[stream].write(bytes),
    stderr: context.stderr,
    patienceMs: seconds * 1000,
    shared: apart !== undefined,
    lookAtAddress: async (limitMs) => {
      // Not loaded for a host that answers.
      const { lookAtAddress } = await import("../remote/address.ts");
      return lookAtAddress(destination, childEnvironment(context.env), limitMs);
    },
  });
  const stopListening = context.onSignals(STOP_SIGNALS, (signal) => remote.abandon(interruptedBy(signal)));
  const goOn = onSuspend(context.onSignals, remote.client.alive);
  const kept = keptTools(keptDirectory(context.env, context.home), key(), context.uid);
  try {
    return await (tool === undefined
      ? listTools(remote, { alias, format: args.format, kept }, context)
      : runTool(remote, tool, kept, {
          ...wish,
          context: handOver(context, stopListening),
        }));
  } finally {
    await remote.finish();
    stopListening();
    goOn();
  }
}

/** The same context, in which whoever listens for signals next takes them over. */
function handOver(context: Context, stopListening: () => void): Context {
  return {
    ...context,
    onSignals(signals, handler) {
      stopListening();
      return context.onSignals(signals, handler);
    },
  };
}

async function runTool(
  remote: Remote,
  tool: string,
  kept: KeptTools,
  { args, context }: Wish,
): Promise<number> {
  const alias = textOf(args, "alias") ?? "";
  const invocation = `runspec jump ${alias} ${tool} --`;
  const atTerminal = context.stdinIsTerminal();
  // citty reads --no-stdin, and its -n, as "stdin" given as false.
  const hasInput = args.stdin !== false && context.hasInput();
  const openStdin = hasInput ? context.openStdin : undefined;
  const human = isSet(args, "human") || atTerminal || context.stderr.isTerminal();
  const words = context.rest ?? [];
  const result = await runNamedTool(
    remote,
    { alias, tool, words, invocation, human, openStdin, kept },
    context,
  );
  if (result.kind === "exit") return result.code;
  await context.stdout.write(
    renderToolHelp({ ...result.help, invocation }, lookOf(context.stdout, context.env)),
  );
  return EXIT.OK;
}
