/**
 * Builds dist/runspec for this machine; with `--target all` (or a comma-separated list) every listed platform into
 * dist/runspec-<platform>, with their sums in dist/SHA256SUMS. `--quiet` says nothing on success.
 */
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import packageJson from "./package.json";
import { specFileSchema } from "./packaging/file-schema.ts";
import { withoutSignature } from "./packaging/mach-o.ts";
import { choosePlatforms } from "./packaging/platforms.ts";
import { commit } from "./packaging/project.ts";

const dist = join(import.meta.dir, "dist");

/** Makes the program of `platform` in dist, in one go, whoever else builds or runs it at this moment. */
async function compile(name: string, platform: string, target?: Bun.Build.CompileTarget): Promise<string> {
  const room = await mkdtemp(join(dist, ".build-"));
  try {
    const built = await compileIn(room, name, platform, target);
    const program = await readFile(built);
    // In a file of its own and in one go: then the system holds it in larger pieces, which is 0.3 ms less for every start.
    const fresh = join(room, "fresh");
    await writeFile(fresh, platform === "darwin-x64" ? withoutSignature(program) : program, { mode: 0o755 });
    const outfile = join(dist, basename(built));
    await rename(fresh, outfile);
    return outfile;
  } finally {
    await rm(room, { recursive: true, force: true });
  }
}

async function compileIn(
  room: string,
  name: string,
  platform: string,
  target?: Bun.Build.CompileTarget,
): Promise<string> {
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
      RUNSPEC_FILE_SCHEMA: JSON.stringify(specFileSchema()),
    },
    compile: {
      outfile: join(room, name),
      // A hundred times the usual before the JIT compiles a function; src/program.ts ends that.
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
    throw new AggregateError(result.logs, `cannot build ${name}`);
  return artifact.path;
}

/** The platform of this very Bun, which is what it builds for unless told otherwise. */
async function ownPlatform(): Promise<string> {
  const head = await Bun.file(process.execPath).slice(0, 4096).text();
  const system = process.platform === "win32" ? "windows" : process.platform;
  return `${system}-${process.arch}${head.includes("ld-musl") ? "-musl" : ""}`;
}

const { values: flags } = parseArgs({ options: { target: { type: "string" }, quiet: { type: "boolean" } } });
await mkdir(dist, { recursive: true });

if (flags.target === undefined) {
  const built = await compile("runspec", await ownPlatform());
  if (!flags.quiet) console.log(`built ${built}`);
} else {
  const sums: string[] = [];
  for (const platform of choosePlatforms(flags.target)) {
    const built = await compile(`runspec-${platform}`, platform, `bun-${platform}`);
    sums.push(`${Bun.CryptoHasher.hash("sha256", await readFile(built), "hex")}  ${basename(built)}\n`);
    if (!flags.quiet) console.log(`built ${built}`);
  }
  await writeFile(join(dist, "SHA256SUMS"), sums.join(""));
}
