/** The transport to a host's server: an ssh that is being started, and what is known of the connection. */

import { type Context, tell } from "../context.ts";
import { messageText } from "../errors.ts";
import { type Address, lookAtAddress } from "../hosts/address.ts";
import type { Destination } from "../hosts/destination.ts";
import type { Evidence } from "../hosts/evidence.ts";
import { routeTo } from "../hosts/route.ts";
import { type Patience, readPatience, type Ssh, startSsh } from "../hosts/ssh-process.ts";
import { sharedOrOwn } from "./shared-connection.ts";

export interface Transport extends Patience, Pick<Evidence, "alias" | "destination" | "shared"> {
  ssh: Ssh;
  /** Looks at the address where ssh leads, within so many milliseconds; asked where nothing at all has come for a while. */
  lookAtAddress?(limitMs: number): Promise<Address | undefined>;
  /** Of a shared connection: leaves it as dead, and says all again through one of our own, unless something of it has been taken. */
  renew?(): void;
}

/** Starts the ssh that leads to `destination`. @throws RunspecError 125 where there is none */
export function openTransport(
  destination: Destination,
  context: Context,
  { patienceMs, silenceMs }: Patience = readPatience(context),
): Transport {
  const { alias } = destination;
  const { env } = context;
  const { argv, shared } = routeTo(destination, context);
  // Before anything else: to connect takes longest.
  const ssh = startSsh(argv, env);
  const common = {
    alias,
    destination,
    patienceMs,
    silenceMs,
    lookAtAddress: (limitMs: number) => lookAtAddress(destination, env, limitMs),
  };
  if (shared === undefined) return { ...common, ssh };
  const { forget, ownArgv } = shared;
  const onRenewed = () =>
    void tell(context, messageText(`${alias}: the shared connection was dead; connecting anew`));
  const options = { forget, startOwn: () => startSsh(ownArgv, env), onRenewed };
  return { ...common, ...sharedOrOwn(ssh, options), shared: true };
}
