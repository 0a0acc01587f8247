/** `runspec doctor`: what is in order, what is not, and how to fix it. */

import { CONFIG, type Command, formatOption, option, word } from "../cli/options.ts";
import { type ParsedArgs, textArg } from "../cli/read-args.ts";
import { eachOf } from "../concurrency.ts";
import { type Context, printJson } from "../context.ts";
import type { Check } from "../doctor/examination.ts";
import { examine } from "../doctor/examine.ts";
import { EXIT, usageError } from "../errors.ts";
import { fitText } from "../fleet/fit.ts";
import { findDestination } from "../hosts/destination.ts";
import { readPatience } from "../hosts/ssh-process.ts";
import { shownJson } from "../json.ts";
import { listenForStop } from "../process/signals.ts";
import { visible } from "../text.ts";
import { readLocalTools } from "../tools/local-tools.ts";
import { renderCheck, renderHost, renderVerdict, skippedTogether } from "../ui/doctor.ts";
import { listStyle } from "../ui/layout.ts";
import { MANY_OPTIONS, readManyOptions, rejectManyOptions } from "./jump/many-options.ts";
import { namedHosts, namesMany } from "./jump/named-hosts.ts";

export const command: Command = {
  description:
    "Check what runspec needs on this machine and for the connection to a host: a line for each check, and how to fix what fails.",
  args: {
    alias: word(
      "A jump host of runspec.toml, user@host, or a list as for jump; without it, only this machine is checked",
    ),
    ...formatOption(["text", "json"]),
    except: MANY_OPTIONS.except,
    "hosts-from": option("FILE", "The hosts, one a line (- for stdin)"),
    parallel: option("N", "Several hosts: at most N at a time (8)"),
    bin: option("PATH", "The runspec on the remote, for this call"),
    ...CONFIG,
  },
  examples: [
    ["runspec doctor", "configuration, ssh, agent and keys"],
    ["runspec doctor prod-app", "and every step of the connection to that host"],
    ["runspec doctor @web", "a line for each host of a group"],
    ["runspec doctor prod-app --format json", "for programs; exit code 1 where a check fails"],
  ],
  async run(args, context) {
    const isMany = namesMany(args);
    if (!isMany) rejectManyOptions(args, context);
    const extra = args["hosts-from"] === undefined ? undefined : textArg(args, "alias");
    if (extra !== undefined) throw usageError(`unexpected "${visible(extra)}": --hosts-from names the hosts`);
    const { signal, stopListening } = listenForStop(context.onSignals);
    return (isMany ? examineMany : examineOne)(args, context, signal).finally(stopListening);
  },
};

/** No step takes longer, and RUNSPEC_HANDSHAKE_TIMEOUT may shorten that; many hosts share this machine's cores. */
const LONGEST_STEP_SECONDS = 10;
const LONGEST_STEP_OF_MANY_SECONDS = 20;
/** From the tenth login under way, an sshd such as a bastion's begins to turn some away, and a check is not made again. */
const HOSTS_AT_ONCE = 8;

async function examineOne(args: ParsedArgs, context: Context, signal: AbortSignal): Promise<number> {
  const alias = textArg(args, "alias");
  const asJson = args.format === "json";
  const style = listStyle(context);
  const checks: Check[] = [];
  // What is skipped for one reason is told in one line.
  const pending: Check[] = [];
  async function showPending(): Promise<void> {
    const shown = skippedTogether(pending.splice(0));
    for (const check of asJson ? [] : shown) await context.stdout.write(renderCheck(check, style));
  }
  await examine({
    ...requestOf(context, LONGEST_STEP_SECONDS),
    alias,
    find: (name) => findDestination(name, context, textArg(args, "bin")),
    local: () => readLocalTools(context, { closely: true }),
    signal,
    async tell(check) {
      checks.push(check);
      pending.push(check);
      if (check.status !== "skipped") await showPending();
    },
  });
  await showPending();
  const ok = isInOrder(checks);
  if (asJson) await printJson(context, { version: context.version, alias: alias ?? null, ok, checks });
  else await context.stdout.write(renderVerdict(checks));
  return ok ? EXIT.OK : EXIT.FOUND_ERRORS;
}

/** A line for each host, about the way to it alone; `runspec doctor` without a host tells of this machine. */
async function examineMany(args: ParsedArgs, context: Context, stopped: AbortSignal): Promise<number> {
  const parallel = args.parallel === undefined ? HOSTS_AT_ONCE : readManyOptions(args).parallel;
  const asJson = args.format === "json";
  const style = listStyle(context);
  const { hosts } = await namedHosts({ ...args, tool: undefined }, context);
  const unread = new AbortController();
  void context.stdout.failure.then((error) => unread.abort(error));
  const signal = AbortSignal.any([stopped, unread.signal]);
  const request = requestOf(context, LONGEST_STEP_OF_MANY_SECONDS);
  let failed = 0;
  await eachOf(hosts, parallel, async ({ name, destination }) => {
    const checks: Check[] = [];
    const tell = async (check: Check) => void checks.push(check);
    await examine({ ...request, alias: name, find: () => destination, signal, tell });
    const ok = isInOrder(checks);
    if (!ok) failed++;
    const line = asJson
      ? `${shownJson({ host: name, ok, checks })}\n`
      : renderHost(visible(name), checks, { ...style, shownAs: (lines) => fitText(lines, context.stdout) });
    await context.stdout.write(line);
  });
  if (!asJson) await context.stdout.write(`\n${hosts.length - failed} of ${hosts.length} hosts are ok\n`);
  return failed === 0 ? EXIT.OK : EXIT.FOUND_ERRORS;
}

function requestOf(context: Context, longestSeconds: number) {
  return {
    context,
    env: context.env,
    limitMs: Math.min(readPatience(context, longestSeconds).patienceMs, longestSeconds * 1000),
  };
}

const isInOrder = (checks: readonly Check[]): boolean => checks.every(({ status }) => status !== "fail");
