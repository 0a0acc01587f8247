/** The input of a call, as it is sent: what is on its way and not yet taken by the tool never exceeds a window. */

import type { PlainObject } from "../../json.ts";
import type { Id } from "../../jsonrpc/message.ts";
import { type ByteEncoder, createByteEncoder } from "../bytes.ts";
import { INPUT, INPUT_WINDOW } from "../extension.ts";
import type { ClientOptions } from "./client.ts";

export type InputSender = ReturnType<typeof createInputSender>;

/** `raw` says whether the server takes raw bytes, and is asked when the first of them are sent. */
export function createInputSender(id: Id, post: ClientOptions["post"], raw: () => boolean) {
  let encoder: ByteEncoder | undefined;
  let onTheWay = 0;
  let closed = false;
  let room = Promise.withResolvers<void>();
  const ready = Promise.withResolvers<boolean>();

  return {
    /** Resolves when the tool has been started: true, or false where it takes no input after all. */
    ready: ready.promise,
    /** Sends `bytes`; resolves when the window has room for more. False when the tool takes no more. */
    async send(bytes: Uint8Array): Promise<boolean> {
      encoder ??= createByteEncoder(INPUT, { requestId: id }, raw());
      for (const message of encoder.encode(bytes)) {
        if (closed) return false;
        await post(message);
      }
      onTheWay += bytes.length;
      while (onTheWay >= INPUT_WINDOW && !closed) await room.promise;
      return !closed;
    },
    async end(): Promise<void> {
      for (const message of encoder?.end() ?? []) await post(message);
      const message = { jsonrpc: "2.0", method: INPUT, params: { requestId: id, end: true } };
      await post(`${JSON.stringify(message)}\n`);
    },
    /** Takes the params of one `input-taken` notification. */
    taken({ bytes, closed: isClosed }: PlainObject): void {
      if (typeof bytes === "number") onTheWay -= bytes;
      if (isClosed === true) closed = true;
      ready.resolve(!closed);
      room.resolve();
      room = Promise.withResolvers();
    },
  };
}
