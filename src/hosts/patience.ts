/** How long a silent remote is waited for. */

import type { Issue } from "../spec/model.ts";

const VARIABLE = "RUNSPEC_HANDSHAKE_TIMEOUT";
/** A timer that is set for longer than 2^31 ms fires at once. */
const LONGEST_SECONDS = 2_000_000;

/** Seconds, as RUNSPEC_HANDSHAKE_TIMEOUT says, else `usual`; with an issue where it says nothing that can be waited for. */
export function patience(
  env: Record<string, string | undefined>,
  usual: number,
): { seconds: number; issue?: Issue } {
  const said = env[VARIABLE] ?? "";
  if (said === "") return { seconds: usual };
  const seconds = Number(said);
  if (seconds > 0) return { seconds: Math.min(seconds, LONGEST_SECONDS) };
  const message = `found ${JSON.stringify(said)}, expected seconds, more than 0; taken for ${usual}`;
  return {
    seconds: usual,
    issue: { severity: "warning", file: "the environment", key: VARIABLE, message },
  };
}
