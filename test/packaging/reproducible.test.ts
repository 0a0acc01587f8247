/** Two builds of one commit are the same bytes, wherever they are made. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../harness/temp.ts";
import { pack, platform } from "./packages.ts";

setDefaultTimeout(120_000);

const ROOT = join(import.meta.dir, "../..");
const isCheckout = existsSync(join(ROOT, ".git")) && Bun.which("git") !== null;

/** A clone of the commit, with the packages that are installed here. */
function clone(): string {
  const dir = join(tempDir(), "somewhere");
  const { exitCode, stderr } = Bun.spawnSync(["git", "clone", "-q", "--shared", ROOT, dir]);
  if (exitCode !== 0) throw new Error(stderr.toString());
  symlinkSync(join(ROOT, "node_modules"), join(dir, "node_modules"));
  return dir;
}

test.skipIf(!isCheckout)("packages and release", () => {
  const [first, second] = [clone(), clone()].map((root) => pack(root));
  const sums = (made: typeof first) => readFileSync(join(made?.out ?? "", "release/SHA256SUMS"), "utf8");
  expect(sums(first)).toContain(` runspec-${platform}.tar.gz\n`);
  expect(sums(second)).toBe(sums(first));
  const npm = `npm/runspec-${platform}-${first?.facts.version}.tgz`;
  const packages = [first, second].map((made) => Bun.hash(readFileSync(join(made?.out ?? "", npm))));
  expect(packages[1]).toBe(packages[0]);
});
