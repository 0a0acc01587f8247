/** What one host makes of a call, in the words of the fleet. */

import { EXIT, RunspecError, reasonOf } from "../../errors.ts";
import { saidOf } from "../../hosts/diagnose.ts";
import type { RpcFailure } from "../../jsonrpc/peer.ts";
import type { EndedCall, RefusedCall } from "../../mcp/tool-host.ts";
import type { Host } from "../choose.ts";
import type { Outcome, Row } from "../outcome.ts";

/** What one host made of a call. */
export interface HostAnswer extends Row {
  stdout: string;
  stderr: string;
  /** What the tool printed, as a value. */
  value?: unknown;
  /** The host itself left something out. */
  truncated?: true;
}

/** An error as what one host makes of a call. */
export function failureOn(host: Host, error: unknown): HostAnswer {
  const silent = { host, stdout: "", stderr: "" };
  if (error instanceof DOMException) return stopped(host);
  const { message, hint, exitCode } =
    error instanceof RunspecError ? error : new RunspecError(reasonOf(error));
  const because = exitCode === EXIT.CONNECTION ? "out of reach" : "cannot run";
  return {
    ...silent,
    outcome: { because, exitCode, error: saidOf(host.name, message), ...(hint !== undefined && { hint }) },
  };
}

/** Its client has cancelled it. */
function stopped(host: Host): HostAnswer {
  return { host, stdout: "", stderr: "", outcome: { because: "stopped", exitCode: EXIT.INTERRUPTED } };
}

/** A call that was sent is never sent again, whatever became of it. */
export function lost(host: Host, error: RunspecError, durationMs: number): HostAnswer {
  const { outcome, ...answer } = failureOn(host, error);
  const unknown = `${outcome.error}; the call had been sent, and whether the tool has ended there is not known`;
  return {
    ...answer,
    outcome: { ...outcome, because: "lost", exitCode: EXIT.CONNECTION, error: unknown, durationMs },
  };
}

/** MCP's servers answer so where they do not offer the tool, or cannot read the call. */
export function refusedBy(error: RpcFailure, listed: boolean): RefusedCall {
  const reasons = [`the server refused: ${error.message}`];
  return listed
    ? { kind: "refused", objections: ["words"], reasons, exitCode: EXIT.FAILED }
    : { kind: "refused", objections: ["tool"], reasons, exitCode: EXIT.NOT_FOUND };
}

export function answerOf(host: Host, tool: string, outcome: RefusedCall | EndedCall | "stopped"): HostAnswer {
  if (outcome === "stopped") return stopped(host);
  if (outcome.kind === "refused") {
    const { objections, reasons, exitCode } = outcome;
    const because = objections.includes("tool")
      ? "no tool"
      : objections.some((why) => why === "words" || why === "autonomy")
        ? "refused"
        : "cannot run";
    const why = because === "no tool" ? `it offers no tool "${tool}"` : reasons.join("\n");
    return { host, stdout: "", stderr: "", outcome: { because, exitCode, error: `${host.name}: ${why}` } };
  }
  const { exitCode, signal, timedOut, durationMs, explanation, parts, output } = outcome;
  const because: Outcome["because"] = timedOut ? "timed out" : exitCode === 0 ? "succeeded" : "failed";
  return {
    host,
    stdout: parts?.stdout ?? (output?.stream === "stdout" ? output.text : ""),
    stderr: parts?.stderr ?? (output?.stream === "stderr" ? output.text : ""),
    ...(parts?.value !== undefined && { value: parts.value }),
    ...(parts?.truncated && { truncated: true as const }),
    outcome: {
      because,
      exitCode,
      durationMs,
      ...(signal !== undefined && { signal }),
      ...(explanation !== undefined && { error: `${host.name}: ${explanation}` }),
    },
  };
}
