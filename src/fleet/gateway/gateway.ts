/** Many hosts as one `ToolHost`: what they offer, merged; a call goes to the hosts that it names, and their answers come folded. */

import { EXIT } from "../../errors.ts";
import { isObject, type JsonObject } from "../../jsonrpc/message.ts";
import { createLimiter } from "../../mcp/server/limiter.ts";
import type { CallIo, ServedOutcome, ToolCall, ToolDescriptor, ToolHost } from "../../mcp/tool-host.ts";
import { didYouMean, visible } from "../../text.ts";
import type { Host } from "../choose.ts";
import { eachOf } from "../roll-out.ts";
import { foldAnswers } from "./fold.ts";
import type { HostAnswer } from "./host-answer.ts";
import { readHosts, withoutHosts } from "./hosts-argument.ts";
import { createLink, type Link, type LinkContext } from "./link.ts";
import { hostsAnswer } from "./list-hosts.ts";
import { type Offered, offerOf } from "./offered.ts";
import { createProgressText } from "./progress-text.ts";
import { atMost } from "./shared-line.ts";
import { manualOnSome } from "./strictest-level.ts";

export interface GatewayContext extends Omit<LinkContext, "kept" | "onTools" | "all"> {
  hosts: readonly Host[];
  keptOf(host: Host): LinkContext["kept"];
  /** How long the first list is waited for where nothing is known of any host. */
  firstListMs: number;
  /** How long those hosts are waited for of which nothing is known yet, where somebody asks for the hosts. */
  lookMs: number;
  /** How long changes are gathered before they are told: many hosts answer one after the other. */
  gatherMs: number;
}

export interface Gateway extends ToolHost {
  /** What is known of the tools' levels and names without waiting for anybody. */
  known(): readonly ToolDescriptor[];
  /** What the tool is called that lists the hosts. */
  listTool(): string;
  close(): Promise<void>;
}

/** Calls under way on all hosts together: more than one that stalls on many of them could fill. */
const RUNNING_MAX = 512;
const WAITING_MAX = 20_000;
/** Hosts that are asked at a time where nobody waits for it. */
const REFRESHED_AT_ONCE = 8;
/** A call of a gateway has no lease: the gateway itself keeps those of its hosts. */
const LEASE_MS = 24 * 60 * 60 * 1000;

export function createGateway(context: GatewayContext): Gateway {
  // Of the list, as it stands: what is printed of a host is what a call takes.
  const hosts = context.hosts.map((host) => ({ ...host, typed: host.name }));
  const names = hosts.map(({ name }) => name);
  const all = createLimiter({ running: RUNNING_MAX, waiting: WAITING_MAX });
  const listeners = new Set<() => void>();
  let offered: Offered | undefined;
  let told: string | undefined;
  let refreshing: Promise<void> | undefined;
  /** A host has said something new. */
  let news = Promise.withResolvers<void>();
  let gathering: ReturnType<typeof setTimeout> | undefined;
  const links = new Map(
    hosts.map((host) => [
      host.name,
      createLink(host, { ...context, all, kept: context.keptOf(host), onTools: gather }),
    ]),
  );

  function gather(): void {
    offered = undefined;
    news.resolve();
    news = Promise.withResolvers();
    gathering ??= setTimeout(() => {
      gathering = undefined;
      const { text } = offer();
      if (told === undefined || told === text) return;
      told = text;
      for (const listener of listeners) listener();
    }, context.gatherMs);
  }

  function offer(): Offered {
    offered ??= offerOf([...links.values()], names);
    return offered;
  }

  const isKnown = () => [...links.values()].some((link) => link.tools() !== undefined);

  /** Asks all hosts for their tools; one such round at a time. */
  function refreshAll(atOnce: number): Promise<void> {
    refreshing ??= eachOf([...links.values()], atOnce, (link) => link.refresh()).finally(() => {
      refreshing = undefined;
    });
    return refreshing;
  }

  /** With nothing known of anybody, what comes within a while. Else nobody waits, and what is asked comes after the answer. */
  async function whenKnown(): Promise<Offered> {
    if (isKnown()) setTimeout(() => void refreshAll(REFRESHED_AT_ONCE), context.gatherMs);
    else await atMost(context.firstListMs, refreshAll(links.size));
    return offer();
  }

  /** With nothing known of anybody, a call waits for some host to offer its tool, and not for all others. */
  async function whenOffered(name: string): Promise<Offered> {
    if (isKnown()) return offer();
    const listed = whenKnown().then(() => true);
    const isThere = () => offer().tools.has(name) || offer().listTool === name;
    while (!isThere()) if (await Promise.race([listed, news.promise])) break;
    return offer();
  }

  async function listHosts(): Promise<ServedOutcome> {
    const started = performance.now();
    await atMost(context.lookMs, refreshAll(links.size));
    const { tools } = offer();
    const { text, structured } = hostsAnswer([...links.values()], [...tools.keys()]);
    return { kind: "answered", text, structured, isError: false, exitCode: 0, durationMs: since(started) };
  }

  async function call(request: ToolCall, io: CallIo): Promise<ServedOutcome> {
    const { tools, listTool } = await whenOffered(request.name);
    if (request.name === listTool) return listHosts();
    const tool = tools.get(request.name);
    if (tool === undefined) return refused("tool", unknownTool(request.name, [...tools.keys(), listTool]));
    const given = isObject(request.arguments) ? request.arguments : {};
    const read = readHosts(given[tool.hostsArgument], tool.hostsArgument, names);
    if ("problem" in read) return refused("words", [read.problem]);
    const asked = read.hosts.flatMap((name) => links.get(name) ?? []);
    const passed = withoutHosts(given, tool.hostsArgument);
    // What each of them offers now says whose call it is; one alone says so itself.
    if (asked.length > 1) await atMost(context.firstListMs, Promise.all(asked.map((link) => link.refresh())));
    const manual = request.human ? undefined : manualOnSome(request.name, passed, asked);
    if (manual !== undefined) return { ...refused("autonomy", manual), manual: true };
    return callOn(asked, { ...request, arguments: passed }, io);
  }

  async function callOn(
    asked: readonly Link[],
    { name, arguments: given = {}, human }: ToolCall & { arguments: JsonObject },
    { client, signal, onProgress }: CallIo,
  ): Promise<ServedOutcome> {
    const started = performance.now();
    const progress = createProgressText(
      asked.map(({ host }) => host.name),
      (text) => onProgress?.(text),
    );
    const answers = await Promise.all(
      asked.map(async (link): Promise<HostAnswer> => {
        const said = (message: string) => progress.says(link.host.name, message);
        const call = { name, arguments: given, human, client, signal };
        const answer = await link.call({ ...call, ...(onProgress !== undefined && { onProgress: said }) });
        progress.ended(link.host.name);
        return answer;
      }),
    );
    return { kind: "answered", ...foldAnswers(name, answers), durationMs: since(started) };
  }

  return {
    async list() {
      const { list, text } = await whenKnown();
      told = text;
      return list;
    },
    known: () => offer().list,
    listTool: () => offer().listTool,
    settings: () => ({ json: false, leaseMs: LEASE_MS }),
    shortestLease: () => LEASE_MS,
    onChange(listener) {
      listeners.add(listener);
    },
    call,
    async close() {
      clearTimeout(gathering);
      await Promise.all([...links.values()].map((link) => link.close()));
    },
  };
}

function since(started: number): number {
  return Math.round(performance.now() - started);
}

function refused(objection: string, reasons: string[]) {
  const exitCode = objection === "tool" ? EXIT.NOT_FOUND : EXIT.FAILED;
  return { kind: "refused" as const, objections: [objection], reasons, exitCode };
}

function unknownTool(name: string, known: readonly string[]): string[] {
  const near = didYouMean(name, [...known]);
  return [`none of the hosts is known to offer a tool "${visible(name)}"`, ...(near === "" ? [] : [near])];
}
