/** The names and arguments that completion offers: aliases, this machine's tools, and what is remembered of a host's. */

import { type Candidate, candidate } from "../completion/candidate.ts";
import { childEnvironment } from "../exec/env.ts";
import type { RemoteTool } from "../mcp/client.ts";
import { cacheDirectory, createToolCache } from "../remote/cache.ts";
import { type Destination, findDestination, listDestinations } from "../remote/destination.ts";
import { readLastKnown } from "../remote/last-known.ts";
import { routeKey, routeToServe } from "../remote/route.ts";
import { fromInputSchema } from "../spec/from-json-schema.ts";
import type { Argument } from "../spec/model.ts";
import { sshArgv } from "../ssh/argv.ts";
import { quoteBin } from "../ssh/bin.ts";
import type { Context } from "./context.ts";

/** What has been given before the cursor: `alias`, `tool`, `config`, `bin`. */
type Given = ReadonlyMap<string, string>;

/** How long a host that may be asked is waited for: somebody is waiting for the Tab key. */
const ASK_MS = 5000;

export async function aliases(given: Given, context: Context): Promise<Candidate[]> {
  const listed = await listDestinations({ ...context, explicit: given.get("config") });
  return listed.map(({ alias, host, user }) => {
    const place = user === undefined ? host : `${user}@${host}`;
    return candidate(alias, place === alias ? "" : place);
  });
}

export async function localTools(given: Given, context: Context): Promise<Candidate[]> {
  const tools = await readTools(given, context);
  return tools.map(({ runnable }) => candidate(runnable.name, runnable.description));
}

export async function remoteTools(given: Given, context: Context): Promise<Candidate[]> {
  const tools = await knownRemoteTools(given, context);
  return tools.map(({ name, description }) => candidate(name, description));
}

/** What the tool of `run` or `jump` takes; undefined where that is not known. */
export async function argumentsOf(
  command: string,
  given: Given,
  context: Context,
): Promise<readonly Argument[] | undefined> {
  const wanted = given.get("tool");
  if (command === "run") {
    const tools = await readTools(given, context);
    return tools.find(({ runnable }) => runnable.name === wanted)?.runnable.args;
  }
  if (command !== "jump") return undefined;
  const tool = (await knownRemoteTools(given, context)).find(({ name }) => name === wanted);
  return tool === undefined ? undefined : fromInputSchema(tool.inputSchema);
}

async function readTools(given: Given, context: Context) {
  const { readLocalTools } = await import("./tools.ts");
  const { tools } = await readLocalTools(context, given.get("config"));
  return tools.filter(({ hidden }) => hidden !== "hosts");
}

async function knownRemoteTools(given: Given, context: Context): Promise<RemoteTool[]> {
  const directory = cacheDirectory(context.env, context.home);
  const alias = given.get("alias");
  if (alias === undefined) return [];
  const where = { ...context, explicit: given.get("config") };
  const destination = await findDestination(alias, where, given.get("bin"));
  const key = routeKey(sshArgv(destination, [quoteBin(destination.bin.path), "serve"]));
  // By what a checkout says of a host, Tab runs no ssh.
  if (context.env.RUNSPEC_COMPLETE_REMOTE === "1" && !destination.nearest) {
    const fresh = directory === undefined ? undefined : createToolCache(directory, key, context.uid).read();
    return fresh?.tools ?? askHost(destination, { directory, key }, context);
  }
  return directory === undefined ? [] : readLastKnown(directory, key);
}

/** Asks the host, and remembers what it says. What goes wrong is nobody's to read here. */
async function askHost(
  destination: Destination,
  { directory, key }: { directory: string | undefined; key: string },
  context: Context,
): Promise<RemoteTool[]> {
  const [{ connect }, { startSsh }] = await Promise.all([
    import("../remote/connect.ts"),
    import("../ssh/start.ts"),
  ]);
  const { argv, ssh: byHand } = await routeToServe(destination, context);
  const remote = connect({
    alias: destination.alias,
    bin: destination.bin,
    ssh: startSsh(argv, childEnvironment(context.env)),
    byHand,
    client: { name: "runspec", version: context.version },
    onOutput: async () => {},
    stderr: { write: async () => {}, flush: async () => {} },
    patienceMs: ASK_MS,
  });
  try {
    const answers = Promise.all([remote.info, remote.client.listTools()]);
    const late = Bun.sleep(ASK_MS).then(() => undefined);
    const answered = await remote.during(Promise.race([answers, late]));
    if (answered === undefined) {
      remote.abandon();
      return [];
    }
    const [info, list] = answered;
    if (directory !== undefined) createToolCache(directory, key, context.uid).write(list, info.takesInput);
    return list.tools;
  } finally {
    await remote.finish();
  }
}
