/** The server's end of a conversation, as a hostile server needs it: free to say anything at any time. */

import { writeFileSync, writeSync } from "node:fs";

export type Params = Record<string, unknown>;

export interface Talk {
  /** Calls `answer` for each request of `method`; what it returns is the result, undefined: no answer. */
  on(method: string, answer: (params: Params, id: unknown) => unknown): Talk;
  /** Writes a message, or a line as it is. */
  say(message: object | string): void;
  /** Writes a line so many times, which it makes once. */
  repeat(times: number, line: string): void;
  /** Writes bytes; waits while nobody reads. */
  raw(bytes: Uint8Array | string): void;
  /** Says `make(n)` for ever, as fast as it is read, in bytes of latin1; of several, a piece of each in turn. */
  flood(...makes: ((n: number) => string)[]): void;
}

const STDOUT = 1;
/** For how long one talks until it is midway. */
const WHILE_MS = 30;

function writeAll(bytes: Uint8Array): void {
  for (let rest = bytes; rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(STDOUT, rest));
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "EAGAIN") Bun.sleepSync(2);
      else process.exit(0);
    }
  }
}

/** Talks on stdin and stdout until stdin ends; makes the file `midway` a while after it first heard something. */
export function talk(midway: string): { conversation: Talk; listen(): Promise<void> } {
  const handlers = new Map<string, (params: Params, id: unknown) => unknown>();
  const conversation: Talk = {
    on(method, answer) {
      handlers.set(method, answer);
      return conversation;
    },
    say: (message) =>
      writeAll(Buffer.from(`${typeof message === "string" ? message : JSON.stringify(message)}\n`)),
    repeat(times, line) {
      const bytes = Buffer.from(`${line}\n`);
      for (let n = 0; n < times; n++) writeAll(bytes);
    },
    raw: (bytes) => writeAll(Buffer.from(bytes)),
    flood(...makes) {
      let [n, turn] = [0, 0];
      const more = () => {
        let text = "";
        const make = makes[turn++ % makes.length];
        while (make !== undefined && text.length < 64 * 1024) text += make(n++);
        writeAll(Buffer.from(text, "latin1"));
        setTimeout(more);
      };
      more();
    },
  };

  async function listen(): Promise<void> {
    let heard = false;
    for await (const line of console) {
      if (!heard) setTimeout(() => writeFileSync(midway, ""), WHILE_MS);
      heard = true;
      const { id, method, params = {} } = JSON.parse(line);
      const result = handlers.get(method)?.(params, id);
      if (result !== undefined && id !== undefined) conversation.say({ jsonrpc: "2.0", id, result });
      else if (id !== undefined && handlers.size > 0 && !handlers.has(method))
        conversation.say({
          jsonrpc: "2.0",
          id,
          error: { code: -32601, message: `unknown method: ${method}` },
        });
    }
  }
  return { conversation, listen };
}

export const HELLO = {
  protocolVersion: "2025-11-25",
  capabilities: { tools: {} },
  serverInfo: { name: "hostile", version: "1" },
};
/** What a server of ours announces, without `runspec/run`. */
export const OURS = {
  ...HELLO,
  capabilities: { tools: {}, experimental: { "runspec/stream": {}, "runspec/raw": {} } },
};

/** A tool of these properties. */
export const toolOf = (properties: object, more: object = {}): object => ({
  name: "t",
  inputSchema: { type: "object", properties, ...more },
});

export const text = (...texts: string[]) => ({ content: texts.map((one) => ({ type: "text", text: one })) });
