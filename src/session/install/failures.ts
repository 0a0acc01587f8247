/** Why nothing was installed, or taken away. */

import { posix } from "node:path";
import { EXIT, RunspecError } from "../../errors.ts";
import type { Destination } from "../../hosts/destination.ts";
import { runsNoCommand } from "../../hosts/not-runspec.ts";
import { byHand, doctorCommand, notTheDirectory } from "../../hosts/remedy.ts";
import { saysNotFoundByWindows, saysNotLoaded } from "../../hosts/ssh-messages.ts";
import { type MarkedLines, readMarkedLines } from "../../process/marked-lines.ts";
import type { BriefResult } from "../../process/run-briefly.ts";
import { firstLine, visible } from "../../text.ts";
import { isWindows } from "./build.ts";
import { DEFAULT_PLACE, MARK, placeOf, SCRIPT_EXIT } from "./scripts.ts";

type ScriptRun = Pick<BriefResult, "stdout" | "stderr"> & { exitCode: number };

/** An attempt to install runspec on a host, or to take it away there. */
export interface InstallAttempt {
  destination: Destination;
  /** What was not done: "nothing was installed". */
  outcome: string;
}

/** What a script of ours said. @throws RunspecError where it did not come to its end */
export function readScript(ran: ScriptRun, attempt: InstallAttempt): MarkedLines {
  const output = readMarkedLines(ran.stdout, MARK);
  const target = output.one("target");
  const isLost = ran.exitCode === EXIT.CONNECTION;
  if (target !== undefined && ran.exitCode !== 0 && !isLost) throw failure(attempt, ran.exitCode, target);
  if (target === undefined || !output.complete) throw notRun(attempt, ran);
  return output;
}

/** Why our script was not run at all: what ran instead shows in what it said. */
function notRun({ destination, outcome }: InstallAttempt, ran: ScriptRun): RunspecError {
  const host = visible(destination.alias);
  const output = `${ran.stdout}\n${ran.stderr}`;
  const doctor = doctorCommand(destination);
  if (ran.exitCode === EXIT.CONNECTION || saysNotLoaded(ran.stderr)) {
    // What our script has said, it said over a connection.
    const what = output.includes(MARK)
      ? "the connection was lost"
      : "ssh could not connect, or lost the connection";
    return new RunspecError(`${host}: ${what}; ${outcome}`, { exitCode: EXIT.CONNECTION, hint: doctor });
  }
  if (saysNotFoundByWindows(output, "sh")) return isWindows(destination);
  const account = runsNoCommand(output, destination.user);
  if (account !== undefined)
    return new RunspecError(`${host}: ${account.what}; ${outcome}`, { hint: account.help });
  const words = firstLine(ran.stdout) || firstLine(ran.stderr);
  if (destination.bin.path.startsWith("~") && /no such user|unknown user/i.test(words))
    return failure({ destination, outcome }, SCRIPT_EXIT.NO_SUCH_HOME, destination.bin.path);
  const answer = words === "" ? `ended with ${ran.exitCode} without a word` : `said "${words}"`;
  const what = `something else ran there, which ${answer}: a forced command, an rc file, or a shell such as /bin/false`;
  const hint = `use a key without command= in authorized_keys there, and a user with a shell; what there is: ${doctor}`;
  return new RunspecError(`${host}: ${what}; ${outcome}`, { hint });
}

/** Why a script of ours ended with `exitCode`, when it was at `target`. */
export function failure(attempt: InstallAttempt, exitCode: number, target: string): RunspecError {
  const { destination, outcome } = attempt;
  const [host, path, place] = [destination.alias, target, posix.dirname(target)].map(visible);
  const doctor = doctorCommand(destination);
  // What is pasted is not broken at a terminal: in a list, a path that the host says could go on there as another's line.
  const own = placeOf(destination.bin);
  if (exitCode === SCRIPT_EXIT.BROKEN_IN_PLACE) {
    const what = `${path} was written and does not run from there (the message is above)`;
    return new RunspecError(`${host}: ${what}`, { hint: doctor });
  }
  const other = target.endsWith(DEFAULT_PLACE.slice(1)) ? "~/bin/runspec" : DEFAULT_PLACE;
  const another = outcome.endsWith("removed") ? "" : `name a place of your own, as --bin '${other}', or `;
  const causes: Partial<Record<number, readonly [what: string, hint: string]>> = {
    [SCRIPT_EXIT.CHECKSUM_DIFFERS]: ["the copy was cut short or damaged", "try again"],
    [SCRIPT_EXIT.NOT_UNPACKED]: [
      "the copy could not be written, or came damaged (the message is above)",
      `is there room? ${byHand(destination, ["df", "-h", own.slice(0, own.lastIndexOf("/") + 1)])}`,
    ],
    [SCRIPT_EXIT.DOES_NOT_RUN]: [
      `this build does not run there, in ${place} (the message is above)`,
      `a directory mounted noexec? Then name another with --bin. What the machine is: ${byHand(destination, ["uname", "-sm"])}`,
    ],
    [SCRIPT_EXIT.DIRECTORY]: [`${path} is a directory`, notTheDirectory(destination, own)],
    [SCRIPT_EXIT.NOT_WRITABLE]: [
      `${place} cannot be written to there`,
      `${another}use a user who may write there`,
    ],
    [SCRIPT_EXIT.NO_SUCH_HOME]: [`the shell there knows no ${path}`, "name the whole path, from /"],
    [SCRIPT_EXIT.NOT_RUNSPEC]: [
      `${path} does not say that it is runspec`,
      `look at it, and if it is to go: ${byHand(destination, ["rm", own])}`,
    ],
  };
  const unknown = [`the script there failed with ${exitCode} (the message is above)`, doctor];
  const [what, hint] = causes[exitCode] ?? unknown;
  return new RunspecError(`${host}: ${what}; ${outcome}`, { hint });
}
