/** What is told of the program, and that it is true. */

import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unzipSync } from "fflate";
import packageJson from "../../package.json";
import { formula } from "../../packaging/formula.ts";
import { archiveName, choosePlatforms, PLATFORM_NAMES } from "../../packaging/platforms.ts";
import { ROOT } from "../../packaging/project.ts";
import { bom, notices } from "../../packaging/sbom.ts";
import { run } from "../harness/binary.ts";
import { tempDir } from "../harness/temp.ts";

test("names of archives, in which a system, a processor and a C library are found", () => {
  expect(PLATFORM_NAMES.map(archiveName)).toEqual([
    "runspec-linux-x64.tar.gz",
    "runspec-linux-arm64.tar.gz",
    "runspec-linux-x64-musl.tar.gz",
    "runspec-linux-arm64-musl.tar.gz",
    "runspec-darwin-x64.tar.gz",
    "runspec-darwin-arm64.tar.gz",
    "runspec-windows-x64.zip",
  ]);
});

test("a platform that there is no build for is named", () => {
  expect(choosePlatforms("linux-x64,darwin-x64")).toEqual(["linux-x64", "darwin-x64"]);
  expect(() => choosePlatforms("linux-x64,plan9")).toThrow("no such platform: plan9 (there are: linux-x64, ");
});

test("the formula has a sum for each archive that there is, and no other", () => {
  const text = formula({ "runspec-darwin-arm64.tar.gz": "aa", "runspec-linux-x64.tar.gz": "bb" });
  const lines = text.split("\n").filter((line) => /on_|sha256|url/.test(line));
  const url = (name: string) =>
    expect.stringMatching(new RegExp(`^      url "https://.*/v[0-9.]+/${name}"$`));
  expect(lines).toEqual([
    "  on_macos do",
    "    on_arm do",
    url("runspec-darwin-arm64.tar.gz"),
    '      sha256 "aa"',
    "  on_linux do",
    "    on_intel do",
    url("runspec-linux-x64.tar.gz"),
    '      sha256 "bb"',
  ]);
});

test("the bill of materials lists what the bundler took, in the versions of the lock file, and the runtime", async () => {
  const lock = readFileSync(join(import.meta.dir, "../../bun.lock"), "utf8");
  const { components } = JSON.parse(JSON.stringify(await bom()));
  const named: string[] = components.map(
    (part: { name: string; version: string }) => `${part.name}@${part.version}`,
  );
  expect(named.at(-1)).toBe(`bun@${Bun.version}`);
  const packages = named.slice(0, -1);
  expect(packages).toEqual(
    Object.entries(packageJson.dependencies)
      .map(([name, version]) => `${name}@${version}`)
      .toSorted(),
  );
  const licences = await notices();
  for (const name of Object.keys(packageJson.dependencies)) expect(licences).toContain(`\n${name}\n\n`);
  expect(licences.match(/^(MIT License|Copyright)/gm)?.length).toBeGreaterThanOrEqual(packages.length);
  for (const name of packages) expect(lock).toContain(`"${name}"`);
});

test("an archive is the same in every time zone, and the file in it that was packed", async () => {
  const program = `const { tarball, zip } = await import(${JSON.stringify(join(import.meta.dir, "../../packaging/archive.ts"))});
    const files = [{ name: "runspec", data: Buffer.from("program"), executable: true }];
    process.stdout.write(Buffer.concat([zip(files), tarball(files)]).toString("hex"));`;
  const packed = await Promise.all(
    ["UTC", "Asia/Tokyo", "America/Los_Angeles", "Pacific/Kiritimati"].map((TZ) =>
      run(["-e", program], { program: process.execPath, env: { TZ, SOURCE_DATE_EPOCH: "1790000000" } }),
    ),
  );
  expect(packed.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  expect(new Set(packed.map(({ out }) => out)).size).toBe(1);
  const bytes = Buffer.from(packed[0]?.out ?? "", "hex");
  const files = unzipSync(bytes.subarray(0, bytes.indexOf("1f8b", 0, "hex")));
  expect(Object.entries(files).map(([name, data]) => [name, Buffer.from(data).toString()])).toEqual([
    ["runspec", "program"],
  ]);
});

test("a directory with something of somebody else's is not emptied", () => {
  const out = tempDir();
  for (const name of ["npm", "release"]) {
    const file = join(out, name, "mine.txt");
    mkdirSync(join(out, name));
    writeFileSync(file, "mine");
    const words = ["packaging/main.ts", "--target", "linux-x64", "--out", out];
    const { exitCode, stderr } = Bun.spawnSync([process.execPath, ...words], { cwd: ROOT });
    const said = `${join(out, name)} would be emptied, and has mine.txt: name another place with --out\n`;
    expect([exitCode, stderr.toString(), readFileSync(file, "utf8")]).toEqual([1, said, "mine"]);
    rmSync(file);
  }
});
