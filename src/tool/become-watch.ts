/** Listening to what a become program says: to explain that it did not run the tool, and to answer it when it asks. */

import type { BecomeRequest } from "../exec/become.ts";
import { type BecomeFailure, explainBecome } from "../exec/become-failure.ts";
import type { Sink } from "../exec/sink.ts";
import type { ExecutionIo, StreamName } from "./execute.ts";

/** A become program that refuses says so at once; what a tool prints later is not looked at. */
const LISTEN_BYTES = 4096;

export interface BecomeWatch {
  io: ExecutionIo;
  /** The explanation of a failure that was the become program's own; undefined: it was the tool's. */
  explain(exitCode: number, errorCode?: string): string | undefined;
}

export function watchBecome(
  become: BecomeRequest,
  io: ExecutionIo & Pick<BecomeFailure, "invoker" | "mask" | "shown"> & { hostname(): string },
): BecomeWatch {
  const heard: Record<StreamName, Buffer> = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  const { invoker, hostname, mask, shown, feed } = io;
  let input: Sink | undefined;
  const prompt = promptOf(become);
  return {
    io: {
      ...io,
      ...(feed === undefined
        ? {}
        : {
            feed(stdin) {
              input = stdin;
              feed(stdin);
            },
          }),
      sink(stream, bytes) {
        const room = LISTEN_BYTES - heard[stream].length;
        if (room <= 0) return io.sink(stream, bytes);
        heard[stream] = Buffer.concat([heard[stream], bytes.subarray(0, room)]);
        // Nobody is there to type a password, and it would wait for one as long as the client keeps the input open.
        if (prompt?.test(`${heard.stdout}${heard.stderr}`)) void input?.end();
        return io.sink(stream, bytes);
      },
    },
    explain(exitCode, errorCode) {
      if (exitCode === 0) return undefined;
      const explanation = explainBecome({
        ...become,
        exitCode,
        ...(errorCode === undefined ? {} : { errorCode }),
        stdout: heard.stdout.toString(),
        stderr: heard.stderr.toString(),
        invoker,
        hostname: hostname(),
        mask,
        shown,
      });
      return explanation === undefined ? undefined : `${explanation.sentence}\n${explanation.hint}`;
    },
  };
}

/** What the first words are where `become` asks for a password on its stdin; undefined: it never does. */
function promptOf({ method }: BecomeRequest): RegExp | undefined {
  // Root is asked by nobody, and its tools may ask what they like.
  if (process.getuid?.() === 0) return undefined;
  if (method === "su") return /^[^\n]*: ?$/;
  return method === "pbrun" ? /^[^\n]*passw[^\n]*: ?$/i : undefined;
}
