/** The packages for npm: `runspec`, which is the launcher, and one a platform, which holds its program. No install scripts. */

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Packed, tarball } from "./archive.ts";
import { PLATFORMS, type Platform, type PlatformName, programName } from "./platforms.ts";
import { DESCRIPTION, LICENSE, REPOSITORY, ROOT, SCOPE, VERSION } from "./project.ts";
import { notices } from "./sbom.ts";

const COMMON = {
  version: VERSION,
  license: LICENSE,
  repository: { type: "git", url: `git+https://github.com/${REPOSITORY}.git` },
  publishConfig: { access: "public", provenance: true },
};

/** Writes the package of `platform`, whose program is `program`; returns the file's path. */
export async function platformPackage(
  directory: string,
  platform: PlatformName,
  program: string,
): Promise<string> {
  const { os, cpu, libc }: Platform = PLATFORMS[platform];
  const name = programName(platform);
  const manifest = {
    name: `${SCOPE}/${platform}`,
    description: `runspec for ${platform}; install "runspec" instead`,
    ...COMMON,
    os: [os],
    // Windows on arm64 runs it, too, and there is no other.
    cpu: os === "win32" ? [cpu, "arm64"] : [cpu],
    ...(libc === undefined ? {} : { libc: [libc] }),
    files: [`bin/${name}`, "THIRD-PARTY"],
    // Yarn's Plug'n'Play keeps packages zipped unless told otherwise, and nothing can be started from there.
    preferUnplugged: true,
  };
  const executable = { name: `bin/${name}`, data: await readFile(program), executable: true };
  const licences = { name: "THIRD-PARTY", data: Buffer.from(await notices()) };
  return write(directory, `runspec-${platform}`, manifest, [executable, licences]);
}

/** Writes the package that people install; npm takes of `platforms` the one that fits. */
export async function launcherPackage(
  directory: string,
  platforms: readonly PlatformName[],
): Promise<string> {
  const manifest = {
    name: "runspec",
    description: DESCRIPTION,
    ...COMMON,
    bin: { runspec: "bin/runspec.js" },
    files: ["bin/runspec.js"],
    engines: { node: ">=18" },
    optionalDependencies: Object.fromEntries(platforms.map((name) => [`${SCOPE}/${name}`, VERSION])),
  };
  const launcher = await readFile(join(ROOT, "packaging/launcher.js"));
  return write(directory, "runspec", manifest, [
    { name: "bin/runspec.js", data: launcher, executable: true },
    { name: "README.md", data: await readFile(join(ROOT, "README.md")) },
  ]);
}

async function write(
  directory: string,
  name: string,
  manifest: object,
  files: readonly Packed[],
): Promise<string> {
  const path = join(directory, `${name}-${VERSION}.tgz`);
  const all = [
    { name: "package.json", data: Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`) },
    { name: "LICENSE", data: await readFile(join(ROOT, "LICENSE")) },
    ...files,
  ];
  await writeFile(path, tarball(all.map((file) => ({ ...file, name: `package/${file.name}` }))));
  return path;
}
