/** Many hosts as one `ToolHost`: what they offer, merged; a call goes to the hosts that it names, and their answers come folded. */

import { createLimiter } from "../../concurrency.ts";
import { didYouMean } from "../../did-you-mean.ts";
import { EXIT, handledElsewhere } from "../../errors.ts";
import { type CallIo, refusedCall, type ServedOutcome, type ToolCall } from "../../mcp/tool-host.ts";
import { unlessAborted } from "../../process/waiting.ts";
import type { Host } from "../resolve-hosts.ts";
import { callHosts, manualOnSome } from "./call-on-several.ts";
import { WANTED } from "./dial.ts";
import type { Folded } from "./fold.ts";
import { free, readHosts } from "./hosts-argument.ts";
import { createLink, type Link, type LinkContext } from "./link.ts";
import { hostsAnswer } from "./list-hosts.ts";
import { type Offered, offerOf } from "./merge.ts";
import { propertiesOf } from "./union.ts";

export interface GatewayContext extends Omit<LinkContext, "cache" | "onTools" | "all"> {
  hosts: readonly Host[];
  cacheOf(host: Host): LinkContext["cache"];
  /** How long the first list is waited for where nothing is known of any host. */
  firstListMs: number;
  /** How long the list of hosts waits for what each says now. */
  lookMs: number;
  /** How long changes are gathered before they are told: many hosts answer one after the other. */
  gatherMs: number;
}

/** Calls under way on all hosts together: so many that a tool which stalls on many of them does not fill it. */
const RUNNING_MAX = 512;
const WAITING_MAX = 20_000;

export function createGateway(context: GatewayContext) {
  // As the list names them: a call takes the names that are printed.
  const hosts = context.hosts.map((host) => ({ ...host, typed: host.name }));
  const all = createLimiter({ running: RUNNING_MAX, waiting: WAITING_MAX });
  const leaving = new AbortController();
  const offer = createOffer(() => offerOf(links), context.gatherMs);
  const links = hosts.map((host) =>
    createLink(host, { ...context, all, cache: context.cacheOf(host), onTools: offer.changed }),
  );
  const linkTo = new Map(links.map((link) => [link.host.name, link]));

  /** Waits for `work`, but for no longer than `ms`. */
  const within = (ms: number, work: Promise<unknown>) =>
    unlessAborted(Promise.race([work, Bun.sleep(ms)]), leaving.signal).catch(handledElsewhere);

  const refresh = (some: readonly Link[], by: number) => Promise.all(some.map((link) => link.refresh(by)));

  /** Waits a while only where nothing is known of any host; else the hosts are asked after the answer. */
  async function list() {
    if (links.some((link) => link.tools() !== undefined))
      setTimeout(() => void refresh(links, WANTED.unasked), context.gatherMs);
    else await within(context.firstListMs, refresh(links, WANTED.look));
    return offer.forClient().list;
  }

  /** Where no host is known to offer the tool, all are asked, and the first that does is waited for. */
  async function whenOffered(name: string): Promise<Offered> {
    const isThere = () => offer.now().tools.has(name) || offer.now().listTool === name;
    if (isThere()) return offer.now();
    const listed = within(context.firstListMs, refresh(links, WANTED.look)).then(() => true);
    while (!isThere()) if (await Promise.race([listed, offer.news()])) break;
    return offer.now();
  }

  async function listHosts() {
    await within(context.lookMs, Promise.all(links.map((link) => link.look())));
    return { ...hostsAnswer(links, [...offer.now().tools.keys()]), isError: false, exitCode: EXIT.OK };
  }

  function notOffered(name: string) {
    const { tools, listTool } = offer.now();
    const near = didYouMean(name, [...tools.keys(), listTool]);
    const isUnsure = links.some((link) => link.tools() === undefined);
    const why = isUnsure ? `what some hosts offer is not known: ${listTool} tells why` : "";
    return refusedCall("tool", ["none of the hosts is known to offer it", near, why], EXIT.NOT_FOUND);
  }

  async function call(request: ToolCall, io: CallIo): Promise<ServedOutcome> {
    if (request.unread !== undefined) throw request.unread;
    const started = performance.now();
    const answered = (folded: Folded) => ({
      ...folded,
      kind: "answered" as const,
      durationMs: Math.round(performance.now() - started),
    });
    const { tools, listTool } = await whenOffered(request.name);
    if (request.name === listTool) return answered(await listHosts());
    const tool = tools.get(request.name);
    if (tool === undefined) return notOffered(request.name);
    const { [tool.hostsArgument]: wanted, ...passed } = request.arguments ?? {};
    // Its client has an older list, in which the argument that is ours now was the tool's own.
    const former = free(tool.hostsArgument, new Set([tool.hostsArgument]));
    if (former in passed && !propertiesOf(tool.descriptor.inputSchema).has(former))
      return refusedCall("words", [`list the tools again: ${tool.hostsArgument} says where it runs by now`]);
    const read = readHosts(wanted, tool.hostsArgument, [...linkTo.keys()]);
    if ("problem" in read) return refusedCall("words", [read.problem]);
    const asked = read.hosts.flatMap((name) => linkTo.get(name) ?? []);
    // Whether it is a person's call is decided by what each offers now; a single host says so itself.
    if (asked.length > 1) await within(context.firstListMs, refresh(asked, WANTED.call));
    const manual = request.human ? undefined : manualOnSome(request.name, passed, asked);
    if (manual !== undefined) return { ...refusedCall("autonomy", manual), manual: true };
    return answered(await callHosts(asked, request, passed, io));
  }

  return {
    list,
    /** From now on nobody waits for what hosts may offer. */
    leave: () => leaving.abort(),
    /** What is known of the tools without waiting for anybody. */
    known: offer.now,
    // Nothing of a call is captured here, its answer comes whole; nor has it a lease: the gateway itself keeps those of its hosts.
    settings: () => ({ json: false, maxOutput: "none" as const, leaseMs: Infinity }),
    shortestLease: () => Infinity,
    onChange: offer.onChange,
    call,
    async close() {
      offer.close();
      await Promise.all(links.map((link) => link.close()));
    },
  };
}

/** What is offered: `merge` makes it when it is asked for. Listeners are told when it has become another, once for all news within `gatherMs`. */
function createOffer(merge: () => Offered, gatherMs: number) {
  const listeners = new Set<() => void>();
  let merged: Offered | undefined;
  let lastTold: string | undefined;
  let news = Promise.withResolvers<void>();
  let gathering: ReturnType<typeof setTimeout> | undefined;

  function now(): Offered {
    merged ??= merge();
    return merged;
  }

  function forClient(): Offered {
    lastTold = now().text;
    return now();
  }

  function tell(): void {
    gathering = undefined;
    if (lastTold === now().text) return;
    forClient();
    for (const listener of listeners) listener();
  }

  return {
    now,
    /** What a client is told now, and need not be told of as a change. */
    forClient,
    /** A host has said something new. */
    changed(): void {
      merged = undefined;
      news.resolve();
      news = Promise.withResolvers();
      gathering ??= setTimeout(tell, gatherMs);
    },
    /** Resolves with the next change. */
    news: () => news.promise,
    onChange: (listener: () => void) => void listeners.add(listener),
    close: () => clearTimeout(gathering),
  };
}
