/** A remote server on somebody's own stdin and stdout: past the noise of its start, not a byte is changed on the way. */

import { readerGone } from "../errors.ts";
import type { SshEnd } from "../hosts/evidence.ts";
import { createKeepAlive, leaseIn } from "../mcp/client/keep-alive.ts";
import { ALIVE } from "../mcp/extension.ts";
import { type FdWriter, isReaderGone } from "../process/fd-writer.ts";
import { createLatch } from "../process/once.ts";
import { type OnSignals, onSuspend } from "../process/signals.ts";
import { chunksOf, type Source } from "../process/source.ts";
import { afterWaiting, whenAborted } from "../process/waiting.ts";
import { betweenLines } from "./between-lines.ts";
import { createEarlyMessages } from "./early-messages.ts";
import { NOISE_MAX_BYTES, type ObserverOptions, observe } from "./observer.ts";
import { createOpening } from "./opening.ts";
import { PATIENT_READER_GONE_MS, READER_GONE_MS } from "./server-log.ts";
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
/** How long what is kept waits for a server that has been asked nothing, once the client has gone. */
const HELD_MS = 2000;

/** Passes everything on until the remote's end; a client without a server is told why. @throws RunspecError, or what the signal says */
export async function relay(options: RelayOptions): Promise<void> {
  const { ssh, stdin, stdout, signal } = options;
  const early = createEarlyMessages();
  // Where ssh takes no more, its end says why.
  const toServer = betweenLines((bytes) => ssh.stdin.write(bytes).catch(readerGone));
  const keepAlive = createKeepAlive((params) =>
    toServer.insert(JSON.stringify({ jsonrpc: "2.0", method: ALIVE, params })),
  );
  const observer = observe(options, { ...options, session: true, onGiveUp: leave });
  const opening = createOpening(NOISE_MAX_BYTES, {
    noise: observer.noise,
    message: begin,
    tooLong: () => observer.giveUp("noisy"),
  });
  /** The server has said its first message. */
  const spoken = createLatch();
  /** The client says no more, or does not read. */
  const clientGone = createLatch();
  /** We have ended ssh. */
  const left = createLatch();
  let failed: { error: unknown } | undefined;
  let stopClosing = () => {};

  /** The master of a shared connection may keep the channel open when ssh has gone, and more may come through it. */
  function leave(): void {
    left.set();
    ssh.kill();
  }

  function clientEnded(): void {
    keepAlive.every(undefined);
    stdout.expectReader(PATIENT_READER_GONE_MS);
    void sendRest().finally(ssh.stdin.end);
    clientGone.set();
    if (!spoken.isSet) observer.expectAnswer();
    expectEnd();
  }

  /** Sends the server what was kept until it would speak; and a line without its end. */
  async function sendRest(): Promise<void> {
    const wait = early.hasSent() ? [] : [Bun.sleep(HELD_MS)];
    if (early.holds()) await Promise.race([spoken.promise, ...wait]);
    await toServer.pass(early.harmlessRest());
  }

  /** Anew with each piece that its client still takes: the answers may be long. */
  function expectEnd(): void {
    if (!spoken.isSet || !clientGone.isSet) return;
    stopClosing();
    stopClosing = afterWaiting(CLOSING_MS, leave);
  }

  async function fromClient(): Promise<void> {
    for await (const chunk of chunksOf(stdin)) {
      // Counted from the client's first request: before that nothing can be late.
      observer.expectAnswer();
      await toServer.pass(spoken.isSet ? chunk : early.take(chunk));
      if (early.isFull()) await spoken.promise;
    }
  }

  /** An end of ours that cannot be read or written: the remote is left in order, and then it is told. */
  function fail(error: unknown): void {
    if (!isReaderGone(error)) failed ??= { error };
  }

  /** From now on both sides' bytes are passed on as they are. */
  function begin(message: Uint8Array): void {
    spoken.set();
    observer.answered();
    void toServer.pass(early.rest());
    // By the shortest lease of the server's tools: which calls there are is between it and the client.
    keepAlive.every(clientGone.isSet ? undefined : leaseIn(message));
    if (keepAlive.isOn()) void keepAlive.say();
    expectEnd();
  }

  const toClient = (parts: readonly Uint8Array[]) => stdout.write(parts).then(expectEnd).catch(readerGone);

  async function fromServer(): Promise<void> {
    for await (const chunk of chunksOf(ssh.stdout)) {
      if (left.isSet) return;
      observer.heard();
      await toClient(spoken.isSet ? [chunk] : opening.take(chunk));
    }
    if (!spoken.isSet) await toClient(opening.end());
  }

  /** A client that has gone has heard all it wanted, unless it has asked and nobody has spoken. */
  function endedWell(end: SshEnd): boolean {
    if (end === "lingering") return spoken.isSet && clientGone.isSet;
    const inSilence = clientGone.isSet && !early.hasRequests() && !observer.hasNoise();
    return "code" in end && end.code === 0 && observer.gaveUp() === undefined && (spoken.isSet || inSilence);
  }

  // The remote gets time to end what it runs, and is read to its end.
  void stdout.failure.then((error) => {
    fail(error);
    if (!clientGone.isSet) clientEnded();
  });
  whenAborted(signal, () => {
    stdout.expectReader(READER_GONE_MS);
    leave();
  });
  const stopListening = onSuspend(options.onSignals, async (suspended) => {
    if (keepAlive.isOn()) await keepAlive.say(suspended);
  });
  void fromClient().catch(fail).then(clientEnded);
  // Where the client does not read, we may be waiting for it when a signal ends us.
  await Promise.race([fromServer(), left.promise]);
  const end = await observer.ended();
  stopClosing();
  keepAlive.every(undefined);
  stopListening();
  stdout.expectReader(READER_GONE_MS);
  if (signal.aborted) throw signal.reason;
  const error = endedWell(end) ? undefined : observer.explain(end);
  // A client sees the sentence alone, not what was printed above it.
  if (error !== undefined && !spoken.isSet)
    await early.refuse([error.quoting, ...error.help].join("\n"), clientGone.promise, stdout);
  await stdout.flush().catch(fail);
  if (failed !== undefined) throw failed.error;
  if (error !== undefined) throw error;
}
