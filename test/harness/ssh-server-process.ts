/** The process behind ssh-server.ts: it takes a JSON line a request, answers in their order, and ends with its stdin. */

import { appendFileSync, mkdirSync } from "node:fs";
import { createServer, type Server as NetServer, type Socket } from "node:net";
import { join } from "node:path";
import ssh2, { type AuthContext, type Connection } from "ssh2";
import {
  cleanUp,
  generateKeys,
  remotePath,
  type SshHostFacts,
  type SshHostOptions,
  writeClientFiles,
} from "./ssh-host.ts";
import type { SshServerReady, SshServerRequest } from "./ssh-server.ts";
import { type Login, runSession } from "./ssh-session.ts";

const USER = "demo";
/** Where its hosts lie; whoever started it takes it away. */
const [, , root = "", fifos = root] = process.argv;
/** By its directory, what ends a host. */
const hosts = new Map<string, () => void>();
let count = 0;

async function answer(request: SshServerRequest): Promise<string> {
  if ("start" in request) {
    count++;
    const dir = join(root, String(count));
    const { facts, end } = await startHost(request.start, dir);
    hosts.set(dir, end);
    return JSON.stringify({ dir, ...facts } satisfies SshServerReady);
  }
  hosts.get(request.stop)?.();
  hosts.delete(request.stop);
  return "stopped";
}

function endAll(): void {
  for (const end of hosts.values()) end();
  process.exit(0);
}

/** Listens until it is ended, which cuts the connections and cleans up. */
async function startHost(
  options: SshHostOptions,
  dir: string,
): Promise<{ facts: SshHostFacts; end(): void }> {
  mkdirSync(dir);
  const hostKeys = generateKeys();
  const clientKeys = generateKeys();
  const server = new ssh2.Server({
    // Only to its like OpenSSH says that nobody reads a stream any more (see `endOfWrite`).
    ident: "OpenSSH_9.2",
    hostKeys: [hostKeys.private],
    // What both ends do fastest (see CHEAP_KEYS in sshd.ts); the default cipher of ssh2 is compiled to wasm.
    algorithms: { cipher: ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com"], kex: ["ecdh-sha2-nistp256"] },
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
  const login = loginOf(options, facts);
  const admit = admission(options, clientKeys.public);
  server.on("connection", (connection) => serveConnection(connection, admit, dir, login));
  return {
    facts,
    end() {
      listener.close();
      for (const socket of sockets) socket.destroy();
      cleanUp(dir);
    },
  };
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

function loginOf(options: SshHostOptions, facts: SshHostFacts): Login {
  const shell = options.shell ?? "/bin/sh";
  return {
    shell,
    home: facts.home,
    fifos,
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

function serveConnection(connection: Connection, admit: Admission, dir: string, login: Login): void {
  // A client that is killed resets the connection: nothing to report.
  connection.on("error", () => {});
  connection.on("authentication", (context) => {
    void admit(context).then((admitted) => (admitted ? context.accept() : context.reject(["publickey"])));
  });
  const lost = new Promise<void>((resolve) => connection.once("close", resolve));
  connection.on("session", (accept) => {
    accept().on("exec", (acceptExec, _reject, { command }) => {
      const pid = runSession(acceptExec(), connection, login, command, lost);
      appendFileSync(join(dir, "pids"), `${pid}\n`);
    });
  });
}

// Ctrl-C is for the program that uses this server; its end closes our stdin.
process.on("SIGINT", () => {});
for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, endAll);
for await (const line of console) {
  // The end of stdin comes as an empty line.
  if (line !== "") console.log(await answer(JSON.parse(line)));
}
endAll();
