/** A connection that calls share (`multiplex`): is one open, and is it alive? */

import { pathOption, sshArgv, withFlags } from "../hosts/argv.ts";
import type { Destination } from "../hosts/destination.ts";
import { multiplexOptions } from "../hosts/multiplex.ts";
import { quoteWord } from "../process/quote.ts";
import { type BriefOptions, runBriefly } from "../process/run-briefly.ts";
import { visible } from "../text.ts";
import { fail, ok } from "./examination.ts";

/** Runs a command through the one that is open; makes none. */
export async function checkSharing(destination: Destination, uid: number, around: BriefOptions) {
  const { path, options } = await multiplexOptions(destination, around.env, uid);
  const master = await runBriefly(withFlags(sshArgv(destination, [], options), "-O", "check"), around);
  if (master.exitCode !== 0) return ok(undefined, "none is open");
  const ran = await runBriefly(
    sshArgv(destination, ["true"], ["ControlMaster=no", pathOption("ControlPath", path)]),
    around,
  );
  if (ran.exitCode === 0) return ok(undefined, `the open connection answers in ${ran.ms} ms`, { ms: ran.ms });
  const remedy = `remove it, and the next call connects anew:\nrm ${visible(quoteWord(path))}`;
  const summary = `the open connection does not answer within ${around.limitMs / 1000} s`;
  return fail(summary, remedy, { socket: path });
}
