/** Listening to what a become program says: to explain that it did not run the tool, and to answer it when it asks. */

import { toldElsewhere } from "../errors.ts";
import { hasNoLogin } from "../files/accounts.ts";
import { isOpenToAll } from "../files/look.ts";
import type { Sink } from "../process/sink.ts";
import { maskText } from "../text.ts";
import type { BecomeRequest } from "./argv.ts";
import { type BecomeFailure, explainBecome } from "./failure.ts";
import { isOwn } from "./messages.ts";
import { watchForTool } from "./tool-started.ts";

/** A become program that refuses says so at once; what a tool prints later is not looked at. */
const LISTEN_BYTES = 4096;
/** How long its first words are held back, so that no secret is in them. */
const HOLD_MS = 1000;

/** What is listened in on, of whatever else takes part in an execution. */
export interface WatchedIo {
  onOutput(stream: "stdout" | "stderr", bytes: Uint8Array): Promise<void>;
  onStart?(pid: number): void;
  feed?: ((stdin: Pick<Sink, "write" | "end">) => void) | undefined;
}

export interface BecomeWatch<Io extends WatchedIo> {
  /** To be given to the execution instead. */
  io: Io;
  /** Resolves when everything that was said has been passed on. */
  settled(): Promise<void>;
  /** The explanation of a failure that was the become program's own; undefined: it was the tool's. */
  explain(exitCode: number, errorCode?: string): string | undefined;
  close(): void;
}

export interface WatchOptions extends Pick<BecomeFailure, "invoker" | "secrets" | "shown"> {
  hostname(): string;
  holdMs?: number;
}

export function watchBecome<Io extends WatchedIo>(
  become: BecomeRequest,
  io: Io,
  { invoker, hostname, secrets, shown, holdMs = HOLD_MS }: WatchOptions,
): BecomeWatch<Io> {
  const { feed } = io;
  const toolStarted = watchForTool(become);
  const heard = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  const hold = createHold((bytes) => io.onOutput("stderr", maskOwn(bytes)), holdMs);
  /** As much of stderr as was said before the tool had been started. */
  let before = 0;
  /** Where the answer to a question begins; undefined: it has asked nothing. */
  let asked: number | undefined;
  let input: Pick<Sink, "end"> | undefined;
  const asks = promptOf(become);

  function listen(stream: "stdout" | "stderr", bytes: Uint8Array): void {
    const room = LISTEN_BYTES - heard[stream].length;
    if (room > 0) heard[stream] = Buffer.concat([heard[stream], bytes.subarray(0, room)]);
    const first = `${heard.stdout}${heard.stderr}`;
    if (asked === undefined && toolStarted.seen()) return;
    before = heard.stderr.length;
    if (!asks?.(first, toolStarted.isAlone())) return;
    // Nobody is there to type a password, and it would wait for one as long as the client keeps the input open. So no tool comes of it.
    asked ??= heard.stderr.length;
    void input?.end();
  }

  /** In the become program's own words, unless it is certain that the tool is there and may be speaking. */
  function maskOwn(bytes: Uint8Array): Uint8Array {
    if (
      secrets.size === 0 ||
      toolStarted.isCertain() ||
      !isOwn(heard.stderr.toString(), become.method, become.env.size > 0)
    )
      return bytes;
    return maskBytes(bytes, secrets);
  }

  return {
    io: {
      ...io,
      onStart(pid) {
        toolStarted.started(pid);
        io.onStart?.(pid);
      },
      ...(feed === undefined
        ? {}
        : {
            feed(stdin) {
              input = stdin;
              feed(stdin);
            },
          }),
      onOutput(stream, bytes) {
        const open = hold.isOver();
        // What is said once the tool may be speaking, unseen, explains nothing.
        if (!(open && toolStarted.isUnknown())) listen(stream, bytes);
        if (stream === "stdout") return io.onOutput(stream, bytes);
        return hold.take(bytes, toolStarted.seen());
      },
    },
    settled: () => hold.release(),
    close: () => toolStarted.close(),
    explain(exitCode, errorCode) {
      if (exitCode === 0) return undefined;
      const unknown = hold.isOverdue() && toolStarted.isUnknown();
      const failure = {
        ...become,
        exitCode,
        ...(errorCode === undefined ? {} : { errorCode }),
        openToAll: isOpenToAll(become.command[0] ?? ""),
        noLogin: become.method === "su" && !NAMES_SHELL.test(become.flags) && hasNoLogin(become.user),
        invoker,
        hostname: hostname(),
        secrets,
        shown,
      };
      const explanation =
        explainBecome({
          ...failure,
          stderr: heard.stderr.subarray(asked ?? 0, unknown ? 0 : before).toString(),
          seen: false,
          asked: asked !== undefined,
        }) ?? explainBecome({ ...failure, stderr: heard.stderr.toString(), seen: true });
      return explanation === undefined ? undefined : `${explanation.sentence}\n${explanation.hint}`;
    },
  };
}

/** Flags of su by which it starts another shell than the user's own. */
const NAMES_SHELL = /(?:^|\s)(?:-[a-z]*[smp]|--shell|--preserve)/;

/** Bytes that are kept until it is known whose they are, or for `holdMs` from the first on; then they are passed on as they come. */
function createHold(pass: (bytes: Uint8Array) => Promise<void>, holdMs: number) {
  let held: Uint8Array[] = [];
  let size = 0;
  let over = false;
  let overdue = false;
  let passing: Promise<void> = Promise.resolve();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const release = () => {
    clearTimeout(timer);
    over = true;
    const bytes = Buffer.concat(held);
    held = [];
    if (bytes.length > 0) passing = passing.then(() => pass(bytes));
    // Whoever passes on the next ones is told.
    passing.catch(toldElsewhere);
    return passing;
  };
  return {
    take(bytes: Uint8Array, known: boolean): Promise<void> {
      // The caller may use them again.
      held.push(bytes.slice());
      size += bytes.length;
      if (over || known || size > LISTEN_BYTES) return release();
      timer ??= setTimeout(() => {
        overdue = true;
        void release();
      }, holdMs);
      return Promise.resolve();
    },
    release,
    isOver: () => over,
    /** It was over because the time was. */
    isOverdue: () => overdue,
  };
}

/** Whatever the bytes are, nothing but the secrets is changed. */
function maskBytes(bytes: Uint8Array, secrets: ReadonlySet<string>): Uint8Array {
  const raw = new Set([...secrets].map((secret) => Buffer.from(secret).toString("latin1")));
  return Buffer.from(maskText(Buffer.from(bytes).toString("latin1"), raw), "latin1");
}

/** Tells from the first words whether `become` asks for a password on its stdin; undefined: it never does. */
function promptOf({ method }: BecomeRequest): ((first: string, alone: boolean) => boolean) | undefined {
  // Root is asked by nobody, and its tools may ask what they like.
  if (process.getuid?.() === 0) return undefined;
  if (method !== "su" && method !== "pbrun") return undefined;
  // In any language: a line that waits for its end. What su alone says without ending it is a question.
  return (first, alone) => !first.includes("\n") && (/[:：]\s*$/.test(first) || (alone && /\S/.test(first)));
}
