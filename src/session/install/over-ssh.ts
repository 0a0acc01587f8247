/** A script of ours on the remote, to its end: bytes for its stdin, what it printed, and no wait longer than our patience. */

import { EXIT, RunspecError, toldElsewhere } from "../../errors.ts";
import { type Address, lookAtAddress, watchForDown } from "../../hosts/address.ts";
import { sshArgv } from "../../hosts/argv.ts";
import type { Destination } from "../../hosts/destination.ts";
import { diagnose } from "../../hosts/diagnose.ts";
import { doctorCommand } from "../../hosts/remedy.ts";
import { interruptedBy, type OnSignals, STOP_SIGNALS } from "../../process/signals.ts";
import { collect } from "../../process/source.ts";
import { exitCode, spawn } from "../../process/spawn.ts";
import { visible } from "../../text.ts";
import { NOISE_MAX_BYTES } from "../observer.ts";
import type { Ran } from "./failures.ts";

export interface RemoteScriptOptions {
  destination: Destination;
  /** How long it is waited for where nothing moves, in milliseconds. */
  patienceMs: number;
  env: Record<string, string>;
  /** What has not been done, asked when it is said. */
  outcome(): string;
  /** Shows what comes on stderr, as it comes. */
  stderr(bytes: Uint8Array): Promise<void>;
  onSignals: OnSignals;
  /** Its stdin; `sent` is told how many bytes ssh has taken. */
  input?: { bytes: Uint8Array; sent(bytes: number): void };
}

/** Bytes that are written to ssh at once. */
const PIECE = 64 * 1024;
/** Of either stream; the rest is read and forgotten. */
const KEPT_BYTES = 64 * 1024;

/** @throws RunspecError where nothing is heard for too long, or there is no ssh; Interrupted */
export async function runOverSsh(argv: readonly string[], options: RemoteScriptOptions): Promise<Ran> {
  const { env, input } = options;
  const child = spawn({
    argv,
    env,
    stdin: input === undefined ? "null" : "pipe",
    output: "pipe",
    ownGroup: false,
  });
  let interrupted: Error | undefined;
  const stopListening = options.onSignals(STOP_SIGNALS, (signal) => {
    interrupted ??= interruptedBy(signal);
    child.kill();
  });
  const patience = startPatience(options);
  let left = false;
  patience.over.catch(() => {
    left = true;
    child.kill();
  });
  const heard = () => patience.moved("heard", stdout.size() + stderr.size());
  const stdout = collect(child.stdout, KEPT_BYTES, heard);
  const stderr = collect(child.stderr, KEPT_BYTES, (bytes) => {
    heard();
    // What comes after we gave up must not bury the sentence that says why.
    if (!left) return options.stderr(bytes);
  });
  try {
    const sent = input === undefined ? undefined : send(input, child.stdin, patience);
    const said = Promise.all([stdout.ended, stderr.ended, sent]);
    const ended = said.then(async () => exitCode(await child.exited));
    const code = await Promise.race([ended, patience.over]);
    if (interrupted !== undefined) throw interrupted;
    return { exitCode: code, stdout: stdout.bytes().toString(), stderr: stderr.bytes().toString() };
  } finally {
    patience.stop();
    stopListening();
  }
}

interface Patience {
  /** Something has come, `bytes` in all; or `sent`: was taken, which may lie in the pipes of this machine. */
  moved(how: "heard" | "sent", bytes?: number): void;
  /** Rejects with why it is not waited for any longer. */
  over: Promise<never>;
  stop(): void;
}

function startPatience({ destination, patienceMs, env, outcome }: RemoteScriptOptions): Patience {
  const { alias, bin } = destination;
  const patience = Math.round(patienceMs / 1000);
  const over = Promise.withResolvers<never>();
  over.promise.catch(toldElsewhere);
  let heard = false;
  let address: Address | undefined;

  function expire(): void {
    const [what, exitCode] = heard
      ? [`the connection went silent for ${patience} s`, EXIT.CONNECTION]
      : [`it did not answer within ${patience} s`, EXIT.FAILED];
    const hint = doctorCommand(alias);
    over.reject(new RunspecError(`${visible(alias)}: ${what}; ${outcome()}`, { exitCode, hint }));
  }

  function isDown(): void {
    const seen = { end: undefined, handshake: false, noise: undefined, stderr: "", session: true };
    const ssh = sshArgv(destination, []);
    const target = destination;
    over.reject(diagnose({ ...seen, alias, bin, target, ssh, gaveUp: "no answer", patience, address }));
  }

  let timer = setTimeout(expire, patienceMs);
  const down = watchForDown(
    { patienceMs, lookAtAddress: (limitMs) => lookAtAddress(destination, env, limitMs) },
    {
      heard: () => heard,
      found(found) {
        address = found;
      },
      isDown,
    },
  );
  return {
    moved(how, bytes = 0) {
      if (how === "heard") heard = true;
      if (bytes > NOISE_MAX_BYTES) {
        const what = `${visible(alias)}: it prints without end where a few words are expected; ${outcome()}`;
        over.reject(new RunspecError(what, { hint: doctorCommand(alias) }));
      }
      clearTimeout(timer);
      timer = setTimeout(expire, patienceMs);
    },
    over: over.promise,
    stop() {
      clearTimeout(timer);
      down.stop();
    },
  };
}

async function send(
  { bytes, sent }: NonNullable<RemoteScriptOptions["input"]>,
  sink: ReturnType<typeof spawn>["stdin"],
  patience: Patience,
): Promise<void> {
  try {
    for (let at = 0; at < bytes.length; at += PIECE) {
      await sink?.write(bytes.subarray(at, at + PIECE));
      patience.moved("sent");
      sent(Math.min(at + PIECE, bytes.length));
    }
  } catch {
    // The remote stopped reading; its exit code says why.
  }
  await sink?.end();
}
