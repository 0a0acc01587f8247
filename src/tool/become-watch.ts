/** Listening to what a become program says, to be able to explain that it did not run the tool. */

import type { BecomeRequest } from "../exec/become.ts";
import { explainBecome } from "../exec/become-failure.ts";
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
  io: ExecutionIo & { invoker: string; hostname: string; mask: ReadonlySet<string> },
): BecomeWatch {
  const heard: Record<StreamName, Buffer> = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  const { invoker, hostname, mask } = io;
  return {
    io: {
      ...io,
      sink(stream, bytes) {
        const room = LISTEN_BYTES - heard[stream].length;
        if (room > 0) heard[stream] = Buffer.concat([heard[stream], bytes.subarray(0, room)]);
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
        hostname,
        mask,
      });
      return explanation === undefined ? undefined : `${explanation.sentence}\n${explanation.hint}`;
    },
  };
}
