/** Listening to a become program until its tool is there: it may say why it does not run that, quote a secret, or ask for a password. */

import { isOpenToAll } from "../files/look.ts";
import { createLineMask, withoutCutSecret } from "../mask.ts";
import type { Sink } from "../process/sink.ts";
import { until } from "../process/waiting.ts";
import type { BecomeRequest } from "./argv.ts";
import { type BecomeFailure, explainBecome } from "./failure.ts";
import { createHold } from "./hold.ts";
import { isOwn } from "./messages.ts";
import { METHODS } from "./methods.ts";
import { shellsOf } from "./shell.ts";
import { watchForTool } from "./tool-started.ts";

/** A become program that refuses says so at once; what a tool prints later is not looked at. */
const LISTEN_BYTES = 4096;
/** How long its first words are held back, so that no secret is in them. */
const HOLD_MS = 1000;
/** How long the input waits for a tool that may not be seen: a become program that asks for a password has done so by then. */
const UNSEEN_MS = 5000;

export interface WatchedIo {
  onOutput(stream: "stdout" | "stderr", bytes: Uint8Array): Promise<void>;
  onStart?(pid: number): void;
  feed?: ((stdin: Pick<Sink, "write" | "end">) => void) | undefined;
}

interface WatchOptions extends Pick<BecomeFailure, "invoker" | "secrets" | "shown"> {
  hostname(): string;
  holdMs?: number;
}

export function watchBecome<Io extends WatchedIo>(become: BecomeRequest, io: Io, options: WatchOptions) {
  const { hostname, holdMs = HOLD_MS, ...facts } = options;
  const tool = watchForTool(become);
  /** The beginning of each stream, whoever wrote it. */
  const heard = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  /** Which part of stderr was said before the tool had been started, or behind a question. */
  const ownWords = { start: 0, end: 0 };
  const throughShell = shellsOf(become.method, become.flags, become.shells).length > 0;
  let asked = false;
  let input: Pick<Sink, "end"> | undefined;
  let isOver = false;
  const { asksOnStdin, startsElsewhere, policy } = METHODS[become.method];
  const isRoot = process.getuid?.() === 0;
  // Root is asked for no password, but for a new one where the user's has expired.
  const mayAsk = !isRoot || policy === "none";
  const late = performance.now() + UNSEEN_MS;
  const isLate = () => performance.now() >= late;
  const mask = createLineMask(facts.secrets, (bytes) => io.onOutput("stderr", bytes));
  const hold = createHold((bytes) => mask.take(bytes, mayBeOwn()), LISTEN_BYTES, holdMs);

  function listen(stream: "stdout" | "stderr", bytes: Uint8Array): void {
    // Once the tool may be speaking without having been seen, what is said explains nothing.
    if (hold.state() !== "holding" && tool.isUnknown()) return;
    const room = LISTEN_BYTES - heard[stream].length;
    if (room > 0) heard[stream] = Buffer.concat([heard[stream], bytes.subarray(0, room)]);
    if (!asked && tool.seen()) return;
    ownWords.end = heard.stderr.length;
    noticeQuestion();
  }

  /** Nobody is there to type a password, and it would wait for one as long as the client keeps the input open: so the input is ended. */
  function noticeQuestion(): void {
    if (asked || !mayAsk || !asks(`${heard.stdout}${heard.stderr}`)) return;
    asked = true;
    // Root is asked for a new password alone, and what was said before that tells why.
    if (!isRoot) ownWords.start = ownWords.end;
    void input?.end();
  }

  /** Feeds the input once the tool is there. Earlier, a become program that asks for a password would read the input as one, so any caller could try passwords. */
  function feedWhenReady(stdin: Pick<Sink, "write" | "end">): void {
    input = stdin;
    const isBlind = () => startsElsewhere || (asksOnStdin !== "always" && tool.isUnknown());
    const isReady = () => {
      // A sign may be the doing of somebody else, who opened its program: a process has to be there as well.
      const isThere = tool.seen(true) && tool.isBelow();
      if (!isThere && isLate() && tool.isAlone()) noticeQuestion();
      return isOver || !mayAsk || isThere || isBlind() || (isLate() && !tool.isAlone());
    };
    void until(isReady, Infinity).then(() => isOver || io.feed?.(stdin));
  }

  /** Whether `text` asks for a password, in any language: its last line is not ended, and the tool does not run yet. Of one that always asks on stdin, a first line that ends in a colon will do. pbrun's tool runs elsewhere, unseen, so a later open line may be the tool's. */
  function asks(text: string): boolean {
    const alone = tool.isAlone();
    const isOpen = /\S[^\n]*$/.test(text);
    if (asksOnStdin !== "always") return alone && (asksOnStdin.test(text) || (isOpen && isLate()));
    const isFirst = !text.includes("\n");
    return (isFirst && /[:：]\s*$/.test(text)) || (alone && isOpen && (isFirst || !startsElsewhere));
  }

  /** Whether the become program may be speaking of a secret. */
  function mayBeOwn(): boolean {
    if (facts.secrets.size === 0) return false;
    // Others may have spoken before it, as a module of PAM.
    const lines = heard.stderr.toString().split("\n");
    // A shell in between is that user's process as well, and fish, unlike others, repeats all of a line of which it finds no program.
    if (throughShell && lines.some((line) => line.startsWith("fish: "))) return true;
    if (lines.some((line) => isOwn(line, become.method, become.env.size > 0))) return !tool.isCertain();
    // In another language, or by the words of a policy, it may repeat the command as long as there is no sign of the tool.
    return hold.state() !== "overdue" && !tool.isUnknown() && !tool.seen();
  }

  return {
    /** To be given to the execution instead. */
    io: {
      ...io,
      onStart(pid: number) {
        tool.started(pid);
        io.onStart?.(pid);
      },
      feed: io.feed && feedWhenReady,
      onOutput(stream: "stdout" | "stderr", bytes: Uint8Array) {
        listen(stream, bytes);
        return stream === "stdout" ? io.onOutput(stream, bytes) : hold.take(bytes, tool.seen());
      },
    },
    /** Resolves when everything that was said has been passed on. */
    async settled(): Promise<void> {
      isOver = true;
      await hold.release();
      await mask.end();
    },
    close(): void {
      isOver = true;
      tool.close();
    },
    /** The explanation of a failure that was the become program's own; undefined: it was the tool's. */
    explain(exitCode: number, errorCode?: string): string | undefined {
      if (exitCode === 0) return undefined;
      const unknown = hold.state() === "overdue" && tool.isUnknown();
      const isCut = heard.stderr.length === LISTEN_BYTES;
      const errors = (from: number, end?: number) => {
        const text = heard.stderr.subarray(from, end).toString();
        return isCut ? withoutCutSecret(text, facts.secrets) : text;
      };
      return explainBecome({
        ...become,
        ...facts,
        exitCode,
        errorCode,
        stderr: errors(0),
        own: unknown ? "" : errors(ownWords.start, ownWords.end),
        asked: asked && !isRoot,
        started: tool.seen(),
        openToAll: isOpenToAll(become.command[0] ?? ""),
        hostname: hostname(),
      });
    },
  };
}
