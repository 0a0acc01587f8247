/** Signals to a tool that runs as another user: sent by that user, through the same become method. */

import { isRoot, isUser } from "../files/accounts.ts";
import { mayExecute } from "../files/look.ts";
import { runBriefly } from "../process/run-briefly.ts";
import { becomeArgv, type KillAs } from "./argv.ts";

/** How long a become program may take to send a signal: behind a name server that does not answer it is slow. */
const SENDER_MS = 15_000;

type Signal = "TERM" | "KILL" | "CONT";

/** The program that sends signals, where a rule for sudo can name it; undefined: a shell has to. */
export const killProgram = (): string | undefined =>
  ["/usr/bin/kill", "/bin/kill", "/run/current-system/sw/bin/kill"].find(mayExecute);

/** The command that sends `signal` to `addresses` (a process, or negative a group); `program` is {@link killProgram}'s. No `$` is in it, which `sudo -i` cannot pass on. */
export function killCommand(signal: Signal, addresses: readonly number[], program?: string): string[] {
  const behind = ["--", ...addresses.map(String)];
  // procps' kill would take the group `-12` behind `-s TERM --` for a signal; dash's own knows `--` only there.
  if (program !== undefined) return [program, `-${signal}`, ...behind];
  return ["sh", "-c", ["kill", "-s", signal, ...behind].join(" ")];
}

/** Whether a signal that `user` sends to the become program's group reaches that program, too. */
export const reachesBecome = (user: string) => isRoot(user) || isUser(user, process.getuid?.() ?? 0);

/** Whether `name` could be sent by `become.user` to those of `addresses` that are there, since we may not signal them; undefined: it took too long. `wake`: what is stopped is made to run on behind it. */
export async function killAs(
  become: KillAs,
  name: "TERM" | "KILL",
  addresses: readonly number[],
  { env, wake, limitMs = SENDER_MS }: { env: Record<string, string>; wake: boolean; limitMs?: number },
): Promise<boolean | undefined> {
  const program = killProgram();
  for (const prefix of become.throughEnv ? [[], ["env"]] : [[]]) {
    const send = (signal: Signal) => {
      const command = [...prefix, ...killCommand(signal, addresses, program)];
      return hasRun(becomeArgv({ ...become, env: new Map(), command }), env, limitMs);
    };
    const sent = await send(name);
    if (sent === false) continue;
    if (sent && wake) await send("CONT");
    return sent;
  }
  return false;
}

/** Whether kill was run: some of those it is for may have ended, and then it fails, too; undefined: it took longer than `limitMs`. */
async function hasRun(argv: string[], env: Record<string, string>, limitMs: number) {
  try {
    const { signal } = new AbortController();
    const { exitCode, stderr } = await runBriefly(argv, { env, limitMs, signal, ownGroup: true });
    return KILL_SAID.test(stderr) || (exitCode === undefined ? undefined : exitCode === 0);
  } catch {
    // There is no such program, or it cannot be started now.
    return false;
  }
}

/** `kill: (12) - No such process`, also from a shell's own. */
const KILL_SAID = /^(?:\S*sh: (?:line )?(?:\d+: )?)?(?:\S*\/)?kill: /m;
