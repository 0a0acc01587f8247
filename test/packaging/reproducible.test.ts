/** Two builds of one commit are the same bytes, wherever they are made. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../harness/temp.ts";
import { pack, platform } from "./packages.ts";

setDefaultTimeout(120_000);

const ROOT = join(import.meta.dir, "../..");
const isCheckout = existsSync(join(ROOT, ".git")) && Bun.which("git") !== null;

/** A clone of the commit at `path` of a new directory, with the packages that it names. */
function clone(path: string): string {
  const dir = join(tempDir(), path);
  must(["git", "clone", "-q", "--shared", ROOT, dir], tempDir());
  must([process.execPath, "install", "--frozen-lockfile", "--silent"], dir);
  return dir;
}

function must(argv: string[], cwd: string): void {
  const { exitCode, stderr } = Bun.spawnSync(argv, { cwd });
  if (exitCode !== 0) throw new Error(stderr.toString());
}

test.skipIf(!isCheckout)("packages and release", () => {
  const first = pack(clone("somewhere"), { TZ: "Asia/Tokyo" });
  const second = pack(clone("somewhere/else/deeper"), { TZ: "America/Los_Angeles" });
  const sums = (made: typeof first) => readFileSync(join(made.out, "release/SHA256SUMS"), "utf8");
  expect(sums(first)).toContain(` runspec-${platform}.tar.gz\n`);
  expect(sums(second)).toBe(sums(first));
  const npm = `npm/runspec-${platform}-${first.facts.version}.tgz`;
  const packages = [first, second].map((made) => Bun.hash(readFileSync(join(made.out, npm))));
  expect(packages[1]).toBe(packages[0]);
});
