/** Where all hosts' lines go, one writer at a time, and the status line that stands below them at a terminal. */

import { createLimiter } from "../concurrency.ts";
import { readerGone } from "../errors.ts";
import type { StreamName } from "../mcp/tool-host.ts";
import type { ByteWriter } from "../process/fd-writer.ts";
import type { Shown } from "./fit.ts";

type Streams = Record<StreamName, ByteWriter & Shown>;
type Data = Uint8Array | string;

const CLEAR = "\r\x1b[K";
const REDRAW_MS = 100;

export type Screen = ReturnType<typeof createScreen>;

/** `hasStatus`: stderr is a terminal that can show the status line. */
export function createScreen(streams: Streams, hasStatus: boolean) {
  let wanted = () => "";
  let shown = "";
  let last: keyof Streams = "stderr";
  // One turn for both streams, which may lead to the same place.
  const next = createLimiter({ running: 1, waiting: Infinity });

  /** What was written to the other stream comes before it. */
  async function put(stream: keyof Streams, data: Data): Promise<void> {
    if (stream !== last) await streams[last].flush();
    last = stream;
    await streams[stream].write(data);
  }

  async function clear(): Promise<void> {
    if (shown !== "") await put("stderr", CLEAR);
    shown = "";
  }

  async function draw(): Promise<void> {
    const text = wanted().slice(0, Math.max(0, streams.stderr.columns() - 1));
    if (text === shown) return;
    await put("stderr", `${CLEAR}${text}`);
    shown = text;
  }

  const outputOf = (stream: keyof Streams) => ({
    ...streams[stream],
    /** Writes it with nothing between, however many pieces it is in. */
    write: (data: Data | Iterable<Data>): Promise<void> =>
      next(async () => {
        await clear();
        for (const part of typeof data === "string" || data instanceof Uint8Array ? [data] : data) {
          collectGarbageAfter(part.length);
          await put(stream, part);
        }
      }),
  });

  const redraw = () => void next(draw).catch(readerGone);
  const timer = hasStatus ? setInterval(redraw, REDRAW_MS) : undefined;
  return {
    stdout: outputOf("stdout"),
    stderr: outputOf("stderr"),
    /** What stands below, asked whenever it is drawn, until it is called again; only at a terminal. */
    status(text: () => string): void {
      wanted = text;
    },
    /** Keeps all else back, and the status line away, while a person is asked. */
    asking: <T>(ask: () => Promise<T>): Promise<T> =>
      next(async () => {
        await clear();
        await streams[last].flush();
        return ask();
      }),
    async end(): Promise<void> {
      clearInterval(timer);
      wanted = () => "";
      await next(clear);
    },
  };
}

/** What many streams leave behind, each a little, is more than the engine thinks worth collecting. */
const UNCOLLECTED_MAX = 16 * 1024 * 1024;
let uncollected = 0;

/** Told of every byte that comes or goes, it has the engine collect what they leave behind. */
export function collectGarbageAfter(bytes: number): void {
  uncollected += bytes;
  if (uncollected < UNCOLLECTED_MAX) return;
  uncollected = 0;
  Bun.gc(true);
}
