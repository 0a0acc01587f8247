/** The ssh command line that leads to a destination. */

import type { Context } from "../context.ts";
import { sshArgv } from "./argv.ts";
import { quoteBin } from "./bin.ts";
import type { Destination } from "./destination.ts";

export type RouteContext = Pick<Context, "env" | "uid">;

export interface Route {
  argv: string[];
  /** The same up to the host, without the options of multiplexing. */
  ssh: string[];
  /** Where a connection is shared: what forgets it, and the argv that shares none. */
  shared?: { forget(): void; apart: string[] };
}

/** The documented argv of `serve` at `destination`, with the options of multiplexing where it is on. */
export async function routeToServe(destination: Destination, context: RouteContext): Promise<Route> {
  return routeTo(destination, [quoteBin(destination.bin.path), "serve"], context);
}

/** The same for another remote command, whose words are already quoted for the remote's shell. */
export async function routeTo(
  destination: Destination,
  command: readonly string[],
  { env, uid }: RouteContext,
): Promise<Route> {
  const plain = sshArgv(destination, command);
  const ssh = sshArgv(destination, []);
  // Windows has no sockets of this kind; the field is for whoever shares the file.
  if (!destination.multiplex || uid === undefined) return { argv: plain, ssh };
  const { forget, multiplexOptions } = await import("./multiplex.ts");
  const { options, path } = await multiplexOptions({
    runtimeDir: env.XDG_RUNTIME_DIR,
    uid,
    key: routeKey(ssh),
  });
  return {
    argv: sshArgv(destination, command, options),
    ssh,
    shared: { forget: () => forget({ path }), apart: plain },
  };
}

/** A name for what `argv` reaches, short enough for a socket's path. */
export function routeKey(argv: readonly string[]): string {
  return new Bun.CryptoHasher("sha256").update(JSON.stringify(argv)).digest("hex").slice(0, 24);
}
