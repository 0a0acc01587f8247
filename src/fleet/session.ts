/** One host of many: reached, checked, and then, on the same connection, called. */

import { EXIT, messagePart, RunspecError, reasonOf } from "../errors.ts";
import type { Ssh } from "../hosts/start.ts";
import { saysTurnedAway } from "../hosts/words.ts";
import type { JsonObject } from "../jsonrpc/message.ts";
import type { Output } from "../mcp/bytes.ts";
import { NOT_RUN, type RemoteTool, readTool, type Sent } from "../mcp/client.ts";
import type { CallOutcome } from "../mcp/tool-host.ts";
import { interruptedBy } from "../process/stop-signals.ts";
import type { ByteWriter } from "../process/stream.ts";
import { isReaderGone, partsOf } from "../process/stream.ts";
import { connect, type Remote } from "../session/connect.ts";
import type { KeptTools } from "../session/kept-tools.ts";
import { createRunner, type Runner } from "../session/run-tool.ts";
import { keepTail } from "../session/tail.ts";
import { readToolWords, type ToolUsage, usageOf } from "../session/tool-words.ts";
import { didYouMean, visible } from "../text.ts";
import type { Host } from "./choose.ts";
import type { Outcome } from "./outcome.ts";

export interface FleetCall {
  tool: string;
  words: readonly string[];
  human: boolean;
}

/** The way to one host, opened anew for each attempt. */
export interface Way {
  start(): Ssh;
  /** The connection may be one that others have made. */
  shared: boolean;
  byHand: readonly string[];
  kept: KeptTools;
}

export interface SessionContext {
  call: FleetCall;
  version: string;
  patienceMs: number;
  /** Waits before another attempt, `attempt` being the number of those that were turned away. */
  pause(attempt: number): Promise<void>;
  wayTo(host: Host): Promise<Way>;
  lookAtAddress(
    host: Host,
    limitMs: number,
  ): ReturnType<NonNullable<Parameters<typeof connect>[0]["lookAtAddress"]>>;
  /** Takes what ssh and the server say beside the tool. */
  onWords(host: Host, bytes: Uint8Array): Promise<void>;
  /** The tool's autonomy is wanted, too. */
  wantsAutonomy: boolean;
}

/** What a host says of the call before it is made. */
export type Checked =
  | { kind: "ready"; notes: string[]; autonomy: string | undefined }
  | { kind: "help"; usage: ToolUsage }
  /** The call itself is refused: it is made nowhere. */
  | { kind: "refused"; reason: string }
  /** Nothing can be run on this host. */
  | { kind: "failed"; outcome: Outcome };

export type TakeOutput = (stream: Output["stream"], bytes: Uint8Array) => Promise<void>;

export interface Session {
  host: Host;
  check(): Promise<Checked>;
  /** What it offers, or why nobody can say. */
  list(): Promise<RemoteTool[] | Outcome>;
  /** Checks again where the connection has been lost since. */
  isThere(): Promise<boolean>;
  run(take: TakeOutput, limitMs: number | undefined): Promise<Outcome>;
  /** Tells the server that we are about to be suspended, or go on. */
  alive(suspended: boolean): Promise<void>;
  /** Ends what it does; the tool may clean up. A second time it is left as it is. */
  stop(signal: NodeJS.Signals): void;
  close(): Promise<void>;
}

/** Attempts after the first one, where a server has too many others at its door. */
const TURNED_AWAY_MAX = 7;
/** What is kept of the words of ssh and of the server while nothing is run. */
const WORDS_KEPT = 16 * 1024;
const SAID_MAX = 300;
/** Where a diagnosis points to words that stand above it when there is one host. */
const ABOVE = / \([^()]* above\)/;

export function createSession(host: Host, context: SessionContext): Session {
  const { call } = context;
  let remote: Remote | undefined;
  let send: (() => Sent<CallOutcome | typeof NOT_RUN>) | undefined;
  let take: TakeOutput | undefined;
  let passing: Promise<void> = Promise.resolve();
  let stopped: NodeJS.Signals | undefined;
  let fire: ((signal: NodeJS.Signals) => void) | undefined;
  let words = keepTail(WORDS_KEPT);
  /** Notes that the check has given. */
  let told: ReadonlySet<string> = new Set();

  /** One piece after the other: whoever takes one may have to wait in the middle of it, and the end must not overtake it. */
  function passOn({ stream, bytes }: Output): Promise<void> {
    const passed = passing.then(() => take?.(stream, bytes));
    passing = passed.catch(() => {});
    return passed;
  }

  /** Until the tool runs they may belong to a failure, of which one sentence is told. */
  const stderr: ByteWriter = {
    async write(data) {
      for (const part of partsOf(data)) {
        if (take === undefined) words.add(part);
        else await context.onWords(host, part);
      }
    },
    flush: async () => {},
  };

  async function open(): Promise<{ opened: Remote; kept: KeptTools }> {
    const way = await context.wayTo(host);
    if (stopped !== undefined) throw interruptedBy(stopped);
    words = keepTail(WORDS_KEPT);
    const opened = connect({
      alias: host.name,
      bin: host.destination.bin,
      ssh: way.start(),
      byHand: way.byHand,
      client: { name: "runspec", version: context.version },
      onOutput: passOn,
      stderr,
      patienceMs: context.patienceMs,
      shared: way.shared,
      lookAtAddress: (limitMs) => context.lookAtAddress(host, limitMs),
    });
    remote = opened;
    return { opened, kept: way.kept };
  }

  async function attempt<T>(work: (opened: Remote, kept: KeptTools) => Promise<T>): Promise<T> {
    for (let turnedAway = 0; ; ) {
      try {
        const { opened, kept } = await open();
        return await work(opened, kept);
      } catch (error) {
        await remote?.finish();
        if (stopped !== undefined || turnedAway >= TURNED_AWAY_MAX || !saysTurnedAway(words.text()))
          throw error;
        turnedAway++;
        await context.pause(turnedAway);
      }
    }
  }

  async function examine(opened: Remote, kept: KeptTools): Promise<Checked> {
    const { client } = opened;
    const info = await opened.during(opened.info);
    if (info.runsWords) {
      const request = { name: call.tool, words: call.words, human: call.human };
      const list = context.wantsAutonomy ? opened.listTools().all() : undefined;
      list?.catch(() => {});
      const answer = await opened.during(
        client.runWords({ ...request, check: true }, { last: false, sendsInput: false }).result,
      );
      if (answer !== NOT_RUN) {
        send = () => client.runWords(request, LAST_CALL);
        const tools = list === undefined ? [] : await opened.during(list);
        return fromAnswer(
          answer,
          tools.find(({ name }) => name === call.tool),
        );
      }
    }
    const tools = await opened.during(opened.listTools().all());
    kept.keep(tools, false);
    return bySchema(opened, tools);
  }

  function fromAnswer(answer: CallOutcome, listed: RemoteTool | undefined): Checked {
    const [tool] = answer.kind === "usage" ? readTool(answer.usage) : [];
    if (tool !== undefined) return { kind: "help", usage: usageOf(tool) };
    if (answer.kind !== "refused") {
      const notes = answer.kind === "usage" ? [] : (answer.notes ?? []);
      told = new Set(notes);
      return { kind: "ready", notes, autonomy: listed && autonomyOf(listed.meta) };
    }
    const { objections, reasons, exitCode } = answer;
    const reason = reasons.join("\n") || "the call was refused";
    if (objections.includes("tool")) return noTool(reasons[1]);
    if (objections.includes("words") || objections.includes("autonomy")) return { kind: "refused", reason };
    return failed({ because: "cannot run", exitCode, error: `${host.name}: ${reason}` });
  }

  function bySchema({ client }: Remote, tools: readonly RemoteTool[]): Checked {
    const tool = tools.find(({ name }) => name === call.tool);
    if (tool === undefined) {
      return noTool(
        didYouMean(
          call.tool,
          tools.map(({ name }) => name),
        ),
      );
    }
    try {
      const read = readToolWords(tool, call.words, call.tool);
      if (read.kind === "help") return { kind: "help", usage: read.help };
      const request = { name: tool.name, arguments: read.arguments, human: call.human };
      send = () => client.callTool(request, LAST_CALL);
      return { kind: "ready", notes: read.notes, autonomy: autonomyOf(tool.meta) };
    } catch (error) {
      if (!(error instanceof RunspecError)) throw error;
      return { kind: "refused", reason: error.message };
    }
  }

  function noTool(advice: string | undefined): Checked {
    const near = advice === undefined || advice === "" ? "" : `; ${advice}`;
    const error = `${host.name}: it offers no tool "${call.tool}"${near}`;
    return failed({ because: "no tool", exitCode: EXIT.NOT_FOUND, error });
  }

  /** What went wrong, with what ssh or the server said of it. */
  function explained(error: unknown): Pick<Outcome, "error" | "hint"> {
    const said = lastLines(words.text());
    const message = reasonOf(error);
    const named = message.startsWith(`${visible(host.name)}: `) ? message : `${host.name}: ${message}`;
    const what = `${named.replace(ABOVE, "")}${said !== "" && ABOVE.test(message) ? `; it says: ${said}` : ""}`;
    const hint = (error instanceof RunspecError ? (error.hint ?? "") : "")
      .split("\n")
      .filter((line) => !/\babove\b/.test(line))
      .join("\n");
    return { error: what, ...(hint !== "" && { hint }) };
  }

  function afterAFailure(error: unknown): Outcome {
    if (isReaderGone(error)) throw error;
    if (stopped !== undefined) return { because: "stopped", exitCode: EXIT.INTERRUPTED };
    const exitCode = error instanceof RunspecError ? error.exitCode : EXIT.FAILED;
    const because = exitCode === EXIT.CONNECTION ? "out of reach" : "cannot run";
    return { because, exitCode, ...explained(error) };
  }

  async function see(runner: Runner, opened: Remote, started: number, timedOut: () => boolean) {
    const sent = send?.();
    if (sent === undefined) throw new RunspecError("it was not checked");
    const since = () => Math.round(performance.now() - started);
    try {
      const answer = await runner.see(sent, undefined);
      await passing;
      if (answer === NOT_RUN) throw new RunspecError("it does not take the call any more");
      return await concluded(answer, since(), timedOut());
    } catch (error) {
      if (isReaderGone(error)) throw error;
      const unknown = `${host.name}: nothing was heard of it any more; whether the tool has ended there is not known`;
      if (timedOut()) {
        return {
          because: "timed out" as const,
          exitCode: EXIT.TIMED_OUT,
          error: unknown,
          durationMs: since(),
        };
      }
      const outcome = afterAFailure(error);
      if (outcome.because === "stopped") {
        return { because: "lost" as const, exitCode: EXIT.CONNECTION, error: unknown, durationMs: since() };
      }
      const because = outcome.because === "out of reach" ? ("lost" as const) : ("failed" as const);
      return { ...outcome, because, durationMs: since() };
    } finally {
      // Others need not wait for the connection to close; `close` does.
      void opened.finish();
    }
  }

  async function concluded(answer: CallOutcome, durationMs: number, late: boolean): Promise<Outcome> {
    if (answer.kind === "refused") {
      const reason = answer.reasons.join("\n");
      const ended = { durationMs, ...(reason !== "" && { error: `${host.name}: ${messagePart(reason)}` }) };
      if (stopped !== undefined) return { ...ended, because: "stopped", exitCode: EXIT.INTERRUPTED };
      if (late) return { ...ended, because: "timed out", exitCode: EXIT.TIMED_OUT };
      return { ...ended, because: "cannot run", exitCode: answer.exitCode };
    }
    if (answer.kind !== "ended") return { because: "succeeded", exitCode: EXIT.OK, durationMs };
    const { exitCode, signal, explanation, output, notes = [] } = answer;
    // Those of the check have been told.
    for (const note of notes) if (!told.has(note)) await context.onWords(host, Buffer.from(`${note}\n`));
    if (output !== undefined) await take?.(output.stream, Buffer.from(output.text));
    const own = explanation !== undefined && { error: `${host.name}: ${messagePart(explanation)}` };
    const ended = { durationMs, ...own, ...(signal !== undefined && { signal }) };
    if (stopped !== undefined) return { ...ended, because: "stopped", exitCode };
    if (late || answer.timedOut) return { ...ended, because: "timed out", exitCode: EXIT.TIMED_OUT };
    return { ...ended, because: exitCode === 0 ? "succeeded" : "failed", exitCode };
  }

  return {
    host,
    async check() {
      try {
        return await attempt(examine);
      } catch (error) {
        return failed(afterAFailure(error));
      }
    },
    async list() {
      try {
        return await attempt(async (opened, kept) => {
          const [tools, { runsWords }] = await opened.during(
            Promise.all([opened.listTools().all(), opened.info]),
          );
          kept.keep(tools, runsWords);
          return tools;
        });
      } catch (error) {
        return afterAFailure(error);
      }
    },
    async isThere() {
      const opened = remote;
      if (opened === undefined) return false;
      const answered = opened.client.ping().then(
        () => true,
        () => true,
      );
      return opened
        .during(Promise.race([answered, Bun.sleep(context.patienceMs).then(() => false)]))
        .catch(() => false);
    },
    async run(takeOutput, limitMs) {
      const opened = remote;
      if (opened === undefined || stopped !== undefined) return { because: "not started" };
      take = takeOutput;
      const before = words.text();
      if (before !== "") await context.onWords(host, Buffer.from(before));
      const runner = createRunner(opened, call.tool, {
        stdout: NOBODY,
        stderr: NOBODY,
        env: { RUNSPEC_SIGN_MS: SIGN_MS },
        onSignals(_signals, handler) {
          fire = handler;
          return () => {
            fire = undefined;
          };
        },
      });
      let late = false;
      const timer =
        limitMs === undefined
          ? undefined
          : setTimeout(() => {
              late = true;
              fire?.("SIGTERM");
            }, limitMs);
      try {
        return await see(runner, opened, performance.now(), () => late);
      } finally {
        clearTimeout(timer);
        runner.stopListening();
      }
    },
    alive: async (suspended) => remote?.client.alive(suspended),
    stop(signal) {
      stopped ??= signal;
      if (fire !== undefined) fire(signal);
      else remote?.abandon(interruptedBy(signal));
    },
    async close() {
      await remote?.finish();
    },
  };
}

/** How long a server may take to say that it is stopping a call, while others are told as well. */
const SIGN_MS = "3000";
const LAST_CALL = { last: true, sendsInput: false };
const NOBODY = { write: async () => {}, flush: async () => {}, expectReader() {} };

function failed(outcome: Outcome): Checked {
  return { kind: "failed", outcome };
}

/** The end of what was said, as one line. */
function lastLines(text: string): string {
  return visible(
    text
      .trim()
      .split(/\s*[\r\n]+\s*/)
      .join("; ")
      .slice(-SAID_MAX),
  );
}

export function autonomyOf(meta: JsonObject): string | undefined {
  const value = meta["runspec/autonomy"] ?? meta["x-autonomy"];
  return typeof value === "string" ? value : undefined;
}
