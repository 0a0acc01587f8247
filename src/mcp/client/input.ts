/** The input of a call, as it is sent: what is on its way and not yet taken by the tool never exceeds a window. */

import type { Id, JsonObject } from "../../jsonrpc/message.ts";
import { type ByteEncoder, createByteEncoder, type Parts } from "../bytes.ts";
import { INPUT, INPUT_WINDOW } from "../extension.ts";

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
      encoder ??= createByteEncoder(INPUT, { requestId: id }, raw());
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
