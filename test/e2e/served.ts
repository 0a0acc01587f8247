/** A server over pipes with tools of every temper, and a client that has shaken hands with it. */

import { type Message, type ServeClient, serveClient } from "../harness/serve-client.ts";
import { specDir } from "../harness/temp.ts";
import { fixture, script, tool, WORDS } from "./site.ts";

export const TOOLS = [
  tool("stdin", [fixture("stdin-cat")]),
  tool("stepper", [fixture("stepper")], WORDS),
  tool("sleeper", [fixture("sleeper")], `${WORDS}\nstop-timeout = "1s"`),
  tool("exit-with", [fixture("exit-with")], WORDS),
  tool("die-of", [fixture("die-of")], WORDS),
  tool("argv-dump", [fixture("argv-dump")], `max-output = "none"\n${WORDS}`),
  tool("leaver", [fixture("leaver")], WORDS),
  tool("flood", script('echo $$ >"$1"; exec yes'), WORDS),
  tool("environment", [fixture("env-dump"), "RUNSPEC_AGENT", "RUNSPEC_CONFIG", "BUN_OPTIONS"]),
  tool("touch", ["touch"], WORDS),
].join("\n");

export interface Served extends ServeClient {
  /** `tools/call` with `words`, and its id. */
  call(name: string, words?: readonly string[], meta?: Record<string, unknown>): Promise<Message>;
}

/** A server with {@link TOOLS}, and its handshake made. */
export async function serve(env: Record<string, string> = {}): Promise<Served> {
  const cwd = specDir(TOOLS);
  const client = serveClient({ cwd, env, timeoutMs: 30_000 });
  await client.open();
  return {
    ...client,
    call: (name, words = [], meta = {}) =>
      client.request("tools/call", { name, arguments: words.length === 0 ? {} : { words }, _meta: meta }),
  };
}

/** A `tools/call` to be sent with an id of our own. */
export const callOf = (id: unknown, name: string, words: readonly string[], meta = {}): object => ({
  jsonrpc: "2.0",
  id,
  method: "tools/call",
  params: { name, arguments: { words }, _meta: meta },
});

/** The content of a result. */
export const textOf = (message: Message): unknown => message.result?.content;

/** How a server ends that is not killed. */
export const ENDED = { code: 0, signal: null };
