/** What a release offers for download: an archive a platform, and beside them what verifies and installs them. */

import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Packed, tarball, zip } from "./archive.ts";
import { formula } from "./formula.ts";
import { archiveName, PLATFORMS, type PlatformName, programName } from "./platforms.ts";
import { RELEASE_URL, ROOT } from "./project.ts";
import { bom, notices } from "./sbom.ts";

/** What lies beside the program in every archive. */
const COMPANIONS = ["LICENSE", "README.md", "docs/runspec.1"];

export async function archive(directory: string, platform: PlatformName, program: string): Promise<void> {
  const files: Packed[] = [
    { name: programName(platform), data: await readFile(program), executable: true },
    ...(await Promise.all(COMPANIONS.map(companion))),
    { name: "THIRD-PARTY", data: Buffer.from(await notices()) },
  ];
  const packed = PLATFORMS[platform].os === "win32" ? zip(files) : tarball(files);
  await writeFile(join(directory, archiveName(platform)), packed);
}

async function companion(path: string): Promise<Packed> {
  return { name: path.replace("docs/", ""), data: await readFile(join(ROOT, path)) };
}

/** Adds what goes with the archives that `directory` holds: the installer, the formula, the list of what is in the program, the sums. */
export async function completeRelease(directory: string): Promise<void> {
  const installer = await readFile(join(ROOT, "install.sh"), "utf8");
  const url = RELEASE_URL.replace(/\/download\/v[^/]*$/, "/latest/download");
  await writeFile(join(directory, "install.sh"), installer.replace("@RELEASE_URL@", url), { mode: 0o755 });
  const archives = await checksums(directory);
  await writeFile(join(directory, "runspec.rb"), formula(archives));
  await writeFile(join(directory, "runspec.cdx.json"), `${JSON.stringify(await bom(), null, 2)}\n`);
  const sums = Object.entries(await checksums(directory, archives)).map(([name, sum]) => `${sum}  ${name}\n`);
  await writeFile(join(directory, "SHA256SUMS"), sums.join(""));
}

/** The SHA-256 of every file of `directory`, in hexadecimal, by name; `known` are not read again. */
async function checksums(
  directory: string,
  known: Record<string, string> = {},
): Promise<Record<string, string>> {
  const names = (await readdir(directory)).toSorted();
  const sums = names.map(async (name) => [
    name,
    known[name] ?? sha256(await readFile(join(directory, name))),
  ]);
  return Object.fromEntries(await Promise.all(sums));
}

const sha256 = (data: Uint8Array): string => createHash("sha256").update(data).digest("hex");
