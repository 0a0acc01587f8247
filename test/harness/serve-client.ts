/** An MCP client as small as can be, to talk to `runspec serve` (or any program) one message at a time. */

import { type Ending, lines, type StartOptions, start } from "./binary.ts";
import { waitUntil, within } from "./processes.ts";

export type PlainObject = Record<string, unknown>;

export interface Message {
  jsonrpc?: unknown;
  id?: unknown;
  method?: unknown;
  params?: PlainObject;
  result?: PlainObject;
  error?: { code: number; message: string; data?: unknown };
}

/** `await using` closes it, however the test ends. */
export interface ServeClient extends AsyncDisposable {
  pid: number;
  /** One message: an object becomes a JSON line, a string goes out as it is; either way with a newline. */
  send(message: string | object): Promise<void>;
  /** Exactly these bytes. */
  write(bytes: string | Uint8Array): Promise<void>;
  /** Sends a request with an id of its own and gives the response to it. */
  request(method: string, params?: PlainObject): Promise<Message>;
  notify(method: string, params?: PlainObject): Promise<void>;
  /** The handshake of revision 2025-11-25; gives the answer to `initialize`. */
  open(capabilities?: PlainObject): Promise<Message>;
  /** The oldest message that nobody has taken: notifications, batches, responses to `send`. */
  next(): Promise<Message>;
  /** All notifications so far. */
  notifications: Message[];
  /** Lines on stdout that are not JSON; a server has none. */
  noise: string[];
  /** Everything on stderr so far. */
  stderr(): string;
  kill(signal: NodeJS.Signals): void;
  /** Closes stdin and gives how the process ended. */
  close(): Promise<Ending>;
}

/** Starts `runspec serve` with `args` after it. Every wait ends after `timeoutMs`, 10,000 if not given. */
export function serveClient(
  options: StartOptions & { args?: readonly string[]; timeoutMs?: number } = {},
): ServeClient {
  const limit = options.timeoutMs ?? 10_000;
  const running = start(options.args ?? ["serve"], options);
  const inbox: Message[] = [];
  const notifications: Message[] = [];
  const noise: string[] = [];
  const pending = new Map<unknown, (response: Message) => void>();
  let stderr = "";
  let ids = 0;

  const receive = (line: string) => {
    const message = parse(line);
    if (message === undefined) return noise.push(line);
    if (message.method !== undefined && message.id === undefined) notifications.push(message);
    const answer = pending.get(message.id);
    pending.delete(message.id);
    if (answer !== undefined && message.method === undefined) answer(message);
    else inbox.push(message);
  };
  const read = Promise.all([
    consume(running.stdout, receive),
    consume(running.stderr, (line) => {
      stderr += `${line}\n`;
    }),
  ]);
  const write = async (bytes: string | Uint8Array) => {
    await running.write(bytes);
  };
  const send = (message: string | object) =>
    write(`${typeof message === "string" ? message : JSON.stringify(message)}\n`);

  const notify: ServeClient["notify"] = (method, params) =>
    send({ jsonrpc: "2.0", method, ...(params && { params }) });
  const request: ServeClient["request"] = async (method, params) => {
    ids++;
    const id = `harness-${ids}`;
    const response = Promise.withResolvers<Message>();
    pending.set(id, response.resolve);
    await send({ jsonrpc: "2.0", id, method, ...(params && { params }) });
    return within(response.promise, limit, () => `the response to ${method}; stderr: ${stderr}`);
  };

  const close: ServeClient["close"] = async () => {
    running.closeStdin();
    const ending = await within(running.exited, limit, () => `the end of serve; stderr: ${stderr}`);
    // The last of what it wrote may still be on its way; what it left running may hold the pipes open.
    await Promise.race([read, Bun.sleep(1000)]);
    return ending;
  };

  return {
    pid: running.pid,
    notifications,
    noise,
    send,
    write,
    notify,
    request,
    open: async (capabilities = {}) => {
      const clientInfo = { name: "test", version: "1" };
      const answer = await request("initialize", {
        protocolVersion: "2025-11-25",
        capabilities,
        clientInfo,
      });
      await notify("notifications/initialized");
      return answer;
    },
    next: async () => {
      await waitUntil(
        () => inbox.length > 0,
        limit,
        () => `a message; stderr: ${stderr}`,
      );
      return inbox.shift() ?? {};
    },
    stderr: () => stderr,
    kill: running.kill,
    close,
    [Symbol.asyncDispose]: async () => void (await close()),
  };
}

async function consume(stream: ReadableStream<Uint8Array>, take: (line: string) => void): Promise<void> {
  for await (const line of lines(stream)) take(line);
}

function parse(line: string): Message | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
