/** What was seen of a connection: what a diagnosis goes by. */

import type { Exit } from "../process/spawn.ts";
import type { Address } from "./address.ts";
import type { Destination } from "./destination.ts";

/** How ssh ended, where a signal is one on this side; `lingering`: its output was over, and it had to be ended. */
export type SshEnd = Exit | "lingering";

export interface Evidence {
  /** The host's name in messages. */
  alias: string;
  destination: Destination;
  /** Undefined: it had to be stopped, because we gave up. */
  end: SshEnd | undefined;
  handshake: boolean;
  /** The first line on stdout that was not JSON-RPC. */
  noise: string | undefined;
  stderr: string;
  /** Why we stopped waiting, if it was our doing. */
  gaveUp: "silent" | "noisy" | "stalled" | "no answer" | "endless" | "overload" | "shell" | undefined;
  /** What was waited for, in seconds. */
  patience: number;
  /** Tried when nothing came. */
  address?: Address | undefined;
  /** The connection is one that others may have made before. */
  shared?: boolean | undefined;
  /** Not a byte of ours has been taken: nothing was run. */
  untouched?: boolean | undefined;
  /** The lease of the call under way, once its tool has been started there, in seconds; undefined: none is known. */
  lease?: number | undefined;
  /** It is for no call of ours: a client's whole session is passed on, or a script of ours runs. */
  withoutCall?: boolean | undefined;
}
