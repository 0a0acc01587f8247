/**
 * Builds dist/runspec for this machine; with `--target all` (or a comma-separated list) every listed platform into
 * dist/runspec-<platform>, with SHA256SUMS beside them. `--quiet` says nothing on success.
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import packageJson from "./package.json";

const PLATFORMS = [
  "linux-x64",
  "linux-arm64",
  "linux-x64-musl",
  "linux-x64-baseline",
  "darwin-arm64",
  "windows-x64",
] as const;

async function compile(outfile: string, target?: Bun.Build.CompileTarget): Promise<string> {
  const result = await Bun.build({
    entrypoints: [join(import.meta.dir, "src/main.ts")],
    format: "esm",
    minify: true,
    bytecode: true,
    splitting: true,
    // Embedded in the binary, for RUNSPEC_DEBUG; the copies written beside it are of no use.
    sourcemap: "linked",
    define: { RUNSPEC_VERSION: JSON.stringify(packageJson.version) },
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
 * The same file, written in one go. As Bun leaves it, the system may hold it in small pieces, and every start of the program then
 * takes up to a millisecond longer.
 */
async function rewrite(path: string): Promise<void> {
  const fresh = `${path}.new`;
  await writeFile(fresh, await readFile(path), { mode: 0o755 });
  await rename(fresh, path);
}

async function checksums(files: readonly string[]): Promise<string> {
  const lines = files.map(async (file) => {
    const digest = createHash("sha256")
      .update(await readFile(file))
      .digest("hex");
    return `${digest}  ${basename(file)}\n`;
  });
  return (await Promise.all(lines)).join("");
}

function chosenPlatforms(wanted: string): (typeof PLATFORMS)[number][] {
  if (wanted === "all") return [...PLATFORMS];
  const names = wanted.split(",");
  const unknown = names.filter((name) => !PLATFORMS.some((platform) => platform === name));
  if (unknown.length > 0)
    throw new Error(`no such platform: ${unknown.join(", ")} (there are: ${PLATFORMS.join(", ")}, all)`);
  return PLATFORMS.filter((platform) => names.includes(platform));
}

const { values: flags } = parseArgs({ options: { target: { type: "string" }, quiet: { type: "boolean" } } });
const dist = join(import.meta.dir, "dist");
await mkdir(dist, { recursive: true });

if (flags.target === undefined) {
  const built = await compile(join(dist, "runspec"));
  if (!flags.quiet) console.log(`built ${built}`);
} else {
  const built: string[] = [];
  for (const platform of chosenPlatforms(flags.target)) {
    built.push(await compile(join(dist, `runspec-${platform}`), `bun-${platform}`));
    if (!flags.quiet) console.log(`built ${built.at(-1)}`);
  }
  await writeFile(join(dist, "SHA256SUMS"), await checksums(built));
}
