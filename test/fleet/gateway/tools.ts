/** Tools, hosts and lines to them, as the gateway's tests want them. */

import type { Context, OutputStream } from "../../../src/context.ts";
import type { HostAnswer, HostCall } from "../../../src/fleet/gateway/call-on-one.ts";
import type { HostSession, PendingSession, SessionEvents } from "../../../src/fleet/gateway/dial.ts";
import type { Host } from "../../../src/fleet/resolve-hosts.ts";
import { resolveBin } from "../../../src/hosts/bin.ts";
import { ConnectionFailure } from "../../../src/hosts/connection-failure.ts";
import { type RemoteTool, readTool } from "../../../src/mcp/client/tool-list.ts";
import type { ToolCache } from "../../../src/session/tool-cache.ts";
import { plainHost } from "../../../src/spec/config.ts";

export function tool(name: string, more: Record<string, unknown> = {}): RemoteTool {
  const raw = {
    name,
    description: `About ${name}`,
    inputSchema: { type: "object", properties: {} },
    ...more,
  };
  const [read] = readTool(raw);
  if (read === undefined) throw new Error("it has no name");
  return read;
}

export function host(name: string): Host {
  const destination = {
    ...plainHost(name),
    bin: resolveBin({ flag: undefined, field: undefined, env: undefined }),
  };
  return { name, typed: name, destination };
}

export function answer(name: string, more: Partial<HostAnswer> = {}): HostAnswer {
  const outcome = { because: "succeeded", exitCode: 0, durationMs: 1 } as const;
  return { host: host(name), outcome, stdout: `${name}\n`, stderr: "", ...more };
}

/** A host as it stands: what it offers, and whether it answers. */
export interface Site {
  tools: RemoteTool[];
  up: boolean;
  /** Whether an open line still answers. */
  alive: boolean;
  /** What it says when it is asked for that; undefined: as it is, at once. */
  asked?: Promise<boolean>;
  dialled: number;
  called: HostCall[];
  /** How much the session that was dialled last has been wanted. */
  wanted: number[];
  closed: number;
  events: SessionEvents | undefined;
  /** What a call comes to; undefined: its name, at once. */
  onCall?: (call: HostCall) => Promise<HostAnswer>;
  /** Dialling waits for it. */
  gate?: Promise<void>;
}

/** Hosts that are there as they are told to. */
export function sites(names: readonly string[], tools: RemoteTool[] = [tool("a")]) {
  const all = new Map<string, Site>(
    names.map((name) => [
      name,
      { tools, up: true, alive: true, dialled: 0, called: [], wanted: [], closed: 0, events: undefined },
    ]),
  );
  const at = (name: string): Site => {
    const site = all.get(name);
    if (site === undefined) throw new Error(`no ${name}`);
    return site;
  };
  async function open({ name }: Host, events: SessionEvents): Promise<HostSession> {
    const site = at(name);
    site.dialled++;
    site.events = events;
    await site.gate;
    if (!site.up) throw new Refused(name);
    site.alive = true;
    events.onTools(site.tools);
    return {
      async call(call) {
        site.called.push(call);
        return site.onCall?.(call) ?? answer(name);
      },
      isThere: async () => site.asked ?? site.alive,
      async close() {
        site.closed++;
      },
    };
  }
  function dial(one: Host, events: SessionEvents): PendingSession {
    const site = at(one.name);
    site.wanted = [];
    return { session: open(one, events), want: (by) => void site.wanted.push(by) };
  }
  return { at, dial, hosts: names.map(host) };
}

class Refused extends ConnectionFailure {
  constructor(name: string) {
    const seen = { alias: name, destination: host(name).destination, handshake: false, noise: undefined };
    const evidence = { ...seen, end: { exitCode: 255 }, stderr: "", gaveUp: undefined, patience: 30 };
    super(evidence, { what: "nobody is there", exitCode: 255 });
  }
}

/** A cache that holds `tools`; none: nothing. */
export function remembering(...tools: RemoteTool[]): ToolCache {
  return { read: () => (tools.length === 0 ? undefined : { tools, age: 0, takesWords: false }), save() {} };
}

const never = () => {
  throw new Error("nobody asks for it");
};
const nowhere: OutputStream = {
  ...{ write: async () => {}, flush: async () => {}, expectReader() {}, abandon: async () => {} },
  failure: new Promise<unknown>(() => {}),
  ...{ isTerminal: () => false, columns: () => 80 },
};

const no = () => false;

/** Of a program with this environment, whose output nobody reads. */
export function contextOf(env: Record<string, string>): Context {
  return {
    ...{ env, cwd: "/", home: undefined, uid: process.getuid?.(), execPath: "", argv0: "", version: "0" },
    ...{ platform: "", rest: undefined, stdout: nowhere, stderr: nowhere },
    stdin: { isTerminal: no, hasInput: no, hasUnread: no, isHungUp: no, open: never },
    openProtocol: never,
    ...{ hostname: () => "here", userName: () => "me", onSignals: () => () => {} },
  };
}
