/** From a tool's name and the words after `--` to its exit code. */

import { EXIT, messageText, RunspecError } from "../errors.ts";
import type { Source } from "../exec/source.ts";
import { RpcFailure } from "../jsonrpc/peer.ts";
import { NOT_RUN, type RemoteTool } from "../mcp/client.ts";
import { didYouMean, visible } from "../text.ts";
import type { Remote } from "./connect.ts";
import type { KeptTools } from "./kept-tools.ts";
import { conclude, createRunner, type Runner, type Surroundings } from "./run-tool.ts";
import { mayHoldSecret } from "./secret-words.ts";
import { readToolWords, type ToolUsage, usageOf } from "./tool-words.ts";

export interface NamedCall {
  alias: string;
  tool: string;
  words: readonly string[];
  /** What a person types before the tool's own words. */
  invocation: string;
  human: boolean;
  /** Opens the tool's input; undefined: it has none. */
  openStdin: (() => Source) | undefined;
  kept: KeptTools;
}

export type NamedResult = { kind: "exit"; code: number } | { kind: "help"; help: ToolUsage };

/** How old what is kept of a host's tools may grow before a call asks for them, too. */
const KEPT_MS = 60 * 60 * 1000;
/** How long a server that has answered `initialize` may take over a list it was asked for earlier; then it has dropped that. */
const EARLY_MS = 3000;

/**
 * The words go to the server at once, with the handshake, for it to read. One that takes none is asked for its tools (at once,
 * too) and called by what it says of them.
 * @throws Interrupted, or RunspecError: 127 for an unknown tool, 125 for words it does not take, 255 where no answer came
 */
export async function runNamedTool(
  remote: Remote,
  call: NamedCall,
  around: Surroundings,
): Promise<NamedResult> {
  const runner = createRunner(remote, `${call.tool} on ${call.alias}`, around);
  try {
    const { early, list, listed } = sendEarly(remote, call);
    const { runsWords, streams } = await remote.during(remote.info);
    const answer = runsWords ? await runner.see(early ?? sendWords(remote, call), call.openStdin) : NOT_RUN;
    const interrupted = runner.interrupted();
    if (answer === NOT_RUN && interrupted !== undefined) throw interrupted;
    if (answer === NOT_RUN) return await callByList(remote, call, list, { runner, ...around });
    if (listed.length > 0) call.kept.keep(listed);
    if (answer.usage !== undefined) return { kind: "help", help: usageOf(answer.usage) };
    if (answer.objections.includes("tool")) throw unknownTool(call, answer.text.split("\n").slice(1));
    const ending = { streams, usage: usageHint(call), interrupted };
    return { kind: "exit", code: await conclude(answer, ending, around) };
  } catch (error) {
    // A call that was cancelled gets no answer: the closed connection is its end, not a failure.
    throw runner.interrupted() ?? error;
  } finally {
    runner.stopListening();
  }
}

/** The words, unless they may hold a secret, and a request for the list, without waiting for anything; `listed` fills as it comes. */
function sendEarly(remote: Remote, call: NamedCall) {
  const { tools, age } = call.kept.read();
  const known = tools.find(({ name }) => name === call.tool);
  // Before the words it is answered in any case; behind them only by a server that does not know what they are.
  const listed: RemoteTool[] = [];
  const ask = () =>
    remote.client.listTools((page) => {
      for (const tool of page) listed.push(tool);
    });
  const wanted = age > KEPT_MS ? ask() : undefined;
  const early = mayHoldSecret(call.words, known) ? undefined : sendWords(remote, call);
  const list = wanted ?? (early && ask());
  list?.catch(() => {});
  return { early, list, listed };
}

function usageHint({ invocation }: NamedCall): string {
  return `usage: ${invocation} --help`;
}

function sendWords({ client }: Remote, { tool, words, human, openStdin }: NamedCall) {
  return client.runWords({ name: tool, words, human, last: true, sendsInput: openStdin !== undefined });
}

/** A call as any MCP server takes it. */
async function callByList(
  remote: Remote,
  call: NamedCall,
  early: Promise<RemoteTool[]> | undefined,
  { runner, ...around }: Surroundings & { runner: Runner },
): Promise<NamedResult> {
  const tools = await remote.during(remote.listed(listTools(remote, early)));
  call.kept.keep(tools);
  const tool = tools.find(({ name }) => name === call.tool);
  if (tool === undefined) {
    const names = tools.map(({ name }) => name);
    throw unknownTool(call, [didYouMean(call.tool, names)]);
  }
  const words = readToolWords(tool, call.words, call.invocation);
  if (words.kind === "help") return words;
  for (const note of words.notes) await around.stderr.write(messageText(note));
  const { streams, takesInput } = await remote.info;
  const openStdin = takesInput ? call.openStdin : undefined;
  const sent = remote.client.callTool({
    name: tool.name,
    arguments: words.arguments,
    human: call.human,
    last: true,
    sendsInput: openStdin !== undefined,
  });
  const answer = await runner.see(sent, openStdin);
  const ending = { streams, usage: usageHint(call), interrupted: runner.interrupted() };
  return { kind: "exit", code: await conclude(answer, ending, around) };
}

/** Some servers refuse, or drop, what comes before they have answered `initialize`: these are asked again. */
async function listTools(
  { client }: Remote,
  early: Promise<RemoteTool[]> | undefined,
): Promise<RemoteTool[]> {
  if (early === undefined) return client.listTools();
  let over = false;
  const again = async () => {
    await client.initialized();
    return client.listTools();
  };
  const late = Bun.sleep(EARLY_MS).then(() => (over ? [] : again()));
  late.catch(() => {});
  try {
    return await Promise.race([early, late]);
  } catch (error) {
    over = true;
    if (!(error instanceof RpcFailure)) throw error;
    return await again();
  } finally {
    over = true;
  }
}

function unknownTool({ tool, alias }: NamedCall, advice: readonly string[]): RunspecError {
  const hints = [...advice, `runspec jump ${visible(alias)} lists its tools`];
  return new RunspecError(`${visible(alias)} offers no tool "${visible(tool)}"`, {
    exitCode: EXIT.NOT_FOUND,
    hint: hints.filter((text) => text !== "").join("\n"),
  });
}
