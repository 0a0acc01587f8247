/** `runspec jump <alias> --install` and `--uninstall`: this binary on the remote, or off it, and where it is then looked for. */

import type { Context } from "../../context.ts";
import { isWindowsPath, objectionToBin, saysPlace } from "../../hosts/bin.ts";
import type { Destination } from "../../hosts/destination.ts";
import { wordsFor } from "../../hosts/remedy.ts";
import type { MarkedLines } from "../../process/marked-lines.ts";
import { visible } from "../../text.ts";
import { binAdvice, writeBin } from "./bin.ts";
import { buildFor, packingFor, platformOf } from "./build.ts";
import { failure } from "./failures.ts";
import { megabytes } from "./progress.ts";
import { scriptRunner } from "./remote.ts";
import { installScript, placeOf, probe, SCRIPT_EXIT, uninstallScript } from "./scripts.ts";

interface InstallRequest {
  destination: Destination;
  /** Tell what would be done. */
  dryRun: boolean;
  write: boolean;
}

/** What it found or did goes to stdout. @returns what a person still has to do, to be printed; empty: nothing */
export async function install(request: InstallRequest, context: Context): Promise<string> {
  const { destination, dryRun } = request;
  const { bin } = destination;
  const attempt = { destination, outcome: "nothing was installed" };
  const run = scriptRunner(attempt, context);
  const probed = await run(probe(bin));
  const target = probed.one("target") ?? "";
  const host = visible(destination.alias);
  if (probed.one("kind") === "directory") throw failure(attempt, SCRIPT_EXIT.DIRECTORY, target);
  const platform = platformOf(destination, probed);
  const build = await buildFor(host, platform, context);
  const same = placeOfSame(probed, build.sha256, saysPlace(bin));
  if (same !== undefined) {
    await context.stdout.write(`${host}: ${visible(same)} is already this build (sha256 ${build.sha256})\n`);
    return conclude(request, { said: probed, target: same }, context);
  }
  const packing = packingFor(probed);
  const what = `${visible(build.path)} (${platform}, ${megabytes(build.size, 0)} MB`;
  if (dryRun) {
    const replaces = probed.one("kind") === undefined ? "" : ", replacing what is there";
    const packed = packing === "plain" ? "" : `, compressed by ${packing}`;
    await context.stdout.write(`${host}: would copy ${what}${packed}) to ${visible(target)}${replaces}\n`);
    return conclude(request, { said: probed, target }, context);
  }
  const bytes = await build.packed(packing);
  const sent = packing === "plain" ? "" : `, compressed to ${megabytes(bytes.length, 0)} MB by ${packing}`;
  await context.stderr.write(`copying ${what}${sent}) to ${host}:${visible(target)} …\n`);
  const installed = await run(installScript(bin, build.sha256, packing), { changes: true, input: bytes });
  const version = visible(installed.one("version") ?? "");
  const kept = installed.all("kept").map((path) => `; what was there is now ${visible(path)}`);
  await context.stdout.write(
    `${host}: installed ${visible(target)} (${version}, ${platform}, sha256 ${build.sha256})${kept.join("")}\n`,
  );
  return conclude(request, { said: installed, target }, context);
}

/** Takes away what answers as runspec where it is looked for. */
export async function uninstall(request: InstallRequest, context: Context): Promise<void> {
  const { destination, dryRun } = request;
  const run = scriptRunner({ destination, outcome: "nothing was removed" }, context);
  const script = dryRun ? probe(destination.bin) : uninstallScript(destination.bin);
  const result = await run(script, { changes: !dryRun });
  const target = result.one("target") ?? "";
  const [host, path] = [visible(destination.alias), visible(target)];
  if (result.one("kind") === (dryRun ? undefined : "missing")) {
    const other = result.one("path") ?? target;
    const words = wordsFor({ ...destination, bin: { path: other, source: "--bin" } });
    const again = `runspec jump ${words} --uninstall`;
    const elsewhere = other === target ? "" : `; PATH leads to ${visible(other)}: ${again}`;
    return context.stdout.write(`${host}: there is no ${path}${elsewhere}\n`);
  }
  const namedIn = destination.bin.source === "bin" ? destination.table?.at?.() : undefined;
  const still = namedIn === undefined ? "" : `; bin still names it, in ${namedIn}`;
  const removed = `removed ${path} (${visible(result.one("version") ?? "")})${still}`;
  const what = dryRun ? `would remove ${path}, if it says that it is runspec` : removed;
  await context.stdout.write(`${host}: ${what}\n`);
}

/** Where the same bytes are found: in their place, or, where no place was said, by the remote's PATH. */
function placeOfSame(probed: MarkedLines, sha256: string, placeSaid: boolean): string | undefined {
  const isSame = (sum: string | undefined) => sum?.split(" ")[0] === sha256;
  if (isSame(probed.one("sum"))) return probed.one("target");
  return !placeSaid && isSame(probed.one("pathsum")) ? probed.one("path") : undefined;
}

/** What has to be written for jump to find it, unless that was asked for, and is done. */
async function conclude(
  { destination, write, dryRun }: InstallRequest,
  { said, target }: { said: MarkedLines; target: string },
  context: Context,
): Promise<string> {
  const { source } = destination.bin;
  const isKnown = saysPlace(destination.bin) && (source === "bin" || (source !== "--bin" && !write));
  const inPath = said.one("path");
  const onPath = inPath === target;
  if (isKnown || (onPath && !write && source !== "--bin")) return "";
  // A home with a quote or a backslash in its path is no `bin`; what it is called there, and ~, are.
  const named = onPath ? "runspec" : placeOf(destination.bin);
  const bin = objectionToBin(target) === undefined && !isWindowsPath(target) ? target : named;
  if (write && !dryRun) await writeBin(destination, bin, context);
  const advice = write && !dryRun ? "" : binAdvice(destination, bin, write);
  if (onPath) return advice;
  // As `env -S` reads a word.
  const word = /[ '\\$"]/.test(target) ? `"${target.replace(/[\\$"]/g, "\\$&")}"` : target;
  const line = `begins with #!/usr/bin/env -S ${visible(word)} script sh`;
  const noLine = 'needs it on PATH: of a path with "=", env makes a variable';
  const lookup = inPath ? `PATH there leads to ${visible(inPath)}` : "runspec is not on PATH there";
  return `${advice}\n${visible(destination.alias)}: ${lookup}. A script that is called there by its path ${target.includes("=") ? noLine : line}\n`;
}
