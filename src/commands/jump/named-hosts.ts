/** The host, or the hosts, that the words of `jump` name. */

import { HOST_LISTS, nextCommand, type ParsedArgs, textArg } from "../../cli/read-args.ts";
import type { Context } from "../../context.ts";
import { usageError } from "../../errors.ts";
import { type Destination, findDestination, hostSearch } from "../../hosts/destination.ts";
import { isHostList } from "../../hosts/host-list.ts";
import { routeTo } from "../../hosts/route.ts";
import { quoteCommand } from "../../process/quote.ts";
import { visible } from "../../text.ts";
import { rejectManyOptions, rejectToolOptions } from "./many-options.ts";

/** Whether `args` name a list of hosts: by the form of the word, not by what it is, or by an option that goes with lists alone. */
export function namesMany(args: ParsedArgs): boolean {
  return isHostList(textArg(args, "alias") ?? "") || HOST_LISTS.some((name) => args[name] !== undefined);
}

/** The tool: the second word, or the first where `--hosts-from` names the hosts. */
export const toolArg = (args: ParsedArgs): string | undefined =>
  textArg(args, args["hosts-from"] === undefined ? "tool" : "alias");

/** The one host that is named. @throws RunspecError 2 where there is none, or an option for lists; 125 for what is no host */
export function namedHost(args: ParsedArgs, context: Context): Destination {
  rejectManyOptions(args, context);
  const alias = textArg(args, "alias");
  const list = `${nextCommand(context, "jump", "--list-jump-hosts")} lists them`;
  if (alias === undefined) throw usageError("jump needs an alias", list);
  return findDestination(alias, hostSearch(context), textArg(args, "bin"));
}

/** `--dry-run`: prints the command line that would lead to a host. */
export async function printRoute(destination: Destination, context: Context): Promise<void> {
  const { argv } = routeTo(destination, context);
  await context.stdout.write(`${quoteCommand(argv)}\n`);
}

/** The hosts, and the tool. @throws RunspecError 125 for what is no host, or none; 2 for words too many */
export async function namedHosts(args: ParsedArgs, context: Context) {
  const from = textArg(args, "hosts-from");
  if (from === "") throw usageError("--hosts-from needs a file");
  const first = textArg(args, "alias");
  const second = textArg(args, "tool");
  if (from !== undefined && second !== undefined) {
    const what = `unexpected "${visible(second)}": with --hosts-from the first word is the tool`;
    throw usageError(what, "its arguments go after --");
  }
  if (from === undefined && first === undefined) throw usageError("--except needs a list of hosts before it");
  const tool = toolArg(args);
  if (tool === undefined) rejectToolOptions(args, context);
  const choice = { list: first ?? "", from, except: textArg(args, "except"), bin: textArg(args, "bin") };
  // Not loaded for one host.
  const { selectHosts } = await import("../../fleet/select.ts");
  return { tool, hosts: await selectHosts(choice, context) };
}
