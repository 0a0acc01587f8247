/** One call under way: its signals, its input, and what its answer comes to. */

import { fewOf } from "../arguments/describe.ts";
import { EXIT, type Interrupted, messageText, RunspecError } from "../errors.ts";
import type { Sent } from "../mcp/client/calls.ts";
import type { InputSender } from "../mcp/client/input.ts";
import type { CallOutcome, RefusedCall } from "../mcp/tool-host.ts";
import { interruptedBy, type OnSignals, STOP_SIGNALS } from "../process/signals.ts";
import type { Source } from "../process/source.ts";
import type { ByteWriter, FdWriter } from "../process/stream.ts";
import type { Remote } from "./connect.ts";

export interface Surroundings {
  stdout: ByteWriter & Pick<FdWriter, "expectReader">;
  stderr: ByteWriter & Pick<FdWriter, "expectReader">;
  env: Record<string, string | undefined>;
  onSignals: OnSignals;
}

/** How long a server may take to say that it is stopping a call; tests give it longer by RUNSPEC_SIGN_MS. */
const SIGN_MS = 750;
/** How long a server that is asked for a sign of life, while it ends what it runs, may be silent. */
const CANCEL_PATIENCE_MS = 8000;
/** Between such questions. */
const ASK_AGAIN_MS = 1000;
/** How long whoever reads our own output may take nothing of it then: behind what nobody takes, no answer would be seen. */
const READER_GONE_MS = 750;

/** Sees calls through to their answers, at servers that have said what they are. */
export interface Runner {
  /** The answer to `sent`, whose input is what `openStdin` opens (undefined: it has none); its output has been passed on. */
  see<T>(sent: Sent<T>, openStdin: (() => Source) | undefined): Promise<T>;
  /** Why there will be no answer: somebody stopped us. */
  interrupted(): Interrupted | undefined;
  stopListening(): void;
}

/**
 * A first INT, TERM or HUP cancels what is being seen to and lets it clean up in view, where the server says that it is at it; a
 * second one leaves at once, and so does the first where nothing is: a server ends what it runs when its connection ends.
 */
export function createRunner(remote: Remote, what: string, around: Surroundings): Runner {
  let interrupted: Interrupted | undefined;
  let running: Sent<unknown> | undefined;

  /** The server gets a moment to say that it is stopping the tool, or to be done with it. */
  async function cancel({ id }: Sent<unknown>, signal: NodeJS.Signals, reason: Interrupted): Promise<void> {
    const stopping = remote.client.cancel(id, signal).then(() => true);
    const { runsWords } = await remote.info;
    // Any other server leaves a cancelled call unanswered, and goes when nothing more will come.
    if (!runsWords) remote.hangUp();
    const signMs = Number(around.env.RUNSPEC_SIGN_MS ?? SIGN_MS);
    if (await Promise.race([stopping, Bun.sleep(signMs).then(() => false)])) return waitForEnd(reason);
    if (running === undefined) return;
    say("nothing was heard of it; left without knowing how it ends");
    remote.abandon(reason);
  }

  /** A tool may take as long to clean up as its table gives it; a server that is there will say how it ended. */
  async function waitForEnd(reason: Interrupted): Promise<void> {
    for (;;) {
      const sign = remote.client.ping().then(() => true);
      const alive = await Promise.race([sign, Bun.sleep(CANCEL_PATIENCE_MS)]).catch(() => undefined);
      if (running === undefined) return;
      if (alive === undefined) return remote.abandon(reason);
      await Bun.sleep(ASK_AGAIN_MS);
    }
  }

  /** Not waited for: whoever wants to leave need not read it. */
  function say(words: string): void {
    around.stderr.write(messageText(words)).catch(() => {});
  }

  const stopListening = around.onSignals(STOP_SIGNALS, (signal) => {
    const reason = interrupted ?? interruptedBy(signal);
    if (interrupted !== undefined || running === undefined) return remote.abandon(reason);
    interrupted = reason;
    for (const output of [around.stdout, around.stderr]) output.expectReader(READER_GONE_MS);
    const again = signal === "SIGINT" ? "Ctrl-C again leaves it" : "a second signal leaves it";
    say(`stopping ${what}; ${again}`);
    cancel(running, signal, reason).catch(() => {});
  });
  return {
    async see(sent, openStdin) {
      running = sent;
      if (openStdin !== undefined) void feed(openStdin, sent.input).catch(remote.abandon);
      try {
        return await remote.during(sent.result);
      } finally {
        running = undefined;
      }
    },
    interrupted: () => interrupted,
    stopListening,
  };
}

/** What is known besides of a call that has been answered. */
export interface Ending {
  /** How to ask what the tool takes. */
  usage: string;
  /** It was stopped from here. */
  interrupted: Interrupted | undefined;
}

/**
 * What the answer itself has to say: all of the output where the server does not stream, else only why the call failed.
 * @throws RunspecError where it was refused, Interrupted where it was stopped
 */
export async function conclude(
  answer: CallOutcome,
  { usage, interrupted }: Ending,
  streams: { stdout: ByteWriter; stderr: ByteWriter },
): Promise<number> {
  const { stderr } = streams;
  if (answer.kind === "refused") throw interrupted ?? refused(answer, usage);
  if (answer.kind !== "ended") return EXIT.OK;
  const { explanation, output, exitCode, timedOut, notes = [] } = answer;
  if (interrupted !== undefined) {
    const text = explanation ?? output?.text;
    if (text !== undefined) await stderr.write(explained(text));
    throw interrupted;
  }
  for (const note of fewOf(notes)) await stderr.write(messageText(note));
  if (explanation !== undefined) await stderr.write(explained(explanation));
  if (output?.stream === "stdout") await streams.stdout.write(output.text);
  if (output?.stream === "stderr") await stderr.write(output.text.replace(/\n?$/, "\n"));
  return timedOut ? EXIT.TIMED_OUT : exitCode;
}

function refused({ reasons, objections, manual, exitCode }: RefusedCall, usage: string): RunspecError {
  const hints = [
    ...(objections.includes("words") ? [usage] : []),
    ...(manual === true ? ["from here, a person calls it at a terminal, or with --human"] : []),
  ];
  return new RunspecError(reasons.join("\n") || "the call was refused", {
    exitCode,
    ...(hints.length > 0 && { hint: hints.join("\n") }),
  });
}

/** runspec's own words among those of the tool. */
function explained(text: string): string {
  const end = text.indexOf("\n");
  return end === -1 ? messageText(text) : messageText(text.slice(0, end), text.slice(end + 1));
}

/**
 * Passes our input on until its end, or until the tool takes no more. What cannot be sent has no reader any more.
 * @throws RunspecError where it cannot be read: the tool must not take a part of it for the whole
 */
async function feed(openStdin: () => Source, input: InputSender): Promise<void> {
  // Not a byte is taken from our stdin before there is a tool that will have it.
  if (!(await input.ready)) return;
  const stdin = openStdin();
  // Where the connection has gone, whoever waits for the result is told why.
  const send = (bytes: Uint8Array) => input.send(bytes).catch(() => false);
  try {
    for (let chunk = await stdin.read(); chunk !== undefined; chunk = await stdin.read()) {
      if (!(await send(chunk))) return;
    }
    await input.end().catch(() => {});
  } finally {
    await stdin.close();
  }
}
