/** One host of many: the call is checked there, and then, on the same connection, made. */

import { isReaderGone } from "../process/fd-writer.ts";
import { interruptedBy } from "../process/signals.ts";
import type { Remote } from "../session/connect.ts";
import { type Checked, type CheckRequest, checkCall, type Ready } from "./check.ts";
import { createConnection, type Reach } from "./connection.ts";
import { createOneCall, type Run } from "./one-call.ts";
import { failureOn, type Outcome } from "./outcome.ts";
import type { Host } from "./resolve-hosts.ts";

interface SessionContext extends Reach, CheckRequest {
  onAside(host: Host, bytes: Uint8Array): Promise<void>;
}

export type Session = ReturnType<typeof createSession>;

export function createSession(host: Host, context: SessionContext) {
  let request: CheckRequest = context;
  let ready: Ready | undefined;
  const onAside = (bytes: Uint8Array) => context.onAside(host, bytes);
  const oneCall = createOneCall(request.call.name, onAside);
  const connection = createConnection(host, context);
  const listen = () => connection.listen({ onOutput: oneCall.onOutput, onAside });
  const checkOn = (remote: Remote) => checkCall(remote, request);

  async function answerOf(asking: Promise<Checked>): Promise<Checked> {
    try {
      const checked = await asking;
      ready = checked.kind === "ready" ? checked : undefined;
      // Why it offers no such tool, it may have said beside its answer.
      if (checked.kind === "failed") await listen();
      return checked;
    } catch (error) {
      if (isReaderGone(error)) throw error;
      const outcome = oneCall.isStopped() ? ({ because: "not started" } as const) : failureOn(error);
      return { kind: "failed", outcome };
    }
  }

  return {
    host,
    check: () => answerOf(connection.open(checkOn)),
    /** Checks again, with `secrets`, which the call has from now on; on another connection where that was lost while a person was asked. */
    async checkWith(secrets: readonly string[]): Promise<Checked> {
      request = { ...request, secrets };
      const remote = (await connection.isThere()) ? connection.current() : undefined;
      return answerOf(remote === undefined ? connection.open(checkOn) : checkOn(remote));
    },
    /** Whether the connection of the check can be used: it may be lost where a person was asked, or others had their turn. */
    isThere: (quietMs?: number): Promise<boolean> => connection.isThere({ quietMs }),
    async run(run: Run): Promise<Outcome> {
      const remote = connection.current();
      // What it has said until now is shown first, which may take its time.
      if (!oneCall.isStopped()) await listen();
      if (remote === undefined || ready === undefined || oneCall.isStopped())
        return { because: "not started" };
      const started = performance.now();
      const outcome = await oneCall.make(remote, ready, run);
      return { ...outcome, durationMs: Math.round(performance.now() - started) };
    },
    /** Tells the server that we are about to be suspended, or go on. */
    alive: async (suspended: boolean): Promise<void> => connection.current()?.client.alive(suspended),
    /** Ends what it does; the tool may clean up. A second time it is left as it is. */
    stop(signal: NodeJS.Signals): void {
      if (!oneCall.stop(signal)) connection.abandon(interruptedBy(signal));
    },
    abandon: connection.abandon,
    close: connection.close,
  };
}
