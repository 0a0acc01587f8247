/** One exec request of the embedded SSH server: a process on one side, a channel on the other. */

import { closeSync } from "node:fs";
import type { Writable } from "node:stream";
import type { Connection, ServerChannel } from "ssh2";
import { openChildPipes, writePatiently } from "./fifo.ts";

export interface Login {
  shell: string;
  home: string;
  env: Record<string, string>;
  /** For the FIFOs of all logins of this process. */
  fifos: string;
}

/**
 * Runs `shell -c command` as a session leader with real pipes, as sshd does without a terminal: bytes flow only
 * as fast as the slower side, the exit status or signal follows the process, and the channel closes once its
 * output is drained. When the channel goes, the pipes are closed and the process is left alone. Gives the pid.
 */
export function runSession(
  channel: ServerChannel,
  connection: Connection,
  login: Login,
  command: string,
  connectionLost: Promise<void>,
): number {
  const pipes = openChildPipes(login.fifos);
  const { stdin, stdout, stderr } = pipes.child;
  const child = Bun.spawn([login.shell, "-c", command], {
    cwd: login.home,
    env: login.env,
    stdio: [stdin, stdout, stderr],
    detached: true,
  });
  for (const fd of [stdin, stdout, stderr]) closeSync(fd);

  const gone = Promise.race([connectionLost, closing(channel)]);
  feed(channel, pipes.ours.stdin, gone);
  let unread = false;
  const deaf = endOfWrite(connection, channel).then(() => {
    unread = true;
  });
  const unheard = Promise.race([gone, deaf]);
  const send = channelSender(channel, unheard);
  const drained = Promise.all([
    drain(pipes.ours.stdout, (chunk) => send(channel.stdout, chunk), unheard),
    drain(pipes.ours.stderr, (chunk) => send(channel.stderr, chunk), unheard),
  ]);
  const reported = child.exited.then((code) => {
    if (typeof child.signalCode === "string") channel.exit(child.signalCode);
    else channel.exit(code);
  });
  // What still waits for a client that takes nothing would keep the channel from ending.
  void Promise.all([drained, reported]).then(() => (unread ? channel.close() : channel.end()));
  return child.pid;
}

/**
 * Resolves when the client says that nobody reads our output any more. OpenSSH's own extension, which ssh2 does not know: without
 * it, a client whose stdout was closed and a server that waits for its window would wait for each other for ever.
 */
function endOfWrite(connection: Connection, channel: ServerChannel): Promise<void> {
  const said = Promise.withResolvers<void>();
  const { id } = (channel as unknown as { incoming: { id: number } }).incoming;
  const { _handlers: handlers } = (connection as unknown as { _protocol: { _handlers: Handlers } })._protocol;
  const before = handlers.CHANNEL_REQUEST;
  handlers.CHANNEL_REQUEST = (protocol, recipient, type, ...rest) => {
    if (recipient === id && type === "eow@openssh.com") said.resolve();
    before(protocol, recipient, type, ...rest);
  };
  return said.promise;
}

interface Handlers {
  CHANNEL_REQUEST(protocol: unknown, recipient: number, type: string, ...rest: unknown[]): void;
}

/** Resolves when either side closes the channel. Its "close" event comes only once all input has been read. */
function closing(channel: ServerChannel): Promise<void> {
  const closed = Promise.withResolvers<void>();
  const close = channel.close.bind(channel);
  channel.close = () => {
    closed.resolve();
    close();
  };
  return closed.promise;
}

/** The client's bytes to the child's stdin, which is closed at the client's EOF and when the channel goes. */
function feed(channel: ServerChannel, stdin: number, gone: Promise<void>): void {
  let abandoned = false;
  let deaf = false;
  let open = true;
  let writing = Promise.resolve();
  const close = () => {
    if (open) closeSync(stdin);
    open = false;
  };
  channel.on("data", (chunk: Buffer) => {
    // Like sshd, swallow what comes after the child closed its stdin.
    if (deaf) return;
    channel.pause();
    writing = writePatiently(stdin, chunk, () => abandoned).then((delivered) => {
      deaf = !delivered;
      channel.resume();
    });
  });
  channel.once("end", () => void writing.then(close));
  void gone.then(() => {
    abandoned = true;
    void writing.then(close);
  });
}

/** Everything from `fd` to `sink`, no faster than `sink` takes it, until the end or until `gone`. */
async function drain(
  fd: number,
  sink: (chunk: Uint8Array) => Promise<void>,
  gone: Promise<void>,
): Promise<void> {
  const reader = Bun.file(fd).stream().getReader();
  void gone.then(() => reader.cancel());
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    await sink(value);
  }
  // The stream reads from a duplicate; this one is ours.
  closeSync(fd);
}

/** A function that writes to either stream of `channel` and resolves when the window took it or the channel went. */
function channelSender(
  channel: ServerChannel,
  gone: Promise<void>,
): (stream: Writable, chunk: Uint8Array) => Promise<void> {
  let release = () => {};
  let closed = false;
  let turn = Promise.resolve();
  void gone.then(() => {
    closed = true;
    release();
  });
  const write = (stream: Writable, chunk: Uint8Array) =>
    new Promise<void>((resolve) => {
      if (closed) return resolve();
      release = resolve;
      stream.write(chunk, () => resolve());
    });
  // ssh2 keeps a chunk that waited for the window, and sends it again the next time the other stream waits:
  // so the two streams take turns, and what was sent is forgotten.
  const forget = () => {
    Object.assign(channel, {
      _chunk: undefined,
      _chunkcb: undefined,
      _chunkErr: undefined,
      _chunkcbErr: undefined,
    });
  };
  return (stream, chunk) => {
    turn = turn.then(() => write(stream, chunk)).then(forget);
    return turn;
  };
}
