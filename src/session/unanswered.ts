/** The requests of a client that may get no server: where it gets none, each is answered with why. */

import { readerGone } from "../errors.ts";
import { jsonLine } from "../json.ts";
import { createLineDecoder } from "../jsonrpc/framing.ts";
import { classify, type Id, parseLine } from "../jsonrpc/message.ts";
import type { ByteWriter } from "../process/fd-writer.ts";
import { createLatch } from "../process/once.ts";

/** Bytes of a request that is read for its id. */
const LINE_MAX = 1024 * 1024;
const REQUESTS_MAX = 100;
/** How long a client's request is waited for, to tell it why there is no server. */
const REQUEST_MS = 3000;
/** MCP has no code for it; JSON-RPC leaves this one to implementations. */
const NO_SERVER = -32000;

export function createUnanswered() {
  const decoder = createLineDecoder(LINE_MAX);
  const ids: Id[] = [];
  /** The first request has come; the first that is no probe. */
  const [asked, opened] = [createLatch(), createLatch()];

  return {
    note(chunk: Uint8Array): void {
      for (const frame of decoder.push(new Uint8Array(chunk))) {
        const message = frame.kind === "line" ? classify(parseLine(frame.bytes)) : undefined;
        if (message?.kind !== "request" || ids.length >= REQUESTS_MAX) continue;
        ids.push(message.id);
        asked.set();
        // A client whose probe has failed sends `initialize` next, and shows what that is answered.
        if (message.method !== "server/discover") opened.set();
      }
    },
    any: () => asked.isSet,
    /** Answers all of them. What fails at once may be quicker than the first, which is waited for, unless the client has `gone`. */
    async refuse(why: string, gone: Promise<unknown>, { write }: Pick<ByteWriter, "write">): Promise<void> {
      const error = { code: NO_SERVER, message: why.toWellFormed() };
      for (const { promise } of [asked, opened]) {
        await Promise.race([promise, gone, Bun.sleep(REQUEST_MS)]);
        const answers = ids.splice(0).map((id) => `${jsonLine({ jsonrpc: "2.0", id, error })}\n`);
        await write(answers.join("")).catch(readerGone);
      }
    },
  };
}
