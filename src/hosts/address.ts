/** Where nothing comes from a host: does anything answer at the address to which ssh leads? */

import { runBriefly } from "../process/run-briefly.ts";
import { firstLine } from "../text.ts";
import { sshArgv, withFlags } from "./argv.ts";
import type { Destination } from "./destination.ts";
import { greet } from "./greeting.ts";
import { readSshConfig } from "./ssh-config.ts";
import { saysTurnedAway } from "./ssh-messages.ts";

/** What is at the address to which ssh leads. */
export type Address =
  /** An SSH server answers, if only by a refusal. */
  | { kind: "up" }
  /** None did within so many seconds; `said`: something else, this. */
  | { kind: "down"; place: string; seconds: number; said?: string }
  /** What stands in between keeps us from trying it. */
  | { kind: "proxied"; proxy: string };

/** Undefined where it cannot be told: `ssh -G` failed, or the name was not resolved in time. */
export async function lookAtAddress(
  destination: Destination,
  env: Record<string, string>,
  limitMs: number,
): Promise<Address | undefined> {
  const options = { env, limitMs, signal: new AbortController().signal };
  const ran = await runBriefly(withFlags(sshArgv(destination, []), "-G"), options);
  if (ran.exitCode !== 0) return undefined;
  const effective = readSshConfig(ran, destination, env.HOME);
  const { hostname, port, proxy, family } = effective;
  if (proxy !== undefined) return { kind: "proxied", proxy };
  const known = await Promise.race([
    Bun.dns.lookup(hostname, { port, family, backend: "system" }).catch(() => undefined),
    Bun.sleep(limitMs).then(() => undefined),
  ]);
  if (known === undefined) return undefined;
  const greeting = await greet(effective, options);
  const seconds = Math.round(limitMs / 100) / 10;
  const down = { kind: "down" as const, place: `${hostname}, port ${port}`, seconds };
  if (greeting.kind === "silent") return down;
  // One that hangs up at once has too many logins under way; some say so.
  const said = greeting.kind === "text" ? greeting.text : "";
  const isServer = said === "" || said.includes("SSH-") || saysTurnedAway(said);
  return isServer ? { kind: "up" } : { ...down, said: firstLine(said) };
}

/** The address is tried after this part of our patience, and for as long: 5 s of 30 each. */
const PATIENCE_SHARE = 1 / 6;
/** A look takes at least this long, since the machine may be busy, or half of our patience where that is less. */
const SHORTEST_LOOK_MS = 1500;

/** Notices a host that is down, for which ssh may take minutes: tries its address after a silence, and tells what was found. What it returns stops it. */
export function watchForDown(
  options: { patienceMs: number; lookAtAddress?(limitMs: number): Promise<Address | undefined> },
  events: { heard(): boolean; found(address: Address): void },
): () => void {
  const { patienceMs } = options;
  const limitMs = Math.max(patienceMs * PATIENCE_SHARE, Math.min(SHORTEST_LOOK_MS, patienceMs / 2));
  let stopped = false;
  async function look(): Promise<void> {
    if (events.heard()) return;
    // If that fails, nothing is known, and ssh is waited for as usual.
    const address = await options.lookAtAddress?.(limitMs).catch(() => undefined);
    if (!stopped && address !== undefined && !events.heard()) events.found(address);
  }
  const timer = setTimeout(() => void look(), patienceMs * PATIENCE_SHARE);
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
