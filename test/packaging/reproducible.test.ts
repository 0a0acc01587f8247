/** Two builds of one commit are the same bytes, wherever they are made, and install.sh installs what is released. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isPlatform } from "../../packaging/platforms.ts";
import { archive, completeRelease } from "../../packaging/release.ts";
import { BIN, run } from "../harness/binary.ts";
import { writeExecutable } from "../harness/ssh-host.ts";
import { tempDir } from "../harness/temp.ts";
import { facts, pack, platform } from "./packages.ts";

setDefaultTimeout(120_000);

const ROOT = join(import.meta.dir, "../..");
const isCheckout = existsSync(join(ROOT, ".git")) && Bun.which("git") !== null;

/** A clone of the commit at `path` of a new directory, with the packages that it names. */
function clone(path: string): string {
  const dir = join(tempDir(), path);
  must(["git", "clone", "-q", "--shared", ROOT, dir], tempDir());
  must([process.execPath, "install", "--frozen-lockfile", "--ignore-scripts", "--silent"], dir);
  return dir;
}

function must(argv: string[], cwd: string): void {
  const { exitCode, stderr } = Bun.spawnSync(argv, { cwd });
  if (exitCode !== 0) throw new Error(stderr.toString());
}

test.skipIf(!isCheckout)("packages and release", () => {
  const made = pack(clone("somewhere"), { TZ: "Asia/Tokyo" });
  const second = pack(clone("somewhere/else/deeper"), { TZ: "America/Los_Angeles" });
  const sums = (one: typeof made) => readFileSync(join(one.out, "release/SHA256SUMS"), "utf8");
  expect(sums(made)).toContain(` runspec-${platform}.tar.gz\n`);
  expect(sums(second)).toBe(sums(made));
  const npm = `npm/runspec-${platform}-${made.facts.version}.tgz`;
  const packages = [made, second].map((one) => Bun.hash(readFileSync(join(one.out, npm))));
  expect(packages[1]).toBe(packages[0]);
});

test.skipIf(process.platform === "win32")("what is released is what install.sh installs", async () => {
  // By what makes a release, with a program that is not as large.
  const [release, program] = [tempDir(), join(tempDir(), "program")];
  writeExecutable(program, `exec '${BIN}' "$@"`);
  if (!isPlatform(platform)) throw new Error(`no build is made for ${platform}`);
  await archive(release, platform, program);
  await completeRelease(release);
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: ({ url }) => new Response(Bun.file(join(release, new URL(url).pathname))),
  });
  const dir = tempDir();
  const env = { RUNSPEC_BASE_URL: server.url.href.slice(0, -1), RUNSPEC_INSTALL_DIR: dir };
  const { code, stderr } = await run([join(release, "install.sh")], { program: "/bin/sh", env });
  expect([code, stderr]).toEqual([
    0,
    expect.stringContaining(`installed runspec ${facts.version}+${facts.commit} as ${dir}/runspec\n`),
  ]);
  await server.stop(true);
});
