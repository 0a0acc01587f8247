/** A remote command that is waited for as long as something moves, and no longer than our patience where nothing does. */

import { EXIT, RunspecError } from "../errors.ts";
import { type Address, lookAtAddress, watchForDown } from "../hosts/address.ts";
import { sshArgv } from "../hosts/argv.ts";
import type { Destination } from "../hosts/destination.ts";
import { diagnose } from "../hosts/diagnose.ts";
import type { Evidence } from "../hosts/evidence.ts";
import { doctorCommand } from "../hosts/remedy.ts";
import { visible } from "../text.ts";

export interface Silence {
  /** Something has come, or `sent`: was taken. */
  moved(how: "heard" | "sent"): void;
  /** Rejects with why it is not waited for any longer. */
  over: Promise<never>;
  stop(): void;
}

/** `outcome` ends the sentence, asked when it is said: what has not been done. */
export function watchSilence(
  destination: Destination,
  options: { patienceMs: number; env: Record<string, string>; outcome(): string },
): Silence {
  const { patienceMs, env, outcome } = options;
  const { alias, bin } = destination;
  const patience = Math.round(patienceMs / 1000);
  const over = Promise.withResolvers<never>();
  over.promise.catch(() => {});
  let heard = false;
  let moved = false;
  let address: Evidence["address"];

  function isDown(): void {
    const ssh = sshArgv(destination, []);
    const facts = {
      alias,
      bin,
      target: destination,
      ssh,
      end: undefined,
      handshake: false,
      noise: undefined,
      stderr: "",
    };
    over.reject(diagnose({ ...facts, gaveUp: "no answer", patience, address, session: true }));
  }

  function expire(): void {
    const host = visible(alias);
    over.reject(
      moved
        ? new RunspecError(`${host}: the connection went silent for ${patience} s; ${outcome()}`, {
            exitCode: EXIT.CONNECTION,
            hint: doctorCommand(alias),
          })
        : new RunspecError(`${host}: it did not answer within ${patience} s; ${outcome()}`, {
            hint: doctorCommand(alias),
          }),
    );
  }

  let timer = setTimeout(expire, patienceMs);
  const down = watchForDown(
    { patienceMs, lookAtAddress: (limitMs) => lookAtAddress(destination, env, limitMs) },
    {
      heard: () => heard,
      found: (found: Address) => {
        address = found;
      },
      isDown,
    },
  );
  return {
    moved(how) {
      // What is sent may lie in the pipes of this machine.
      if (how === "heard") heard = true;
      moved ||= heard;
      clearTimeout(timer);
      timer = setTimeout(expire, patienceMs);
    },
    over: over.promise,
    stop() {
      clearTimeout(timer);
      down.stop();
    },
  };
}
