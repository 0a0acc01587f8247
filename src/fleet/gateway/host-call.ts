/** A call on one host, and what that makes of it, in the words of the fleet. */

import { EXIT } from "../../errors.ts";
import { ConnectionFailure, underName } from "../../hosts/connection-failure.ts";
import type { PlainObject } from "../../json.ts";
import type { RpcFailure } from "../../jsonrpc/peer.ts";
import type { CallIo, EndedCall, RefusedCall, ToolCall } from "../../mcp/tool-host.ts";
import { visible } from "../../text.ts";
import type { Host } from "../choose.ts";
import { endedOn, failureOn, type Outcome, type Row, refusedOn } from "../outcome.ts";

export interface HostCall
  extends Pick<ToolCall, "name" | "human">,
    Pick<CallIo, "client" | "signal" | "onProgress" | "room"> {
  arguments: PlainObject;
}

export interface HostAnswer extends Row {
  stdout: string;
  stderr: string;
  /** What the tool printed, as a value. */
  value?: unknown;
  /** The host itself left something out. */
  truncated?: boolean | undefined;
}

/** What came without a word of the tool. */
export function withoutAnswer(host: Host, outcome: Outcome): HostAnswer {
  return { host, stdout: "", stderr: "", outcome };
}

/** `known`: what is known of the tool there. */
export function cancelled(host: Host, known: string): HostAnswer {
  const error = underName(visible(host.name), `the call was cancelled: ${known}`);
  return withoutAnswer(host, { because: "stopped", exitCode: EXIT.INTERRUPTED, error });
}

/** A call that was sent is never sent again, whatever became of it. */
export function lost(host: Host, why: unknown, durationMs: number): HostAnswer {
  const failure = failureOn(host, why);
  const error = `${failure.error}; the call had been sent, and whether the tool has ended there is not known`;
  const lost = why instanceof ConnectionFailure && { because: "lost" as const, exitCode: EXIT.CONNECTION };
  return withoutAnswer(host, { ...failure, because: "unknown", ...lost, error, durationMs });
}

/** MCP's servers answer so where they do not offer the tool, or cannot read the call. */
export function refusedBy(error: RpcFailure, isListed: boolean): RefusedCall {
  const reasons = [`the server refused: ${error.message}`];
  return { kind: "refused", objections: [isListed ? "words" : "tool"], reasons, exitCode: EXIT.FAILED };
}

export function answerOf(host: Host, tool: string, answer: RefusedCall | EndedCall): HostAnswer {
  if (answer.kind === "refused") return withoutAnswer(host, refusedOn(host, tool, answer));
  const { parts, output, explanation = answer.remark } = answer;
  return {
    host,
    stdout: parts?.stdout ?? (output?.stream === "stdout" ? output.text : ""),
    stderr: parts?.stderr ?? (output?.stream === "stderr" ? output.text : ""),
    value: parts?.value,
    truncated: parts?.truncated || undefined,
    outcome: endedOn(host, { ...answer, explanation }),
  };
}
