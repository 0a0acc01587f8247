/** The input of a call, bounded on both ends: what is sent and not yet taken by the tool never exceeds a window. */

import type { Id, JsonObject } from "../jsonrpc/message.ts";
import { type ByteEncoder, createInputEncoder, type Parts, readBytes } from "./bytes.ts";
import { INPUT, INPUT_WINDOW } from "./extension.ts";
import type { InputSink } from "./tool-host.ts";

/** The server's end. */
export interface InputReceiver {
  /** Takes the params of one input notification, or some of the bytes that it announced. */
  receive(params: JsonObject, bytes?: Uint8Array): void;
  /** Delivers what has come and what comes to `stdin`. */
  feed(stdin: InputSink): void;
}

/** `onTaken` is told of every chunk the tool's pipe took; `onClosed`, once, when the tool takes no more. */
export function createInputReceiver(on: { taken(bytes: number): void; closed(): void }): InputReceiver {
  let queue: Uint8Array[] = [];
  let queued = 0;
  let ended = false;
  let closed = false;
  let sink: InputSink | undefined;
  let pumping = false;

  function close(): void {
    if (closed) return;
    closed = true;
    queue = [];
    on.closed();
  }

  async function pump(): Promise<void> {
    if (sink === undefined || pumping) return;
    pumping = true;
    try {
      for (let chunk = queue.shift(); chunk !== undefined; chunk = queue.shift()) {
        await sink.write(chunk);
        queued -= chunk.length;
        on.taken(chunk.length);
      }
    } catch {
      close();
    }
    pumping = false;
    if (ended || closed) await sink.end().catch(() => {});
  }

  return {
    receive(params, bytes = readBytes(params)) {
      if (closed || ended) return;
      if (bytes !== undefined && bytes.length > 0) {
        queued += bytes.length;
        queue.push(bytes);
      }
      // A client that ignores the window would fill our memory: its input ends here, as with a closed pipe.
      if (queued > 2 * INPUT_WINDOW) close();
      if (params.end === true) ended = true;
      void pump();
    },
    feed(stdin) {
      sink = stdin;
      // Tells the client that there is a tool now.
      on.taken(0);
      void pump();
    },
  };
}

/** The client's end. */
export interface InputSender {
  /** Resolves when the tool has been started: true, or false where it takes no input after all. */
  ready: Promise<boolean>;
  /** Sends `bytes`; resolves when the window has room for more. False when the tool takes no more. */
  send(bytes: Uint8Array): Promise<boolean>;
  /** Sends end of file. */
  end(): Promise<void>;
  /** Takes the params of one `input-taken` notification. */
  taken(params: JsonObject): void;
}

/** `raw` says whether the server takes raw bytes, and is asked when the first of them are sent. */
export function createInputSender(
  id: Id,
  post: (message: string | Parts) => Promise<void>,
  raw: () => boolean,
): InputSender {
  let encoder: ByteEncoder | undefined;
  let onTheWay = 0;
  let closed = false;
  let wake: (() => void) | undefined;
  const ready = Promise.withResolvers<boolean>();

  return {
    ready: ready.promise,
    async send(bytes) {
      encoder ??= createInputEncoder(id, raw());
      for (const message of encoder.encode(bytes)) {
        if (closed) return false;
        await post(message);
      }
      onTheWay += bytes.length;
      while (onTheWay >= INPUT_WINDOW && !closed) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return !closed;
    },
    async end() {
      for (const message of encoder?.end() ?? []) await post(message);
      await post(
        `${JSON.stringify({ jsonrpc: "2.0", method: INPUT, params: { requestId: id, end: true } })}\n`,
      );
    },
    taken({ bytes, closed: isClosed }) {
      if (typeof bytes === "number") onTheWay -= bytes;
      if (isClosed === true) closed = true;
      ready.resolve(!closed);
      wake?.();
    },
  };
}
