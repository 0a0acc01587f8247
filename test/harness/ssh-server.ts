/** An SSH server that needs nothing installed: one process serves all hosts of a test process, so that a host costs next to nothing. */

import { join } from "node:path";
import { lines } from "./binary.ts";
import { readPids, type SshHost, type SshHostFacts, type SshHostOptions } from "./ssh-host.ts";
import { momentary, tempDir } from "./temp.ts";

/** What its process is asked for, a line of JSON each; the directory of a host is its name. */
export type SshServerRequest = { start: SshHostOptions } | { stop: string };
export type SshServerReady = SshHostFacts & { dir: string };

let shared: ServerProcess | undefined;

/** A host with keys and files of its own, which listens. */
export async function startSshServer(options: SshHostOptions = {}): Promise<SshHost> {
  const own = options.ownProcess ?? false;
  // A test that runs into its time limit has everything ended that was started meanwhile, this as well.
  if (!own && shared?.isRunning() !== true) shared = serverProcess();
  const server = own || shared === undefined ? serverProcess() : shared;
  const { dir, ...facts } = await server.start(options);
  return {
    ...facts,
    ...(own ? { serverPid: server.pid } : {}),
    pids: async () => readPids(dir),
    stop: () => (own ? server.end() : server.stop(dir)),
  };
}

interface ServerProcess {
  pid: number;
  isRunning(): boolean;
  start(options: SshHostOptions): Promise<SshServerReady>;
  stop(dir: string): Promise<void>;
  /** Stops all its hosts. */
  end(): Promise<void>;
}

function serverProcess(): ServerProcess {
  const program = join(import.meta.dir, "ssh-server-process.ts");
  const server = Bun.spawn([process.execPath, program, tempDir(), momentary], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  // It waits for nothing but us: whoever is done with its hosts need not end it.
  server.unref();
  const answers = lines(server.stdout);
  const ask = async (request: SshServerRequest): Promise<string> => {
    server.stdin.write(`${JSON.stringify(request)}\n`);
    // A generator gives its values in the order in which they were asked for.
    const answer = answers.next();
    await server.stdin.flush();
    const { value } = await answer;
    if (value === undefined) throw new Error("the embedded SSH server has ended");
    return value;
  };
  return {
    pid: server.pid,
    isRunning: () => server.exitCode === null && server.signalCode === null,
    start: async (options) => JSON.parse(await ask({ start: options })),
    stop: async (dir) => void (await ask({ stop: dir })),
    async end() {
      await server.stdin.end();
      await server.exited;
    },
  };
}
