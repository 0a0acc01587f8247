/** A remote server on somebody's own stdin and stdout: past the noise of its start, not a byte is changed on the way. */

import { readerGone } from "../errors.ts";
import type { ConnectionFailure } from "../hosts/connection-failure.ts";
import type { SshEnd } from "../hosts/evidence.ts";
import { createKeepAlive, leaseIn } from "../mcp/client/keep-alive.ts";
import { ALIVE } from "../mcp/extension.ts";
import { type OnSignals, onSuspend } from "../process/signals.ts";
import { chunksOf, type Source } from "../process/source.ts";
import { type FdWriter, isReaderGone } from "../process/stream.ts";
import { betweenLines } from "./between-lines.ts";
import { createEarlyMessages, FIRST_REQUEST_MS } from "./early-messages.ts";
import { NOISE_MAX_BYTES, type ObserverOptions, observe } from "./observer.ts";
import { createOpening } from "./opening.ts";
import type { Transport } from "./transport.ts";

interface RelayOptions extends Transport, Pick<ObserverOptions, "stderr"> {
  /** The client's end. */
  stdin: Source;
  stdout: FdWriter;
  onSignals: OnSignals;
  /** A signal that ends us; what it says is thrown. */
  signal: AbortSignal;
}

/** How long a remote may be silent once its client has gone: it has its tools to end. */
const CLOSING_MS = 15_000;
/** How long a client that we leave may take nothing of what it is sent. */
const READER_GONE_MS = 4000;
/** How long a client that says no more may take nothing: the answers may go to a pager. */
const PATIENT_READER_GONE_MS = 10_000;
/** How long what is kept waits for a server that has been asked nothing, once the client has gone. */
const HELD_MS = 2000;

/** Passes everything on until the remote's end; a client without a server is told why. @throws RunspecError, or what the signal says */
export async function relay(options: RelayOptions): Promise<void> {
  const { ssh, stdin, stdout, signal } = options;
  const early = createEarlyMessages();
  const toServer = betweenLines(ssh.stdin.write);
  const keepAlive = createKeepAlive((params) =>
    toServer.insert(JSON.stringify({ jsonrpc: "2.0", method: ALIVE, params })),
  );
  const observer = observe(options, { ...options, session: true, onGiveUp: leave });
  const opening = createOpening(NOISE_MAX_BYTES, {
    noise: observer.noise,
    message: begin,
    tooLong: () => observer.giveUp("noisy"),
  });
  const begun = Promise.withResolvers<void>();
  const clientLeft = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  let hasLeft = false;
  let asked = false;
  let hasSpoken = false;
  let clientGone = false;
  let keepsLeases = false;
  let failed: { error: unknown } | undefined;
  let closing: ReturnType<typeof setTimeout> | undefined;

  /** The master of a shared connection may keep the channel open when ssh has gone, and more may come through it. */
  function leave(): void {
    hasLeft = true;
    ssh.kill();
    left.resolve();
  }

  function clientEnded(): void {
    keepAlive.every(undefined);
    stdout.expectReader(PATIENT_READER_GONE_MS);
    void sendRest().finally(ssh.stdin.end);
    if (hasSpoken) expectEnd();
    else observer.expectAnswer();
    clientGone = true;
    clientLeft.resolve();
  }

  /** Sends the server what was kept until it would speak; and a line without its end. */
  async function sendRest(): Promise<void> {
    if (early.holds()) await Promise.race(asked ? [begun.promise] : [begun.promise, Bun.sleep(HELD_MS)]);
    const rest = early.plain();
    if (rest.length > 0) await toServer.pass(rest).catch(readerGone);
  }

  function expectEnd(): void {
    clearTimeout(closing);
    closing = setTimeout(leave, CLOSING_MS);
  }

  async function fromClient(): Promise<void> {
    try {
      for await (const chunk of chunksOf(stdin)) {
        // Counted from the client's first request: before that nothing can be late.
        observer.expectAnswer();
        // Where ssh takes no more, its end says why. The client's further requests are noted all the same.
        const passed = hasSpoken ? chunk : early.take(chunk);
        asked ||= passed.length > 0;
        await toServer.pass(passed).catch(readerGone);
        if (early.isFull()) await begun.promise;
      }
    } catch (error) {
      fail(error);
    }
    clientEnded();
  }

  /** An end of ours that cannot be read or written: the remote is left in order, and then it is told. */
  function fail(error: unknown): void {
    if (!isReaderGone(error)) failed ??= { error };
  }

  /** From now on both sides' bytes are passed on as they are. */
  function begin(message: Uint8Array): void {
    hasSpoken = true;
    observer.answered();
    void toServer.pass(early.rest()).catch(readerGone);
    begun.resolve();
    // By the shortest lease of the server's tools: which calls there are is between it and the client.
    const seconds = clientGone ? undefined : leaseIn(message);
    keepsLeases = seconds !== undefined;
    if (keepsLeases) void keepAlive.say();
    keepAlive.every(seconds);
    if (clientGone) expectEnd();
  }

  async function fromServer(): Promise<void> {
    let isRead = true;
    void stdout.failure.then((error) => {
      // Nobody reads our output: the remote gets time to end what it runs, and is read to its end.
      isRead = false;
      fail(error);
      clientEnded();
    });
    const pass = async (parts: readonly Uint8Array[]) => {
      if (parts.length > 0 && isRead) await stdout.write(parts).catch(readerGone);
    };
    for await (const chunk of chunksOf(ssh.stdout)) {
      if (hasLeft) return;
      observer.heard();
      if (hasSpoken && clientGone && isRead) expectEnd();
      await pass(hasSpoken ? [chunk] : opening.take(chunk));
    }
    if (!hasSpoken) await pass(opening.end());
  }

  /** A client that has gone has heard all it wanted, unless it has asked and nobody has spoken. */
  function endedWell(end: SshEnd): boolean {
    if (end === "lingering") return hasSpoken && clientGone;
    const inSilence = clientGone && !early.isAsked() && !observer.hasNoise();
    return "code" in end && end.code === 0 && observer.gaveUp() === undefined && (hasSpoken || inSilence);
  }

  /** Answers what the client has asked before there was a server, and now never will be. */
  async function refuseRequests({ quoting, help }: ConnectionFailure): Promise<void> {
    // An ssh that fails at once may be quicker than its client's first request.
    await Promise.race([early.requested, clientLeft.promise, Bun.sleep(FIRST_REQUEST_MS)]);
    // A client sees the sentence alone, not what was printed above it.
    await stdout.write(early.refusals([quoting, ...help].join("\n"))).catch(readerGone);
  }

  signal.addEventListener("abort", () => {
    stdout.expectReader(READER_GONE_MS);
    leave();
  });
  const stopListening = onSuspend(options.onSignals, async (suspended) => {
    if (keepsLeases && !clientGone) await keepAlive.say(suspended);
  });
  void fromClient();
  // Where the client does not read, we may be waiting for it when a signal ends us.
  await Promise.race([fromServer(), left.promise]);
  const end = await observer.ended();
  clearTimeout(closing);
  keepAlive.every(undefined);
  stopListening();
  stdout.expectReader(READER_GONE_MS);
  if (signal.aborted) throw signal.reason;
  const error = endedWell(end) ? undefined : observer.explain(end);
  if (error !== undefined && !hasSpoken) await refuseRequests(error);
  await stdout.flush().catch(fail);
  if (failed !== undefined) throw failed.error;
  if (error !== undefined) throw error;
}
