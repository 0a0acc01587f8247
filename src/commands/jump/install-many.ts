/** `--install` and `--uninstall` on a list of hosts: each says for itself what became of it. */

import type { ParsedArgs } from "../../cli/options.ts";
import type { Context } from "../../context.ts";
import { EXIT, Interrupted, messageText, RunspecError } from "../../errors.ts";
import { exitCodeOf } from "../../fleet/outcome.ts";
import { eachOf } from "../../fleet/roll-out.ts";
import type { Destination } from "../../hosts/destination.ts";
import { chosenHosts } from "./many-options.ts";

/** Hosts at a time: what they share is this machine's way out. */
const AT_ONCE = 4;

/** To the exit code: 0, what all that failed have in common, else 1. `work` is done for each host. */
export async function installMany(
  args: ParsedArgs,
  context: Context,
  work: (destination: Destination, context: Context) => Promise<number>,
): Promise<number> {
  const { hosts, tool } = await chosenHosts(args, context, new AbortController().signal);
  if (tool !== undefined)
    throw new RunspecError("--install and --uninstall take no tool", { exitCode: EXIT.USAGE });
  // Lines of several hosts between each other are readable, a progress line is not.
  const quiet = { ...context, stderr: { ...context.stderr, isTerminal: () => false } };
  const outcomes: { exitCode: number }[] = [];
  await eachOf(hosts, AT_ONCE, async ({ destination }) => {
    const exitCode = await work(destination, quiet).catch((error: unknown) => told(error, context));
    outcomes.push({ exitCode });
  });
  return exitCodeOf(outcomes);
}

async function told(error: unknown, { stderr }: Context): Promise<number> {
  if (error instanceof Interrupted || !(error instanceof RunspecError)) throw error;
  await stderr.write(messageText(error.message, error.hint));
  return error.exitCode;
}
