/** The input of a call, as it comes: what is not yet taken by the tool is bounded by a window that its client keeps to. */

import { readerGone } from "../../errors.ts";
import type { PlainObject } from "../../json.ts";
import { readBytes } from "../bytes.ts";
import { INPUT_WINDOW } from "../extension.ts";
import type { InputSink } from "../tool-host.ts";

/** `tell` is given `{bytes}` for every chunk that the tool's pipe took, and, once, `{closed: true}` when the tool takes no more; `giveUp` is called where more comes than may be held. */
export function createInputReceiver(tell: (params: PlainObject) => void, giveUp: () => void) {
  const tool = Promise.withResolvers<InputSink>();
  /** What has come is delivered in its order, once there is a tool. */
  let delivered: Promise<unknown> = tool.promise;
  let queued = 0;
  /** `ended`: its client has said all; `closed`: the tool takes no more. */
  let state: "open" | "ended" | "closed" = "open";

  async function deliver(bytes: Uint8Array): Promise<void> {
    if (state === "closed") return;
    const stdin = await tool.promise;
    await stdin.write(bytes);
    queued -= bytes.length;
    tell({ bytes: bytes.length });
  }

  function end(): void {
    delivered = delivered.then(async () => (await tool.promise).end()).catch(readerGone);
  }

  function close(): void {
    if (state === "closed") return;
    state = "closed";
    tell({ closed: true });
    end();
  }

  return {
    /** Takes the params of one input notification, or some of the bytes that it announced. */
    receive(params: PlainObject, bytes = readBytes(params)): void {
      if (state !== "open") return;
      if (bytes !== undefined && bytes.length > 0) {
        queued += bytes.length;
        delivered = delivered.then(() => deliver(bytes)).catch(close);
      }
      // A client that ignores the window would fill our memory. The tool does not see an end: it would take a part for the whole.
      if (queued > 2 * INPUT_WINDOW) {
        state = "closed";
        tell({ closed: true });
        giveUp();
      } else if (params.end === true) {
        state = "ended";
        end();
      }
    },
    /** Delivers what has come and what comes to `stdin`. */
    feed(stdin: InputSink): void {
      // Tells the client that there is a tool now.
      tell({ bytes: 0 });
      tool.resolve(stdin);
    },
  };
}
