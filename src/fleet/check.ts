/** What one host says of a call before it is made: whether it would be, and what speaks against it. */

import { firstFew } from "../arguments/describe.ts";
import { handledElsewhere } from "../errors.ts";
import type { SentCall } from "../mcp/client/calls.ts";
import type { AnswerOf } from "../mcp/client/outcome.ts";
import { type RefusedCall, secretsAlone, type WordsCall } from "../mcp/tool-host.ts";
import type { Remote } from "../session/connect.ts";
import { mustWait, readToolWords, usageOf } from "../session/tool-words.ts";
import type { ToolUsage } from "../spec/model.ts";
import { type Outcome, refusedOutcome } from "./outcome.ts";

export type Checked =
  | Ready
  | { kind: "help"; usage: ToolUsage }
  /** The call itself is refused: it is made nowhere. `missingSecrets`: for the lack of these, and nothing else. */
  | { kind: "refused"; outcome: Outcome; manual?: boolean | undefined; missingSecrets?: readonly string[] }
  /** Nothing can be run on this host. */
  | { kind: "failed"; outcome: Outcome };

export interface Ready {
  kind: "ready";
  notes: string[];
  autonomy: string | undefined;
  /** Makes the call, on the connection that it was checked on. */
  send(): SentCall<AnswerOf<"refused" | "ended" | "usage"> | undefined>;
}

export interface CheckRequest {
  call: WordsCall;
  /** Words that give secrets: they go before the others, and only to a server that has answered the handshake. */
  secrets?: readonly string[];
  wantsAutonomy: boolean;
}

/** Asks the server, or reads the words by its schema where it takes none; `wantsAutonomy`: and the tool's level. @throws RunspecError where the connection fails */
export async function checkCall(
  remote: Remote,
  { call: given, secrets = [], wantsAutonomy }: CheckRequest,
): Promise<Checked> {
  const { client } = remote;
  const call = { ...given, words: [...secrets, ...given.words] };
  const ask = () => client.checkWords(call);
  // Behind the handshake, without waiting for its answer.
  const list = wantsAutonomy ? remote.listTools() : undefined;
  list?.catch(handledElsewhere);
  const early = secrets.length > 0 || mustWait(call, remote.cached()) ? undefined : ask();
  const { runsWords } = await remote.during(remote.info);
  // One that never answers would hold up all the others.
  const checked = runsWords ? await remote.during(remote.inTime(() => (early ?? ask()).result)) : undefined;
  const answer = checked ?? readToolWords(await remote.during(list ?? remote.listTools()), call);
  if (answer.kind === "usage") return { kind: "help", usage: usageOf(answer.tool) };
  if (answer.kind === "refused") return refused(call.name, answer);
  const notes = firstFew(answer.notes);
  if (answer.kind === "call") {
    const send = () => client.callTool(answer.request, { last: true });
    return { kind: "ready", notes, send, autonomy: answer.tool.autonomy };
  }
  const listed = list && (await remote.during(list)).find(({ name }) => name === call.name);
  const send = () => client.runWords(call, { last: true });
  return { kind: "ready", notes, send, autonomy: listed?.autonomy };
}

function refused(tool: string, answer: RefusedCall): Checked {
  const outcome = refusedOutcome(tool, answer);
  if (outcome.because !== "refused") return { kind: "failed", outcome };
  return { kind: "refused", outcome, manual: answer.manual, missingSecrets: secretsAlone(answer) };
}

/** The secrets that each host lacks; none where anything else speaks against the call. */
export function lackingSecrets<T>(answers: ReadonlyMap<T, Checked>): Map<T, readonly string[]> {
  const lacking = new Map<T, readonly string[]>();
  for (const [key, answer] of answers) {
    if (answer.kind === "help") return new Map();
    if (answer.kind !== "refused") continue;
    const { missingSecrets = [] } = answer;
    if (missingSecrets.length === 0) return new Map();
    lacking.set(key, missingSecrets);
  }
  return lacking;
}
