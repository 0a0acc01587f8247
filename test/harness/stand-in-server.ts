/**
 * An MCP server with the one tool `t` that is not ours: `bun stand-in-server.ts KIND`. It appends what it is asked to `asked`, and a
 * line to `runs` whenever it runs the tool. The kinds are those of {@link KINDS}; `previous` speaks the extension as it was before
 * `runspec/run`, recorded from that build.
 */

import { appendFileSync } from "node:fs";

interface Message {
  id?: unknown;
  method?: string;
  params?: { name?: string; words?: string[]; arguments?: Record<string, unknown> };
}

type Answer = { result: object } | { error: { code: number; message: string } } | undefined;

interface Kind {
  capabilities?: object;
  /** The answer to a request that is none of the usual ones, `runspec/run` among them. */
  unknown?: (message: Message) => Answer;
  call?: (message: Message) => Answer;
  /** Asked before `notifications/initialized`, it answers so. */
  early?: Answer;
  /** It takes nothing in while it works on `initialize`. */
  deaf?: boolean;
  initialize?: Answer;
}

const error = (code: number, message = "what?"): Answer => ({ error: { code, message } });
const text = (one: string) => [{ type: "text", text: one }];

function runTool(): void {
  appendFileSync("runs", "t\n");
}

const WORDS = { experimental: { "runspec/run": {} } };
const PREVIOUS = { "runspec/stream": {}, "runspec/stdin": {}, "runspec/raw": {} };

function ran({ params }: Message): Answer {
  runTool();
  return { result: { content: text(`${params?.words ?? JSON.stringify(params?.arguments)}\n`) } };
}

/** Live output and the facts of a call, as the previous build had them. */
function ranLive({ id }: Message): Answer {
  runTool();
  say({
    method: "notifications/runspec/output",
    params: { requestId: id, stream: "stdout", data: "live\n" },
  });
  const facts = { tool: "t", exit_code: 7, duration_ms: 3 };
  return { result: { content: [], isError: true, _meta: { runspec: facts } } };
}

function ranAndFailed(): Answer {
  runTool();
  return error(-32603, "it went wrong in the middle");
}

/** It hears nothing but what is said when it has said what it is. */
export const DEAF = "one that takes words, and drops what comes before it has answered";

export const KINDS: Record<string, Kind> = {
  "a plain one": {},
  "the previous build": { capabilities: { experimental: PREVIOUS, extensions: PREVIOUS }, call: ranLive },
  "one that calls it invalid": { unknown: () => error(-32602) },
  "one that fails on what it does not know": { unknown: () => error(-32603) },
  "one that is silent on what it does not know": { unknown: () => undefined },
  "one that answers what it does not know": { unknown: () => ({ result: { content: text("done\n") } }) },
  "one that drops what comes before initialized": { early: undefined, unknown: () => undefined },
  "one that refuses what comes before initialized": { early: error(-32002), unknown: () => error(-32002) },
  "one that drops what comes before it has answered": { deaf: true },
  "one that runs it and then fails": { call: ranAndFailed },
  "one that refuses everything": { initialize: error(-32600, "not today"), unknown: () => error(-32600) },
  "one that takes words": { capabilities: WORDS, unknown: ran },
  "one that takes words by its extensions": {
    capabilities: { extensions: { "runspec/run": {} } },
    unknown: ran,
  },
  "one that says so, and does not know them": { capabilities: WORDS },
  "one that takes words, runs, and answers twice in one": {
    capabilities: WORDS,
    unknown(message) {
      ran(message);
      return { result: {}, error: { code: -32601, message: "what?" } };
    },
  },
  "one that takes words, runs, and then fails": { capabilities: WORDS, unknown: ranAndFailed },
  [DEAF]: { capabilities: WORDS, unknown: ran, deaf: true },
  "one that takes words, and refuses": { capabilities: WORDS, unknown: () => error(-32602, "no such words") },
};

function say(message: object): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
}

async function serve(kind: Kind): Promise<void> {
  let ready = false;
  let deafUntil = 0;
  // By no other file of the harness: they take a moment to read, and make a directory that somebody has to remove.
  for await (const line of console) {
    // The end of stdin comes as an empty line.
    if (line === "" || performance.now() < deafUntil) continue;
    const message: Message = JSON.parse(line);
    const { id, method = "" } = message;
    appendFileSync("asked", `${method}\n`);
    if (method === "notifications/initialized") ready = true;
    if (id === undefined) continue;
    if (method === "initialize" && kind.deaf === true) {
      deafUntil = performance.now() + 400;
      setTimeout(() => say({ id, ...answer(message, true) }), 500);
      continue;
    }
    const told = answer(message, ready);
    if (told !== undefined) say({ id, ...told });
  }

  function answer(message: Message, inTime: boolean): Answer {
    const { capabilities = {} } = kind;
    if (message.method === "initialize") {
      const serverInfo = { name: "stand-in", version: "1" };
      const result = {
        protocolVersion: "2025-11-25",
        capabilities: { tools: {}, ...capabilities },
        serverInfo,
      };
      return kind.initialize ?? { result };
    }
    if ("early" in kind && !inTime) return kind.early;
    if (kind.deaf === true && kind.capabilities === undefined && !ready) return undefined;
    if (message.method === "tools/list") {
      if (kind.initialize !== undefined) return kind.unknown?.(message);
      return {
        result: { tools: [{ name: "t", inputSchema: { properties: { n: { type: "integer" } } } }] },
      };
    }
    if (message.method === "tools/call") return (kind.call ?? ran)(message);
    return kind.unknown === undefined ? error(-32601, "Method not found") : kind.unknown(message);
  }
}

if (import.meta.main) await serve(KINDS[process.argv[2] ?? ""] ?? {});
