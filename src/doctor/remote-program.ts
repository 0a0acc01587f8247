/** The runspec on the remote: is it where we look, does it run, how old is it? */

import { EXIT } from "../errors.ts";
import { sshArgv } from "../hosts/argv.ts";
import { quoteBin } from "../hosts/bin.ts";
import type { Destination } from "../hosts/destination.ts";
import { doesNotExist } from "../hosts/not-runspec.ts";
import { byHand, installCommand, setBin } from "../hosts/remedy.ts";
import { quoteWord } from "../process/quote.ts";
import { type BriefOptions, type BriefResult, runBriefly } from "../process/run-briefly.ts";
import { visible } from "../text.ts";
import { type Outcome, oneLine } from "./check.ts";

/**
 * For whatever shell: what a shell that is not a login shell has for a PATH, what the name we use leads to, and where else a
 * runspec lies. One line, as csh wants it.
 */
const SCRIPT = [
  'echo "runspec-doctor PATH $PATH"',
  'echo "runspec-doctor machine $(uname -s) $(uname -m)"',
  'found=$(command -v "$1") && echo "runspec-doctor found $found"',
  '[ -e "$1" ] && echo "runspec-doctor exists $1"',
  'for d in "$HOME/.local/bin" "$HOME/bin" /usr/local/bin /usr/bin /opt/runspec/bin /opt/homebrew/bin; do [ -x "$d/runspec" ] && echo "runspec-doctor elsewhere $d/runspec"; done',
].join("; ");

/** What the script has said; start-up noise between its lines does not matter. */
export interface Seen {
  path: string | undefined;
  machine: string | undefined;
  found: string | undefined;
  exists: boolean;
  elsewhere: string[];
}

export async function checkRemoteProgram(
  destination: Destination,
  ours: string,
  around: BriefOptions,
): Promise<Outcome<undefined>> {
  const bin = quoteBin(destination.bin.path);
  const reach = (words: readonly string[]) => runBriefly(sshArgv(destination, words), around);
  const [ran, looked] = await Promise.all([
    reach([bin, "--version"]),
    reach(["sh", "-c", quoteWord(SCRIPT), "sh", bin]),
  ]);
  const seen = readSeen(looked.stdout);
  // Neither of the two commands was run, and yet both ended well.
  if (ran.exitCode === 0 && ran.stdout === "" && looked.exitCode === 0 && looked.stdout === "") {
    return {
      status: "ok",
      summary: "a forced command answers in its place; the handshake tells whether it is runspec serve",
      value: undefined,
    };
  }
  if (ran.exitCode === EXIT.NOT_FOUND) return notFound(destination, seen);
  if (ran.exitCode === EXIT.NOT_EXECUTABLE) return notExecutable(destination, seen, ran);
  return judgeVersion(destination, ours, seen, ran);
}

export function readSeen(text: string): Seen {
  const lines = text.split("\n").flatMap((line) => {
    const [, key, value] = /runspec-doctor (\w+) ?(.*)$/.exec(line.trimEnd()) ?? [];
    return key === undefined || value === undefined ? [] : [{ key, value }];
  });
  const one = (key: string) => lines.find((line) => line.key === key)?.value;
  return {
    path: one("PATH"),
    machine: one("machine"),
    found: one("found"),
    exists: one("exists") !== undefined,
    elsewhere: lines.filter(({ key }) => key === "elsewhere").map(({ value }) => value),
  };
}

function notFound(destination: Destination, seen: Seen): Outcome<never> {
  const { alias, bin } = destination;
  const host = visible(alias);
  const install = installCommand(alias, bin);
  const [elsewhere] = seen.elsewhere;
  const remedy =
    elsewhere === undefined
      ? install
      : `there is one in ${visible(elsewhere)}: ${setBin(destination, elsewhere)}`;
  if (bin.source === "path") {
    const looked = seen.path === undefined ? "" : `; without a login, PATH is ${visible(seen.path)}`;
    return {
      status: "fail",
      summary: `${host}: runspec is not on PATH there${looked}`,
      remedy,
      ...detailsOf(seen),
    };
  }
  if (seen.exists) {
    return {
      status: "fail",
      summary: `${host}: ${visible(bin.path)} is there, and what it needs to run is not (another libc, or another interpreter; the machine is ${visible(seen.machine ?? "unknown")})`,
      remedy: install,
      ...detailsOf(seen),
    };
  }
  return {
    status: "fail",
    summary: doesNotExist(alias, bin),
    remedy,
    ...detailsOf(seen),
  };
}

function notExecutable(destination: Destination, seen: Seen, { stderr }: BriefResult): Outcome<never> {
  const { alias, bin } = destination;
  const place = seen.found ?? bin.path;
  const path = `${visible(alias)}: ${visible(place)}`;
  const foreign = /exec format|cannot execute binary/i.test(stderr);
  return {
    status: "fail",
    summary: foreign
      ? `${path} was built for another machine than ${visible(seen.machine ?? "unknown")}`
      : `${path} cannot be executed: ${oneLine(stderr).slice(-120)}`,
    remedy: foreign ? installCommand(alias, bin) : byHand(sshArgv(destination, []), ["chmod", "+x", place]),
    ...detailsOf(seen),
  };
}

function judgeVersion(
  { alias, bin }: Destination,
  ours: string,
  seen: Seen,
  { exitCode, stdout, stderr }: BriefResult,
): Outcome<undefined> {
  const place = visible(seen.found ?? bin.path);
  const install = installCommand(alias, bin);
  const version = /^\s*runspec,?(?: version)? v?(\d+(?:\.\d+)*\S*)\s*$/m.exec(stdout)?.[1];
  if (version === undefined) {
    const ended = exitCode === undefined ? "does not end" : `ends with ${exitCode}`;
    const said = oneLine(stdout || stderr).slice(0, 80);
    return {
      status: "warn",
      summary: `${visible(alias)}: ${place} --version ${ended} and ${said === "" ? "says nothing" : `says "${said}"`}: it may be another program`,
      remedy: install,
      value: undefined,
      ...detailsOf(seen),
    };
  }
  const details = detailsOf(seen, visible(version));
  const order = compareVersions(version, ours);
  if (order === 0) return { status: "ok", summary: `${ours} (${place})`, value: undefined, ...details };
  const [old, remedy] =
    order < 0
      ? ["older", install]
      : ["newer", `update runspec on this machine (${ours} → ${visible(version)})`];
  return {
    status: "warn",
    summary: `${visible(version)} (${place}) is ${old} than ${ours} here`,
    remedy,
    value: undefined,
    ...details,
  };
}

function detailsOf(seen: Seen, version?: string): { details: Record<string, string | string[]> } {
  const facts = { version, path: seen.found, PATH: seen.path, machine: seen.machine };
  const known = Object.entries(facts).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]));
  const elsewhere = seen.elsewhere.length === 0 ? {} : { elsewhere: seen.elsewhere };
  return { details: { ...Object.fromEntries(known), ...elsewhere } };
}

/** Below, equal to or above zero, by the numbers between the dots; what comes before a release (`1.0.0-rc.1`) is below it. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [numbersIn(a), numbersIn(b)];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return Number(isBefore(b)) - Number(isBefore(a));
}

/** Semantic Versioning: what follows `+` says which build it is, and nothing of its order. */
function numbersIn(version: string): number[] {
  const [release = ""] = version.split(/[-+]/);
  return release.split(".").map((part) => Number.parseInt(part, 10) || 0);
}

function isBefore(version: string): boolean {
  const [release = ""] = version.split("+");
  return release.includes("-");
}
