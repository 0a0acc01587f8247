/** Listening to a become program until its tool is there: it may say why it does not run that, quote a secret, or ask for a password (`input`). */

import { isOpenToAll } from "../files/look.ts";
import { createLineMask, withoutCutSecret } from "../mask.ts";
import type { BecomeRequest } from "./argv.ts";
import { type BecomeFailure, explainBecome } from "./failure.ts";
import { readBecomeFlags } from "./flags.ts";
import { createHold } from "./hold.ts";
import { createInputGate, type Input } from "./input.ts";
import { isOwn } from "./messages.ts";
import { type ToolState, watchForTool } from "./tool-started.ts";

/** A become program that refuses says so at once; what a tool prints later is not looked at. */
const LISTEN_BYTES = 4096;
/** How long its first words are held back, so that no secret is in them. */
const HOLD_MS = 1000;

export interface WatchedIo {
  onOutput(stream: "stdout" | "stderr", bytes: Uint8Array): Promise<void>;
  onStart?(pid: number): void;
  feed?: ((stdin: Input) => void) | undefined;
}

interface WatchOptions extends Pick<BecomeFailure, "invoker" | "secrets" | "shown"> {
  hostname(): string;
  holdMs?: number;
}

export function watchBecome<Io extends WatchedIo>(become: BecomeRequest, io: Io, options: WatchOptions) {
  const { hostname, holdMs = HOLD_MS, ...facts } = options;
  const { feed } = io;
  const tool = watchForTool(become);
  /** The beginning of each stream, whoever wrote it. */
  const heard = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  /** Which part of stderr was said before the tool had been started, or behind a question. */
  const ownWords = { start: 0, end: 0 };
  const throughShell = readBecomeFlags(become.method, become.flags, become.shells).shells.length > 0;
  const isRoot = process.getuid?.() === 0;
  const input = createInputGate(become.method, tool, {
    said: () => `${heard.stdout}${heard.stderr}`,
    // Root is asked for a new password alone, and what was said before that tells why.
    onQuestion() {
      if (!isRoot) ownWords.start = ownWords.end;
    },
  });
  const mask = createLineMask(facts.secrets, (bytes) => io.onOutput("stderr", bytes));
  const hold = createHold((bytes) => mask.take(bytes, mayBeOwn()), LISTEN_BYTES, holdMs);

  function listen(stream: "stdout" | "stderr", bytes: Uint8Array, { started }: ToolState): void {
    // Once the tool may be speaking without having been seen, what is said explains nothing.
    if (hold.state() !== "holding" && started === undefined) return;
    const room = LISTEN_BYTES - heard[stream].length;
    if (room > 0) heard[stream] = Buffer.concat([heard[stream], bytes.subarray(0, room)]);
    if (!input.asked() && started) return;
    ownWords.end = heard.stderr.length;
    input.noticeQuestion();
  }

  /** Whether the become program may be speaking of a secret. */
  function mayBeOwn(): boolean {
    if (facts.secrets.size === 0) return false;
    // Others may have spoken before it, as a module of PAM.
    const lines = heard.stderr.toString().split("\n");
    // A shell in between is that user's process as well, and fish, unlike others, repeats all of a line of which it finds no program.
    if (throughShell && lines.some((line) => line.startsWith("fish: "))) return true;
    const { started } = tool.look();
    if (lines.some((line) => isOwn(line, become.method, become.env.size > 0))) return started !== "certain";
    // In another language, or by the words of a policy, it may repeat the command as long as there is no sign of the tool.
    return hold.state() !== "overdue" && started === false;
  }

  return {
    /** To be given to the execution instead. */
    io: {
      ...io,
      onStart(pid: number) {
        tool.begin(pid);
        io.onStart?.(pid);
      },
      feed: feed && ((stdin: Input) => input.feedWhenReady(stdin, feed)),
      onOutput(stream: "stdout" | "stderr", bytes: Uint8Array) {
        const state = tool.look();
        listen(stream, bytes, state);
        return stream === "stdout" ? io.onOutput(stream, bytes) : hold.take(bytes, Boolean(state.started));
      },
    },
    /** Resolves when everything that was said has been passed on. */
    async settled(): Promise<void> {
      input.close();
      await hold.release();
      await mask.end();
    },
    close(): void {
      input.close();
      tool.close();
    },
    /** The explanation of a failure that was the become program's own; undefined: it was the tool's. */
    explain(exitCode: number, errorCode?: string): string | undefined {
      if (exitCode === 0) return undefined;
      const { started } = tool.look();
      const unknown = hold.state() === "overdue" && started === undefined;
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
        asked: input.asked() && !isRoot,
        started: input.asked() ? started === "certain" : Boolean(started),
        openToAll: isOpenToAll(become.command[0] ?? ""),
        hostname: hostname(),
      });
    },
  };
}
