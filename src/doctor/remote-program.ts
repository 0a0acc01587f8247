/** The runspec on the remote: is it where we look, does it run, how old is it? */

import { EXIT } from "../errors.ts";
import { sshArgv } from "../hosts/argv.ts";
import { quoteBin } from "../hosts/bin.ts";
import type { Destination } from "../hosts/destination.ts";
import { doesNotExist, runsNoCommand } from "../hosts/not-runspec.ts";
import { askingSsh, byHand, installCommand, setBin } from "../hosts/remedy.ts";
import { quoteWord } from "../process/quote.ts";
import { type BriefOptions, type BriefResult, runBriefly } from "../process/run-briefly.ts";
import { readSaid, type Said } from "../process/said.ts";
import { visible } from "../text.ts";
import { type Finding, fail, ok, oneLine, warned } from "./examination.ts";

const MARK = "runspec-doctor";
/**
 * For whatever shell: what a shell that is not a login shell has for a PATH, what the name we use leads to, and where else a
 * runspec lies. One line, as csh wants it.
 */
const SCRIPT = [
  `echo "${MARK} PATH $PATH"`,
  `echo "${MARK} machine $(uname -s) $(uname -m)"`,
  `found=$(command -v "$1") && echo "${MARK} found $found"`,
  `[ -e "$1" ] && echo "${MARK} exists $1"`,
  `for d in "$HOME/.local/bin" "$HOME/bin" /usr/local/bin /usr/bin /opt/runspec/bin /opt/homebrew/bin; do [ -x "$d/runspec" ] && echo "${MARK} elsewhere $d/runspec"; done`,
].join("; ");

export async function checkRemoteProgram(
  destination: Destination,
  ours: string,
  around: BriefOptions,
): Promise<Finding<undefined>> {
  const bin = quoteBin(destination.bin.path);
  const reach = (words: readonly string[]) => runBriefly(sshArgv(destination, words), around);
  const [ran, looked] = await Promise.all([
    reach([bin, "--version"]),
    reach(["sh", "-c", quoteWord(SCRIPT), "sh", bin]),
  ]);
  const seen = readSaid(looked.stdout, MARK);
  // Neither of the two commands was run, and yet both ended well.
  if (ran.exitCode === 0 && ran.stdout === "" && looked.exitCode === 0 && looked.stdout === "")
    return ok(
      undefined,
      "a forced command answers in its place; the handshake tells whether it is runspec serve",
    );
  if (ran.exitCode === EXIT.NOT_FOUND) return notFound(destination, seen);
  if (ran.exitCode === EXIT.NOT_EXECUTABLE) return notExecutable(destination, seen, ran);
  return judgeVersion(destination, ours, seen, ran);
}

function notFound(destination: Destination, seen: Said): Finding<never> {
  const { alias, bin } = destination;
  const [host, install, details] = [visible(alias), installCommand(alias, bin), detailsOf(seen)];
  const [elsewhere] = seen.all("elsewhere");
  const remedy =
    elsewhere === undefined
      ? install
      : `there is one in ${visible(elsewhere)}: ${setBin(destination, elsewhere)}`;
  if (bin.source === "path") {
    const path = seen.one("PATH");
    const looked = path === undefined ? "" : `; without a login, PATH is ${visible(path)}`;
    return fail(`${host}: runspec is not on PATH there${looked}`, remedy, details);
  }
  if (seen.one("exists") === undefined) return fail(doesNotExist(alias, bin), remedy, details);
  const what = `is there, and what it needs to run is not (another libc, or another interpreter; the machine is ${machineOf(seen)})`;
  return fail(`${host}: ${visible(bin.path)} ${what}`, install, details);
}

function machineOf(seen: Said): string {
  return visible(seen.one("machine") ?? "unknown");
}

function notExecutable(destination: Destination, seen: Said, { stderr }: BriefResult): Finding<never> {
  const { alias, bin } = destination;
  const place = seen.one("found") ?? bin.path;
  const path = `${visible(alias)}: ${visible(place)}`;
  if (/exec format|cannot execute binary/i.test(stderr)) {
    const what = `was built for another machine than ${machineOf(seen)}`;
    return fail(`${path} ${what}`, installCommand(alias, bin), detailsOf(seen));
  }
  const remedy = byHand(sshArgv(destination, []), ["chmod", "+x", place]);
  return fail(`${path} cannot be executed: ${oneLine(stderr).slice(-120)}`, remedy, detailsOf(seen));
}

function judgeVersion(
  destination: Destination,
  ours: string,
  seen: Said,
  { exitCode, stdout, stderr }: BriefResult,
): Finding<undefined> {
  const { alias, bin, user } = destination;
  const place = visible(seen.one("found") ?? bin.path);
  const install = installCommand(alias, bin);
  const version = /^\s*runspec,?(?: version)? v?(\d+(?:\.\d+)*\S*)\s*$/m.exec(stdout)?.[1];
  if (version === undefined) {
    const account = runsNoCommand(`${stdout}\n${stderr}`, user);
    if (account !== undefined)
      return warned(undefined, `${visible(alias)}: ${account.what}`, account.help, detailsOf(seen));
    const broke = exitCode === 255 && stdout === "";
    const ended = exitCode === undefined ? "does not end" : `ends with ${exitCode}`;
    const said = oneLine(stdout || stderr).slice(0, 80);
    const says = said === "" ? "says nothing" : `says "${said}"`;
    const summary = `${visible(alias)}: ${place} --version ${ended} and ${says}: ${broke ? "ssh ends so where a connection breaks" : "it may be another program"}`;
    const remedy = broke ? askingSsh(destination, ["ssh", "-v"], ["true"]) : install;
    return warned(undefined, summary, remedy, detailsOf(seen));
  }
  const details = detailsOf(seen, visible(version));
  const order = compareVersions(version, ours);
  if (order === 0) return ok(undefined, `${ours} (${place})`, details);
  const [old, remedy] =
    order < 0
      ? ["older", install]
      : ["newer", `update runspec on this machine (${ours} → ${visible(version)})`];
  return warned(undefined, `${visible(version)} (${place}) is ${old} than ${ours} here`, remedy, details);
}

function detailsOf(seen: Said, version?: string): Record<string, string | string[]> {
  const facts = {
    version,
    path: seen.one("found"),
    PATH: seen.one("PATH"),
    machine: seen.one("machine"),
  };
  const known = Object.entries(facts).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]));
  const elsewhere = seen.all("elsewhere");
  return { ...Object.fromEntries(known), ...(elsewhere.length > 0 && { elsewhere }) };
}

/** Below, equal to or above zero, by the numbers between the dots; what comes before a release (`1.0.0-rc.1`) is below it. */
export function compareVersions(a: string, b: string): number {
  return Bun.semver.order(semantic(a), semantic(b));
}

/** As Semantic Versioning has it: another program of that name may give fewer numbers, or more behind them. */
function semantic(version: string): string {
  const numbers = /^(\d+)(?:\.(\d+))?(?:\.(\d+))?[^-+]*(-)?/.exec(version) ?? [];
  const [, major = "0", minor = "0", patch = "0", before] = numbers;
  return `${major}.${minor}.${patch}${before === undefined ? "" : "-0"}`;
}
