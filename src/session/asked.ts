/** What a client has asked and nobody has answered: so that it can be told why there is no server. */

import { createLineDecoder } from "../jsonrpc/framing.ts";
import { classify, type Id, parseLine } from "../jsonrpc/message.ts";

/** Of what a client says before anybody has answered; more than that it says to somebody who has. */
const LINE_MAX = 1024 * 1024;
const REQUESTS_MAX = 100;
/** MCP has no code for it; JSON-RPC leaves this one to implementations. */
const NO_SERVER = -32000;

export interface Asked {
  add(chunk: Uint8Array): void;
  /** Resolves with the first request. */
  first: Promise<void>;
  /** The answers that say why there will be no other, one a line. */
  refusals(why: string): string;
}

export function createAsked(): Asked {
  const decoder = createLineDecoder(LINE_MAX);
  const ids: Id[] = [];
  const first = Promise.withResolvers<void>();
  return {
    first: first.promise,
    add(chunk) {
      // The decoder holds views, and the chunk is passed on.
      for (const frame of decoder.push(chunk.slice())) {
        const message = frame.kind === "line" ? classify(parseLine(frame.bytes)) : undefined;
        if (message?.kind !== "request" || ids.length >= REQUESTS_MAX) continue;
        ids.push(message.id);
        first.resolve();
      }
    },
    refusals(why) {
      const error = { code: NO_SERVER, message: why.toWellFormed() };
      return ids.map((id) => `${JSON.stringify({ jsonrpc: "2.0", id, error })}\n`).join("");
    },
  };
}
