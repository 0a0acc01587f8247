/** The names and arguments that completion offers: aliases, this machine's tools, and what is remembered of a host's. */

import { type Candidate, candidate } from "../completion/candidate.ts";
import { childEnvironment } from "../exec/env.ts";
import type { RemoteTool } from "../mcp/client.ts";
import { type Destination, findDestination, listDestinations } from "../remote/destination.ts";
import { type KeptTools, keptDirectory, keptTools } from "../remote/kept-tools.ts";
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
/** For how long its answer is good enough for the next Tab. */
const FRESH_MS = 60_000;

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
  const alias = given.get("alias");
  if (alias === undefined) return [];
  const where = { ...context, explicit: given.get("config") };
  const destination = await findDestination(alias, where, given.get("bin"));
  const key = routeKey(sshArgv(destination, [quoteBin(destination.bin.path), "serve"]));
  const kept = keptTools(keptDirectory(context.env, context.home), key, context.uid);
  const { tools, age } = kept.read();
  // By what a checkout says of a host, Tab runs no ssh.
  const mayAsk = context.env.RUNSPEC_COMPLETE_REMOTE === "1" && !destination.nearest;
  return mayAsk && age > FRESH_MS ? askHost(destination, kept, context) : tools;
}

/** Asks the host, and remembers what it says. What goes wrong is nobody's to read here. */
async function askHost(destination: Destination, kept: KeptTools, context: Context): Promise<RemoteTool[]> {
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
    const answers = Promise.all([remote.listTools().all(), remote.info]);
    const late = Bun.sleep(ASK_MS).then(() => undefined);
    const answered = await remote.during(Promise.race([answers, late]));
    if (answered === undefined) {
      remote.abandon();
      return [];
    }
    const [tools, { runsWords }] = answered;
    kept.keep(tools, runsWords);
    return tools;
  } finally {
    await remote.finish();
  }
}
