/**
 * `bun run package`: builds every platform (or those of `--target`), and makes of them the packages for npm (dist/npm) and the files
 * of a release (dist/release); `--out` names another directory than dist. What is in both is replaced, unless there is something else.
 */

import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { launcherPackage, platformPackage } from "./npm.ts";
import { buildName, choosePlatforms } from "./platforms.ts";
import { ROOT } from "./project.ts";
import { archive, completeRelease } from "./release.ts";

const { values: flags } = parseArgs({
  options: {
    target: { type: "string", default: "all" },
    out: { type: "string", default: join(ROOT, "dist") },
  },
});
const platforms = choosePlatforms(flags.target);
const dist = join(ROOT, "dist");
const [npm, release] = [join(flags.out, "npm"), join(flags.out, "release")];

/** What is made here, which is taken away first: sums are made of all that is there. */
const OURS = /^(?:runspec[-.].*|install\.sh|SHA256SUMS)$/;
for (const directory of [npm, release]) {
  const foreign = (await readdir(directory).catch(() => [])).find((name) => !OURS.test(name));
  if (foreign === undefined) continue;
  console.error(`${directory} would be emptied, and has ${foreign}: name another place with --out`);
  process.exit(1);
}

const build = Bun.spawnSync([process.execPath, "build.ts", "--quiet", "--target", flags.target], {
  cwd: ROOT,
  stdio: ["ignore", "inherit", "inherit"],
});
if (build.exitCode !== 0) process.exit(1);

for (const directory of [npm, release]) {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
}
for (const platform of platforms) {
  const program = join(dist, buildName(platform));
  // One after the other: each holds its program in memory twice.
  await Promise.all([platformPackage(npm, platform, program), archive(release, platform, program)]);
}
await launcherPackage(npm, platforms);
await completeRelease(release);
console.log(`packed ${platforms.join(", ")} into ${npm} and ${release}`);
