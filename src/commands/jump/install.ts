/** `--install` and `--uninstall`, on one host or a list of them. */

import { isSet, type ParsedArgs } from "../../cli/read-args.ts";
import { eachOf } from "../../concurrency.ts";
import type { Context } from "../../context.ts";
import { EXIT, messageText, RunspecError } from "../../errors.ts";
import { fitText } from "../../fleet/fit.ts";
import { hostsText } from "../../fleet/fold-names.ts";
import { createHostLines } from "../../fleet/lines.ts";
import { exitCodeOf, newHint, type Row } from "../../fleet/outcome.ts";
import type { Host } from "../../fleet/resolve-hosts.ts";
import { summaryOf } from "../../fleet/summary.ts";
import type { Destination } from "../../hosts/destination.ts";
import { install, uninstall } from "../../session/install/install.ts";
import { readManyOptions } from "./many-options.ts";
import { namedHost, namedHosts, namesMany } from "./named-hosts.ts";

/** Hosts at a time, at most: they share this machine's upload. */
const AT_ONCE = 4;

export async function installOn(args: ParsedArgs, context: Context): Promise<number> {
  if (namesMany(args)) return installMany(args, context);
  await context.stdout.write(await installOne(args, namedHost(args, context), context));
  return EXIT.OK;
}

/** @returns what a person still has to do, to be printed; empty: nothing */
async function installOne(args: ParsedArgs, destination: Destination, context: Context): Promise<string> {
  const request = { destination, dryRun: isSet(args, "dry-run"), write: isSet(args, "write") };
  return isSet(args, "install") ? install(request, context) : uninstall(request, context).then(() => "");
}

/** To the exit code: 0, the one that all failures have in common, else 1. What became of each host is printed for each, the same advice once. */
async function installMany(args: ParsedArgs, context: Context): Promise<number> {
  const { parallel } = readManyOptions(args);
  const { hosts } = await namedHosts(args, context);
  const { stdout, stderr } = context;
  const words = createHostLines(stderr);
  const given = new Set<string>();
  const alike: Host[] = [];
  const rows: Row[] = hosts.map((host) => ({ host, outcome: { because: "succeeded", exitCode: EXIT.OK } }));
  await eachOf(rows, Math.min(AT_ONCE, parallel), async (row) => {
    const { host } = row;
    // Lines of several hosts can be mixed, progress lines cannot. Bytes are a host's own words.
    const write = (data: string | Uint8Array) =>
      typeof data === "string" ? stderr.write(data) : words.take(host, data);
    // With paths that the host chose, also in what is to be pasted.
    const tell = (data: unknown) => stdout.write(fitText(String(data), stdout));
    const quiet = { ...stderr, write, isTerminal: () => false };
    const each = { ...context, stdout: { ...stdout, write: tell }, stderr: quiet };
    try {
      const advice = await installOne(args, host.destination, each).finally(() => words.end(host));
      const news = newHint(given, host, advice);
      if (advice !== "" && news.length === 0) alike.push(host);
      await tell(news.join(""));
    } catch (error) {
      if (!(error instanceof RunspecError)) throw error;
      row.outcome = { because: "failed", exitCode: error.exitCode };
      const [hint] = newHint(given, host, error.hint);
      await stderr.write(fitText(messageText(error.message, hint), stderr, 1));
    }
  });
  const flags = ["install", "uninstall", "dry-run"].filter((one) => isSet(args, one));
  const { what, lines } = summaryOf(flags.map((one) => `--${one}`).join(" "), rows);
  if (alike.length > 0) lines.push(`the same advice holds for: ${hostsText(alike)}`);
  await stderr.write(fitText(messageText(what, lines.join("\n") || undefined), stderr));
  return exitCodeOf(rows.map(({ outcome }) => outcome));
}
