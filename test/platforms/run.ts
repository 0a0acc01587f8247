/**
 * Runs every build that can be started here through its main job, and checks that docs/platforms.md claims no more than that.
 * `--write` makes the page's table from what was seen. Exits 1 where a build fails at something. Not part of `bun test`: it builds all
 * platforms, and wants Debian's emulators (.ci/run installs them). `bun test/platforms/run.ts [NAME…]` runs those whose names begin so.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkSignature } from "./apple-signature.ts";
import { CHECKS, checkMachine, type Results } from "./checks.ts";
import { MACHINES } from "./machines.ts";

const ROOT = join(import.meta.dir, "../..");
const PAGE = join(ROOT, "docs/platforms.md");

const words = process.argv.slice(2);
const write = words.includes("--write");
const wanted = words.filter((word) => !word.startsWith("-"));
const isWanted = (name: string) => wanted.length === 0 || wanted.some((word) => name.startsWith(word));

const platforms = [...new Set(Object.keys(MACHINES).map((name) => name.split(",")[0]))].join(",");
const build = Bun.spawnSync(
  [process.execPath, "build.ts", "--quiet", "--target", `${platforms},darwin-x64,darwin-arm64`],
  {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
  },
);
if (build.exitCode !== 0) process.exit(1);

const rows: string[] = [];
let failures = 0;
for (const [name, make] of Object.entries(MACHINES).filter(([name]) => isWanted(name))) {
  const machine = make();
  if (typeof machine === "string") {
    console.log(`skip  ${name}: ${machine}`);
    continue;
  }
  const program = join(ROOT, "dist", `runspec-${machine.platform}${machine.windows ? ".exe" : ""}`);
  const results = await checkMachine(machine, machine.install(program));
  rows.push(row(name, machine.how, results));
  failures += report(name, results);
}
const signatures = { "darwin-arm64": undefined, "darwin-x64": "there is no signature" };
for (const [platform, expected] of Object.entries(signatures).filter(([platform]) => isWanted(platform))) {
  const wrong = checkSignature(readFileSync(join(ROOT, "dist", `runspec-${platform}`)));
  failures += report(platform, { signature: wrong === expected || (wrong ?? "there is one") });
}

function report(name: string, results: Record<string, true | string>): number {
  for (const [check, result] of Object.entries(results))
    console.log(
      result === true
        ? `ok    ${name}: ${check}`
        : `${result.startsWith("no ") ? "skip" : "FAIL"}  ${name}: ${check}: ${result}`,
    );
  return Object.values(results).filter((result) => result !== true && !result.startsWith("no ")).length;
}

function row(name: string, how: string, results: Results): string {
  const cells = CHECKS.map((check) => (results[check] === true ? "yes" : "–"));
  return `| ${[name, how, ...cells].join(" | ")} |`;
}

const [BEGIN, END] = ["<!-- run:begin -->\n", "<!-- run:end -->"];
const page = readFileSync(PAGE, "utf8");
const [before = "", rest = ""] = page.split(BEGIN);
const [table = "", after = ""] = rest.split(END);
if (write) {
  const head = `| platform | run as | ${CHECKS.join(" | ")} |\n|${"---|".repeat(CHECKS.length + 2)}\n`;
  writeFileSync(PAGE, `${before}${BEGIN}${head}${rows.map((line) => `${line}\n`).join("")}${END}${after}`);
} else {
  const untrue = rows.filter((line) => !table.includes(`${line}\n`));
  for (const line of untrue)
    console.log(`FAIL  docs/platforms.md does not say: ${line} (bun test/platforms/run.ts --write)`);
  failures += untrue.length;
}
console.log(failures === 0 ? "every build that was run did its job" : `${failures} failed`);
process.exit(failures === 0 ? 0 : 1);
