/** Running scripts of ours on the remote, as `--install` does: what they are given, and what a person sees meanwhile. */

import type { Context } from "../../context.ts";
import { EXIT, RunspecError } from "../../errors.ts";
import { isWindowsPath } from "../../hosts/bin.ts";
import type { Destination } from "../../hosts/destination.ts";
import { copyToWindows } from "../../hosts/remedy.ts";
import { saysNoConnection } from "../../hosts/ssh-messages.ts";
import { patienceMs } from "../../hosts/start.ts";
import { visible } from "../../text.ts";
import type { Attempt, Ran } from "./failures.ts";
import { runOverSsh } from "./over-ssh.ts";
import { showProgress } from "./progress.ts";

export interface RemoteScripts {
  destination: Destination;
  /** The argv that runs a remote command, whose words are quoted already. */
  argvOf(command: readonly string[]): Promise<readonly string[]>;
  /** For ssh. */
  env: Record<string, string>;
}

export type RunScript = (command: readonly string[], input?: Uint8Array) => Promise<Ran>;

export interface Undertaking extends Attempt {
  /** All was sent: unless the remote says so, nobody knows how it ended. */
  allSent: boolean;
}

export function attemptOf(destination: Destination, outcome: string): Undertaking {
  const { alias, bin } = destination;
  if (isWindowsPath(bin.path)) {
    throw new RunspecError(
      `${visible(alias)}: ${visible(bin.path)} is a path of Windows, where --install does not work`,
      { hint: copyToWindows(destination, bin.path) },
    );
  }
  return {
    destination,
    allSent: false,
    get outcome() {
      return this.allSent ? "whether that was done there is not known" : outcome;
    },
  };
}

/** Runs scripts of ours there. One that nothing is heard of for too long is given up. */
export function scriptRunner(
  { destination, argvOf, env }: RemoteScripts,
  attempt: Undertaking,
  context: Context,
): RunScript {
  const waitMs = patienceMs(context);
  return async (command, input) => {
    const argv = await argvOf(command);
    const show = showProgress(`copying to ${visible(destination.alias)}`, input?.length ?? 0, context);
    const sent = (bytes: number) => {
      attempt.allSent = bytes === input?.length;
      show.sent(bytes);
    };
    try {
      const ran = await runOverSsh(argv, {
        destination,
        patienceMs: waitMs,
        env,
        outcome: () => attempt.outcome,
        onSignals: context.onSignals,
        async stderr(bytes) {
          await show.clear();
          await context.stderr.write(bytes);
        },
        ...(input === undefined ? {} : { input: { bytes: input, sent } }),
      });
      // It has said how it ended.
      if (ran.exitCode !== EXIT.CONNECTION || saysNoConnection(ran.stderr)) attempt.allSent = false;
      return ran;
    } finally {
      await show.clear();
    }
  };
}
