/** Where nothing comes from a host: does anything answer at the address to which ssh leads? */

import { runBriefly } from "../process/run-briefly.ts";
import { sshArgv } from "./argv.ts";
import type { Destination } from "./destination.ts";
import { readEffective } from "./effective.ts";
import { greet } from "./greeting.ts";

/** What was found: somebody answers, if only to refuse; nobody does, for so many seconds; or a proxy keeps us from trying. */
export type Address = { place: string } | { place: string; silentFor: number } | { proxy: string };

/** Undefined where it cannot be told: ssh does not say where it goes, or nobody says in time which address a name has. */
export async function lookAtAddress(
  destination: Destination,
  env: Record<string, string>,
  limitMs: number,
): Promise<Address | undefined> {
  const around = { env, limitMs, signal: new AbortController().signal };
  const [program = "ssh", ...words] = sshArgv(destination, []);
  const ran = await runBriefly([program, "-G", ...words], around);
  if (ran.exitCode !== 0) return undefined;
  const { hostname, port, proxy } = readEffective(ran.stdout, destination, env.HOME);
  if (proxy !== undefined) return { proxy };
  const known = await Promise.race([
    Bun.dns.lookup(hostname, { port, backend: "system" }).catch(() => undefined),
    Bun.sleep(limitMs).then(() => undefined),
  ]);
  if (known === undefined) return undefined;
  const greeting = await greet(hostname, port, around);
  const place = `${hostname}, port ${port}`;
  return greeting.kind === "silent" ? { place, silentFor: Math.round(limitMs / 100) / 10 } : { place };
}
