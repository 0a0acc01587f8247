/** The ssh command line that leads to a destination. */

import { rmSync } from "node:fs";
import type { Context } from "../context.ts";
import { sshArgv } from "./argv.ts";
import { quoteBin } from "./bin.ts";
import type { Destination } from "./destination.ts";
import { multiplexOptions } from "./multiplex.ts";

/** What starts the server, each word as the remote's shell reads it. */
const serveCommand = ({ bin }: Destination): string[] => [quoteBin(bin.path), "serve"];

/** The documented argv that starts a destination's server. */
export const serveArgv = (destination: Destination): string[] =>
  sshArgv(destination, serveCommand(destination));

/** The documented argv of `command`, whose words are quoted for the remote's shell, with the options of multiplexing where it is on; then also what forgets the shared connection, so that the next call makes its own, and the argv that shares none. */
export function routeTo(
  destination: Destination,
  { env, uid }: Pick<Context, "env" | "uid">,
  command: readonly string[] = serveCommand(destination),
) {
  const ownArgv = sshArgv(destination, command);
  // Windows has no sockets of this kind; the field is for other machines that share the file.
  if (!destination.multiplex || uid === undefined) return { argv: ownArgv };
  const { options, sockets } = multiplexOptions(destination, env, uid);
  function forget(): void {
    for (const path of sockets()) rmSync(path, { force: true });
  }
  return { argv: sshArgv(destination, command, options), shared: { forget, ownArgv } };
}
