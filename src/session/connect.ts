/** A runspec server reached over ssh: the process, the pipes, and the MCP client on top of them. */

import { RunspecError, reasonOf } from "../errors.ts";
import { diagnose, type Facts, type SshEnd } from "../hosts/diagnose.ts";
import { isChokingOnJson } from "../hosts/shell-answered.ts";
import { parseLine } from "../jsonrpc/message.ts";
import { PeerClosed, RpcFailure } from "../jsonrpc/peer.ts";
import type { Output } from "../mcp/bytes.ts";
import { createMcpClient, type McpClient } from "../mcp/client/client.ts";
import type { ServerInfo } from "../mcp/client/handshake.ts";
import type { Reader } from "../mcp/client/tool-list.ts";
import { OUTPUT } from "../mcp/extension.ts";
import type { Implementation } from "../mcp/revisions.ts";
import { createStdioReader, isMessageHead } from "../mcp/stdio.ts";
import type { ByteWriter } from "../process/stream.ts";
import { visible } from "../text.ts";
import { watchForDown } from "./down.ts";
import { keepTail } from "./tail.ts";
import { askForTools, type ToolList } from "./tool-list.ts";
import type { Transport } from "./transport.ts";
import { takeInTurns } from "./turns.ts";
import { createWatch } from "./watch.ts";

export interface ConnectOptions extends Transport {
  client: Implementation;
  onOutput(output: Output): Promise<void>;
  /** The server says that its list of tools has changed. */
  onToolsChanged?(): void;
  /** Takes what ssh and the remote say on stderr, and start-up noise of the remote's shell. */
  stderr: ByteWriter;
}

export interface Remote {
  client: McpClient;
  info: Promise<ServerInfo>;
  /** Asks for the tools, as a person sees them unless an agent is to, without waiting for the handshake. */
  listTools(reader?: Reader): ToolList;
  /** Resolves when the conversation is over, however that came. */
  over: Promise<void>;
  /** Awaits `work`; where the conversation ends first, throws the one sentence that says why. */
  during<T>(work: Promise<T>): Promise<T>;
  /** Tells the remote that we are done, and resolves when it has closed its end; ssh is ended where it does not. */
  finish(): Promise<void>;
  /** Tells the remote that nothing more will come; it stops what it runs and closes the connection. */
  hangUp(): void;
  /** Ends ssh now; what is awaited in `during` rejects with `reason`. */
  abandon(reason?: unknown): void;
}

/** A message holds at most one page of tools or one slice of output; this is above both. */
const MESSAGE_MAX_BYTES = 16 * 1024 * 1024;
/** Start-up noise that is read past before a program is taken for something else than an MCP server. */
const NOISE_MAX_BYTES = 1024 * 1024;
/** How long a remote that has given its answer may take to close the connection. */
const FINISH_MS = 2000;
/** How long the last words of an ssh that has ended are waited for: who else has its stderr may keep it open. */
const LAST_WORDS_MS = 300;
/** Bytes of stderr that a diagnosis may look at. */
const STDERR_KEPT = 8192;

/** Starts the handshake at once; nothing is waited for here. */
export function connect(options: ConnectOptions): Remote {
  const { ssh } = options;
  const reader = createStdioReader(OUTPUT, MESSAGE_MAX_BYTES);
  const stopped = Promise.withResolvers<never>();
  stopped.promise.catch(() => {});
  let handshake = false;
  let noise: string | undefined;
  let noiseBytes = 0;
  let gaveUp: Facts["gaveUp"];
  let address: Facts["address"];
  let left = false;
  let messagesHeard = false;
  const words = keepTail(STDERR_KEPT);

  const client = createMcpClient({
    client: options.client,
    post: ssh.stdin.write,
    onOutput: (output) => options.onOutput(output).catch(stopForGood),
    onTooMuch: () => giveUp("overload"),
    ...(options.onToolsChanged && { onToolsChanged: options.onToolsChanged }),
    onNoise(line) {
      // What comes after we gave up must not bury the sentence that says why, nor noise without an end all else.
      if (gaveUp !== undefined || noiseBytes > NOISE_MAX_BYTES) return;
      noise ??= new TextDecoder().decode(line);
      noiseBytes += line.length + 1;
      // Not waited for: whoever does not read it holds up nobody, and there is only so much of it.
      void options.stderr.write(Buffer.concat([line, NEWLINE])).catch(() => {});
      if (!handshake && noiseBytes > NOISE_MAX_BYTES) giveUp("noisy");
    },
  });

  const takeIn = takeInTurns(reader, client.receive);
  const watch = createWatch({
    patienceMs: options.patienceMs,
    onSilent: () => {
      if (handshake) return giveUp("stalled");
      // Some programs read to the end before they say what they make of it.
      gaveUp ??= "silent";
      hangUp();
      setTimeout(() => giveUp("silent"), LAST_WORDS_MS);
    },
    probe: () => void client.ping().then(watch.heard, watch.heard),
  });

  /** Our own output failed: nothing more is read, so that nothing is lost unseen. */
  function stopForGood(reason: unknown): Promise<never> {
    abandon(reason);
    return new Promise(() => {});
  }

  function giveUp(why: NonNullable<Facts["gaveUp"]>): void {
    gaveUp ??= why;
    abandon(diagnose(facts(undefined)));
  }

  function hangUp(): void {
    void ssh.stdin.end();
  }

  function abandon(reason: unknown): void {
    stopped.reject(reason);
    leave();
  }

  function leave(): void {
    left = true;
    down.stop();
    ssh.kill();
  }

  function facts(end: SshEnd | undefined): Facts {
    const { alias, bin, patienceMs } = options;
    const patience = Math.round(patienceMs / 1000);
    const stderr = words.text();
    const lease = client.lease();
    const shared = options.shared;
    const untouched = !handshake && gaveUp !== undefined && ssh.stdin.takeBack();
    return {
      alias,
      bin,
      target: options.target,
      ssh: options.byHand,
      end,
      handshake,
      noise,
      stderr,
      gaveUp,
      patience,
      address,
      lease,
      shared,
      untouched,
    };
  }

  async function readMessages(): Promise<void> {
    for (;;) {
      watch.reading(true);
      const chunk = await ssh.stdout.read();
      watch.reading(false);
      if (chunk === undefined) break;
      watch.heard();
      messagesHeard = true;
      await takeIn(chunk);
    }
    // A last line without its newline is a message cut short, unless it was never one.
    const rest = reader.end();
    if (rest !== undefined && !handshake && !isCutMessage(rest))
      await client.receive({ kind: "line", bytes: rest });
    watch.stop();
    client.close("the connection closed");
  }

  async function copyStderr(): Promise<void> {
    for (let chunk = await ssh.stderr.read(); chunk !== undefined; chunk = await ssh.stderr.read()) {
      watch.heard();
      words.add(chunk);
      if (!handshake && isChokingOnJson(words.text())) giveUp("shell");
      await options.stderr.write(chunk).catch(() => {});
    }
  }

  const messagesEnded = readMessages();
  messagesEnded.catch((error: unknown) =>
    abandon(new RunspecError(`what ssh says cannot be read: ${reasonOf(error)}`)),
  );
  const stderrEnded = copyStderr();
  const ended = messagesEnded.then(async () => {
    const end = await ssh.ended();
    await Promise.race([stderrEnded, Bun.sleep(LAST_WORDS_MS)]);
    return end;
  });
  ended.catch(() => {});
  const down = watchForDown(options, {
    heard: () => messagesHeard || words.text() !== "",
    found(found) {
      address = found;
    },
    isDown: () => giveUp("no answer"),
  });
  void messagesEnded.then(down.stop, down.stop);
  const info = client.initialize().then((server) => {
    // One that comes when we have given it up changes nothing of what is told.
    handshake = gaveUp === undefined;
    watch.mayProbe(server.streams || server.runsWords);
    return server;
  });
  info.catch(() => {});

  return {
    client,
    info,
    over: messagesEnded.catch(() => {}),
    listTools: (reader = "human") =>
      askForTools({ client, reader, info, patienceMs: options.patienceMs, onLate: () => giveUp("endless") }),
    abandon,
    async during(work) {
      try {
        return await Promise.race([work, stopped.promise]);
      } catch (error) {
        if (error instanceof RpcFailure)
          throw new RunspecError(`the server refused: ${visible(error.message)}`);
        if (!(error instanceof PeerClosed)) throw error;
        const end = await Promise.race([ended, stopped.promise]);
        throw diagnose(facts(end));
      }
    },
    hangUp,
    async finish() {
      if (left) return;
      hangUp();
      // Our own channel ends with its stdout. Then ssh goes by itself, or stays as the master of others' connections.
      const closed = messagesEnded.then(() => true);
      if (!(await Promise.race([closed, Bun.sleep(FINISH_MS)]))) leave();
    },
  };
}

const NEWLINE = Buffer.from("\n");

/** The beginning of an answer whose server was killed while it wrote: nothing that a person should read. */
function isCutMessage(line: Uint8Array): boolean {
  return parseLine(line) === undefined && isMessageHead(line);
}
