/** A remote server on somebody's own stdin and stdout: past the noise of its start, not a byte is changed on the way. */

import type { RunspecError } from "../errors.ts";
import { diagnose, type Facts, type SshEnd } from "../hosts/diagnose.ts";
import { isChokingOnJson } from "../hosts/shell-answered.ts";
import type { JsonObject } from "../jsonrpc/message.ts";
import { createKeepAlive } from "../mcp/client/keep-alive.ts";
import { ALIVE, LEASE } from "../mcp/extension.ts";
import type { OnSignals } from "../process/signals.ts";
import type { Source } from "../process/source.ts";
import type { ByteWriter, FdWriter } from "../process/stream.ts";
import { createAsked } from "./asked.ts";
import { betweenLines } from "./between-lines.ts";
import { watchForDown } from "./down.ts";
import { createGuarded } from "./guarded.ts";
import { createOpening } from "./opening.ts";
import { onSuspend } from "./suspend.ts";
import { keepTail } from "./tail.ts";
import type { Transport } from "./transport.ts";

export interface RelayOptions extends Transport {
  /** The client's end. */
  stdin: Source;
  stdout: FdWriter;
  /** One that keeps nobody waiting for long. */
  stderr: ByteWriter;
  onSignals: OnSignals;
  /** A signal that ends us; what it says is thrown. */
  signal: AbortSignal;
}

/** Start-up noise that is read past before a program is taken for something else than an MCP server. */
const NOISE_MAX_BYTES = 1024 * 1024;
/** How long a remote may be silent once its client has gone: it has its tools to end. */
const GOODBYE_MS = 15_000;
/** How long a client that has gone, or that is told why, may take nothing of it. */
const READER_GONE_MS = 4000;
/** How long the first request of a client is waited for, to tell it why there is no server. */
const FIRST_REQUEST_MS = 3000;
const LAST_WORDS_MS = 300;
/** How long lines that are no messages are kept for a server that has not spoken yet, once their client has gone. */
const HELD_MS = 2000;
const STDERR_KEPT = 8192;
const NEWLINE = 0x0a;

/**
 * Passes everything on until the remote's end. A client that asked for something and gets no server is told why, in an error.
 * @throws RunspecError where it did not end well, or what the signal says.
 */
export async function relay(options: RelayOptions): Promise<void> {
  const { ssh, stdin, stdout, stderr, signal } = options;
  const asked = createAsked();
  const toServer = betweenLines(ssh.stdin.write);
  const keepAlive = createKeepAlive((params) => toServer.insert(aliveLine(params)));
  let keeps = false;
  const words = keepTail(STDERR_KEPT);
  const opening = createOpening((lines) => {
    noise ??= new TextDecoder().decode(lines).trimStart().split("\n", 1)[0]?.trimEnd();
    void stderr.write(lines);
  });
  const guard = createGuarded();
  const speaks = Promise.withResolvers<void>();
  let noise: string | undefined;
  let noiseBytes = 0;
  let heard = false;
  let spoken = false;
  let gaveUp: Facts["gaveUp"];
  let address: Facts["address"];
  let untouched = false;
  let clientGone = false;
  const left = Promise.withResolvers<void>();
  const clientLeft = Promise.withResolvers<void>();
  let patience: { stop(): void } | undefined;
  let goodbye: ReturnType<typeof setTimeout> | undefined;

  /** From the first that the client wants; before that there is nothing to be late with. */
  function expectAnswer(): void {
    if (patience !== undefined || spoken) return;
    const timer = setTimeout(() => {
      if (spoken || gaveUp !== undefined) return;
      gaveUp = "silent";
      // Some programs read to the end before they say what they make of it.
      void ssh.stdin.end();
      setTimeout(leave, LAST_WORDS_MS);
    }, options.patienceMs);
    const down = watchForDown(options, {
      heard: () => heard,
      found(found) {
        address = found;
      },
      isDown: () => giveUp("no answer"),
    });
    patience = {
      stop() {
        clearTimeout(timer);
        down.stop();
      },
    };
  }

  function giveUp(why: NonNullable<Facts["gaveUp"]>): void {
    if (spoken || gaveUp !== undefined) return;
    gaveUp = why;
    untouched = ssh.stdin.takeBack();
    leave();
  }

  /** The master of a shared connection may keep the channel open when ssh has gone. */
  function leave(): void {
    ssh.kill();
    left.resolve();
  }

  /** The client says no more. */
  function takeLeave(): void {
    keepAlive.every(undefined);
    void sayLast().finally(ssh.stdin.end);
    if (spoken) waitForEnd();
    else expectAnswer();
    clientGone = true;
    clientLeft.resolve();
  }

  /** What was kept from the server until it speaks has to go to it, whole if that is soon. */
  async function sayLast(): Promise<void> {
    if (!guard.holds()) return;
    await Promise.race([speaks.promise, Bun.sleep(HELD_MS)]);
    if (guard.holds()) await toServer.pass(guard.plain());
  }

  function waitForEnd(): void {
    clearTimeout(goodbye);
    goodbye = setTimeout(leave, GOODBYE_MS);
  }

  async function fromClient(): Promise<void> {
    try {
      for (let chunk = await stdin.read(); chunk !== undefined; chunk = await stdin.read()) {
        if (!spoken) asked.add(chunk);
        expectAnswer();
        // Where ssh takes no more, its end says why; what else its client asks is still to be known.
        await toServer.pass(spoken ? chunk : guard.take(chunk)).catch(() => {});
        if (guard.isFull()) await speaks.promise;
      }
    } catch {
      // An input that cannot be read has ended.
    }
    takeLeave();
  }

  /** Of a server that knows them, by the shortest of its tools: which calls there are is between it and the client. */
  function keepLeases(seconds: number | undefined): void {
    if (seconds === undefined || clientGone) return;
    keeps = true;
    void keepAlive.say(false);
    keepAlive.every(seconds);
  }

  /** What of `chunk` is the server's. */
  function past(chunk: Uint8Array): Uint8Array | undefined {
    if (spoken) return chunk;
    const rest = opening.take(chunk);
    if (rest !== undefined) {
      spoken = true;
      // From now on the client's bytes are passed on as they are.
      void toServer.pass(guard.rest()).catch(() => {});
      speaks.resolve();
      keepLeases(leaseIn(rest));
      patience?.stop();
      if (clientGone) waitForEnd();
      return rest;
    }
    noiseBytes += chunk.length;
    if (noiseBytes > NOISE_MAX_BYTES) giveUp("noisy");
    return undefined;
  }

  async function fromServer(): Promise<void> {
    let takes = true;
    const pass = async (bytes: Uint8Array | undefined) => {
      if (bytes === undefined || !takes) return;
      await stdout.write(bytes).catch(() => {
        // Nobody reads: the remote may end what it runs, and is heard out.
        takes = false;
        takeLeave();
      });
    };
    for (let chunk = await ssh.stdout.read(); chunk !== undefined; chunk = await ssh.stdout.read()) {
      heard = true;
      if (spoken && clientGone && takes) waitForEnd();
      await pass(past(chunk));
    }
    if (!spoken) await pass(opening.end());
  }

  async function fromStderr(): Promise<void> {
    for (let chunk = await ssh.stderr.read(); chunk !== undefined; chunk = await ssh.stderr.read()) {
      heard = true;
      words.add(chunk);
      if (!spoken && isChokingOnJson(words.text())) giveUp("shell");
      await stderr.write(chunk);
    }
  }

  signal.addEventListener("abort", () => {
    stdout.expectReader(READER_GONE_MS);
    leave();
  });
  const goOn = onSuspend(options.onSignals, async (suspended) => {
    if (keeps && !clientGone) await keepAlive.say(suspended);
  });
  void fromClient();
  const stderrEnded = fromStderr().catch(() => {});
  // Where the client does not read, we may be waiting for it when a signal ends us.
  await Promise.race([fromServer(), left.promise]);
  const end = await ssh.ended();
  clearTimeout(goodbye);
  keepAlive.every(undefined);
  goOn();
  patience?.stop();
  await Promise.race([stderrEnded, Bun.sleep(LAST_WORDS_MS)]);
  stdout.expectReader(READER_GONE_MS);
  await conclude(end);

  async function conclude(end: SshEnd): Promise<void> {
    if (signal.aborted) throw signal.reason;
    const well = end !== "lingering" && "code" in end && end.code === 0 && gaveUp === undefined;
    // A client that has gone has heard all it wanted.
    if ((well && (spoken || noise === undefined)) || (spoken && clientGone && end === "lingering"))
      return flush();
    const { alias, bin, byHand: ssh, patienceMs } = options;
    const error = diagnose({
      ...{ alias, bin, target: options.target, ssh, noise, gaveUp, address, untouched, session: true },
      shared: options.shared,
      end: gaveUp === undefined ? end : undefined,
      handshake: spoken,
      stderr: words.text(),
      patience: Math.round(patienceMs / 1000),
    });
    if (!spoken) {
      // An ssh that fails at once may be quicker than its client's first request.
      await Promise.race([asked.first, clientLeft.promise, Bun.sleep(FIRST_REQUEST_MS)]);
      await stdout.write(asked.refusals(explained(error))).catch(() => {});
    }
    await flush();
    throw error;
  }

  async function flush(): Promise<void> {
    await stdout.flush().catch(() => {});
  }
}

function aliveLine(params: JsonObject): string {
  return JSON.stringify({ jsonrpc: "2.0", method: ALIVE, params });
}

/** What the first message of a server says of leases, where it says so: what a text of somebody else's holds is quoted in it. */
function leaseIn(beginning: Uint8Array): number | undefined {
  const line = Buffer.from(beginning.subarray(0, beginning.indexOf(NEWLINE))).toString();
  const [, seconds] = new RegExp(`"${LEASE}":\\{"seconds":(\\d+(?:\\.\\d+)?)\\}`).exec(line) ?? [];
  return seconds === undefined ? undefined : Number(seconds);
}

function explained({ message, hint }: RunspecError): string {
  return hint === undefined ? message : `${message}\n${hint}`;
}
