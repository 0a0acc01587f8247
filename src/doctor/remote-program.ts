/** The runspec on the remote: is it where we look, does it run, how old is it? */

import { attempt, EXIT } from "../errors.ts";
import { sshArgv } from "../hosts/argv.ts";
import { quoteBin } from "../hosts/bin.ts";
import type { Destination } from "../hosts/destination.ts";
import { doesNotExist, runsNoCommand } from "../hosts/not-runspec.ts";
import * as remedy from "../hosts/remedy.ts";
import { codeOfShell } from "../hosts/ssh-messages.ts";
import { type MarkedLines, readMarkedLines } from "../process/marked-lines.ts";
import { quoteForShell, quoteWord } from "../process/quote.ts";
import { type BriefOptions, type BriefResult, runBriefly } from "../process/run-briefly.ts";
import { shorten, visible } from "../text.ts";
import { type Finding, fail, ok, oneLine, warned } from "./examination.ts";
import { ANSWERS_INSTEAD, DOCTOR_MARK } from "./login.ts";

/** A script for any shell, in one line as csh wants it. It tells PATH without a login, what our name for runspec leads to, and where else a runspec lies. */
const SCRIPT = [
  `echo "${DOCTOR_MARK} PATH $PATH"`,
  `echo "${DOCTOR_MARK} machine $(uname -s) $(uname -m)"`,
  `found=$(command -v "$1") && echo "${DOCTOR_MARK} found $found"`,
  `[ -e "$1" ] && echo "${DOCTOR_MARK} exists $1"`,
  `[ -d "$1" ] && echo "${DOCTOR_MARK} directory $1"`,
  'f=$found; [ -n "$f" ] || f=$1; why=; [ -O "$f" ] || [ "$(id -u)" = 0 ] || why=owner; [ -e "$f" ] || why=closed',
  `[ -n "$(find "$f" -prune -perm -111 2>/dev/null)" ] && why=mode; echo "${DOCTOR_MARK} why $why"`,
  `for d in "$HOME/.local/bin" "$HOME/bin" /usr/local/bin /usr/bin /opt/runspec/bin /opt/homebrew/bin; do [ -x "$d/runspec" ] && echo "${DOCTOR_MARK} elsewhere $d/runspec"; done`,
  // A login shell may not tell of a signal, and ssh never does. What never stops to print ends when nobody reads it.
  `"$1" --version 2>&1 </dev/null; ended=$?; echo; echo "${DOCTOR_MARK} ended $ended"`,
].join("; ");

/** Why chmod does not help where a program may not be executed; what `[ -x` says of it goes by its file system, too. */
const UNCHANGEABLE: Record<string, string> = {
  mode: "its mode allows it, so its file system (noexec) or a policy forbids it",
  closed: "it, or a directory above it, is closed to this user",
  owner: "it is not this user's, who cannot change its mode",
};

export async function checkRemoteProgram(destination: Destination, ours: string, options: BriefOptions) {
  const bin = quoteBin(destination.bin.path);
  const runThere = (words: readonly string[]) => runBriefly(sshArgv(destination, words), options);
  const [ran, lookup] = await Promise.all([
    runThere([bin, "--version"]),
    runThere(["/bin/sh", "-c", quoteForShell(SCRIPT), "sh", bin]),
  ]);
  const probe = readMarkedLines(lookup.stdout, DOCTOR_MARK);
  // Neither of the two commands was run, and yet both ended well.
  if (ran.exitCode === 0 && ran.stdout === "" && lookup.exitCode === 0 && lookup.stdout === "")
    return ok(undefined, ANSWERS_INSTEAD);
  const version = versionIn(ran.stdout);
  const { alias, user } = destination;
  const hasRun = version !== undefined || probe.one("PATH") !== undefined;
  const account = hasRun ? undefined : runsNoCommand(lookup.stderr, user);
  const finding = account
    ? fail(`${visible(alias)}: ${account.what}`, account.help)
    : judge(destination, probe, ran, ours);
  const [path, PATH, machine] = ["found", "PATH", "machine"].map(probe.one);
  const elsewhere = probe.all("elsewhere");
  const facts = { version: version && visible(version), path, PATH, machine };
  return { ...finding, details: { ...facts, elsewhere: elsewhere.length > 0 ? elsewhere : undefined } };
}

/** What `runspec --version` says that it is, or another program of that name in the same words. */
export const versionIn = (output: string): string | undefined =>
  /^[ \t]*runspec,?(?: version)? v?(\d[\w.+~-]{0,99})[ \t\r]*$/m.exec(output)?.[1];

function judge(destination: Destination, probe: MarkedLines, ran: BriefResult, ours: string) {
  const code = codeOfShell(ran.exitCode, ran.stderr, destination.bin.path);
  if (code === EXIT.NOT_FOUND) return notFound(destination, probe);
  if (code === EXIT.NOT_EXECUTABLE) return notExecutable(destination, probe, ran.stderr);
  const place = visible(probe.one("found") ?? destination.bin.path);
  const [install, version] = [remedy.installCommand(destination), versionIn(ran.stdout)];
  const signal = Number(probe.one("ended")) - 128;
  if (version === undefined && signal > 0 && signal <= 64) {
    const why = "is memory limited there (ulimit -v), the file cut short, or built for another machine?";
    const what = `${visible(destination.alias)}: ${place} --version is ended there by signal ${signal}`;
    return fail(what, `${why} ${install} puts the right build there`);
  }
  if (version === undefined) return doesNotSay(destination, place, ran);
  // Another program of that name may have a version of another form.
  const order = attempt(() => Bun.semver.order(version, ours));
  if (order === 0) return ok(undefined, `${ours} (${place})`);
  const update = `update runspec on this machine (${ours} → ${visible(version)})`;
  const [kind, help] =
    order === undefined ? ["another version", install] : order < 0 ? ["older", install] : ["newer", update];
  return warned(undefined, `${visible(version)} (${place}) is ${kind} than ${ours} here`, help);
}

function notFound(destination: Destination, probe: MarkedLines): Finding<never> {
  const { alias, bin } = destination;
  const [host, install] = [visible(alias), remedy.installCommand(destination)];
  const [elsewhere = ""] = probe.all("elsewhere").filter(isPlain);
  // A flag counts before what is set.
  const use =
    bin.source === "--bin" ? `--bin ${quoteWord(elsewhere)}` : remedy.setBin(destination, elsewhere);
  const help = elsewhere === "" ? install : `there is one in ${visible(elsewhere)}: ${use}`;
  // By a name alone it is not looked for in the directory where we are.
  const place = probe.one(bin.path.includes("/") ? "exists" : "found");
  const what = `is there, and what it needs to run is not (another libc, or another interpreter; the machine is ${machineOf(probe)})`;
  if (place !== undefined) return fail(`${host}: ${visible(place)} ${what}`, install);
  if (bin.source !== "path") return fail(`${host}: ${doesNotExist(bin)}`, help);
  const path = probe.one("PATH");
  const looked = path === undefined ? "" : `; without a login, PATH is ${visible(path)}`;
  return fail(`${host}: runspec is not on PATH there${looked}`, help);
}

const machineOf = (probe: MarkedLines): string => visible(probe.one("machine") ?? "unknown");

/** Whether a path that a host says may stand in a remedy. A terminal breaks no remedy, so an odd or long path could look like another host's line. */
const isPlain = (path: string): boolean => /^[\w.+@~/-]{1,200}$/.test(path);

function notExecutable(destination: Destination, probe: MarkedLines, stderr: string): Finding<never> {
  const { alias, bin } = destination;
  const place = probe.one("found") ?? bin.path;
  const pasted = isPlain(place) ? place : bin.path;
  const path = `${visible(alias)}: ${visible(place)}`;
  if (/exec format|cannot execute binary|not executable: |by the operating system/i.test(stderr)) {
    const what = `was built for another machine than ${machineOf(probe)}`;
    return fail(`${path} ${what}`, remedy.installCommand(destination));
  }
  if (probe.one("directory") !== undefined)
    return fail(`${path} is a directory`, remedy.notTheDirectory(destination, pasted));
  const cannot = `${path} cannot be executed: ${oneLine(stderr.slice(-120))}`;
  const why = UNCHANGEABLE[probe.one("why") ?? ""];
  const elsewhere = `install another where programs may be run:\n${remedy.installElsewhere(destination, place)}`;
  if (why !== undefined) return fail(`${cannot}; ${why}`, elsewhere);
  return fail(cannot, remedy.byHand(destination, ["chmod", "+x", pasted]));
}

/** Something answers to `--version`, and not with the version of a runspec. */
function doesNotSay(destination: Destination, place: string, ran: BriefResult): Finding<undefined> {
  const { alias } = destination;
  const { exitCode, stdout, stderr } = ran;
  const broke = exitCode === EXIT.CONNECTION && stdout === "";
  const ended = exitCode === undefined ? "does not end" : `ends with ${exitCode}`;
  const words = shorten(oneLine(stdout || stderr), 80);
  const says = words === "" ? "says nothing" : `says "${words}"`;
  const [why, help] = broke
    ? ["ssh ends so where a connection breaks", remedy.askingSsh(destination, ["ssh", "-v"], ["true"])]
    : ["it may be another program", remedy.installCommand(destination)];
  return warned(undefined, `${visible(alias)}: ${place} --version ${ended} and ${says}: ${why}`, help);
}
