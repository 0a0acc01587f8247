/** One call on one host: from a tool's name and the words after `--` to its exit code. */

import { firstFew } from "../arguments/describe.ts";
import { EXIT, messageText, RunspecError, withHint } from "../errors.ts";
import { ConnectionFailure } from "../hosts/connection-failure.ts";
import { doctorCommand, toRunThere, WHY_MISSING, withHost, wordsFor } from "../hosts/remedy.ts";
import type { TypedHost } from "../hosts/target.ts";
import type { AnswerOf } from "../mcp/client/outcome.ts";
import type { RemoteTool } from "../mcp/client/tool-list.ts";
import { type RefusedCall, refusalError, secretsAlone, type WordsCall } from "../mcp/tool-host.ts";
import { STOP_SIGNALS } from "../process/signals.ts";
import type { Source } from "../process/source.ts";
import type { ToolUsage } from "../spec/model.ts";
import { alikeAtFirst, visible } from "../text.ts";
import type { Remote } from "./connect.ts";
import { type CallFollower, type CallTerminal, followCalls } from "./follow.ts";
import { mustWait, readToolWords, usageOf } from "./tool-words.ts";

export interface RemoteCall extends TypedHost, WordsCall {
  /** What a person types before the tool's own words. */
  invocation: string;
  /** Opens the tool's input; undefined: it has none. */
  openStdin: (() => Source) | undefined;
  /** Asks a person for secrets, and gives the words for them; undefined: nobody is there, or types something else. */
  askSecrets?: ((names: readonly string[]) => Promise<string[]>) | undefined;
}

/** How old what is cached of a host's tools may grow before a call asks for them, too; one that is not cached may be new. */
const CACHED_MS = 60 * 60 * 1000;
/** The advice where a manual tool was refused. */
export const BY_PERSON = "from here, a person calls it at a terminal, or with --human";

/** A call under way, with what it goes through. */
type CallUnderWay = { remote: Remote; call: RemoteCall; follower: CallFollower; terminal: CallTerminal };

/**
 * Calls the tool, and follows it to its end.
 * @returns its exit code; or what it takes, where the words ask for help
 * @throws Interrupted, or RunspecError: 127 for an unknown tool, 125 for words it does not take, 255 where no answer came
 */
export async function callOnHost(
  remote: Remote,
  call: RemoteCall,
  terminal: CallTerminal,
): Promise<number | ToolUsage> {
  const follower = followCalls(remote, `${call.name} on ${call.alias}`, terminal);
  const stopListening = terminal.onSignals(STOP_SIGNALS, follower.stop);
  try {
    const underWay = { remote, call, follower, terminal };
    const answer = await answerOf(underWay);
    if (answer.kind === "usage") return usageOf(answer.tool);
    if (answer.kind === "refused" && answer.objections.includes("tool"))
      throw await noSuchTool(remote, call, answer.reasons.slice(1));
    return await conclude(answer, underWay);
  } catch (error) {
    const interrupted = follower.interrupted();
    // Other servers leave a call unanswered that is cancelled: the closed connection is its end, not a failure.
    const isAnswered = interrupted !== undefined && (await remote.info).runsWords;
    if (isAnswered && error instanceof ConnectionFailure)
      await terminal.stderr.write(messageText(error.message, error.hint));
    throw interrupted ?? error;
  } finally {
    stopListening();
  }
}

/**
 * The words go to the server at once, with the handshake, for it to read. One that takes none is called by its list of tools: asked
 * for at once, too, unless the host is known to take words.
 */
async function answerOf(underWay: CallUnderWay) {
  const { remote, call } = underWay;
  const cached = remote.cached();
  const isKnown = cached?.takesWords && cached.tools.some(({ name }) => name === call.name);
  const list = isKnown && cached.age < CACHED_MS ? undefined : remote.requestTools();
  const early = mustWait(call, cached) ? undefined : sendWords(remote, call);
  const { runsWords } = await remote.during(remote.info);
  const answer = runsWords ? await byWords(underWay, early) : undefined;
  if (answer !== undefined) return answer;
  const tools = await remote.during(list === undefined ? remote.listTools() : list());
  return byList(underWay, tools);
}

/** The answer to the words (`early`: they have been sent), or, where only secrets are missing and a person types them, to a second call. */
async function byWords({ remote, call, follower }: CallUnderWay, early?: ReturnType<typeof sendWords>) {
  const answer = await follower.follow(() => early ?? sendWords(remote, call), call.openStdin);
  const missing = answer?.kind === "refused" ? secretsAlone(answer) : [];
  if (call.askSecrets === undefined || missing.length === 0 || follower.interrupted()) return answer;
  const words = [...(await call.askSecrets(missing)), ...call.words];
  // It may have gone while the person was typing: then nothing was run.
  await remote.during(remote.client.ping());
  return follower.follow(() => sendWords(remote, { ...call, words, askSecrets: undefined }), undefined);
}

function sendWords({ client }: Remote, call: RemoteCall) {
  // Where secrets may be asked for, a second call may follow.
  const last = call.askSecrets === undefined;
  return client.runWords(call, { last, sendsInput: call.openStdin !== undefined });
}

/** The call at a server that takes no words: they are read by the schema that its list gives. */
async function byList(
  { remote, call, follower, terminal }: CallUnderWay,
  tools: readonly RemoteTool[],
): Promise<AnswerOf<"refused" | "ended" | "usage">> {
  const read = readToolWords(tools, call);
  if (read.kind !== "call") return read;
  for (const note of read.notes) await terminal.stderr.write(messageText(note));
  const openStdin = (await remote.info).takesInput ? call.openStdin : undefined;
  const options = { last: true, sendsInput: openStdin !== undefined };
  return follower.follow(() => remote.client.callTool(read.request, options), openStdin);
}

/** What the answer itself has to say: all output where the server does not stream, else why it failed. @throws RunspecError for a refusal, Interrupted for a stop */
async function conclude(answer: AnswerOf<"refused" | "ended">, { call, follower, terminal }: CallUnderWay) {
  const { stdout, stderr } = terminal;
  if (answer.kind === "refused") throw refusal(answer, call);
  const { explanation, output, exitCode, timedOut, cancelled, notes = [], remark } = answer;
  const remarks = remark === undefined ? [] : [`${visible(call.alias)}: ${remark}`];
  for (const note of [...remarks, ...firstFew(notes)]) await stderr.write(messageText(note));
  // Why a tool was stopped is about the tool; why it was not run is about the host, which is named.
  const about = timedOut || cancelled ? "" : `${visible(call.alias)}: `;
  if (explanation !== undefined) await stderr.write(messageText(...withHint(`${about}${explanation}`)));
  if (output?.stream === "stdout") await stdout.write(output.text);
  if (output?.stream === "stderr") await stderr.write(output.text.replace(/\n?$/, "\n"));
  const interrupted = follower.interrupted();
  if (interrupted !== undefined) throw interrupted;
  // Its server was told to end: what it did not do is no success, however it ended.
  return cancelled ? exitCode || EXIT.CONNECTION : exitCode;
}

/** The error for a refusal: what a person has to type, or to look at, comes with the host's name. */
function refusal(refused: RefusedCall, call: RemoteCall): RunspecError {
  const { text, isOfHost } = refusalText(refused);
  const what = `${isOfHost ? `${visible(call.alias)}: ` : ""}${withHost(text, call)}`;
  return refusalError(what, refused, call.invocation, refused.manual === true ? BY_PERSON : "");
}

/** Why a host refused a call; `isOfHost`: it is about the host, not about the call: a file or a user is to be put right there. */
export function refusalText({ objections, reasons }: RefusedCall): { text: string; isOfHost: boolean } {
  const isOfHost = ["executable", "become", "hosts"].some((one) => objections.includes(one));
  const text = reasons.join("\n") || "the call was refused";
  return { text: isOfHost ? toRunThere(text) : text, isOfHost };
}

async function noSuchTool(remote: Remote, call: RemoteCall, advice: readonly string[]) {
  const { name: tool, alias } = call;
  const { noFile } = await remote.info;
  if (noFile !== undefined) return nothingThere(call, noFile);
  return new RunspecError(`${visible(alias)} offers no tool "${visible(tool)}"`, {
    exitCode: EXIT.NOT_FOUND,
    hint: [
      advice.join("\n") || WHY_MISSING,
      `runspec jump ${wordsFor(call)} lists its tools`,
      alikeAtFirst([alias, tool]).length === 0
        ? ""
        : `a list of hosts is one word, with commas (and quotes around braces): runspec jump ${wordsFor({ ...call, alias: `${alias},${tool}` })}`,
    ],
  });
}

/** `places`: where a file was looked for in vain; undefined: there is one, or a script. */
export function nothingThere(host: TypedHost, places: readonly string[] | undefined): RunspecError {
  const why = places && `no runspec.toml there (${places.map(visible).join(", ")}), so `;
  const what = `${why ?? ""}it offers no tools`;
  const options = { exitCode: EXIT.NOT_FOUND, hint: doctorCommand(host) };
  return new RunspecError(`${visible(host.alias)}: ${what}`, options);
}
