/** The transport to a host's server: an ssh that is being started, and what is known of the connection. */

import { type Context, tell } from "../context.ts";
import { messageText } from "../errors.ts";
import { type Address, lookAtAddress } from "../hosts/address.ts";
import type { Destination } from "../hosts/destination.ts";
import type { Evidence } from "../hosts/evidence.ts";
import type { Route } from "../hosts/route.ts";
import { type Patience, readPatience, requireSsh, type Ssh, startSsh } from "../hosts/ssh-process.ts";
import { childEnvironment } from "../process/env.ts";
import { sharedOrOwn } from "./shared-connection.ts";

export interface Transport extends Patience, Pick<Evidence, "alias" | "destination" | "shared"> {
  ssh: Ssh;
  /** Looks at the address where ssh leads, within so many milliseconds; asked where nothing at all has come for a while. */
  lookAtAddress?(limitMs: number): Promise<Address | undefined>;
}

/** Starts ssh along `route`; `carries` as {@link startSsh} has it. @throws RunspecError 125 where there is none */
export function openTransport(
  destination: Destination,
  { argv, shared }: Route,
  context: Context,
  { carries = true } = {},
): Transport {
  const { alias } = destination;
  const env = childEnvironment(context.env);
  const start = (words: readonly string[]) => startSsh(words, env, carries);
  requireSsh(context.env.PATH);
  // Before anything else: to connect takes longest.
  const ssh = start(argv);
  const common = {
    alias,
    destination,
    ...readPatience(context),
    lookAtAddress: (limitMs: number) => lookAtAddress(destination, env, limitMs),
  };
  if (shared === undefined) return { ...common, ssh };
  const { forget, ownArgv } = shared;
  const onRenewed = () =>
    void tell(context, messageText(`${alias}: the shared connection was dead; connecting anew`));
  const options = { ...common, forget, startOwn: () => start(ownArgv), onRenewed };
  return { ...common, ssh: sharedOrOwn(ssh, options), shared: true };
}
