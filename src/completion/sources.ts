/** The names and arguments that completion offers: aliases, this machine's tools, and what is remembered of a host's. */

import { resolve } from "node:path";
import { fromInputSchema } from "../arguments/from-json-schema.ts";
import type { Argument } from "../arguments/model.ts";
import type { Context } from "../context.ts";
import { resolveHosts } from "../fleet/resolve-hosts.ts";
import type { Destination, HostBook } from "../hosts/destination.ts";
import { findDestination, listConfigured, openHostBook } from "../hosts/destination.ts";
import { HOSTS_MAX, isHostList, readHostList } from "../hosts/host-list.ts";
import { membersIn } from "../hosts/names.ts";
import type { RemoteTool } from "../mcp/client/tool-list.ts";
import { connect } from "../session/connect.ts";
import { toolCacheOf } from "../session/tool-cache.ts";
import { openTransport } from "../session/transport.ts";
import type { Runnable } from "../spec/model.ts";
import { loadScript } from "../spec/script.ts";
import { readLocalTools } from "../tools/local-tools.ts";
import { type Candidate, candidate } from "./candidate.ts";

/** The flags and positionals before the cursor, by name, as `readOwnWords` gives them. */
type Given = ReadonlyMap<string, string>;

/** How long a host that may be asked is waited for: somebody is waiting for the Tab key. */
const ASK_MS = 5000;
const FRESH_MS = 60_000;

/** `word`: what has been typed of it; what stands before the last comma of a list stays as it is, and is not offered again. */
export function aliases(word: string, context: Context): Candidate[] {
  const configured = listConfigured(context);
  const hosts = configured.hosts.map(({ alias, host, user }) => {
    const place = user === undefined ? host : `${user}@${host}`;
    return candidate(alias, place === alias ? "" : place);
  });
  const groups = configured.groups.map(({ name, members }) =>
    candidate(`@${name}`, Array.isArray(members) ? members.join(", ") : `by command: ${members.command[0]}`),
  );
  const typed = word.slice(0, word.lastIndexOf(",") + 1);
  const start = word.slice(typed.length);
  // Without a letter of them, they would be all hosts.
  const byName = new Map(start === "" ? [] : configured.groups.map((group) => [group.name, group]));
  const listed = [...membersIn(byName).keys()].filter((name) => name.startsWith(start));
  const known = [...hosts, ...groups, ...listed.slice(0, HOSTS_MAX).map((name) => candidate(name))];
  const taken = new Set(typed.split(","));
  const others = known.filter(({ value }) => !taken.has(value));
  return others.map((name) => ({ ...name, value: `${typed}${name.value}` }));
}

/** The tools of the script called `name`, by its own block; none: it has no block. It is read, and never run. */
export function scriptTools(name: string, { cwd, env, uid }: Context): readonly Runnable[] {
  const path = name.includes("/") ? resolve(cwd, name) : Bun.which(name, { PATH: env.PATH ?? "" });
  return path === null ? [] : loadScript(path, { uid }).runnables;
}

interface KnownTool extends Pick<RemoteTool, "name" | "description"> {
  args(): readonly Argument[];
}

/** The tools that `run` can call here, or `jump` on the hosts that are given, as far as they are known. */
export async function toolsOf(command: string, given: Given, context: Context): Promise<KnownTool[]> {
  if (command === "jump") {
    const tools = await knownRemoteTools(given, context);
    return tools.map(({ inputSchema, ...tool }) => ({ ...tool, args: () => fromInputSchema(inputSchema) }));
  }
  const { tools } = readLocalTools(context);
  return tools
    .filter(({ hidden }) => hidden !== "hosts")
    .map(({ name, description, args }) => ({ name, description, args: () => args }));
}

async function knownRemoteTools(given: Given, context: Context): Promise<RemoteTool[]> {
  const alias = given.get("alias");
  if (alias === undefined) return [];
  if (isHostList(alias)) return toolsOfAll(alias, openHostBook(context, given.get("bin")), context);
  const destination = findDestination(alias, context, given.get("bin"));
  const cached = toolCacheOf(destination, context).read();
  // The nearest file may be somebody's checkout: by what it says of a host, Tab runs no ssh.
  const mayAsk = context.env.RUNSPEC_COMPLETE_REMOTE === "1" && !destination.nearest;
  const isFresh = cached !== undefined && cached.age <= FRESH_MS;
  return mayAsk && !isFresh ? askHost(destination, context) : (cached?.tools ?? []);
}

/** The tools that all hosts of a list have, as far as is remembered: no host is asked, and no inventory is run. */
async function toolsOfAll(list: string, book: HostBook, context: Context) {
  const chosen = await resolveHosts({ hosts: readHostList(list), except: [] }, book, async () => []);
  const [first = [], ...others] = chosen
    .map(({ destination }) => toolCacheOf(destination, context).read()?.tools ?? [])
    .filter((tools) => tools.length > 0);
  return first.filter(({ name }) => others.every((tools) => tools.some((tool) => tool.name === name)));
}

/** Asks the host, and remembers what it says. What goes wrong is not told: it would stand in the middle of a line. */
async function askHost(destination: Destination, context: Context): Promise<RemoteTool[]> {
  const remote = connect({
    ...openTransport(destination, context, { patienceMs: ASK_MS, silenceMs: ASK_MS }),
    cache: toolCacheOf(destination, context),
    version: context.version,
    stderr: context.stderr,
  });
  const stopListening = context.onSignals(["SIGINT", "SIGTERM", "SIGHUP"], () => remote.abandon());
  try {
    const late = Bun.sleep(ASK_MS).then(() => undefined);
    const tools = await remote.during(Promise.race([remote.listTools(), late]));
    if (tools === undefined) remote.abandon();
    return tools ?? [];
  } finally {
    await remote.finish();
    stopListening();
  }
}
