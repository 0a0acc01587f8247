/** Is the host the one that is known, does it let us in, and does its shell keep quiet? One login tells all. */

import { EXIT } from "../errors.ts";
import { statOf } from "../files/look.ts";
import { sshArgv, withFlags } from "../hosts/argv.ts";
import { runsNoCommand } from "../hosts/not-runspec.ts";
import type { SshConfig } from "../hosts/ssh-config.ts";
import { refusalIn, withoutLog } from "../hosts/ssh-messages.ts";
import { quoteWord } from "../process/quote.ts";
import { type BriefOptions, type BriefResult, runBriefly } from "../process/run-briefly.ts";
import { firstLine, joinLines, visible } from "../text.ts";
import { type Finding, fail, ok, skipped, warned } from "./examination.ts";
import { keyIn, unknownKey } from "./host-key.ts";
import type { Keys } from "./keys.ts";
import { keyRefusal, loginRefusal, wordsOfProxy } from "./refusal.ts";

/** A word that every shell echoes unchanged, Windows' included. */
export const DOCTOR_MARK = "runspec-doctor";
const SAY = ["echo", DOCTOR_MARK];
/** A forced `runspec serve` says nothing where its input is over at once, and neither does a shell that a start-up file ends. */
export const ANSWERS_INSTEAD = "it runs no command of ours; the handshake tells whether runspec answers";
const ENDED = {
  what: "a command there ends with 255, by a signal or with the connection, before it says a word",
  help: "does ~/.bashrc, ~/.zshenv or the like end the shell, or a limit there? The log of its sshd tells",
};

/** A login: what came of it, in words without ssh's own log; `isIn`: the host let us in. */
type LoginTry = { effective: SshConfig; ran: BriefResult; isIn: boolean };

interface Login extends LoginTry {
  /** Why it runs no command at all; undefined: it may run some. */
  account: ReturnType<typeof runsNoCommand>;
}

/** ssh alone can tell whether the key that it knows is the host's: its log does, and why it fails also where LogLevel keeps it quiet. */
export async function checkHostKey(effective: SshConfig, options: BriefOptions): Promise<Finding<LoginTry>> {
  const { destination, hostname } = effective;
  const { stderr: log, ...ended } = await runBriefly(withFlags(sshArgv(destination, SAY), "-v"), options);
  const words = withoutLog(log);
  const isIn = log.includes(`Authenticated to ${hostname} (`);
  const attempt = { effective, ran: { ...ended, stderr: words }, isIn };
  const isRefused = ended.exitCode === EXIT.CONNECTION;
  const { kind, summary = "", remedy = "" } = keyRefusal(words, effective) ?? {};
  if (isRefused && kind !== undefined && kind === refusalIn(words)?.kind)
    return kind === "unknown key" ? unknownKey(effective) : fail(summary, remedy);
  if (kind === "changed key") return warned(attempt, `${summary}; ssh takes it all the same`, remedy);
  // Where the proxy's own ssh came no further, it is the proxy's key that is known.
  const said = wordsOfProxy(words, effective) === undefined ? keyIn(log, effective, attempt) : undefined;
  if (said !== undefined) return said;
  if (isRefused || ended.exitCode === undefined) return skipped(attempt, "ssh did not get as far as the key");
  return ok(attempt, "ssh does not ask about it here");
}

export async function checkAuthentication(attempt: LoginTry, keys: Keys, options: BriefOptions) {
  const { effective, ran, isIn } = attempt;
  const { destination, user } = effective;
  if (ran.exitCode === undefined) return unfinished(attempt, options);
  // Once it is in, ssh may still give up something else that it is told to do, as a forwarding.
  if (ran.exitCode === EXIT.CONNECTION && (!isIn || refusalIn(ran.stderr) !== undefined)) {
    const { summary, remedy } = loginRefusal(ran.stderr, effective, keys);
    return fail(summary, remedy);
  }
  const said = ran.exitCode === EXIT.CONNECTION ? ENDED : runsNoCommand(`${ran.stdout}\n${ran.stderr}`, user);
  const account = ran.exitCode === 0 ? undefined : said;
  const summary = `${visible(destination.alias)} lets ${visible(user)} in, in ${ran.ms} ms`;
  return ok({ ...attempt, account }, summary, { ms: ran.ms });
}

/** Why a login did not end in its time: the host may answer, and what it leads through be dead. */
async function unfinished({ effective, ran }: LoginTry, options: BriefOptions): Promise<Finding<never>> {
  const { destination, controlPath: shared = "" } = effective;
  const host = visible(destination.alias);
  const apart = withFlags(sshArgv(destination, SAY), "-o", "ControlPath=none");
  if (statOf(shared)?.isSocket() && (await runBriefly(apart, options)).exitCode === 0) {
    const remedy = `remove it, and the next one is new:\nrm ${quoteWord(shared)}`;
    return fail(`${host} answers, but not through the connection that ssh shares (ControlPath)`, remedy);
  }
  // Something may have been said already, such as what the shell prints before it hangs.
  const output = ran.stdout === "" ? "" : `, but said "${firstLine(ran.stdout)}"`;
  const ask =
    "does its shell wait for something when it starts? Is a jump host in between asking for something?";
  return fail(`${host} did not let us run a command within ${options.limitMs / 1000} s${output}`, ask);
}

/** What a shell prints when it starts stands before the first message of every conversation. */
export function checkShell({ effective, ran, account }: Login): Finding<undefined> {
  const host = visible(effective.destination.alias);
  if (account !== undefined) return fail(`${host}: ${account.what}`, account.help);
  const noise = firstLine(ran.stdout.replace(DOCTOR_MARK, ""));
  const remedy =
    "use a key without command= in authorized_keys there, and a user with a shell and without ForceCommand in sshd_config; or do ~/.bashrc, ~/.zshenv or the like end the shell, or run another program?";
  if (ran.exitCode !== 0) {
    // What stands first on stderr may be a banner.
    const words = noise || firstLine(joinLines(ran.stderr, 1));
    const ended = `"echo" ended with ${ran.exitCode}${words === "" ? "" : ` and "${words}"`}`;
    return fail(`${host} does not run commands: ${ended}`, remedy);
  }
  const isAnswered = ran.stdout.includes(DOCTOR_MARK);
  if (noise === "") return ok(undefined, isAnswered ? "it prints nothing when it starts" : ANSWERS_INSTEAD);
  if (!isAnswered)
    return fail(`${host}: something else runs there than what is asked for; it says "${noise}"`, remedy);
  return warned(
    undefined,
    `${host}: "${noise}" is printed before a command runs, which breaks other programs that talk over ssh`,
    "there, in ~/.bashrc, ~/.zshenv or /etc/profile, print only for interactive shells: case $- in *i*) … ;; esac",
  );
}
