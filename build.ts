/**
 * Builds dist/runspec for this machine; with `--target all` (or a comma-separated list) every listed platform into
 * dist/runspec-<platform>. `--quiet` says nothing on success.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import packageJson from "./package.json";
import { choosePlatforms } from "./packaging/platforms.ts";
import { commit } from "./packaging/project.ts";

async function compile(outfile: string, platform: string, target?: Bun.Build.CompileTarget): Promise<string> {
  const result = await Bun.build({
    entrypoints: [join(import.meta.dir, "src/main.ts")],
    format: "esm",
    minify: true,
    bytecode: true,
    splitting: true,
    // Embedded in the binary, for RUNSPEC_DEBUG; the copies written beside it are of no use.
    sourcemap: "linked",
    define: {
      RUNSPEC_VERSION: JSON.stringify(packageJson.version),
      RUNSPEC_COMMIT: JSON.stringify(commit() ?? "unknown"),
      RUNSPEC_PLATFORM: JSON.stringify(platform),
    },
    compile: {
      outfile,
      // A hundred times the usual before the JIT compiles a function; src/long-run.ts ends that.
      jitPolicy: 100,
      ...(target === undefined ? {} : { target }),
      // A compiled program must not take orders from files that happen to lie in the working directory.
      autoloadDotenv: false,
      autoloadBunfig: false,
      autoloadTsconfig: false,
      autoloadPackageJson: false,
    },
  });
  const [artifact] = result.outputs;
  if (!result.success || artifact === undefined)
    throw new AggregateError(result.logs, `cannot build ${outfile}`);
  for (const name of await readdir(dirname(outfile))) {
    if (name.endsWith(".map")) await rm(join(dirname(outfile), name), { force: true });
  }
  await rewrite(artifact.path);
  return artifact.path;
}

/**
 * The same program, with its code aligned, written in one go. As Bun leaves the file, the system may hold it in small pieces, and every
 * start of the program then takes up to a millisecond longer.
 */
async function rewrite(path: string): Promise<void> {
  const fresh = `${path}.new`;
  await writeFile(fresh, alignCode(await readFile(path)), { mode: 0o755 });
  await rename(fresh, path);
}

const HUGE_PAGE = 2 ** 21;
const ELF = { magic: 0x7f454c46, executable: 2, load: 1, execute: 1 };

/**
 * A Linux program with so many zeros before its code that offset and address are the same in pages of 2 MiB. Where the system holds
 * the file in pieces of that size, it then maps the code piece by piece instead of 64 KiB by 64 KiB: 0.6 ms less for a start that
 * runs through as much of the runtime as ours do.
 */
function alignCode(file: Buffer): Buffer {
  if (file.readUInt32BE(0) !== ELF.magic || file.readUInt16LE(16) !== ELF.executable) return file;
  const word = (at: number) => Number(file.readBigUInt64LE(at));
  const headers = (table: number, size: number, count: number) =>
    Array.from({ length: file.readUInt16LE(count) }, (_, at) => word(table) + at * file.readUInt16LE(size));
  const segments = headers(32, 54, 56);
  const sections = headers(40, 58, 60);
  const loaded = segments.filter((at) => file.readUInt32LE(at) === ELF.load);
  const code = loaded.find((at) => (file.readUInt32LE(at + 4) & ELF.execute) !== 0);
  if (code === undefined) return file;

  const [offset, address] = [word(code + 8), word(code + 16)];
  const zeros = (address - offset) % HUGE_PAGE;
  if (zeros <= 0) return file;
  const before = loaded.filter((at) => word(at + 8) < offset).map((at) => word(at + 8) + word(at + 32));
  const cut = Math.max(...before);
  const moved = [...segments.map((at) => at + 8), ...sections.map((at) => at + 24), 40];
  for (const at of moved) if (word(at) >= cut) file.writeBigUInt64LE(BigInt(word(at) + zeros), at);
  return Buffer.concat([file.subarray(0, cut), Buffer.alloc(zeros), file.subarray(cut)]);
}

/** The platform of this very Bun, which is what it builds for unless told otherwise. */
async function ownPlatform(): Promise<string> {
  const head = await Bun.file(process.execPath).slice(0, 4096).text();
  const system = process.platform === "win32" ? "windows" : process.platform;
  return `${system}-${process.arch}${head.includes("ld-musl") ? "-musl" : ""}`;
}

const { values: flags } = parseArgs({ options: { target: { type: "string" }, quiet: { type: "boolean" } } });
const dist = join(import.meta.dir, "dist");
await mkdir(dist, { recursive: true });

if (flags.target === undefined) {
  const built = await compile(join(dist, "runspec"), await ownPlatform());
  if (!flags.quiet) console.log(`built ${built}`);
} else {
  for (const platform of choosePlatforms(flags.target)) {
    const built = await compile(join(dist, `runspec-${platform}`), platform, `bun-${platform}`);
    if (!flags.quiet) console.log(`built ${built}`);
  }
}
