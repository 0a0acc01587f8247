/** A runspec server reached over ssh: the process, the pipes, and the MCP client on top of them. */

import { handledElsewhere, RunspecError, reasonOf } from "../errors.ts";
import { ConnectionFailure, ServerFailure } from "../hosts/connection-failure.ts";
import { lookFirst } from "../hosts/remedy.ts";
import { PeerClosed, RpcFailure } from "../jsonrpc/peer.ts";
import { type ClientOptions, createMcpClient } from "../mcp/client/client.ts";
import { askForTools, type RemoteTool } from "../mcp/client/tool-list.ts";
import type { Reader } from "../mcp/tool-host.ts";
import { afterSignals } from "../process/signals.ts";
import { afterWaiting, isDoneWithin, unlessAborted } from "../process/waiting.ts";
import { encodeUtf8, visible } from "../text.ts";
import { createHeartbeat } from "./heartbeat.ts";
import { type ObserverOptions, observe } from "./observer.ts";
import { readMessages } from "./read-messages.ts";
import type { ToolCache } from "./tool-cache.ts";
import type { Transport } from "./transport.ts";

export interface ConnectOptions
  extends Transport,
    Partial<Pick<ClientOptions, "onOutput" | "onToolsChanged">>,
    Pick<ObserverOptions, "stderr"> {
  /** Ours, which the server is told. */
  version: string;
  /** What the host last said of its tools; left out: it is not cached. */
  cache?: ToolCache;
}

export type Remote = ReturnType<typeof connect>;

/** The tools as a program sees them. A runspec there shows a person more, and it is that list which is cached: so both are asked for. */
export async function listAsProgram({ listTools, info }: Remote): Promise<RemoteTool[]> {
  const tools = await listTools();
  return (await info).runsWords ? listTools("program") : tools;
}

/** How long a remote that has given its answer may take to close the connection. */
const FINISH_MS = 2000;

/** Starts the handshake at once; nothing is waited for here. */
export function connect(options: ConnectOptions) {
  const { alias, ssh, patienceMs, silenceMs, cache } = options;
  const stopped = new AbortController();
  /** The server has said what it is. */
  let greeted = false;

  const observer = observe(options, {
    stderr: options.stderr,
    lease: () => client.lease(),
    called: () => client.called(),
    onStderr: () => heartbeat.heard(),
    onGiveUp: () => abandon(observer.explain()),
  });
  const client = createMcpClient({
    client: { name: "runspec", version: options.version },
    post: ssh.stdin.write,
    onOutput: async (output) => options.onOutput?.(output).catch(stopForGood),
    onTooMuch: () => observer.giveUp("overload"),
    onNoise: (line, bytes) => observer.noise(Buffer.concat([line, encodeUtf8("\n")]), bytes),
    onToolsChanged: options.onToolsChanged,
  });
  const heartbeat = createHeartbeat(ssh.stdout, {
    patienceMs: silenceMs,
    ping: () => void client.ping().catch(heartbeat.heard),
    onSilent: () => observer.giveUp("stalled"),
  });

  /** Our own output failed: nothing more is read, so that nothing is lost unseen. */
  function stopForGood(reason: unknown): Promise<never> {
    abandon(reason);
    return new Promise(() => {});
  }

  /** Why `during` fails: where the conversation has ended, in the one sentence that says why. */
  async function explain(error: unknown): Promise<never> {
    throw error instanceof PeerClosed ? observer.explain(await ended) : ofServer(error);
  }

  /** An error that is the server's begins with the host. */
  function ofServer(error: unknown): unknown {
    const isRefusal = error instanceof RpcFailure && error.isRefusal;
    const mayHaveRun = `the tool may have run: ${lookFirst(alias)}`;
    const hint = greeted && client.called() && !isRefusal ? mayHaveRun : undefined;
    if (error instanceof RpcFailure) {
      const what = `the server ${isRefusal ? "refused" : "answered with an error"}: ${visible(error.message)}`;
      return new ServerFailure(alias, what, { cause: error, hint });
    }
    if (!(error instanceof RunspecError) || error instanceof ConnectionFailure) return error;
    return new ServerFailure(alias, error.message, { exitCode: error.exitCode, hint });
  }

  /** Tells the remote that nothing more will come; it stops what it runs and closes the connection. */
  const hangUp = () => void ssh.stdin.end();

  /** Ends ssh now; what is awaited in `during` rejects with `reason`. */
  function abandon(reason?: unknown): void {
    stopped.abort(reason);
    observer.stop();
    void ssh.kill();
  }

  async function listen(): Promise<void> {
    await readMessages(heartbeat.source, observer.heard, client.receive).catch((error: unknown) =>
      abandon(new RunspecError(`what ssh says cannot be read: ${reasonOf(error)}`)),
    );
    // Many connections may be opened one after the other, and each needs descriptors.
    void ssh.stdout.close();
    client.close("the connection closed");
  }

  /** Resolves when the remote's output has ended, or cannot be read; `ended` when ssh has ended, too, with how it did. */
  const over = listen();
  const ended = over.then(observer.ended).finally(afterSignals);
  observer.expectAnswer();
  const info = client.initialize().then((server) => {
    greeted = true;
    observer.answered();
    // Servers of others need not know how to answer.
    if (server.streams || server.runsWords) heartbeat.start();
    return server;
  });
  info.catch(handledElsewhere);

  /** Asks for the tools, without waiting for the handshake, and gives a function that waits for them; what a person sees is cached. */
  function requestTools(reader: Reader = "person"): () => Promise<RemoteTool[]> {
    const list = askForTools(client, reader, info, (tools, { runsWords }) => {
      if (reader === "person") cache?.save(tools, { takesWords: runsWords });
    });
    return () => inTime(list);
  }

  /** Does `work` once the server has said what it is, and gives up where that takes longer than our patience. */
  const inTime = <T>(work: () => Promise<T>): Promise<T> =>
    info.then(() => work().finally(afterWaiting(patienceMs, () => observer.giveUp("endless"))));

  /** Awaits `work`, for as long as nobody ends the conversation. */
  const during = <T>(work: Promise<T>): Promise<T> => unlessAborted(work.catch(explain), stopped.signal);

  return {
    client,
    info,
    over,
    said: observer.said,
    cached: () => cache?.read(),
    requestTools,
    listTools: (reader?: Reader) => requestTools(reader)(),
    abandon,
    during,
    inTime,
    hangUp,
    /** Tells the remote that we are done, and resolves when it has closed its end; ssh is ended where it does not, or was to be. */
    async finish() {
      if (!stopped.signal.aborted) hangUp();
      // Not for the end of ssh: it goes by itself, or stays as the master of others' connections.
      const heardAll = unlessAborted(over.then(observer.lastWords), stopped.signal);
      const isOver = await isDoneWithin(FINISH_MS, heardAll.catch(handledElsewhere));
      if (isOver && !stopped.signal.aborted) return;
      abandon();
      await ssh.kill();
    },
  };
}
