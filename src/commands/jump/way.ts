/** The way to a host's server, as it is being opened, and what looks after it. */

import type { Context } from "../../context.ts";
import { messageText } from "../../errors.ts";
import type { Destination } from "../../hosts/destination.ts";
import { patience } from "../../hosts/patience.ts";
import type { Ssh } from "../../hosts/start.ts";
import { childEnvironment } from "../../process/env.ts";
import type { ConnectOptions } from "../../session/connect.ts";
import { warn } from "../../spec/toml/issues.ts";

export interface Way {
  ssh: Ssh;
  /** Where the connection is one that others share: what starts one of our own, and keeps the next call from that one. */
  shared: { apart(): Ssh; forget(): void } | undefined;
  byHand: readonly string[];
}

/** How long a silent remote is waited for, unless RUNSPEC_HANDSHAKE_TIMEOUT says otherwise (seconds). */
const PATIENCE_SECONDS = 30;

type WayOptions = Required<Omit<ConnectOptions, "client" | "onOutput" | "stderr">>;

/** For whoever talks through it. */
export async function lookAfter(
  { ssh, shared, byHand }: Way,
  destination: Destination,
  context: Context,
): Promise<WayOptions> {
  const { alias, bin } = destination;
  const { seconds, issue } = patience(context.env, PATIENCE_SECONDS);
  if (issue !== undefined) warn(context, issue);
  const lookAtAddress = async (limitMs: number) => {
    // Not loaded for a host that answers.
    const { lookAtAddress } = await import("../../hosts/address.ts");
    return lookAtAddress(destination, childEnvironment(context.env), limitMs);
  };
  const found = { alias, bin, target: destination, byHand, patienceMs: seconds * 1000, lookAtAddress };
  if (shared === undefined) return { ...found, ssh, shared: false };
  const { overShared } = await import("../../session/over-shared.ts");
  const onRenewed = () => {
    const what = messageText(`${alias}: the shared connection was dead; connecting anew`);
    context.stderr.write(what).catch(() => {});
  };
  return { ...found, ssh: overShared(ssh, { ...found, ...shared, onRenewed }), shared: true };
}
