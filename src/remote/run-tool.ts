/** One call of a remote tool, from the request to the exit code, through signals and closed pipes. */

import { EXIT, Interrupted, messageText, RunspecError } from "../errors.ts";
import type { Source } from "../exec/source.ts";
import type { ByteWriter } from "../exec/stream.ts";
import type { JsonObject } from "../jsonrpc/message.ts";
import { type CallResult, type RemoteTool, STALE_CALL } from "../mcp/client.ts";
import type { InputSender } from "../mcp/input.ts";
import type { Remote } from "./connect.ts";

export interface RemoteCall {
  tool: RemoteTool;
  arguments: JsonObject;
  human: boolean;
  /** The tool is known from the cache: the server must compare before it runs it. */
  checked: boolean;
  /** Opens the tool's input; undefined: none, it reads the null device. */
  openStdin: (() => Source) | undefined;
}

/** The server's tool is not the one that the cache knew; nothing was run. */
export const STALE = Symbol("stale");

export interface Surroundings {
  stdout: ByteWriter;
  stderr: ByteWriter;
  onSignals(signals: readonly NodeJS.Signals[], handler: (signal: NodeJS.Signals) => void): () => void;
}

export const STOP_SIGNALS: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** TERM to KILL on the remote takes 5 s; past this a cancelled call is not waited for any longer. */
const CANCEL_PATIENCE_MS = 8000;

export function interruptedBy(signal: NodeJS.Signals): Interrupted {
  // Not loaded for a call that nobody stops.
  const { constants }: typeof import("node:os") = require("node:os");
  return new Interrupted(signal, constants.signals[signal]);
}

/**
 * Runs the tool; its output has been passed on when the exit code arrives.
 * A first INT, TERM or HUP cancels it on the remote and lets it clean up in view; a second one leaves at once.
 * @throws Interrupted, or RunspecError where no answer came or the call was refused.
 */
export async function runRemoteTool(
  remote: Remote,
  call: RemoteCall,
  around: Surroundings,
): Promise<number | typeof STALE> {
  const { openStdin } = call;
  const { id, result, input } = remote.client.callTool({
    ...call,
    last: true,
    sendsInput: openStdin !== undefined,
  });
  if (openStdin !== undefined) void feed(openStdin, input);
  let interrupted: Interrupted | undefined;
  const stopListening = around.onSignals(STOP_SIGNALS, (signal) => {
    const reason = interrupted ?? interruptedBy(signal);
    if (interrupted !== undefined) return remote.abandon(reason);
    interrupted = reason;
    setTimeout(() => remote.abandon(reason), CANCEL_PATIENCE_MS);
    void remote.client.cancel(id, signal).then(remote.hangUp, remote.hangUp);
  });
  try {
    const answer = await remote.during(result);
    if (answer === STALE_CALL) return STALE;
    const { streams } = await remote.info;
    return await conclude(answer, streams, around);
  } catch (error) {
    // A call that was cancelled gets no answer: the closed connection is its end, not a failure.
    throw interrupted ?? error;
  } finally {
    stopListening();
  }
}

/** What the result itself has to say: all of the output where the server does not stream, else only why the call failed. */
async function conclude(
  answer: CallResult,
  streams: boolean,
  { stdout, stderr }: Surroundings,
): Promise<number> {
  const { text, exitCode, isError, refused, manual, timedOut } = answer;
  if (refused) {
    throw new RunspecError(text === "" ? "the call was refused" : text, {
      exitCode,
      ...(manual ? { hint: "from here, a person calls it at a terminal, or with --human" } : {}),
    });
  }
  if (text !== "") {
    if (!isError) await stdout.write(text);
    else await stderr.write(streams ? explained(text) : `${text.replace(/\n$/, "")}\n`);
  }
  return timedOut ? EXIT.TIMED_OUT : exitCode;
}

/** runspec's own words among those of the tool. */
function explained(text: string): string {
  const [what = "", ...hint] = text.split("\n");
  return messageText(what, hint.length === 0 ? undefined : hint.join("\n"));
}

/** Passes our input on until its end, or until the tool takes no more. What cannot be sent has no reader any more. */
async function feed(openStdin: () => Source, input: InputSender): Promise<void> {
  // Not a byte is taken from our stdin before there is a tool that will have it.
  if (!(await input.ready)) return;
  const stdin = openStdin();
  try {
    for (let chunk = await stdin.read(); chunk !== undefined; chunk = await stdin.read()) {
      if (!(await input.send(chunk))) return;
    }
    await input.end();
  } catch {
    // The connection has gone; whoever waits for the result is told why.
  } finally {
    await stdin.close();
  }
}
