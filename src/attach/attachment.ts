/** The entry that makes a client use this machine's tools, a jump host's or a list's, and what a person has to know besides. */

import { resolve } from "node:path";
import type { Level } from "../arguments/autonomy.ts";
import type { Context } from "../context.ts";
import { RunspecError } from "../errors.ts";
import { namesText } from "../fleet/gateway/differences.ts";
import { gatewayName } from "../fleet/gateway/instructions.ts";
import { offerOf } from "../fleet/gateway/merge.ts";
import type { Host } from "../fleet/resolve-hosts.ts";
import { selectHosts } from "../fleet/select.ts";
import { findDestination, type HostSearch, hostSearch, listConfigured } from "../hosts/destination.ts";
import { isHostList, readHostList } from "../hosts/host-list.ts";
import { wordsFor } from "../hosts/remedy.ts";
import { toolCacheOf } from "../session/tool-cache.ts";
import { standardPlaces } from "../spec/discover/find.ts";
import { launchPath } from "../spec/discover/find-environment.ts";
import { visible } from "../text.ts";
import { readLocalTools, readSoundTools } from "../tools/local-tools.ts";
import type { ClientName, ServerEntry } from "./clients.ts";
import { approvalNotes, sshNote } from "./notes.ts";

interface AttachRequest {
  client: ClientName;
  /** A jump host, or a list of them; undefined: this machine. */
  alias?: string | undefined;
  /** What to call it there; undefined: the usual. */
  name?: string | undefined;
}

export interface Attachment {
  name: string;
  entry: ServerEntry;
  /** Why it may not be written; undefined: it may. */
  printedOnly?: string | undefined;
  notes: string[];
}

export async function attachmentFor(request: AttachRequest, context: Context): Promise<Attachment> {
  const { alias } = request;
  return alias === undefined ? attachmentHere(request, context) : remoteAttachment(alias, request, context);
}

/** A client starts its servers in another directory and without XDG_CONFIG_HOME, so a file that only these lead to is named. Without tools it would only hide those of others. */
function attachmentHere({ client, name = "runspec" }: AttachRequest, context: Context): Attachment {
  const ofHere = readLocalTools(context);
  const [first] = ofHere.found;
  const { user = "" } = standardPlaces({ ...context, env: {} });
  const isMoved = first?.source === "user" && ![first.path, ...(first.via ?? [])].includes(user);
  const isNearby = first?.source === "nearest" || first?.source === "explicit";
  const path = isNearby || isMoved ? first.path : undefined;
  const named = { ...context, config: path };
  const ofPath = readLocalTools(named);
  const isNamed = path !== undefined && (ofPath.tools.length > 0 || ofHere.tools.length === 0);
  // What the entry leads to, and nothing else that is found from here. With an error in it, its server would not start, and few clients show why.
  const { tools } = readSoundTools(isNamed ? named : context);
  const levels = tools.filter(({ hidden }) => hidden === undefined);
  return {
    name,
    entry: { command: launchPath(context), args: ["serve", ...(isNamed ? ["--config", path] : [])] },
    notes: approvalNotes(client, name, levels, "By the levels of the tools"),
  };
}

async function remoteAttachment(
  alias: string,
  { client, name: chosen }: AttachRequest,
  context: Context,
): Promise<Attachment> {
  const { config } = context;
  const isList = isHostList(alias);
  const hosts = isList
    ? await selectHosts({ list: alias }, context)
    : [{ name: alias, typed: alias, destination: findDestination(alias, hostSearch(context)) }];
  const declared = declaredIn(alias, hosts, context);
  const file = config || context.env.RUNSPEC_CONFIG || declared.file;
  const usual = isList ? gatewayName(alias) : alias.replace(/[^A-Za-z0-9_-]+/g, "-");
  // Its policies take what stands before the first "_" for the server.
  const name = chosen ?? (client === "gemini" ? usual.replaceAll("_", "-") : usual);
  const written = wordsFor({ alias, config });
  const unheard = hosts.filter((host) => cachedTools(host, context) === undefined).map((host) => host.name);
  const unknown = unheard.length === 0 ? "" : `, and nothing is known yet of ${namesText(unheard)}`;
  const claim = isList
    ? `The levels of the tools are what these hosts say of themselves, the strictest of each${unknown}`
    : `The levels of ${visible(alias)}'s tools are what that host says of itself`;
  // A flag would count before a `bin` of theirs.
  const byVariable = hosts.every(({ destination }) => destination.bin.source === "$RUNSPEC_JUMP_BIN");
  const bin = byVariable ? ["--bin", hosts[0]?.destination.bin.path ?? ""] : [];
  const only = file ? ["--config", resolve(context.cwd, file)] : [];
  return {
    name,
    entry: { command: launchPath(context), args: ["jump", alias, "--mcp", ...bin, ...only] },
    printedOnly: declared.isNearest
      ? `${written} is declared in the nearest runspec.toml, and its author decides what ssh does`
      : undefined,
    notes: [
      sshNote(written),
      `\n${claim}: read what runspec jump ${written} lists before a client may run one unasked.`,
      ...approvalNotes(client, name, levelsOf(hosts, isList, context), "By these levels"),
    ],
  };
}

/** The file that declares what `list` names, where a client would not find it by itself; `isNearest`: it is one that nobody named. */
function declaredIn(list: string, hosts: readonly Host[], where: HostSearch) {
  const groups = new Map(listConfigured(where).groups.map((group) => [`@${group.name}`, group]));
  const named = readHostList(list).flatMap((item) => groups.get(item.split("/", 1)[0] ?? "") ?? []);
  const destinations = hosts.map(({ destination }) => destination);
  const declared = destinations.map(({ table, listedIn }) => table?.file ?? listedIn);
  const files = new Set([...named.map((group) => group.file), ...declared.flatMap((one) => one ?? [])]);
  const [file] = files;
  const isNearest =
    named.some(({ source }) => source === "nearest") || destinations.some(({ nearest }) => nearest);
  if (isNearest && files.size > 1) {
    const what = `what ${visible(list)} names is declared in several files, and a client starts in another directory`;
    const hint = `put it into one of them, and name that with --config FILE: ${[...files].map(visible).join(", ")}`;
    throw new RunspecError(what, { hint });
  }
  return { file: isNearest || where.env.XDG_CONFIG_HOME ? file : undefined, isNearest };
}

/** What the hosts said last of their tools, where it is kept; of several hosts the strictest. */
function levelsOf(hosts: readonly Host[], isList: boolean, context: Context): Level[] {
  if (!isList) return hosts.flatMap((host) => cachedTools(host, context) ?? []);
  const links = hosts.map((host) => ({ host, tools: () => cachedTools(host, context) }));
  return offerOf(links).list.map((tool) => ({ name: tool.name, autonomy: tool["x-autonomy"] }));
}

/** What a host said last, to a person or to a gateway; undefined: nothing is kept. */
function cachedTools({ destination }: Host, context: Context) {
  const forPerson = toolCacheOf(destination, context).read();
  const forAgent = toolCacheOf(destination, context, "agent").read();
  const [last] = [forPerson ?? [], forAgent ?? []].flat().sort((a, b) => a.age - b.age);
  return last?.tools;
}
