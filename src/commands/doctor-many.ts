/** `runspec doctor` with a list of hosts: a line for each. */

import { type ParsedArgs, textArg } from "../cli/options.ts";
import type { Context } from "../context.ts";
import type { Check } from "../doctor/check.ts";
import { examine } from "../doctor/examine.ts";
import { EXIT } from "../errors.ts";
import type { Host } from "../fleet/choose.ts";
import { eachOf } from "../fleet/roll-out.ts";
import { patience } from "../hosts/patience.ts";
import { childEnvironment } from "../process/env.ts";
import { listenForStop } from "../process/signals.ts";
import { visible } from "../text.ts";
import { renderHost } from "../ui/doctor.ts";
import { chosenHosts, readManyOptions } from "./jump/many-options.ts";

/** No step takes longer; when many hosts share this machine's cores, each takes more than alone. */
const LONGEST_STEP_SECONDS = 20;

export async function doctorMany(args: ParsedArgs, context: Context): Promise<number> {
  const { parallel } = readManyOptions(args);
  const { signal, stopListening } = listenForStop(context.onSignals);
  const { NO_COLOR, TERM } = context.env;
  const colour = context.stdout.isTerminal() && (NO_COLOR ?? "") === "" && TERM !== "dumb";
  const width = context.stdout.isTerminal() ? context.stdout.columns() : undefined;
  try {
    const { hosts } = await chosenHosts({ ...args, tool: undefined }, context, signal);
    let failed = 0;
    await eachOf(hosts, parallel, async (host) => {
      const checks = await examineHost(host, args, context, signal);
      const ok = checks.every(({ status }) => status !== "fail");
      if (!ok) failed++;
      const json = () => `${JSON.stringify({ host: host.name, ok, checks })}\n`;
      await context.stdout.write(
        args.format === "json" ? json() : renderHost(visible(host.name), checks, colour, width),
      );
    });
    if (args.format !== "json")
      await context.stdout.write(`\n${hosts.length - failed} of ${hosts.length} hosts are in order\n`);
    return failed === 0 ? EXIT.OK : EXIT.FOUND_ERRORS;
  } finally {
    stopListening();
  }
}

/** The way to it alone: what is so of this machine is what `runspec doctor` says. */
async function examineHost(
  { name, destination }: Host,
  args: ParsedArgs,
  context: Context,
  signal: AbortSignal,
): Promise<Check[]> {
  const checks: Check[] = [];
  const { seconds } = patience(context.env, LONGEST_STEP_SECONDS);
  await examine({
    alias: name,
    destination,
    bin: textArg(args, "bin"),
    where: { ...context, explicit: textArg(args, "config") },
    version: context.version,
    uid: context.uid,
    env: childEnvironment(context.env),
    limitMs: Math.min(seconds, LONGEST_STEP_SECONDS) * 1000,
    signal,
    checkConfig: async () => ({ status: "ok", summary: "", value: undefined }),
    checkHosts: async () => undefined,
    async tell(check) {
      if (check.name !== "config") checks.push(check);
    },
  });
  return checks;
}
