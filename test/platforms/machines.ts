/**
 * Every platform that is built, as something that can be started here: by itself, in emulation, with another C library, in an older
 * Debian, under Wine. What that takes are Debian's packages, which .ci/run installs; where one is missing, a machine says so.
 */

import { chmodSync, cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { PlatformName } from "../../packaging/platforms.ts";
import { tempDir } from "../harness/temp.ts";

export interface Machine {
  platform: PlatformName;
  /** How it is run here. */
  how: string;
  /**
   * An executable named `runspec` that starts `program`, a build for this platform. For Windows an ssh.exe lies beside it that starts a
   * server here.
   */
  install(program: string): string | Promise<string>;
}

const MUSL_SHIM = join(import.meta.dir, "musl-shim.c");
const SHIM = "musl-shim.so";
const WINE_SHIM = join(import.meta.dir, "wine-bcryptprimitives.c");
const FAKE_SSH = join(import.meta.dir, "windows-ssh.ts");

/** A machine of this platform, or why there is none here. */
type Maker = () => Machine | string;

/** What this machine itself is, as GNU, macOS and Windows go. */
const OWN = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;

/** `emulated`, but where this machine is of that platform itself. */
function itself(platform: PlatformName, emulated: Maker): Maker {
  const install = (program: string) => (process.platform === "win32" ? besideSsh(program) : named(program));
  return () => (platform === OWN ? { platform, how: "as it is", install } : emulated());
}

const notHere = () => `this machine is ${OWN}`;

export const MACHINES: Readonly<Record<string, Maker>> = {
  "linux-x64": itself("linux-x64", notHere),
  "linux-x64, glibc of Debian 11": () => {
    const root = process.env.RUNSPEC_TEST_DEBIAN_11;
    if (root === undefined)
      return "RUNSPEC_TEST_DEBIAN_11 does not name its root directory (debootstrap bullseye)";
    return {
      platform: "linux-x64",
      how: "Debian 11 in a chroot",
      install: (program) => inChroot(root, program),
    };
  },
  "linux-x64-musl": () => {
    const missing = absent("gcc") ?? absentFile("/lib/ld-musl-x86_64.so.1");
    if (missing !== undefined) return missing;
    const libraries = muslLibraries("gcc", "/usr/lib/x86_64-linux-gnu", "ld-linux-x86-64.so.2");
    return {
      platform: "linux-x64-musl",
      how: "Debian's musl",
      install: (program) => wrapper(`LD_LIBRARY_PATH=${libraries} exec ${program} "$@"`),
    };
  },
  "linux-arm64-musl": () => {
    const root = process.env.RUNSPEC_TEST_MUSL_ARM64;
    if (root === undefined) return "RUNSPEC_TEST_MUSL_ARM64 does not name the unpacked package musl:arm64";
    const missing = absent("qemu-aarch64-static", "aarch64-linux-gnu-gcc");
    if (missing !== undefined) return missing;
    const libraries = muslLibraries("aarch64-linux-gnu-gcc", "/usr/aarch64-linux-gnu/lib", SHIM);
    const variables = `-E LD_LIBRARY_PATH=${libraries} -E LD_PRELOAD=${join(libraries, SHIM)}`;
    return {
      platform: "linux-arm64-musl",
      how: "qemu-user, Debian's musl",
      install: (program) => wrapper(`exec qemu-aarch64-static -L ${root} ${variables} ${program} "$@"`),
    };
  },
  "linux-arm64": itself("linux-arm64", () => {
    const missing = absent("qemu-aarch64-static") ?? absentFile("/usr/aarch64-linux-gnu/lib/libc.so.6");
    if (missing !== undefined) return missing;
    // What is in the root hides what has the same name on this machine, and the cross compiler has a `bin` there.
    const root = tempDir();
    symlinkSync("/usr/aarch64-linux-gnu/lib", join(root, "lib"));
    return {
      platform: "linux-arm64",
      how: "qemu-user",
      install: (program) => wrapper(`exec qemu-aarch64-static -L ${root} ${program} "$@"`),
    };
  }),
  "darwin-x64": itself("darwin-x64", notHere),
  "darwin-arm64": itself("darwin-arm64", notHere),
  "windows-x64": itself("windows-x64", () => {
    const missing = absent("wine", "x86_64-w64-mingw32-gcc");
    return missing ?? { platform: "windows-x64", how: "Wine", install: underWine };
  }),
};

function absent(...programs: string[]): string | undefined {
  const missing = programs.filter((program) => Bun.which(program) === null);
  return missing.length === 0 ? undefined : `there is no ${missing.join(", no ")}`;
}

function absentFile(path: string): string | undefined {
  return existsSync(path) ? undefined : `there is no ${path}`;
}

/** `program` under the one name that a bin may have. */
function named(program: string): string {
  const path = join(tempDir(), "runspec");
  symlinkSync(program, path);
  return path;
}

function wrapper(body: string): string {
  const path = join(tempDir(), "runspec");
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** The C++ library of Debian is linked to the GNU C library; a shim has the few functions that musl lacks. */
function muslLibraries(compiler: string, from: string, soname: string): string {
  const dir = tempDir();
  for (const library of ["libstdc++.so.6", "libgcc_s.so.1"])
    cpSync(join(from, library), join(dir, library), { dereference: true });
  must([
    compiler,
    "-shared",
    "-fPIC",
    "-nostdlib",
    `-Wl,-soname,${soname}`,
    "-o",
    join(dir, soname),
    MUSL_SHIM,
  ]);
  return dir;
}

/** The directories that a test uses are the same inside, so that files and working directories have one name. */
function inChroot(root: string, program: string): string {
  const inside = join(root, "opt/runspec");
  mkdirSync(inside, { recursive: true });
  cpSync(program, join(inside, "runspec"));
  const temporary = dirname(dirname(tempDir()));
  // /dev first: what tests use may lie below it, and would be hidden by it.
  const script = `mountpoint -q ${root}/dev || mount --bind /dev ${root}/dev
mkdir -p ${root}${temporary} && { mountpoint -q ${root}${temporary} || mount --bind ${temporary} ${root}${temporary}; }
mountpoint -q ${root}/proc || mount -t proc proc ${root}/proc
exec /usr/sbin/chroot ${root} /bin/sh -c 'cd "$0" && exec /opt/runspec/runspec "$@"' "$PWD" "$@"`;
  return wrapper(`exec unshare -m /bin/sh -c '${script.replaceAll("'", `'\\''`)}' runspec "$@"`);
}

/** The program as runspec.exe, with an ssh.exe that starts a server here. */
async function besideSsh(program: string): Promise<string> {
  const dir = tempDir();
  cpSync(program, join(dir, "runspec.exe"));
  const compile = { outfile: join(dir, "ssh.exe"), target: "bun-windows-x64" } as const;
  const { success, logs } = await Bun.build({ entrypoints: [FAKE_SSH], compile });
  if (!success) throw new AggregateError(logs, "cannot build ssh.exe");
  return join(dir, "runspec.exe");
}

/** With what Wine 8 lacks of Windows beside it, and Bun, of which the one that builds for Windows keeps a copy. */
async function underWine(program: string): Promise<string> {
  const runspec = await besideSsh(program);
  const dir = dirname(runspec);
  const library = join(dir, "bcryptprimitives.dll");
  must(["x86_64-w64-mingw32-gcc", "-municode", "-o", library, WINE_SHIM, "-shared", "-ladvapi32"]);
  const cache = must([process.execPath, "pm", "cache"]).trim();
  cpSync(join(cache, `bun-windows-x64-v${Bun.version}`), join(dir, "bun.exe"));
  return wrapper(
    `export WINEPREFIX=${dir}/wine TMPDIR=${dir} WINEDEBUG=-all WINEPATH='Z:${dir.replaceAll("/", "\\")}'\nexec wine ${runspec} "$@"`,
  );
}

function must(argv: string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync(argv);
  if (exitCode !== 0) throw new Error(`${argv.map((word) => basename(word)).join(" ")}: ${stderr}`);
  return stdout.toString();
}
