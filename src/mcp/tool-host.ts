/** A call and what becomes of it: one pair of types for the server, the tools behind it, the client and the fleet. Nothing here starts a process. */

import { EXIT, RunspecError, withHint } from "../errors.ts";
import type { PlainObject } from "../json.ts";
import type { Behalf, Implementation } from "./implementation.ts";

export type StreamName = "stdout" | "stderr";

export type ToolDescriptor = {
  name: string;
  title?: string;
  description: string;
  inputSchema: PlainObject;
  annotations?: PlainObject;
  _meta?: PlainObject;
  /** `x-autonomy` and its like: kept by the format, stripped by most clients. */
  [extra: `x-${string}`]: unknown;
};

/** What is called, with `arguments` (JSON) or `words` (as on a command line). */
export interface ToolCall {
  name: string;
  arguments?: PlainObject;
  words?: readonly string[];
  /** Why neither could be read: the call is recorded, and rejects with this. */
  unread?: Error;
  /** Run nothing, and say all that it would be refused for. */
  check?: boolean;
  /** Whether a person asked for this very call. */
  human: boolean;
  /** The client for which a gateway says that it calls. */
  behalf?: Behalf | undefined;
}

/** A call by the words of a command line. */
export type WordsCall = ToolCall & Required<Pick<ToolCall, "words">>;

export type CallOutcome =
  | RefusedCall
  /** `--help` was among its words: the tool, as in a list. */
  | { kind: "usage"; usage: PlainObject }
  /** Nothing speaks against it. */
  | { kind: "checked"; notes: string[] }
  | EndedCall;

/** Nothing was run. */
export interface RefusedCall {
  kind: "refused";
  /** What for: `tool`, `words`, `autonomy`, … (docs/protocol.md). */
  objections: string[];
  /** Every reason at once, as sentences. */
  reasons: string[];
  exitCode: number;
  /** A person may make this call. */
  manual?: boolean | undefined;
  /** The required secrets that nobody gave. */
  missingSecrets?: string[] | undefined;
}

/** What a call is refused for here; other servers may say anything. */
type Objection = "tool" | "words" | "hosts" | "autonomy" | "become" | "executable";

export function refusedCall(
  objection: Objection,
  reasons: string[],
  exitCode: number = EXIT.FAILED,
): RefusedCall {
  return { kind: "refused", objections: [objection], reasons, exitCode };
}

/** The required secrets that a call lacks, where it was refused for nothing else: each is a line of the reasons. */
export function secretsAlone({ objections, reasons, missingSecrets = [] }: RefusedCall): string[] {
  return objections.join() === "words" && missingSecrets.length === reasons.length ? missingSecrets : [];
}

/** What helps with words that were refused, as `text` says: people write runspec's own options behind the tool's `--`. */
export function usageAdvice(text: string, typed: string): string[] {
  const isStrange = / -(?:-\S+|[fny]): there is no such flag; see --help/.test(text) && typed.endsWith(" --");
  return [`usage: ${typed} --help`, ...(isStrange ? ["runspec's own options go before the --"] : [])];
}

/** A refusal as an error; `text`: its reasons; `typed`: what a person typed up to the tool. Of wrong words each is a line; of anything else the first line says what, and the others what helps. */
export function refusalError(text: string, refused: RefusedCall, typed: string, ...advice: string[]) {
  const { exitCode } = refused;
  if (refused.objections.includes("words"))
    return new RunspecError(text, { exitCode, hint: [...usageAdvice(text, typed), ...advice] });
  const [what, help = ""] = withHint(text);
  return new RunspecError(what, { exitCode, hint: [...help.split("\n"), ...advice] });
}

/** The tool was run. */
export interface EndedCall {
  kind: "ended";
  /** The tool's own code, or 128+n for signal n. */
  exitCode: number;
  signal?: string | undefined;
  timedOut: boolean;
  cancelled: boolean;
  durationMs: number;
  /** Words of ours to add to a failure: a timeout, why a become method refused. */
  explanation?: string | undefined;
  /** What to tell besides: deprecated arguments that were used. */
  notes?: string[] | undefined;
  /** To a client: what is odd about its server's answer. */
  remark?: string | undefined;
  /** To a client: what the answer itself holds of the output, as from servers that do not send it live. */
  output?: { stream: StreamName; text: string } | undefined;
  /** The same, apart, where the server was asked to hold the output back and to answer so. */
  parts?: { stdout: string; stderr: string; value?: unknown; truncated: boolean };
}

/** What a server has to answer with: that of one call, or of several on as many hosts, put together. */
export type ServedOutcome = CallOutcome | AnsweredCall;

export interface AnsweredCall extends Pick<EndedCall, "exitCode" | "durationMs"> {
  kind: "answered";
  text: string;
  structured: PlainObject;
  isError: boolean;
}

/** A person sees the secrets that only people may give; a model's API takes no `x-…` keys of arguments, which programs of ours know. */
export type Reader = "person" | "program" | "model";

/** What a server offers. This machine's tools implement it, and many hosts together. */
export interface ToolHost {
  list(reader: Reader): readonly ToolDescriptor[] | Promise<readonly ToolDescriptor[]>;
  /** Calls `listener` whenever the list has changed. */
  onChange(listener: () => void): void;
  /** The settings of a tool; of a name that is not there, the usual ones. */
  settings(name: string): CallSettings;
  /** The shortest lease of all tools, in milliseconds. */
  shortestLease(): number;
  /** A tool that is not there is refused, for `tool`. */
  call(call: ToolCall, io: CallIo): Promise<ServedOutcome>;
}

export interface CallSettings {
  /** The tool declares `output = "json"`. */
  json: boolean;
  /** Bytes of each stream that a result shows, or all that a message can carry. */
  maxOutput: number | "none";
  /** For how long the client of a call may be silent, in milliseconds. */
  leaseMs: number;
}

/** What goes between a call and its caller while it runs. */
export interface CallIo {
  client: Implementation | undefined;
  /** Aborting ends the tool. */
  signal: AbortSignal;
  /** Takes output as it comes; the tool is not read further until the promise resolves. */
  onOutput(stream: StreamName, bytes: Uint8Array): Promise<void>;
  /** Takes how far the call is, in words, where its output does not say it; left out: nobody wants to know. */
  onProgress?: ((message: string) => void) | undefined;
  /** Called when the tool has been started, before any of its output. */
  onStart(): void;
  /** Resolves when its client takes answers: a call that waits is not started before. Left out or undefined: it does. */
  room?: (() => Promise<void> | undefined) | undefined;
  /** Told, before the tool is started, how to hide what may not be shown but as the tool's own output. */
  onSecrets?(hide: (text: string) => string): void;
  /** Gives the tool's standard input to the client that feeds it; undefined: the null device. */
  feed?: ((stdin: InputSink) => void) | undefined;
}

/** The write end of a tool's standard input. */
export interface InputSink {
  /** Resolves when there is room for more; rejects when the tool reads no further. */
  write(bytes: Uint8Array): Promise<void>;
  end(): Promise<void>;
}
