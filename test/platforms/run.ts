/**
 * Runs every build that can be started here through its main job, and checks that docs/platforms.md claims nothing else of them.
 * `--write` puts what was seen into the page's table. Exits 1 where a build fails at something. Not part of `bun test`: it builds
 * the platforms, and wants Debian's emulators (.ci/run installs them). `bun test/platforms/run.ts [NAME…]` runs those whose names begin so.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildName } from "../../packaging/platforms.ts";
import { checkSignature } from "./apple-signature.ts";
import { CHECKS, checkMachine, type Results } from "./checks.ts";
import { MACHINES } from "./machines.ts";

const ROOT = join(import.meta.dir, "../..");
const PAGE = join(ROOT, "docs/platforms.md");
const SIGNATURES = { "darwin-arm64": undefined, "darwin-x64": "there is no signature" };

const words = process.argv.slice(2);
const wanted = words.filter((word) => !word.startsWith("-"));
const isWanted = (name: string) => wanted.length === 0 || wanted.some((word) => name.startsWith(word));

const machines = Object.entries(MACHINES)
  .filter(([name]) => isWanted(name))
  .map(([name, make]) => ({ name, machine: make() }));
const signed = Object.entries(SIGNATURES).filter(([platform]) => isWanted(platform));
const platforms = machines.flatMap(({ machine }) => (typeof machine === "string" ? [] : machine.platform));
build([...new Set([...platforms, ...signed.map(([platform]) => platform)])]);

/** What was seen, by the machine's name and how it was run. */
const rows = new Map<string, string>();
let failures = 0;
for (const { name, machine } of machines) {
  if (typeof machine === "string") {
    console.log(`skip  ${name}: ${machine}`);
    continue;
  }
  const program = join(ROOT, "dist", buildName(machine.platform));
  const results = await checkMachine(machine, await machine.install(program));
  const cells = CHECKS.map((check) => (results[check] === true ? "yes" : "–"));
  rows.set(`| ${name} | ${machine.how} |`, ` ${cells.join(" | ")} |`);
  failures += report(name, results);
}
for (const [platform, expected] of signed) {
  const wrong = checkSignature(readFileSync(join(ROOT, "dist", `runspec-${platform}`)));
  failures += report(platform, { signature: wrong === expected || (wrong ?? "there is one") });
}
failures += comparePage(words.includes("--write"));
console.log(failures === 0 ? "every build that was run did its job" : `${failures} failed`);
process.exit(failures === 0 ? 0 : 1);

function build(targets: readonly string[]): void {
  const argv = [process.execPath, "build.ts", "--quiet", "--target", targets.join(",")];
  const { exitCode } = Bun.spawnSync(argv, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });
  if (exitCode !== 0) process.exit(1);
}

function report(name: string, results: Results | Record<string, true | string>): number {
  let failed = 0;
  for (const [check, result] of Object.entries(results)) {
    const skipped = result !== true && result.startsWith("no ");
    const head = result === true ? "ok   " : skipped ? "skip " : "FAIL ";
    console.log(`${head} ${name}: ${check}${result === true ? "" : `: ${result}`}`);
    if (result !== true && !skipped) failed++;
  }
  return failed;
}

/** How many rows of the page say something else than what was seen; what it does not have is only said. */
function comparePage(write: boolean): number {
  const lines = readFileSync(PAGE, "utf8").split("\n");
  let untrue = 0;
  for (const [key, cells] of rows) {
    const row = `${key}${cells}`;
    const at = lines.findIndex((line) => line.startsWith(key));
    if (lines[at] === row) continue;
    if (write) lines.splice(at === -1 ? lines.indexOf("<!-- run:end -->") : at, at === -1 ? 0 : 1, row);
    else if (at === -1) console.log(`note  not in docs/platforms.md: ${row}`);
    else {
      console.log(`FAIL  docs/platforms.md does not say: ${row} (bun test/platforms/run.ts --write)`);
      untrue++;
    }
  }
  if (write) writeFileSync(PAGE, lines.join("\n"));
  return untrue;
}
