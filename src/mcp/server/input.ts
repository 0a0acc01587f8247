/** The input of a call, as it comes: what is not yet taken by the tool is bounded by a window that its client keeps to. */

import { readerGone } from "../../errors.ts";
import type { JsonObject } from "../../jsonrpc/message.ts";
import { readBytes } from "../bytes.ts";
import { INPUT_WINDOW } from "../extension.ts";
import type { InputSink } from "../tool-host.ts";

/** `tell` is given `{bytes}` for every chunk that the tool's pipe took, and, once, `{closed: true}` when the tool takes no more. */
export function createInputReceiver(tell: (params: JsonObject) => void) {
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
    tell({ closed: true });
  }

  async function pump(): Promise<void> {
    if (sink === undefined || pumping) return;
    pumping = true;
    try {
      for (let chunk = queue.shift(); chunk !== undefined; chunk = queue.shift()) {
        await sink.write(chunk);
        queued -= chunk.length;
        tell({ bytes: chunk.length });
      }
    } catch {
      close();
    }
    pumping = false;
    if (ended || closed) await sink.end().catch(readerGone);
  }

  return {
    /** Takes the params of one input notification, or some of the bytes that it announced. */
    receive(params: JsonObject, bytes = readBytes(params)): void {
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
    /** Delivers what has come and what comes to `stdin`. */
    feed(stdin: InputSink): void {
      sink = stdin;
      // Tells the client that there is a tool now.
      tell({ bytes: 0 });
      void pump();
    },
  };
}
