/** Where the output of a call goes: live to its client, or into its result. */

import type { PlainObject } from "../../json.ts";
import type { Id } from "../../jsonrpc/message.ts";
import { createByteEncoder, type Parts } from "../bytes.ts";
import { OUTPUT } from "../extension.ts";
import type { CallSettings, StreamName } from "../tool-host.ts";
import { createCapture } from "./capture.ts";
import { fittingToolResult, type ResultFacts, toolResult } from "./result.ts";

export interface CallOutput {
  take(stream: StreamName, bytes: Uint8Array): Promise<void>;
  /** The lease of its client is over: from now on its reader is there as long as it takes something now and then. */
  expectReader(): void;
  /** The result of the call that has ended, with the part of its output that belongs there. */
  result(facts: ResultFacts): Promise<PlainObject>;
}

/** Output kept a stream: what a message can carry. */
const MOST_OUTPUT = 8 * 1024 * 1024;
/** How long a client whose lease is over may take nothing more. */
const READER_GONE_MS = 4000;

/** Keeps it for the result; `stderr` goes to the log as well, since nobody else shows it as it comes. */
export function captureOutput(
  maxOutput: CallSettings["maxOutput"],
  log: (bytes: Uint8Array) => Promise<void>,
): CallOutput {
  const most = maxOutput === "none" ? MOST_OUTPUT : Math.min(maxOutput, MOST_OUTPUT);
  const captures = { stdout: createCapture(most), stderr: createCapture(most) };
  return {
    async take(stream, bytes) {
      captures[stream].add(bytes);
      if (stream === "stderr") await log(bytes);
    },
    expectReader() {},
    result: async (facts) =>
      fittingToolResult(facts, (limit) => ({
        stdout: captures.stdout.take(limit),
        stderr: captures.stderr.take(limit),
      })),
  };
}

/** Sends it as it comes, and waits for its reader; not for ever for one that has not been heard for so long. */
export function streamOutput(options: {
  id: Id;
  raw: boolean;
  /** Whether a cancelled call is to be silent. */
  isSilenced(): boolean;
  post(message: Parts): Promise<void>;
}): CallOutput {
  const { id: requestId, raw, isSilenced, post } = options;
  const encoders = {
    stdout: createByteEncoder(OUTPUT, { requestId, stream: "stdout" }, raw),
    stderr: createByteEncoder(OUTPUT, { requestId, stream: "stderr" }, raw),
  };
  const waiting = new Set<() => void>();
  let hasLeft = false;
  let taken = 0;
  let timer: ReturnType<typeof setInterval> | undefined;

  async function send(messages: readonly Parts[]): Promise<void> {
    for (const message of messages) {
      if (hasLeft || isSilenced()) continue;
      await new Promise<void>((resolve, reject) => {
        waiting.add(resolve);
        post(message)
          .then(() => taken++)
          .finally(() => waiting.delete(resolve))
          .then(() => resolve(), reject);
      });
    }
  }
  return {
    take: (stream, bytes) => send(encoders[stream].encode(bytes)),
    expectReader() {
      let takenBefore = taken;
      timer = setInterval(() => {
        hasLeft ||= takenBefore === taken && waiting.size > 0;
        takenBefore = taken;
        if (hasLeft) for (const release of waiting) release();
      }, READER_GONE_MS);
      timer.unref();
    },
    async result(facts) {
      await send(encoders.stdout.end());
      await send(encoders.stderr.end());
      clearInterval(timer);
      return toolResult({ ...facts, collected: undefined });
    },
  };
}
