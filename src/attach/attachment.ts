/** The entry that makes a client use this machine's tools, a jump host's or a list's, and what a person has to know besides. */

import { resolve } from "node:path";
import type { Context } from "../context.ts";
import { RunspecError } from "../errors.ts";
import { realPath } from "../files/look.ts";
import { autonomyOf } from "../fleet/check.ts";
import type { Host } from "../fleet/choose.ts";
import { gatewayName } from "../fleet/gateway/instructions.ts";
import { openGateway } from "../fleet/gateway/open.ts";
import { selectHosts } from "../fleet/select.ts";
import { findDestination, listGroups, type Place } from "../hosts/destination.ts";
import { isHostList, readHostList } from "../hosts/host-list.ts";
import type { Target } from "../hosts/target.ts";
import { quoteWord } from "../process/quote.ts";
import { listenForStop } from "../process/signals.ts";
import { keptToolsOf } from "../session/kept-tools.ts";
import { nearestSpecFile } from "../spec/discover/find.ts";
import { findSpecFiles, launchPath } from "../spec/discover/find-environment.ts";
import { visible } from "../text.ts";
import { readLocalTools } from "../tools/local-tools.ts";
import type { ClientName } from "./clients.ts";
import { approvalRules, type Level, rulesNote, sshNotes } from "./notes.ts";
import type { ServerEntry } from "./toml-file.ts";

export interface AttachRequest {
  client: ClientName;
  /** A jump host, or a list of them; undefined: this machine. */
  alias: string | undefined;
  /** What to call it there; undefined: the usual. */
  name: string | undefined;
  /** `--config`. */
  explicit: string | undefined;
}

export interface Attachment {
  name: string;
  entry: ServerEntry;
  /** Why it may not be written; undefined: it may. */
  printedOnly?: string;
  notes: string[];
}

export async function attachmentFor(request: AttachRequest, context: Context): Promise<Attachment> {
  const { alias } = request;
  if (alias === undefined) return attachmentHere(request, context);
  const remote = isHostList(alias)
    ? await hostsOf(alias, request, context)
    : await hostOf(alias, request, context);
  return remoteAttachment(alias, remote, request, context);
}

/** A client starts its servers in another directory, so a file that was found from this one is named. */
function attachmentHere({ client, explicit, name = "runspec" }: AttachRequest, context: Context): Attachment {
  const execPath = launchPath(context.argv0, context.execPath, context);
  const [first] = findSpecFiles({ ...context, explicit, execPath });
  const named = first?.source === "nearest" || first?.source === "explicit" ? first.path : undefined;
  // What the entry leads to, and nothing else that is found from here.
  const { tools } = readLocalTools(context, named);
  const levels = tools.filter(({ hidden }) => hidden === undefined).map(({ runnable }) => runnable);
  const rules = approvalRules(client, name, levels);
  return {
    name,
    entry: { command: execPath, args: ["serve", ...(named === undefined ? [] : ["--config", named])] },
    notes: rules === undefined ? [] : [rulesNote(client, rules, "By the levels of the tools")],
  };
}

interface Remote {
  usualName: string;
  /** The runspec.toml to name, where the client would not find it by itself; undefined: none. */
  config: string | undefined;
  /** It is declared in the nearest file, which nobody named. */
  isNearest: boolean;
  /** As ssh knows it. */
  host: string;
  /** The jump host, where it is reached without ~/.ssh/config. */
  apart?: Target | undefined;
  /** As the hosts said them last, where they are kept; of several hosts the strictest. */
  levels: readonly Level[];
  /** Whose claim the levels are, as a sentence. */
  claim: string;
}

function remoteAttachment(
  alias: string,
  { usualName, config, isNearest, host, apart, levels, claim }: Remote,
  { client, name = usualName }: AttachRequest,
  context: Context,
): Attachment {
  const written = visible(quoteWord(alias));
  const rules = approvalRules(client, name, levels);
  const named = config ? ["--config", resolve(context.cwd, config)] : [];
  return {
    name,
    entry: {
      command: launchPath(context.argv0, context.execPath, context),
      args: ["jump", alias, "--mcp", ...named],
    },
    ...(isNearest && {
      printedOnly: `${written} is declared in the nearest runspec.toml, and its author decides what ssh does`,
    }),
    notes: [
      ...sshNotes(written, host, apart),
      `\n${claim}: read what runspec jump ${written} lists before a client may run one unasked.`,
      ...(rules === undefined ? [] : [rulesNote(client, rules, "By these levels")]),
    ],
  };
}

async function hostOf(alias: string, { explicit }: AttachRequest, context: Context): Promise<Remote> {
  const destination = await findDestination(alias, { ...context, explicit }, undefined);
  const { tools } = keptToolsOf(destination, context).read();
  const isNearest = destination.nearest === true;
  const found =
    isNearest || context.env.XDG_CONFIG_HOME ? (destination.table?.file ?? destination.listedIn) : undefined;
  return {
    usualName: alias.replace(/[^A-Za-z0-9_-]+/g, "-"),
    config: explicit || context.env.RUNSPEC_CONFIG || found,
    isNearest,
    host: destination.host,
    apart: destination.useSshConfig ? undefined : destination,
    levels: tools.map(({ name, meta }) => ({ name, autonomy: autonomyOf(meta) })),
    claim: `The levels of ${visible(alias)}'s tools are what that host says of itself`,
  };
}

async function hostsOf(list: string, { explicit }: AttachRequest, context: Context): Promise<Remote> {
  const { signal, stopListening } = listenForStop(context.onSignals);
  const choice = { list, from: undefined, except: undefined, bin: undefined, explicit };
  const hosts = await selectHosts(choice, context, signal).finally(stopListening);
  const files = await filesOf(list, hosts, { ...context, explicit });
  const nearest = files.has(realPath(nearestSpecFile(context.cwd) ?? ""));
  if (nearest && files.size > 1 && !explicit)
    throw new RunspecError(
      `what ${visible(list)} names is declared in several files, and a client starts in another directory`,
      {
        hint: `put it into one of them, and name that with --config FILE: ${[...files].map(visible).join(", ")}`,
      },
    );
  const [file] = files;
  const found = nearest || context.env.XDG_CONFIG_HOME ? file : undefined;
  const [one, another] = hosts;
  const known = openGateway(hosts, 1, context).known().list;
  return {
    usualName: gatewayName(list),
    config: explicit || context.env.RUNSPEC_CONFIG || found,
    isNearest: nearest && !explicit,
    host: another === undefined ? (one?.destination.host ?? "*") : "*",
    levels: known.map((tool) => ({ name: tool.name, autonomy: tool["x-autonomy"] })),
    claim: "The levels of the tools are what these hosts say of themselves, the strictest of each",
  };
}

/** The files that declare what `list` names. */
async function filesOf(list: string, hosts: readonly Host[], where: Place): Promise<Set<string>> {
  const groups = new Map((await listGroups(where)).map((group) => [`@${group.name}`, group.file]));
  const named = readHostList(list).map((item) => groups.get(item.split("/", 1)[0] ?? ""));
  const declared = hosts.map(({ destination }) => destination.table?.file);
  return new Set([...named, ...declared].filter((file) => file !== undefined));
}
