/** A script of ours on the remote, to its end: bytes for its stdin, what it printed, and no wait longer than our patience. */

import { interruptedBy, type OnSignals, STOP_SIGNALS } from "../../process/signals.ts";
import { collect } from "../../process/source.ts";
import { exitCode, spawn } from "../../process/spawn.ts";
import type { Silence } from "../silence.ts";
import type { Ran } from "./failures.ts";

export interface Over {
  env: Record<string, string>;
  silence: Silence;
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
export async function runOverSsh(argv: readonly string[], over: Over): Promise<Ran> {
  const { silence, input } = over;
  const child = spawn({
    argv,
    env: over.env,
    stdin: input === undefined ? "null" : "pipe",
    output: "pipe",
    ownGroup: false,
  });
  let interrupted: Error | undefined;
  const stopListening = over.onSignals(STOP_SIGNALS, (signal) => {
    interrupted ??= interruptedBy(signal);
    child.kill();
  });
  silence.over.catch(() => child.kill());
  const stdout = collect(child.stdout, KEPT_BYTES, () => silence.moved("heard"));
  const stderr = collect(child.stderr, KEPT_BYTES, (bytes) => {
    silence.moved("heard");
    return over.stderr(bytes);
  });
  try {
    const sent = input === undefined ? undefined : send(input, child.stdin, silence);
    const said = Promise.all([stdout.ended, stderr.ended, sent]);
    const ended = said.then(async () => exitCode(await child.exited));
    const code = await Promise.race([ended, silence.over]);
    if (interrupted !== undefined) throw interrupted;
    return { exitCode: code, stdout: stdout.bytes().toString(), stderr: stderr.bytes().toString() };
  } finally {
    silence.stop();
    stopListening();
  }
}

async function send(
  { bytes, sent }: NonNullable<Over["input"]>,
  sink: ReturnType<typeof spawn>["stdin"],
  silence: Silence,
): Promise<void> {
  try {
    for (let at = 0; at < bytes.length; at += PIECE) {
      await sink?.write(bytes.subarray(at, at + PIECE));
      silence.moved("sent");
      sent(Math.min(at + PIECE, bytes.length));
    }
  } catch {
    // The remote stopped reading; its exit code says why.
  }
  await sink?.end();
}
