/** A remote server on somebody's own stdin and stdout: past the noise of its start, not a byte is changed on the way. */

import { readerGone } from "../errors.ts";
import type { SshEnd } from "../hosts/evidence.ts";
import { type FdWriter, unlessReaderGone } from "../process/fd-writer.ts";
import { createLatch } from "../process/once.ts";
import { type OnSignals, onSuspend } from "../process/signals.ts";
import { chunksOf, type Source } from "../process/source.ts";
import { createWait, whenAborted } from "../process/waiting.ts";
import { NOISE_MAX_BYTES, type ObserverOptions, observe } from "./observer.ts";
import { createOpening } from "./opening.ts";
import { PATIENT_READER_GONE_MS, READER_GONE_MS } from "./server-log.ts";
import type { Transport } from "./transport.ts";
import { createUnanswered } from "./unanswered.ts";
import { createWayToServer } from "./way-to-server.ts";

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

/** Passes everything on until the remote's end; a client without a server is told why. @throws RunspecError, or what the signal says */
export async function relay(options: RelayOptions): Promise<void> {
  const { ssh, stdin, stdout, signal } = options;
  const toServer = createWayToServer(ssh.stdin);
  const { spoken, clientGone } = toServer;
  const requests = createUnanswered();
  const observer = observe(options, { ...options, withoutCall: true, onGiveUp: leave });
  const opening = createOpening(NOISE_MAX_BYTES, {
    noise: observer.noise,
    isEcho: toServer.isEcho,
    message(first) {
      toServer.begin(first);
      observer.answered();
      expectEnd();
    },
    tooLong: () => observer.giveUp("noisy"),
  });
  /** We have ended ssh. */
  const left = createLatch();
  const closing = createWait(CLOSING_MS, leave);

  /** The master of a shared connection may keep the channel open when ssh has gone, and more may come through it. */
  function leave(): void {
    left.set();
    void ssh.kill();
  }

  /** The client says no more, or does not read. */
  function clientEnded(): void {
    stdout.expectReader(PATIENT_READER_GONE_MS);
    toServer.end();
    observer.expectAnswer();
    expectEnd();
  }

  /** Anew with each piece that its client still takes: the answers may be long. */
  function expectEnd(): void {
    if (spoken.isSet && clientGone.isSet) closing.start();
  }

  async function fromClient(): Promise<void> {
    for await (const chunk of chunksOf(stdin)) {
      // Counted from the client's first request: before that nothing can be late.
      observer.expectAnswer();
      if (!spoken.isSet) requests.note(chunk);
      await toServer.pass(chunk);
    }
  }

  const toClient = (parts: readonly Uint8Array[]) => stdout.write(parts).then(expectEnd).catch(readerGone);

  async function fromServer(): Promise<void> {
    for await (const chunk of chunksOf(ssh.stdout)) {
      if (left.isSet) return;
      observer.heard();
      await toClient(opening.take(chunk));
    }
    if (!spoken.isSet) await toClient(opening.end());
  }

  /** A client that has gone has heard all it wanted, unless it has asked and nobody has spoken. */
  function endedWell(how: SshEnd): boolean {
    if (how === "lingering") return spoken.isSet && clientGone.isSet;
    const inSilence = clientGone.isSet && !requests.any() && !observer.hasNoise();
    return how.exitCode === 0 && observer.gaveUp() === undefined && (spoken.isSet || inSilence);
  }

  whenAborted(signal, () => {
    stdout.expectReader(READER_GONE_MS);
    leave();
  });
  const stopListening = onSuspend(options.onSignals, toServer.suspend);
  const reading = fromClient().catch(unlessReaderGone);
  // The remote gets time to end what it runs, and is read to its end, also where an end of ours cannot be read or written: that is told then.
  void Promise.race([stdout.failure, reading]).then(clientEnded, clientEnded);
  // Where the client does not read, we may be waiting for it when a signal ends us.
  await Promise.race([fromServer(), left.promise]);
  const end = await observer.ended();
  closing.stop();
  toServer.stop();
  stopListening();
  stdout.expectReader(READER_GONE_MS);
  if (signal.aborted) throw signal.reason;
  const error = endedWell(end) ? undefined : observer.explain(end);
  // A client sees the sentence alone, not what was printed above it.
  if (error !== undefined && !spoken.isSet)
    await requests.refuse([error.quoting, ...error.help].join("\n"), clientGone.promise, stdout);
  await stdout.flush().catch(unlessReaderGone);
  // What has failed by now: a client that says nothing is not waited for.
  await Promise.race([reading, undefined]);
  if (error !== undefined) throw error;
}
