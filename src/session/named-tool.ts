/** From a tool's name and the words after `--` to its exit code. */

import { EXIT, messageText, RunspecError } from "../errors.ts";
import { doctorCommand } from "../hosts/remedy.ts";
import { NOT_RUN } from "../mcp/client/client.ts";
import { secretsAlone } from "../mcp/client/outcome.ts";
import { readTool } from "../mcp/client/tool-list.ts";
import type { CallOutcome } from "../mcp/tool-host.ts";
import { quoteWord } from "../process/quote.ts";
import type { Source } from "../process/source.ts";
import { didYouMean, visible } from "../text.ts";
import type { Remote } from "./connect.ts";
import type { KeptTools } from "./kept-tools.ts";
import { conclude, createRunner, type Runner, type Surroundings } from "./run-tool.ts";
import type { ToolList } from "./tool-list.ts";
import { mayHoldSecret, readToolWords, type ToolUsage, usageOf } from "./tool-words.ts";

export interface NamedCall {
  alias: string;
  tool: string;
  words: readonly string[];
  /** What a person types before the tool's own words. */
  invocation: string;
  human: boolean;
  /** Opens the tool's input; undefined: it has none. */
  openStdin: (() => Source) | undefined;
  /** Asks a person for secrets, and gives the words for them; undefined: nobody is there. */
  askSecrets?: ((names: readonly string[]) => Promise<string[]>) | undefined;
  kept: KeptTools;
}

export type NamedResult = { kind: "exit"; code: number } | { kind: "help"; help: ToolUsage };

/** How old what is kept of a host's tools may grow before a call asks for them, too. */
const KEPT_MS = 60 * 60 * 1000;

/**
 * The words go to the server at once, with the handshake, for it to read. One that takes none is called by its list of tools: asked
 * for at once, too, unless the host is known to take words.
 * @throws Interrupted, or RunspecError: 127 for an unknown tool, 125 for words it does not take, 255 where no answer came
 */
export async function runNamedTool(
  remote: Remote,
  call: NamedCall,
  around: Surroundings,
): Promise<NamedResult> {
  const runner = createRunner(remote, `${call.tool} on ${call.alias}`, around);
  try {
    const kept = call.kept.read();
    const known = kept.tools.find(({ name }) => name === call.tool);
    const list = kept.takesWords && kept.age < KEPT_MS ? undefined : remote.listTools();
    const early = mayHoldSecret(call.words, known) ? undefined : sendWords(remote, call);
    const { runsWords, noFile } = await remote.during(remote.info);
    const first = runsWords ? await runner.see(early ?? sendWords(remote, call), call.openStdin) : NOT_RUN;
    const answer = await withSecrets(first, { remote, call, runner });
    const interrupted = runner.interrupted();
    if (answer === NOT_RUN && interrupted !== undefined) throw interrupted;
    if (answer === NOT_RUN) {
      return await callByList(remote, call, list ?? remote.listTools(), { runner, ...around });
    }
    if (list !== undefined && list.come.length > 0) call.kept.keep(list.come, runsWords);
    const [help] = answer.kind === "usage" ? readTool(answer.usage).map(usageOf) : [];
    if (help !== undefined) return { kind: "help", help };
    if (answer.kind === "refused" && answer.objections.includes("tool"))
      throw noFile === undefined
        ? unknownTool(call, answer.reasons.slice(1))
        : nothingThere(call.alias, noFile);
    const ending = { usage: usageHint(call), interrupted };
    return { kind: "exit", code: await conclude(named(answer, call.alias), ending, around) };
  } catch (error) {
    // A call that was cancelled gets no answer: the closed connection is its end, not a failure.
    throw runner.interrupted() ?? error;
  } finally {
    runner.stopListening();
  }
}

/** Refusals that are about the host, not about the call: a file or a user is to be put right there. */
const ABOUT_THE_HOST = ["executable", "become", "hosts"];

/** A server does not know by what name it is called here: what a person is to type, or to look at, is told with it. */
function named(answer: CallOutcome, alias: string): CallOutcome {
  if (answer.kind !== "refused") return answer;
  const here = `runspec jump ${quoteWord(alias)} `;
  const about = ABOUT_THE_HOST.some((one) => answer.objections.includes(one)) ? `${visible(alias)}: ` : "";
  const reasons = answer.reasons.map((line) => line.replaceAll("runspec jump <alias> ", here));
  return { ...answer, reasons: reasons.map((line, at) => (at === 0 ? `${about}${line}` : line)) };
}

/** The answer to the same call with the secrets that it lacked, where that was all and a person has typed them. */
async function withSecrets(
  answer: CallOutcome | typeof NOT_RUN,
  { remote, call, runner }: { remote: Remote; call: NamedCall; runner: Runner },
): Promise<CallOutcome | typeof NOT_RUN> {
  if (answer === NOT_RUN || call.askSecrets === undefined || call.openStdin !== undefined) return answer;
  const missing = answer.kind === "refused" ? secretsAlone(answer) : [];
  if (missing.length === 0) return answer;
  const words = [...(await call.askSecrets(missing)), ...call.words];
  return runner.see(sendWords(remote, { ...call, words, askSecrets: undefined }), undefined);
}

function usageHint({ invocation }: NamedCall): string {
  return `usage: ${invocation} --help`;
}

function sendWords({ client }: Remote, { tool, words, human, openStdin, askSecrets }: NamedCall) {
  // Who may be asked for something may have to call once more.
  const last = askSecrets === undefined;
  return client.runWords({ name: tool, words, human }, { last, sendsInput: openStdin !== undefined });
}

/** A call as any MCP server takes it. */
async function callByList(
  remote: Remote,
  call: NamedCall,
  list: ToolList,
  { runner, ...around }: Surroundings & { runner: Runner },
): Promise<NamedResult> {
  const tools = await remote.during(list.all());
  call.kept.keep(tools, false);
  const tool = tools.find(({ name }) => name === call.tool);
  if (tool === undefined) {
    const names = tools.map(({ name }) => name);
    throw unknownTool(call, [didYouMean(call.tool, names)]);
  }
  const words = readToolWords(tool, call.words, call.invocation);
  if (words.kind === "help") return words;
  for (const note of words.notes) await around.stderr.write(messageText(note));
  const { takesInput } = await remote.info;
  const openStdin = takesInput ? call.openStdin : undefined;
  const sent = remote.client.callTool(
    { name: tool.name, arguments: words.arguments, human: call.human },
    { last: true, sendsInput: openStdin !== undefined },
  );
  const answer = await runner.see(sent, openStdin);
  const ending = { usage: usageHint(call), interrupted: runner.interrupted() };
  return { kind: "exit", code: await conclude(answer, ending, around) };
}

/** Of a host on which no runspec.toml was found, in these places. */
export function nothingThere(alias: string, places: readonly string[]): RunspecError {
  return new RunspecError(
    `${visible(alias)}: no runspec.toml there (${places.map(visible).join(", ")}), so it offers no tools`,
    { exitCode: EXIT.NOT_FOUND, hint: doctorCommand(alias) },
  );
}

function unknownTool({ tool, alias }: NamedCall, advice: readonly string[]): RunspecError {
  const hints = [...advice, `runspec jump ${visible(alias)} lists its tools`];
  return new RunspecError(`${visible(alias)} offers no tool "${visible(tool)}"`, {
    exitCode: EXIT.NOT_FOUND,
    hint: hints.filter((text) => text !== "").join("\n"),
  });
}
