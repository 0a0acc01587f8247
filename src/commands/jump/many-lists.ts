/** What the hosts of a list offer: each tool once, under the hosts that offer it so. */

import { eachOf } from "../../concurrency.ts";
import type { Context } from "../../context.ts";
import { messageText } from "../../errors.ts";
import { createConnection, reachOf } from "../../fleet/connection.ts";
import { fitText } from "../../fleet/fit.ts";
import { doctorFor, hostsText } from "../../fleet/fold-names.ts";
import { createHostLines } from "../../fleet/lines.ts";
import { exitCodeOf, failureOn, namedError, newHint, type Outcome } from "../../fleet/outcome.ts";
import type { Host } from "../../fleet/resolve-hosts.ts";
import type { RollOutPlan } from "../../fleet/roll-out.ts";
import { shownJson } from "../../json.ts";
import type { RemoteTool } from "../../mcp/client/tool-list.ts";
import { whenAborted } from "../../process/waiting.ts";
import { listAsProgram, type Remote } from "../../session/connect.ts";
import { visible } from "../../text.ts";
import { renderTools } from "../../ui/lists.ts";

/** What a host offers; undefined: it could not be asked, and the outcome says why. */
type Answer = Partial<Outcome> & { tools: RemoteTool[] | undefined };

export async function listMany(
  hosts: readonly Host[],
  { parallel, show, stop }: Pick<RollOutPlan, "parallel" | "show"> & { stop: AbortSignal },
  context: Context,
): Promise<number> {
  const { stdout, stderr } = context;
  const asJson = show === "json";
  const reach = reachOf(context);
  const connections = hosts.map((host) => ({ host, connection: createConnection(host, reach) }));
  const answers = new Map<Host, Answer>();
  const given = new Set<string>();
  const asides = createHostLines(stderr);
  const listing = (remote: Remote) => (asJson ? listAsProgram(remote) : remote.listTools());
  const abandonAll = (reason: unknown) => connections.map(({ connection }) => connection.abandon(reason));
  whenAborted(stop, abandonAll);
  // Where nobody reads what comes of it, nobody waits for it.
  for (const { failure } of [stdout, stderr]) void failure.then(abandonAll);
  await eachOf(connections, parallel, async ({ host, connection }) => {
    const asked = connection.open((remote) => remote.during(listing(remote)));
    const failed = (thrown: unknown) => ({ ...failureOn(thrown), tools: undefined });
    const answer: Answer = await asked.then((offered) => ({ tools: offered }), failed);
    const { tools, hint } = answer;
    const error = namedError(host, answer);
    // Of one that failed they are told with the error.
    if (tools !== undefined) await connection.listen({ onAside: (bytes) => asides.take(host, bytes) });
    await connection.close();
    await asides.end(host);
    if (stop.aborted) return;
    answers.set(host, answer);
    const row = { host: host.name, tools: tools?.map(({ raw }) => raw) ?? null, error: error ?? null };
    if (asJson) await stdout.write(`${shownJson(row)}\n`);
    if (error === undefined) return;
    const message = messageText(error, newHint(given, host, hint)[0]);
    // What helps stands below it, to be pasted, and is not broken.
    await stderr.write(fitText(message, stderr, error.split("\n").length));
  });
  stop.throwIfAborted();
  const examine = (some: readonly Host[], what: string) => {
    const message = messageText(`${hostsText(some)}: ${what}`, doctorFor(some));
    return stderr.write(fitText(message, stderr, 1));
  };
  const bare = hosts.filter((host) => answers.get(host)?.tools?.length === 0);
  if (!asJson) await stdout.write(fitText(textOf(hosts, answers, bare, stdout.columns()), stdout));
  if (!asJson && bare.length > 0) await examine(bare, "no tools are offered there");
  // What helps them was printed with the first alone.
  const unusable = hosts.filter((host) => answers.get(host)?.isOfConnection);
  if (unusable.length > 1) await examine(unusable, "could not be asked");
  return exitCodeOf([...answers.values()]);
}

/** Under each set of hosts the tools that these, and no others, offer so; then who offers none (`bare`), and which tools are not the same everywhere. */
function textOf(
  hosts: readonly Host[],
  answers: ReadonlyMap<Host, Answer>,
  bare: readonly Host[],
  width: number,
): string {
  const all = hosts.flatMap((host) => (answers.get(host)?.tools ?? []).map((tool) => ({ host, tool })));
  /** What a person sees and gives: servers of other versions say more of it, or less. */
  const told = ({ name, description, autonomy, inputSchema }: RemoteTool) =>
    JSON.stringify([name, description, autonomy, inputSchema]);
  /** Each is one tool, with the hosts that offer it so. */
  const offers = [...Map.groupBy(all, ({ tool }) => told(tool)).values()];
  const sets = [...Map.groupBy(offers, (offer) => hostsText(offer.map(({ host }) => host)))].sort(
    ([, [a = []]], [, [b = []]]) => b.length - a.length,
  );
  const blocks = sets.map(([hostsLabel, toolSet]) => {
    const tools = toolSet.flatMap((offer) => offer.slice(0, 1)).map(({ tool }) => tool);
    return renderTools(`Tools on ${hostsLabel}:`, tools, width);
  });
  if (bare.length > 0) blocks.push(renderTools(`Tools on ${hostsText(bare)}:`, [], width));
  const byName = Map.groupBy(offers, ([offer]) => offer?.tool.name ?? "");
  const differing = [...byName].filter(([, same]) => same.length > 1).map(([name]) => visible(name));
  if (differing.length > 0) blocks.push(`Not the same on all hosts: ${differing.join(", ")}\n`);
  return blocks.join("\n");
}
