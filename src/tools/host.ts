/** The tools behind a server: what it lists and calls, with every call in the audit trail. */

import { didYouMean } from "../did-you-mean.ts";
import { codeOf, EXIT, RunspecError } from "../errors.ts";
import { maskText } from "../mask.ts";
import type { CallIo, Reader, RefusedCall, ToolDescriptor, ToolHost } from "../mcp/tool-host.ts";
import { refusedCall } from "../mcp/tool-host.ts";
import type { Watchdog } from "../process/watchdog.ts";
import { visible } from "../text.ts";
import type { Asker, Audit, AuditRecord } from "./audit.ts";
import { type LocalCall, readInput } from "./call-input.ts";
import type { Tool } from "./catalog.ts";
import { describeTool, USUAL_OUTPUT } from "./descriptor.ts";
import { endMessage, wentWell } from "./end-messages.ts";
import { type Executed, execute } from "./execute.ts";
import { type PreparedCall, prepareCall } from "./prepare.ts";

/** Nothing has to be waited for to list what is here, and it stays the same. */
export interface LocalToolHost extends Omit<ToolHost, "onChange"> {
  list(reader: Reader): readonly ToolDescriptor[];
}

interface HostOptions extends Pick<LocalCall, "env" | "hostname"> {
  tools: readonly Tool[];
  asker(): Omit<Asker, "client" | "human" | "behalf">;
  audit: Audit;
  watchdog: Watchdog;
  /** Takes messages that no answer carries. */
  onProblem(message: string): void;
}

/** For how long a client may be silent, unless the tool says otherwise. */
const LEASE_MS = 120_000;

/** Tools that are not offered here are hidden from the list and from calls; a call of words is told that this host is not among the tool's. */
export function createToolHost(options: HostOptions): LocalToolHost {
  const { tools, env, asker, audit, watchdog, hostname, onProblem } = options;
  const served = tools.filter(({ hidden }) => hidden !== "serve");
  const known = new Map(served.map((tool) => [tool.name, tool]));
  const offered = new Map([...known].filter(([, { hidden }]) => hidden === undefined));
  const listed = [...offered.values()];
  const lists = new Map<Reader, readonly ToolDescriptor[]>();

  const call: ToolHost["call"] = async (request, io) => {
    const { name, human, words, behalf, check = false } = request;
    const tool = (words === undefined ? offered : known).get(name);
    // A check leaves no line in the trail: it is no call.
    const record = (outcome: Recorded, values?: unknown) => {
      if (check) return;
      audit({
        tool,
        name,
        arguments: values,
        asker: () => ({ ...asker(), client: io.client ?? null, human, behalf }),
        runAs: tool?.user.kind === "user" ? tool.user.user : undefined,
        ...outcome,
      });
    };
    if (request.unread !== undefined) {
      record(summarize(refusedCall("words", [request.unread.message])));
      throw request.unread;
    }
    if (tool === undefined) {
      const lines = [`there is no tool "${visible(name)}" here`, didYouMean(name, [...offered.keys()])];
      const refused = refusedCall("tool", [lines.filter(Boolean).join("\n")], EXIT.NOT_FOUND);
      record(summarize(refused));
      return refused;
    }
    const calling = { ...request, tool, agent: true, env, hostname };
    const input = readInput(calling);
    if (input.help) return { kind: "usage", usage: describeTool(tool, human ? "person" : "program") };
    const given = words === undefined ? request.arguments : input.given;
    if (io.signal.aborted && !check) {
      record({ outcome: "cancelled", exitCode: null, durationMs: 0 }, given);
      const reasons = ["cancelled before it was started"];
      return { kind: "refused", objections: [], reasons, exitCode: EXIT.FAILED };
    }
    const prepared = prepareCall(calling, input);
    if (check) return prepared.kind === "refused" ? prepared : { kind: "checked", notes: prepared.notes };
    const performing = prepared.kind === "refused" ? Promise.resolve(prepared) : perform(tool, prepared, io);
    const result = await performing.catch((error: unknown) => {
      record({ outcome: "failed", exitCode: null, durationMs: 0 }, given);
      throw error;
    });
    record(summarize(result), given);
    const isBadEnd = result.kind === "ended" && result.cancelled && result.ending && !wentWell(result.ending);
    // A cancelled call gets no answer, so nobody else would hear of it.
    if (isBadEnd && words === undefined && result.explanation !== undefined) onProblem(result.explanation);
    return result;
  };

  /** A become program is watched, and a bad end explained; a program that cannot be started is a refusal, too. */
  async function perform(tool: Tool, { plan, secrets, notes }: PreparedCall, callIo: CallIo) {
    if (secrets.size > 0) callIo.onSecrets?.((text) => maskText(text, secrets));
    const io = { ...callIo, watchdog };
    const { shown = [], unsent } = plan.become ?? {};
    const told = { hostname, shown, secrets: secrets.union(new Set(unsent)) };
    const watched = () => ({ invoker: asker().user ?? "you", ...told });
    // Loaded only where it is needed, as the users are read: 1 ms of the processor for every start of a server.
    const watch = plan.become && (await import("../become/watch.ts")).watchBecome(plan.become, io, watched());
    try {
      const ended = { ...(await execute(tool, plan, watch?.io ?? io)), notes };
      await watch?.settled();
      const { timedOut, cancelled } = ended;
      const exitCode = timedOut ? EXIT.TIMED_OUT : ended.exitCode;
      const explanation = timedOut || cancelled ? endMessage(tool, ended) : watch?.explain(exitCode);
      return { ...ended, exitCode, explanation };
    } catch (error) {
      if (!(error instanceof RunspecError)) throw error;
      const { exitCode, message, hint, cause } = error;
      const explained = watch?.explain(exitCode, codeOf(cause));
      return explained === undefined
        ? refusedCall("executable", [message, hint ?? ""].filter(Boolean), exitCode)
        : refusedCall("become", [explained], exitCode);
    } finally {
      watch?.close();
    }
  }

  return {
    list: (reader) =>
      lists.getOrInsertComputed(reader, () => listed.map((tool) => describeTool(tool, reader))),
    settings(name) {
      const { output, maxOutput = USUAL_OUTPUT, lease = LEASE_MS } = offered.get(name) ?? {};
      return { json: output === "json", leaseMs: lease, maxOutput };
    },
    shortestLease: () => listed.reduce((least, { lease = LEASE_MS }) => Math.min(least, lease), LEASE_MS),
    call,
  };
}

/** How a call ended, as the trail tells it. */
type Recorded = Pick<AuditRecord, "outcome" | "exitCode" | "durationMs" | "objections">;

function summarize(result: Executed | RefusedCall): Recorded {
  const { exitCode } = result;
  if (result.kind === "refused")
    return { outcome: "refused", exitCode, durationMs: 0, objections: result.objections };
  const { cancelled, timedOut, durationMs } = result;
  const ended = exitCode === 0 ? "succeeded" : "failed";
  return { outcome: cancelled ? "cancelled" : timedOut ? "timed out" : ended, exitCode, durationMs };
}
