/** What is to stand in a client's file: for this machine, a jump host, or a list of them. */

import { resolve } from "node:path";
import { AUTONOMY } from "../../arguments/model.ts";
import type { ClientName } from "../../attach/clients.ts";
import { rulesNote, sshNotes } from "../../attach/notes.ts";
import { approvalRules, type Level } from "../../attach/rules.ts";
import type { ServerEntry } from "../../attach/toml-file.ts";
import { type ParsedArgs, textArg } from "../../cli/options.ts";
import type { Context } from "../../context.ts";
import { RunspecError } from "../../errors.ts";
import type { Host } from "../../fleet/choose.ts";
import { gatewayName } from "../../fleet/gateway/instructions.ts";
import { openGateway } from "../../fleet/gateway/open.ts";
import { selectHosts } from "../../fleet/select.ts";
import { sshArgv } from "../../hosts/argv.ts";
import { quoteBin } from "../../hosts/bin.ts";
import { type Destination, findDestination, listGroups, type Place } from "../../hosts/destination.ts";
import { isHostList, readHostList } from "../../hosts/host-list.ts";
import { routeKey } from "../../hosts/route.ts";
import { listenForStop } from "../../process/signals.ts";
import { keptDirectory, keptTools } from "../../session/kept-tools.ts";
import { realPath } from "../../spec/discover/files.ts";
import { nearestSpecFile } from "../../spec/discover/find.ts";
import { findSpecFiles, launchPath } from "../../spec/discover/find-environment.ts";
import type { Issue } from "../../spec/model.ts";
import { warn } from "../../spec/toml/issues.ts";
import { visible } from "../../text.ts";
import { readLocalTools } from "../../tools/local-tools.ts";

export interface Attachment {
  name: string;
  entry: ServerEntry;
  /** Why it may not be written; undefined: it may. */
  printedOnly?: string;
  notes: string[];
}

export function attachmentFor(
  alias: string | undefined,
  args: ParsedArgs,
  client: ClientName,
  context: Context,
): Promise<Attachment> {
  if (alias === undefined) return here(args, client, context);
  return isHostList(alias) ? onMany(alias, args, client, context) : there(alias, args, client, context);
}

/** A client starts its servers somewhere else: what was found from here is named. */
async function here(args: ParsedArgs, client: ClientName, context: Context): Promise<Attachment> {
  const explicit = textArg(args, "config");
  const execPath = launchPath(context.argv0, context.execPath, context);
  const [first] = findSpecFiles({ ...context, explicit, execPath });
  const named = first?.source === "nearest" || first?.source === "explicit" ? first.path : undefined;
  const { tools } = readLocalTools(context, explicit);
  const levels = tools
    .filter(({ hidden }) => hidden === undefined)
    .map(({ runnable: { name, autonomy } }) => ({ name, autonomy }));
  const name = textArg(args, "name") ?? "runspec";
  const rules = approvalRules(client, name, levels);
  return {
    name,
    entry: { command: execPath, args: ["serve", ...(named === undefined ? [] : ["--config", named])] },
    notes: rules === undefined ? [] : [rulesNote(client, rules, "By the levels of the tools")],
  };
}

/** What the client would not find by itself, or not the same, is named as well. */
async function there(
  alias: string,
  args: ParsedArgs,
  client: ClientName,
  context: Context,
): Promise<Attachment> {
  const explicit = textArg(args, "config");
  const destination = await findDestination(alias, { ...context, explicit }, undefined);
  const execPath = launchPath(context.argv0, context.execPath, context);
  const found = destination.nearest || context.env.XDG_CONFIG_HOME ? destination.table?.file : undefined;
  const config = explicit || context.env.RUNSPEC_CONFIG || found;
  const named = config ? ["--config", resolve(context.cwd, config)] : [];
  const written = visible(alias);
  const name = textArg(args, "name") ?? alias.replace(/[^A-Za-z0-9_-]+/g, "-");
  const rules = approvalRules(client, name, keptLevels(destination, context));
  const claims = [
    `\nThe levels of ${written}'s tools are that host's own claim: read what runspec jump ${written} lists before a client may run one unasked.`,
    ...(rules === undefined ? [] : [rulesNote(client, rules, "By that claim")]),
  ];
  return {
    name,
    entry: { command: execPath, args: ["jump", alias, "--mcp", ...named] },
    ...(destination.nearest === undefined
      ? {}
      : {
          printedOnly: `${written} is declared in the nearest runspec.toml, and whoever wrote that decides what ssh does`,
        }),
    notes: [...sshNotes(written, destination.host), ...claims],
  };
}

/** One server for all hosts of a list. */
async function onMany(
  list: string,
  args: ParsedArgs,
  client: ClientName,
  context: Context,
): Promise<Attachment> {
  const explicit = textArg(args, "config");
  const { signal, stopListening } = listenForStop(context.onSignals);
  const choice = { list, from: undefined, except: undefined, bin: undefined, explicit };
  const onWarning = (issue: Issue) => warn(context, issue);
  const hosts = await selectHosts(choice, context, { signal, onWarning }).finally(stopListening);
  const files = await filesOf(list, hosts, { ...context, explicit });
  const nearest = files.has(realPath(nearestSpecFile(context.cwd) ?? ""));
  if (nearest && files.size > 1 && !explicit)
    throw new RunspecError(
      `what ${visible(list)} names stands in several files, and a client starts elsewhere`,
      {
        hint: `put it into one of them, and name that with --config FILE: ${[...files].map(visible).join(", ")}`,
      },
    );
  const [first] = files;
  const config =
    explicit || context.env.RUNSPEC_CONFIG || (nearest || context.env.XDG_CONFIG_HOME ? first : undefined);
  const name = textArg(args, "name") ?? gatewayName(list);
  const rules = approvalRules(client, name, mergedLevels(hosts, context));
  const written = visible(list);
  const claims = [
    `\nThe levels of the tools are those hosts' own claim, the strictest of them: read what runspec jump ${written} lists before a client may run one unasked.`,
    ...(rules === undefined ? [] : [rulesNote(client, rules, "By that claim")]),
  ];
  return {
    name,
    entry: {
      command: launchPath(context.argv0, context.execPath, context),
      args: ["jump", list, "--mcp", ...(config ? ["--config", resolve(context.cwd, config)] : [])],
    },
    ...(nearest &&
      !explicit && {
        printedOnly: `${written} is declared in the nearest runspec.toml, and whoever wrote that decides what ssh does`,
      }),
    notes: [...sshNotes(written, hosts.length === 1 ? (hosts[0]?.destination.host ?? "*") : "*"), ...claims],
  };
}

/** The files that declare what `list` names. */
async function filesOf(list: string, hosts: readonly Host[], where: Place): Promise<Set<string>> {
  const groups = new Map((await listGroups(where)).map((group) => [`@${group.name}`, group.file]));
  const named = readHostList(list).map((item) => groups.get(item.split("/", 1)[0] ?? ""));
  const declared = hosts.map(({ destination }) => destination.table?.file);
  return new Set([...named, ...declared].filter((file) => file !== undefined));
}

/** The strictest that the hosts said last, where that is kept. */
function mergedLevels(hosts: readonly Host[], context: Context): Level[] {
  return openGateway(hosts, 1, context)
    .known()
    .flatMap((tool) => {
      const autonomy = AUTONOMY.find((level) => level === tool["x-autonomy"]);
      return autonomy === undefined ? [] : [{ name: tool.name, autonomy }];
    });
}

/** What the host said last of its tools, where that is kept. */
function keptLevels(destination: Destination, context: Context): Level[] {
  const key = routeKey(sshArgv(destination, [quoteBin(destination.bin.path), "serve"]));
  const { tools } = keptTools(keptDirectory(context.env, context.home), key, context.uid).read();
  return tools.flatMap(({ name, meta }) => {
    const autonomy = AUTONOMY.find(
      (level) => level === meta["runspec/autonomy"] || level === meta["x-autonomy"],
    );
    return autonomy === undefined ? [] : [{ name, autonomy }];
  });
}
