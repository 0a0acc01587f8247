/** A server on stdin and stdout, from its first message to the last answer. */

import type { Context } from "../context.ts";
import { handledElsewhere, messageText } from "../errors.ts";
import { INPUT } from "../mcp/extension.ts";
import { createMcpServer, type ServerOptions } from "../mcp/server/server.ts";
import { createStdioReader, type Incoming } from "../mcp/stdio.ts";
import { type FdWriter, unlessReaderGone } from "../process/fd-writer.ts";
import { interruptedBy, STOP_SIGNALS } from "../process/signals.ts";
import { chunksOf, readAhead, type Source } from "../process/source.ts";
import { createTurns, isDoneWithin, whenAborted } from "../process/waiting.ts";
import { PATIENT_READER_GONE_MS, READER_GONE_MS } from "./server-log.ts";

type Served = Pick<
  ServerOptions,
  "server" | "instructions" | "tools" | "extension" | "noFile" | "concurrency"
> & {
  /** We were stopped, or the client has left its calls: nothing need be waited for. */
  onLeaving?(): void;
};

const READ_AHEAD_BYTES = 1024 * 1024;
/** How long the calls under way may take to be answered once the client says no more. */
const LAST_ANSWERS_MS = 2000;
const HUNG_UP_LOOK_MS = 500;
/** A call that says nothing, or waits for its turn, is reported alive this often: clients wait longer while there is progress. */
const HEARTBEAT_MS = 5000;
/** How long the answers may take after a signal, however slowly they are read. */
const LEAVING_MS = 10_000;

/** Resolves when the client has left, or we were stopped, and all that could be said has been. */
export async function serveOnStdio(context: Context, served: Served): Promise<void> {
  const protocol = context.openProtocol();
  // Read ahead, so that a client is heard also while it does not take its answers.
  const stdin = readAhead(context.stdin.open(), READ_AHEAD_BYTES, () => server.heard());
  const server = createMcpServer({
    ...served,
    post: protocol.write,
    // For tests, which wait for no real one.
    heartbeatMs: Number(context.env.RUNSPEC_HEARTBEAT_MS ?? HEARTBEAT_MS),
    stderr: (bytes) => context.stderr.write(bytes),
    hasClientLeft: context.stdin.isHungUp,
    onLast: () => stop.abort(),
  });
  const stop = new AbortController();
  // Both, or a client that reads no more would hold up the end: reading waits for answers to be taken.
  whenAborted(stop.signal, () => {
    void stdin.close();
    served.onLeaving?.();
    void server.close();
  });
  // Nothing is taken any more.
  void protocol.failure.then((error) => stop.abort(error));
  const stopListening = context.onSignals(STOP_SIGNALS, (signal) => {
    protocol.expectReader(READER_GONE_MS);
    setTimeout(() => void protocol.abandon(), LEAVING_MS);
    stop.abort(interruptedBy(signal));
  });
  const reading = takeAll(stdin, async (incoming) => {
    const taken = server.receive(incoming);
    if (taken !== undefined) await untilTaken(taken, context, protocol);
  });
  const said = await reading.catch(handledElsewhere);
  // A client that hangs up on a call has mostly been killed; then nobody may ever take what is on its way.
  protocol.expectReader(server.busy() ? READER_GONE_MS : PATIENT_READER_GONE_MS);
  // Who pipes a few requests into a server to try it has them answered.
  if (!stop.signal.aborted) await isDoneWithin(LAST_ANSWERS_MS, server.idle());
  // A last line without its newline may have been cut short; running half a message would be inventing the other half.
  if (said === "cut" && !stop.signal.aborted)
    void context.stderr.write(messageText("the last message has no newline at its end, and was not read"));
  if (server.busy()) served.onLeaving?.();
  await server.close();
  stopListening();
  await protocol.flush().catch(unlessReaderGone);
  // Who has said nothing yet has had no answer, and knows nothing of a server.
  if (said === "nothing") stop.signal.throwIfAborted();
  // A connection that is reset is a client that has left, too: its calls have ended first, and it is told now.
  await reading;
}

/** Has `take` take what comes, to its end; `cut`: its last line is without its end. */
async function takeAll(stdin: Source, take: (incoming: Incoming) => Promise<void>) {
  const turn = createTurns();
  const reader = createStdioReader(INPUT);
  let heard = false;
  for await (const chunk of chunksOf(stdin)) {
    heard = true;
    // Before what has come together: a call waits for one turn of others for what may cancel it.
    await turn();
    for (const incoming of reader.push(chunk)) {
      await take(incoming);
      await turn();
    }
  }
  if (!heard) return "nothing";
  return reader.end() === undefined ? "whole" : "cut";
}

/** Waits for answers to be taken; not for ever for a client that has left: they keep us from reading on, and so from the end of what there is to read. */
async function untilTaken(taken: Promise<void>, context: Context, protocol: FdWriter): Promise<void> {
  const timer = setInterval(() => {
    if (!context.stdin.isHungUp()) return;
    clearInterval(timer);
    protocol.expectReader(PATIENT_READER_GONE_MS);
  }, HUNG_UP_LOOK_MS);
  await taken;
  clearInterval(timer);
}
