/** What `runspec jump` lists: the configured hosts, and the tools of one. */

import type { ParsedArgs } from "../../cli/read-args.ts";
import { type Context, printJson } from "../../context.ts";
import { messageText } from "../../errors.ts";
import { hostSearch, listConfigured } from "../../hosts/destination.ts";
import type { HostEntry, ListedGroup } from "../../hosts/names.ts";
import type { TypedHost } from "../../hosts/target.ts";
import type { PlainObject } from "../../json.ts";
import { quoteCommand } from "../../process/quote.ts";
import { nothingThere } from "../../session/call.ts";
import { listAsProgram, type Remote } from "../../session/connect.ts";
import { ownFileShown } from "../../spec/discover/find.ts";
import { hostFields } from "../../spec/schema/config.ts";
import { visible } from "../../text.ts";
import { lineWidth } from "../../ui/layout.ts";
import { renderJumpGroups, renderJumpHosts, renderTools } from "../../ui/lists.ts";

const noneIn = (file: string) => `No jump hosts are configured. Add one to ${file}:

  [config.jump-hosts.my-host]
  # host, user, port … all optional; without them ~/.ssh/config decides
`;

/** `--list-jump-hosts`. */
export async function listHosts(args: ParsedArgs, context: Context): Promise<void> {
  const { hosts, groups } = listConfigured(hostSearch(context));
  if (args.format === "json") return printJson(context, [...hosts.map(jsonHost), ...groups.map(jsonGroup)]);
  const width = lineWidth(context.stdout);
  const blocks = [renderJumpHosts(hosts, width), renderJumpGroups(groups.map(shownGroup), width)];
  const listed = blocks.filter((block) => block !== "").join("\n");
  await context.stdout.write(listed || noneIn(ownFileShown(context)));
}

/** The tools that `remote` offers; as JSON its answer to a program, which has the `x-…` keys of arguments. */
export async function listTools(
  remote: Remote,
  host: TypedHost,
  { format }: ParsedArgs,
  context: Context,
): Promise<void> {
  const asJson = format === "json";
  const asked = asJson ? listAsProgram(remote) : remote.listTools();
  const [tools, { noFile }] = await remote.during(Promise.all([asked, remote.info]));
  if (asJson) return printJson(context, { tools: tools.map(({ raw }) => raw) });
  const list = renderTools(`Tools on ${visible(host.alias)}:`, tools, context.stdout.columns());
  await context.stdout.write(list);
  if (tools.length === 0) {
    const { message, hint } = nothingThere(host, noFile);
    await context.stderr.write(messageText(message, hint));
  }
}

function shownGroup({ name, members }: ListedGroup) {
  if (Array.isArray(members)) return { name, from: members.join(", ") };
  const group = members.group === undefined ? "" : ` (its group ${members.group})`;
  return { name, from: `by command: ${quoteCommand(members.command)}${group}` };
}

function jsonGroup({ name, members, file }: ListedGroup): PlainObject {
  return { group: name, ...(Array.isArray(members) ? { members } : { inventory: members }), file };
}

function jsonHost({ alias, file, ...host }: HostEntry): PlainObject {
  const all: PlainObject = { port: 22, ...host };
  const fields = Object.keys(hostFields.entries).map((name) => [name, all[name]]);
  return { alias, ...Object.fromEntries(fields), file };
}
