/** The ssh process: what is spawned for it, its pipes, and how long a silent one is waited for. */

import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { Context } from "../context.ts";
import { attempt, EXIT, RunspecError } from "../errors.ts";
import { onPath } from "../process/env.ts";
import { once } from "../process/once.ts";
import { outputNow, readProcesses } from "../process/processes.ts";
import { ignoredSignals, sendSignal } from "../process/signals.ts";
import type { Sink } from "../process/sink.ts";
import type { Source } from "../process/source.ts";
import { type SpawnOptions, spawn } from "../process/spawn.ts";
import { hasTerminal } from "../process/terminal.ts";
import { isDoneWithin } from "../process/waiting.ts";
import { warn } from "../spec/toml/issues.ts";
import { visible } from "../text.ts";
import type { SshEnd } from "./evidence.ts";

export interface Ssh {
  stdin: Omit<Sink, "destroy">;
  stdout: Source;
  stderr: Source;
  /** Ends it, where it still runs, and resolves when it has; nothing more is said to it. */
  kill(): Promise<void>;
  /** How it ended, asked once its stdout is over; one that stays a while longer is ended. */
  ended(): Promise<SshEnd>;
}

/** How long ssh may stay when its channel is over, and when it was told to end, in milliseconds. */
const STAY_MS = 1500;
const TOLD_MS = 2000;

/** Starts ssh, or what stands for it, with `argv`. A signal that stops us does not end it, for it has to tell the remote of that: whoever starts it listens for signals. */
export function startSsh(argv: readonly string[], env: Record<string, string>): Ssh {
  // Without a terminal nobody can be prompted anyway. In a group of its own, ssh survives what is sent to ours (by `timeout`, a job runner,
  // a server whose tool we are), and can still tell the remote of it.
  const ownGroup = process.platform !== "win32" && !hasTerminal();
  const shieldedFrom = sentToOurGroup();
  const child = spawnSsh({ argv, env, stdin: "pipe", output: "pipe", ownGroup, shieldedFrom });
  const { stdin, stdout, stderr, exited } = child;
  if (stdin === undefined) throw new TypeError("ssh must be piped");
  const kill = once(() => {
    // A gateway tries its hosts again for as long as it lives, and needs the descriptor back.
    void stdin.destroy();
    return endSsh(child);
  });
  async function ended(): Promise<SshEnd> {
    if (await isDoneWithin(STAY_MS, exited)) return exited;
    await kill();
    return "lingering";
  }
  return { stdin, stdout, stderr, kill, ended };
}

/** Ends an ssh: at a terminal it does not hear TERM, one that was stopped hears nothing until it runs again, and one whose link takes nothing waits to say its farewell. */
export async function endSsh(child: ReturnType<typeof spawn>): Promise<void> {
  if (child.hasExited()) return;
  // A bastion's that asks does not hear Ctrl-C either, and would take what is typed next.
  for (const pid of below(child.pid).filter(mayAsk)) sendSignal(pid, "SIGHUP");
  for (const signal of ["SIGTERM", "SIGHUP", "SIGCONT"] as const) child.kill(signal);
  if (await isDoneWithin(TOLD_MS, child.exited)) return;
  for (const pid of below(child.pid)) sendSignal(pid, "SIGKILL");
  child.kill("SIGKILL");
}

/** What runs below it, as a bastion's ssh. All processes are not looked through: a list may end a hundred ssh at once. */
function below(pid: number): number[] {
  const children =
    process.platform === "darwin"
      ? outputNow(["pgrep", "-P", String(pid)])
      : attempt(() => readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1"));
  const pids = (children ?? "").split(/\s/).map(Number).filter(Boolean);
  return pids.flatMap((child) => [...below(child), child]);
}

/** Whether it has a terminal open, to ask there; macOS does not show that. */
function mayAsk(pid: number): boolean {
  if (process.platform === "darwin") return readProcesses({ pid }).entries[0]?.name === "ssh";
  const fds = attempt(() => readdirSync(`/proc/${pid}/fd`)) ?? [];
  return fds.some((fd) => attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) === "/dev/tty");
}

export const INSTALL_SSH =
  "install the OpenSSH client (Debian: apt install openssh-client; Windows: Add-WindowsCapability -Online -Name OpenSSH.Client~~~~0.0.1.0)";

/** Where ssh is. @throws RunspecError 125 where there is none on PATH, which may be another for a client, or cron, than in a shell */
export function findSsh(env: Record<string, string>): string {
  const path = onPath("ssh", env);
  if (path !== null) return path;
  const hint = [`PATH is ${visible(env.PATH ?? "") || "empty"}`, INSTALL_SSH];
  throw new RunspecError("ssh was not found on PATH", { hint });
}

/** Starts ssh. @throws RunspecError 125 where there is none, or one that is no program of this machine */
export function spawnSsh(options: SpawnOptions) {
  const path = findSsh(options.env);
  try {
    return spawn(options);
  } catch (error) {
    // Codes 126 and 127 would be taken for what happened on the host.
    if (!(error instanceof RunspecError) || error.exitCode === EXIT.FAILED) throw error;
    const hint = [`it is ${visible(path)}, the first on PATH`, INSTALL_SSH];
    throw new RunspecError(error.message, { hint, cause: error });
  }
}

/** What a terminal and `timeout` send to our whole group, in which ssh is for the prompts of a bastion: it has to carry the cancellation. */
export function sentToOurGroup(): readonly NodeJS.Signals[] {
  if (process.platform === "win32" || !hasTerminal()) return [];
  // With HUP ignored as well, only KILL could end it.
  const term: NodeJS.Signals[] = ignoredSignals().includes("SIGHUP") ? [] : ["SIGTERM"];
  return ["SIGINT", ...term, "SIGTSTP"];
}

const VARIABLE = "RUNSPEC_HANDSHAKE_TIMEOUT";
/** How long a silent remote is waited for, in seconds. */
export const PATIENCE_SECONDS = 30;
/** A timer that is set for longer than 2^31 ms fires at once. */
const LONGEST_SECONDS = 2_000_000;

/** In milliseconds. */
export interface Patience {
  /** How long a silent peer is waited for. */
  patienceMs: number;
  /** How long one that has answered may be silent, once before it is asked for a sign of life and once after. */
  silenceMs: number;
}

/** As RUNSPEC_HANDSHAKE_TIMEOUT says, in seconds, else `usual`; what it says that cannot be waited for is warned of. Tests set RUNSPEC_SILENCE_MS. */
export function readPatience(context: Context, usual = PATIENCE_SECONDS): Patience {
  const { [VARIABLE]: said = "", RUNSPEC_SILENCE_MS: silence } = context.env;
  const isSound = Number(said) > 0;
  const message = `found ${JSON.stringify(said)}, expected seconds, more than 0; using ${usual}`;
  if (said !== "" && !isSound)
    warn(context, { severity: "warning", file: "the environment", key: VARIABLE, message });
  const patienceMs = (isSound ? Math.min(Number(said), LONGEST_SECONDS) : usual) * 1000;
  return { patienceMs, silenceMs: Number(silence ?? patienceMs) };
}
