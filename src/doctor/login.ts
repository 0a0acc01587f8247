/** Does the host let us in, and does its shell keep quiet? One login tells both. */

import { EXIT } from "../errors.ts";
import { sshArgv, withFlags } from "../hosts/argv.ts";
import type { Effective } from "../hosts/effective.ts";
import { runsNoCommand } from "../hosts/not-runspec.ts";
import { type BriefOptions, type BriefResult, runBriefly } from "../process/run-briefly.ts";
import { firstLine, visible } from "../text.ts";
import { type Finding, fail, ok, warned } from "./examination.ts";
import type { Keys } from "./keys.ts";
import { loginRefusal } from "./refusal.ts";

/** A word that every shell echoes unchanged, Windows' included. */
const MARK = "runspec-doctor";
const SAY = ["echo", MARK];

/** A login that worked: what came of it. */
interface Login {
  effective: Effective;
  ran: BriefResult;
  /** Why it runs no command at all; undefined: it may run some. */
  account: ReturnType<typeof runsNoCommand>;
}

export async function checkAuthentication(effective: Effective, keys: Keys, options: BriefOptions) {
  const { destination, user } = effective;
  const ran = await runBriefly(sshArgv(destination, SAY), options);
  const host = visible(destination.alias);
  if (ran.exitCode === undefined) {
    // Something may have been said already, such as what the shell prints before it hangs.
    const output = ran.stdout === "" ? "" : `, but said "${firstLine(ran.stdout)}"`;
    const ask =
      "does its shell wait for something when it starts? Is a jump host in between asking for something?";
    return fail(`${host} did not let us run a command within ${options.limitMs / 1000} s${output}`, ask);
  }
  if (ran.exitCode === EXIT.CONNECTION) {
    const { summary, remedy } = loginRefusal(await wordsOf(ran, effective, options), effective, keys);
    return fail(summary, remedy);
  }
  const account = ran.exitCode === 0 ? undefined : runsNoCommand(`${ran.stdout}\n${ran.stderr}`, user);
  return ok({ effective, ran, account }, `${host} lets ${visible(user)} in, in ${ran.ms} ms`, { ms: ran.ms });
}

/** What ssh says of a failure; where LogLevel keeps it quiet, it is tried once more, and told to speak. */
async function wordsOf({ stderr }: BriefResult, { destination }: Effective, options: BriefOptions) {
  if (stderr.trim() !== "") return stderr;
  const verbose = await runBriefly(withFlags(sshArgv(destination, SAY), "-v"), options);
  return verbose.stderr.replaceAll(/^(?:debug\d|OpenSSH_).*\r?\n?/gm, "");
}

/** What a shell prints when it starts stands before the first message of every conversation. */
export function checkShell({ effective, ran, account }: Login): Finding<undefined> {
  const host = visible(effective.destination.alias);
  if (account !== undefined) return fail(`${host}: ${account.what}`, account.help);
  const noise = firstLine(ran.stdout.replace(MARK, ""));
  const remedy =
    "use a key without command= in authorized_keys there, and a user with a shell and without ForceCommand in sshd_config; or do ~/.bashrc, ~/.zshenv or the like end the shell, or run another program?";
  if (ran.exitCode !== 0) {
    const words = firstLine(ran.stderr) || noise;
    const ended = `"echo" ended with ${ran.exitCode}${words === "" ? "" : ` and "${words}"`}`;
    return fail(`${host} does not run commands: ${ended}`, remedy);
  }
  if (noise === "") return ok(undefined, "it prints nothing when it starts");
  if (!ran.stdout.includes(MARK))
    return fail(`${host}: something else runs there than what is asked for; it says "${noise}"`, remedy);
  return warned(
    undefined,
    `${host}: its shell prints "${noise}" before a command runs, which breaks other programs that talk over ssh`,
    "there, in ~/.bashrc, ~/.zshenv or /etc/profile, print only for interactive shells: case $- in *i*) … ;; esac",
  );
}
