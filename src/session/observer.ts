/** What is seen of a connection: what comes that is no message, ssh's own words, how long nothing does, and how it ends. */

import { readerGone } from "../errors.ts";
import { watchForDown } from "../hosts/address.ts";
import type { ConnectionFailure } from "../hosts/connection-failure.ts";
import { diagnose } from "../hosts/diagnose.ts";
import type { Evidence, SshEnd } from "../hosts/evidence.ts";
import { saysShellReadsJson } from "../hosts/ssh-messages.ts";
import type { ByteWriter } from "../process/fd-writer.ts";
import { chunksOf } from "../process/source.ts";
import { afterWaiting, isDoneWithin } from "../process/waiting.ts";
import { keepTail } from "../text.ts";
import { LAST_WORDS_MS, STDERR_KEPT } from "./shared-connection.ts";
import type { Transport } from "./transport.ts";

export interface ObserverOptions extends Pick<Evidence, "withoutCall"> {
  /** Takes what ssh and the remote say on stderr, and start-up noise of the remote's shell. */
  stderr: Pick<ByteWriter, "write">;
  /** The lease of the call under way, in seconds. */
  lease?(): number | undefined;
  /** Whether a call has been sent; left out: as far as is known here, one has. */
  called?(): boolean;
  /** Something came on stderr. */
  onStderr?(): void;
  /** It is of no use to wait any longer: `explain` says why. */
  onGiveUp(): void;
}

type Seen = Pick<Evidence, "handshake" | "noise" | "gaveUp" | "address" | "untouched">;

/** Start-up noise that is read past before a program is taken for something else than an MCP server. */
export const NOISE_MAX_BYTES = 1024 * 1024;
/** What each line of it counts for besides its bytes: showing a million empty ones would take many seconds. */
const LEAST_BYTES = 20;

/** Reads ssh's stderr from now on. */
export function observe(transport: Transport, options: ObserverOptions) {
  const { ssh, patienceMs, silenceMs } = transport;
  const stderr = keepTail(STDERR_KEPT);
  const seen: Seen = { handshake: false, noise: undefined, gaveUp: undefined };
  let heard = false;
  let noiseBytes = 0;
  /** We have ended ssh: how it ends says nothing any more. */
  let left = false;
  let stopWaiting: (() => void) | undefined;
  let stopLooking = () => {};

  function giveUp(why: NonNullable<Evidence["gaveUp"]>): void {
    seen.gaveUp ??= why;
    seen.untouched = !seen.handshake && ssh.stdin.takeBack();
    left = true;
    stop();
    options.onGiveUp();
  }

  function expire(): void {
    // Some programs read to the end before they say what they make of it.
    seen.gaveUp = "silent";
    void ssh.stdin.end();
    setTimeout(() => giveUp("silent"), LAST_WORDS_MS);
  }

  function stop(): void {
    stopWaiting?.();
    stopLooking();
  }

  async function readStderr(): Promise<void> {
    for await (const chunk of chunksOf(ssh.stderr)) {
      heard = true;
      options.onStderr?.();
      stderr.add(chunk);
      if (!seen.handshake && seen.gaveUp === undefined && saysShellReadsJson(stderr.text())) giveUp("shell");
      await options.stderr.write(chunk).catch(readerGone);
    }
    void ssh.stderr.close();
  }
  const stderrEnded = readStderr().catch(readerGone);
  /** ssh may write them after the end of its stdout; where it stays for others' connections, they have no end. */
  const lastWords = () => isDoneWithin(LAST_WORDS_MS, stderrEnded);

  return {
    /** From now on the server's first word is waited for, and no longer than our patience. */
    expectAnswer() {
      if (stopWaiting !== undefined || seen.handshake || left) return;
      stopWaiting = afterWaiting(patienceMs, expire);
      stopLooking = watchForDown(transport, {
        heard: () => heard,
        found(found) {
          seen.address = found;
          if (found.kind === "up") transport.renew?.();
          if (found.kind === "down" && seen.gaveUp === undefined) giveUp("no answer");
        },
      });
    },
    /** Something came on stdout. */
    heard() {
      heard = true;
    },
    /** Takes whole lines that are no messages; `bytes`: how long they were before they were cut. */
    noise(lines: Uint8Array, bytes = lines.length) {
      // What comes after we gave up must not bury the sentence that says why, nor noise without an end all else.
      if (seen.gaveUp !== undefined || noiseBytes > NOISE_MAX_BYTES) return;
      seen.noise ??= new TextDecoder().decode(lines).trim().split("\n", 1)[0]?.trimEnd() || undefined;
      noiseBytes += seen.handshake ? bytes : bytes + LEAST_BYTES;
      // Not waited for: a reader that is slow holds up nobody, and its amount is limited.
      options.stderr.write(lines).catch(readerGone);
      if (!seen.handshake && noiseBytes > NOISE_MAX_BYTES) giveUp("noisy");
    },
    answered() {
      // An answer that comes when it has been given up changes nothing of what is told.
      seen.handshake = seen.gaveUp === undefined;
      stop();
    },
    giveUp,
    gaveUp: () => seen.gaveUp,
    /** Something has come that was no message. */
    hasNoise: () => seen.noise !== undefined,
    /** How ssh ended, asked once its stdout is over; its last words have been heard. */
    async ended(): Promise<SshEnd> {
      stop();
      const end = await ssh.ended();
      await lastWords();
      return end;
    },
    /** Resolves, asked once its stdout is over, when the last of what comes on stderr has been heard. */
    lastWords,
    /** What came on stderr so far; of much, the end. */
    said: stderr.text,
    explain(end?: SshEnd): ConnectionFailure {
      return diagnose({
        ...transport,
        ...seen,
        untouched: options.called?.() === false ? true : seen.untouched,
        end: left ? undefined : end,
        stderr: stderr.text(),
        patience: Math.round((seen.gaveUp === "stalled" ? 2 * silenceMs : patienceMs) / 1000),
        lease: options.lease?.(),
        withoutCall: options.withoutCall,
      });
    },
    stop,
  };
}
