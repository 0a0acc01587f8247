/**
 * An SSH server that needs nothing installed. `startSshServer` runs this file as a process of its own, so that
 * moving a gigabyte does not stall the tests; it says where it listens in one JSON line and ends with its stdin.
 */

import { appendFileSync, mkdtempSync } from "node:fs";
import { createServer, type Server as NetServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2, { type AuthContext, type Connection } from "ssh2";
import {
  cleanUp,
  generateKeys,
  readPids,
  remotePath,
  type SshHost,
  type SshHostFacts,
  type SshHostOptions,
  writeClientFiles,
} from "./ssh-host.ts";
import { type Login, runSession } from "./ssh-session.ts";

const USER = "demo";

/** Starts a server in a process of its own, with keys and files of its own, and waits until it listens. */
export async function startSshServer(options: SshHostOptions = {}): Promise<SshHost> {
  const server = Bun.spawn([process.execPath, import.meta.path, JSON.stringify(options)], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const { dir, ...facts } = await readyLine(server.stdout);
  return {
    ...facts,
    serverPid: server.pid,
    pids: async () => readPids(dir),
    stop: async () => {
      await server.stdin.end();
      await server.exited;
    },
  };
}

type Ready = SshHostFacts & { dir: string };

async function readyLine(stdout: ReadableStream<Uint8Array>): Promise<Ready> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stdout) {
    text += decoder.decode(chunk, { stream: true });
    if (text.endsWith("\n")) return JSON.parse(text);
  }
  throw new Error(`the embedded SSH server did not start: ${text}`);
}

/** Listens until `ended`, then cuts the connections and cleans up. */
async function serve(options: SshHostOptions, ended: Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "rs-ssh-"));
  const hostKeys = generateKeys();
  const clientKeys = generateKeys();
  const server = new ssh2.Server({
    // Only to its like OpenSSH says that nobody reads a stream any more (see `endOfWrite`).
    ident: "OpenSSH_9.2",
    hostKeys: [hostKeys.private],
    // The ciphers that node:crypto does in hardware; the default one of ssh2 is compiled to wasm.
    algorithms: { cipher: ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com"] },
  });
  const sockets = new Set<Socket>();
  const listener = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    server.injectSocket(socket);
  });
  const port = await listen(listener);
  const facts = writeClientFiles(
    dir,
    { alias: options.alias ?? "demo-host", port, user: USER, hostKey: hostKeys.public },
    clientKeys,
  );
  const login = loginOf(options, dir, facts);
  const admit = admission(options, clientKeys.public);
  server.on("connection", (connection) => serveConnection(connection, admit, login));
  console.log(JSON.stringify({ dir, ...facts }));

  await ended;
  listener.close();
  for (const socket of sockets) socket.destroy();
  cleanUp(dir);
}

function listen(listener: NetServer): Promise<number> {
  return new Promise((resolve, reject) => {
    listener.once("error", reject);
    listener.listen(0, "127.0.0.1", () => {
      const address = listener.address();
      if (typeof address === "object" && address !== null) resolve(address.port);
    });
  });
}

function loginOf(options: SshHostOptions, dir: string, facts: SshHostFacts): Login {
  const shell = options.shell ?? "/bin/sh";
  return {
    shell,
    home: facts.home,
    dir,
    env: {
      HOME: facts.home,
      USER,
      LOGNAME: USER,
      SHELL: shell,
      PATH: remotePath(options, facts.home),
      SSH_CLIENT: `127.0.0.1 65535 ${facts.port}`,
      SSH_CONNECTION: `127.0.0.1 65535 127.0.0.1 ${facts.port}`,
      ...options.env,
    },
  };
}

type Admission = (context: AuthContext) => Promise<boolean>;

/** Lets in whoever proves to hold the generated key, after the delay asked for. */
function admission(options: SshHostOptions, publicKey: string): Admission {
  const key = ssh2.utils.parseKey(publicKey);
  if (key instanceof Error) throw key;
  return async (context) => {
    if (context.method !== "publickey" || options.acceptKey === false) return false;
    await Bun.sleep(options.delayMs ?? 0);
    const { algo, data } = context.key;
    if (context.username !== USER || algo !== key.type || !data.equals(key.getPublicSSH())) return false;
    // Without a signature the client only asks whether this key would do.
    if (context.signature === undefined || context.blob === undefined) return true;
    return key.verify(context.blob, context.signature) === true;
  };
}

function serveConnection(connection: Connection, admit: Admission, login: Login): void {
  // A client that is killed resets the connection: nothing to report.
  connection.on("error", () => {});
  connection.on("authentication", (context) => {
    void admit(context).then((admitted) => (admitted ? context.accept() : context.reject(["publickey"])));
  });
  const lost = new Promise<void>((resolve) => connection.once("close", resolve));
  connection.on("session", (accept) => {
    accept().on("exec", (acceptExec, _reject, { command }) => {
      const pid = runSession(acceptExec(), connection, login, command, lost);
      appendFileSync(join(login.dir, "pids"), `${pid}\n`);
    });
  });
}

if (import.meta.main) {
  // Ctrl-C is for the program that uses this server; its end closes our stdin.
  process.on("SIGINT", () => {});
  const ended = Promise.withResolvers<void>();
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => ended.resolve());
  void Bun.stdin.text().then(() => ended.resolve());
  await serve(JSON.parse(process.argv[2] ?? "{}"), ended.promise);
  process.exit(0);
}
