/** Where all hosts' lines go, one writer at a time, and the status line that stands below them at a terminal. */

import { readerGone, toldElsewhere } from "../errors.ts";
import type { ByteWriter } from "../process/stream.ts";

export interface Streams {
  stdout: ByteWriter;
  stderr: ByteWriter;
}

export interface Screen {
  write(stream: keyof Streams, data: Uint8Array | string): Promise<void>;
  /** What stands below, until it is called again; only at a terminal. */
  status(text: string): void;
  /** Takes the status line away for good. */
  end(): Promise<void>;
}

const CLEAR = "\r\x1b[K";
const REDRAW_MS = 100;

/** `columns`: of the terminal that shows the status line; undefined: there is none. */
export function createScreen(streams: Streams, columns: (() => number) | undefined): Screen {
  if (columns === undefined) {
    return { write: (stream, data) => streams[stream].write(data), status() {}, async end() {} };
  }
  let wanted = "";
  let shown = "";
  let turn: Promise<void> = Promise.resolve();

  /** One after the other: two streams may lead to the same terminal. */
  function next(work: () => Promise<void>): Promise<void> {
    const done = turn.then(work);
    turn = done.catch(toldElsewhere);
    return done;
  }

  async function clear(): Promise<void> {
    if (shown === "") return;
    shown = "";
    await streams.stderr.write(CLEAR);
    await streams.stderr.flush();
  }

  async function draw(): Promise<void> {
    const text = wanted.slice(0, Math.max(0, columns?.() ?? 80) - 1);
    if (text === shown) return;
    await streams.stderr.write(`${CLEAR}${text}`);
    shown = text;
  }

  const timer = setInterval(() => next(draw).catch(readerGone), REDRAW_MS);
  return {
    write: (stream, data) =>
      next(async () => {
        await clear();
        await streams[stream].write(data);
        await streams[stream].flush();
      }),
    status(text) {
      wanted = text;
    },
    async end() {
      clearInterval(timer);
      wanted = "";
      await next(clear);
    },
  };
}
