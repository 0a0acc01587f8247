/** The input of a call, as it comes: what is not yet taken by the tool is bounded by a window that its client keeps to. */

import { readerGone } from "../../errors.ts";
import type { PlainObject } from "../../json.ts";
import { readBytes } from "../bytes.ts";
import { INPUT_WINDOW } from "../extension.ts";
import type { InputSink } from "../tool-host.ts";

/** `tell` is given `{bytes}` for all that the tool's pipe took, and, once, `{closed: true}` when the tool takes no more; `giveUp` is called where more comes than may be held. */
export function createInputReceiver(tell: (params: PlainObject) => void, giveUp: () => void) {
  /** What has come and is not on its way to the tool, as one: each piece, a byte perhaps, would take hundreds. */
  const held = new Bun.ArrayBufferSink();
  held.start({ asUint8Array: true, stream: true });
  let tool: InputSink | undefined;
  let queued = 0;
  let isDelivering = false;
  /** `ended`: its client has said all; `closed`: the tool takes no more. */
  let state: "open" | "ended" | "closed" = "open";

  const end = () => void tool?.end().catch(readerGone);

  /** Gives the tool what has come, and what comes meanwhile. */
  async function deliver(stdin: InputSink): Promise<void> {
    isDelivering = true;
    for (let bytes = held.flush(); bytes instanceof Uint8Array && bytes.length > 0; bytes = held.flush()) {
      await stdin.write(bytes);
      queued -= bytes.length;
      tell({ bytes: bytes.length });
    }
    isDelivering = false;
    if (state === "ended") end();
  }

  function pass(): void {
    if (tool !== undefined && !isDelivering) void deliver(tool).catch(() => close(end));
  }

  function close(next: () => void): void {
    if (state === "closed") return;
    state = "closed";
    held.flush();
    tell({ closed: true });
    next();
  }

  return {
    /** Takes the params of one input notification, or some of the bytes that it announced. */
    receive(params: PlainObject, bytes = readBytes(params) ?? new Uint8Array(0)): void {
      if (state !== "open") return;
      held.write(bytes);
      queued += bytes.length;
      if (params.end === true) state = "ended";
      // A client that ignores the window would fill our memory. The tool does not see an end: it would take a part for the whole.
      if (queued > 2 * INPUT_WINDOW) close(giveUp);
      pass();
    },
    /** Delivers what has come and what comes to `stdin`. */
    feed(stdin: InputSink): void {
      // Tells the client that there is a tool now.
      tell({ bytes: 0 });
      tool = stdin;
      pass();
    },
  };
}
