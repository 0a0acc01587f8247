/** One call of a tool, stopped at a known point of its life, and every process that belongs to it on either side. */

import { closeSync, existsSync, openSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { BIN, type Ending, start } from "../harness/binary.ts";
import { alive, describe, look, pidsWith, waitUntil, within } from "../harness/processes.ts";
import { quote, type SshHost, writeExecutable } from "../harness/ssh-host.ts";
import { tempDir } from "../harness/temp.ts";
import { type Entry, family, processes, signal } from "./chaos-processes.ts";
import { localTo, pidsIn, script, tool } from "./site.ts";

/** Twenty cells at once, some of which flood: a busy machine takes long to bring each to its point. */
const PATIENCE_MS = 80_000;

export type Victim = "jump" | "ssh" | "the SSH server" | "serve" | "the tool";

/** Of the lines of a tool that writes without an end: long ones are few to compare. */
export const LINE_LENGTH = 199;
const DIRECTORY = 'args.dir = { type = "str", position = 1 }';
/** A tool is two processes: what ends only the first leaves something behind. */
const ANNOUNCE = 'sleep 600 & echo "$$ $!" >"$1/tool"';
export const TOOLS = [
  tool("waiting", script(`${ANNOUNCE}; echo started; wait`), DIRECTORY),
  tool("counting", script(`${ANNOUNCE}; exec seq -f %0${LINE_LENGTH}.0f 1 900000000`), DIRECTORY),
  // Stops the server before it leaves: the call is over, and nobody has been told.
  tool(
    "leaving",
    script(
      `${ANNOUNCE}; echo all of it; read -r _ <"$1/release"; kill -s KILL $!; wait; kill -s STOP "$PPID"; : >"$1/left"`,
    ),
    DIRECTORY,
  ),
].join("\n");

/** What runs at each point. */
const TOOL_OF = {
  "before the handshake": "waiting",
  "in the handshake": "waiting",
  "in half an answer": "waiting",
  "in the call": "waiting",
  "in mid-output": "counting",
  "at exit": "leaving",
};
export type Phase = keyof typeof TOOL_OF;

/** Where the server's answers are held back, and how many bytes of them go on. */
const LET_THROUGH: Partial<Record<Phase, number>> = { "in the handshake": 0, "in half an answer": 40 };

export interface Cell {
  /** The path of what stands for runspec on the remote. */
  bin: string;
  /** What stdout has said until the point was reached. */
  seen: string;
  kill(victim: Victim): void;
  /** Lets go of whatever was held at the point. */
  release(): void;
  /** The processes that are left, each as its line of ps. */
  left(): string[];
  /** How jump ended, and everything it said. */
  ending(): Promise<Ending & { out: string; stderr: string }>;
  close(): void;
}

/** Starts a call at `host` and resolves when it has come to `phase`. */
export async function reach(host: SshHost, phase: Phase, victim: Victim): Promise<Cell> {
  const dir = tempDir();
  const fifo = join(dir, "release");
  if (Bun.spawnSync(["mkfifo", fifo, join(dir, "answers")]).exitCode !== 0) throw new Error("no FIFO");
  const release = openSync(fifo, "r+");
  const bin = join(dir, "runspec");
  writeExecutable(bin, remoteRunspec(dir, phase));
  const { cwd, env } = localTo(host);
  const running = start(["jump", host.alias, "--bin", bin, TOOL_OF[phase], "--", dir], {
    cwd,
    env: { ...env, CHAOS_CELL: dir },
  });
  const stderr = new Response(running.stderr).text();
  const output = collect(running.stdout);
  const serve = await onePid(join(dir, "serve"));
  const held = LET_THROUGH[phase] !== undefined;
  if (held) await exists(join(dir, "held"));
  const pids = held || phase === "before the handshake" ? [] : await pidsIn(join(dir, "tool"));
  // The tool is started before the server's first answer has come to jump.
  if (phase === "in the call")
    await waitUntil(() => output.text() === "started\n", PATIENCE_MS, "a word of it");
  if (phase === "in mid-output") await waitUntil(() => output.text().length > 100_000, PATIENCE_MS, "output");
  if (phase === "at exit") {
    await waitUntil(() => output.text() === "all of it\n", PATIENCE_MS, "all of the output");
    if (victim !== "the tool") {
      writeSync(release, "go\n");
      await exists(join(dir, "left"));
      await waitUntil(
        () => look(serve)?.state === "T" && !pids.some(alive),
        PATIENCE_MS,
        "the end of the tool",
      );
    }
  }
  const all = processes();
  const below = family(running.pid, all).concat(family(serve, all));
  const victims = victimsOf(all, host, running.pid, serve, pids[0]);
  const ours = () => pidsWith(`CHAOS_CELL=${dir}`);
  let over = false;
  return {
    bin,
    seen: output.text(),
    kill: (victim) => process.kill(victims(victim), "SIGKILL"),
    release() {
      writeSync(release, "go\n");
      signal(serve, "SIGCONT");
    },
    left() {
      // To look for more than these is to read the environment of all that runs on the machine.
      const known = below.filter(alive);
      const found = known.length > 0 ? known : ours();
      over = found.length === 0;
      return found.map((pid) => `${pid} ${describe(pid)}`.slice(0, 300));
    },
    async ending() {
      const end = await within(running.exited, PATIENCE_MS, "the end of jump");
      await output.ended;
      return { ...end, out: output.text(), stderr: await stderr };
    },
    close() {
      if (!over) for (const pid of ours()) signal(pid, "SIGKILL");
      closeSync(release);
    },
  };
}

/** Ends a host also where its server was killed and could not clean up. */
export async function stopHost(host: SshHost): Promise<void> {
  await host.stop();
  rmSync(dirname(host.home), { recursive: true, force: true });
}

/** What stands for runspec on the remote's side: it notes the server's pid and holds the call at its point. */
function remoteRunspec(dir: string, phase: Phase): string {
  const run = `exec ${quote(BIN)} "$@"`;
  const announce = `export CHAOS_CELL=${quote(dir)}\ncd ${quote(dir)} || exit\necho $$ >serve\ncd - >/dev/null`;
  if (phase === "before the handshake") return `${announce}\nread -r _ <${quote(`${dir}/release`)}\n${run}`;
  const count = LET_THROUGH[phase];
  if (count === undefined) return `${announce}\n${run}`;
  const hold = `{ head -c ${Math.max(count, 1)}${count === 0 ? " >/dev/null" : ""}; : >held; read -r _ <release; }`;
  return `${announce}\n(cd ${quote(dir)}; ${hold}) <${quote(`${dir}/answers`)} &\n${run} >${quote(`${dir}/answers`)}`;
}

function victimsOf(
  all: readonly Entry[],
  host: SshHost,
  jump: number,
  serve: number,
  toolLeader: number | undefined,
): (victim: Victim) => number {
  const named = (pid: number) => all.find((entry) => entry.pid === pid);
  const sshdAbove = (pid: number): number => {
    const entry = named(pid);
    if (entry === undefined) throw new Error("there is no sshd above the server");
    return entry.name.startsWith("sshd") ? pid : sshdAbove(entry.parent);
  };
  return (victim) => {
    if (victim === "jump") return jump;
    if (victim === "serve") return serve;
    if (victim === "the tool" && toolLeader !== undefined) return -toolLeader;
    if (victim === "the SSH server") return host.serverPid ?? sshdAbove(serve);
    const ssh = all.find(({ parent, name }) => parent === jump && name === "ssh");
    if (victim === "ssh" && ssh !== undefined) return ssh.pid;
    throw new Error(`${victim} does not run`);
  };
}

async function onePid(file: string): Promise<number> {
  const [pid] = await pidsIn(file);
  if (pid === undefined) throw new Error(`${file} is empty`);
  return pid;
}

const exists = (file: string): Promise<void> => waitUntil(() => existsSync(file), PATIENCE_MS, file);

function collect(stream: ReadableStream<Uint8Array>): { text(): string; ended: Promise<void> } {
  const decoder = new TextDecoder();
  let text = "";
  const read = async () => {
    for await (const chunk of stream) text += decoder.decode(chunk, { stream: true });
  };
  return { text: () => text, ended: read() };
}
