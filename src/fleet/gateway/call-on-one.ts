/** A call on one host, and what that makes of it, in the words of the fleet. */

import { EXIT } from "../../errors.ts";
import type { PlainObject } from "../../json.ts";
import { RpcFailure } from "../../jsonrpc/peer.ts";
import type { RemoteTool } from "../../mcp/client/tool-list.ts";
import {
  type CallIo,
  type EndedCall,
  type RefusedCall,
  refusedCall,
  type ToolCall,
} from "../../mcp/tool-host.ts";
import { whenAborted } from "../../process/waiting.ts";
import type { Remote } from "../../session/connect.ts";
import { refuseManual } from "../../session/tool-words.ts";
import { endedOutcome, failureOn, type Outcome, type Row, refusedOutcome } from "../outcome.ts";
import type { Host } from "../resolve-hosts.ts";

export interface HostCall
  extends Pick<ToolCall, "name" | "human">,
    Pick<CallIo, "client" | "signal" | "onProgress"> {
  arguments: PlainObject;
  /** What the host says of the tool by now. */
  listed: RemoteTool | undefined;
}

export interface HostAnswer extends Row {
  stdout: string;
  stderr: string;
  /** What the tool printed, as a value. */
  value?: unknown;
  /** The host itself left something out. */
  truncated?: boolean | undefined;
}

/** Makes the call on an open connection; never rejects. `user`: the gateway's. */
export async function callOn(
  host: Host,
  remote: Remote,
  { name, human, signal, client: caller, onProgress, arguments: given, listed }: HostCall,
  user: string | undefined,
): Promise<HostAnswer> {
  // Ours refuse it themselves, with the command that a person would type.
  const { runsWords } = await remote.info;
  const manual = runsWords ? undefined : refuseManual(listed, given, human);
  if (manual !== undefined) return answerOf(host, name, manual);
  const { client } = remote;
  const started = performance.now();
  const elapsed = () => Math.round(performance.now() - started);
  const options = { collected: { onProgress }, behalf: { client: caller, user } };
  const sent = client.callTool({ name, human, arguments: given }, options);
  const forget = whenAborted(signal, () => client.drop(sent.id, "cancelled by the client of the gateway"));
  const answered = sent.result.then(
    // As long as it took here: servers of others do not say.
    (answer) => answerOf(host, name, "durationMs" in answer ? { ...answer, durationMs: elapsed() } : answer),
    (error: unknown) => {
      if (signal.aborted)
        return cancelled(host, "the tool is told to stop, and whether it has ended is not known");
      if (!(error instanceof RpcFailure && error.isRefusal)) throw error;
      // MCP's servers answer so where they cannot read the call, or do not offer the tool.
      const objection = listed ? "words" : "tool";
      return answerOf(host, name, refusedCall(objection, [`the server refused: ${error.message}`]));
    },
  );
  try {
    return await remote.during(answered);
  } catch (error) {
    return lost(host, error, elapsed());
  } finally {
    forget();
  }
}

/** What came without a word of the tool. */
export function withoutAnswer(host: Host, outcome: Outcome): HostAnswer {
  return { host, stdout: "", stderr: "", outcome };
}

/** `known`: what is known of the tool there. */
export function cancelled(host: Host, known: string): HostAnswer {
  const error = `the call was cancelled: ${known}`;
  return withoutAnswer(host, { because: "stopped", exitCode: EXIT.INTERRUPTED, error });
}

/** A call that was sent is never sent again, whatever became of it. */
function lost(host: Host, why: unknown, durationMs: number): HostAnswer {
  const failure = failureOn(why);
  const error = `${failure.error}; the call had been sent, and whether the tool has ended there is not known`;
  const because = failure.isOfConnection ? "lost" : "unknown";
  return withoutAnswer(host, { ...failure, because, error, durationMs });
}

function answerOf(host: Host, tool: string, answer: RefusedCall | EndedCall): HostAnswer {
  if (answer.kind === "refused") return withoutAnswer(host, refusedOutcome(tool, answer));
  const { parts, output, explanation = answer.remark } = answer;
  return {
    host,
    stdout: parts?.stdout ?? (output?.stream === "stdout" ? output.text : ""),
    stderr: parts?.stderr ?? (output?.stream === "stderr" ? output.text : ""),
    value: parts?.value,
    truncated: parts?.truncated || undefined,
    outcome: endedOutcome({ ...answer, explanation }),
  };
}
