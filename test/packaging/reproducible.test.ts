/** Two builds of one commit are the same bytes, wherever they are made, and install.sh installs what is released. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseTarGzip } from "nanotar";
import { isPlatform } from "../../packaging/platforms.ts";
import { commit } from "../../packaging/project.ts";
import { archive, completeRelease } from "../../packaging/release.ts";
import { BIN, run } from "../harness/binary.ts";
import { writeExecutable } from "../harness/ssh-host.ts";
import { tempDir } from "../harness/temp.ts";
import { facts, factsOf, pack, platform } from "./packages.ts";

setDefaultTimeout(120_000);

const ROOT = join(import.meta.dir, "../..");
/** Git reads no repository of another user's, as one is that a container was given. */
const isCheckout = existsSync(join(ROOT, ".git")) && commit() !== undefined;

/** A clone of the commit at `path` of a new directory, with the packages that it names. */
function clone(path: string): string {
  const dir = join(tempDir(), path);
  must(["git", "clone", "-q", "--shared", ROOT, dir], tempDir());
  must([process.execPath, "install", "--frozen-lockfile", "--ignore-scripts", "--silent"], dir);
  return dir;
}

let somewhere: string | undefined;
/** One that several tests use, each for files of its own. */
function shared(): string {
  somewhere ??= clone("somewhere");
  return somewhere;
}

function must(argv: string[], cwd: string, env = process.env): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync(argv, { cwd, env });
  if (exitCode !== 0) throw new Error(stderr.toString());
  return stdout.toString();
}

function build(dir: string): string {
  must([process.execPath, "build.ts", "--quiet"], dir);
  return join(dir, "dist/runspec");
}

test.skipIf(!isCheckout)("a clone by a git that writes the line ends of Windows has the same bytes", () => {
  const dir = join(tempDir(), "clone");
  must(["git", "clone", "-q", "--shared", "-c", "core.autocrlf=true", ROOT, dir], tempDir());
  const names = ["src/scaffold/templates/hello.sh.txt", "test/fixtures/specs/good/crlf.toml"];
  const committed = names.map((name) => must(["git", "show", `HEAD:${name}`], ROOT));
  expect(names.map((name) => readFileSync(join(dir, name), "utf8"))).toEqual(committed);
});

test.skipIf(!isCheckout)(
  "builds of one checkout at the same time do not disturb each other, are what others make of it, and those of --target have their sums",
  async () => {
    const dir = shared();
    const builds = [[], [], ["--target", platform]].map(
      (flags) => Bun.spawn([process.execPath, "build.ts", "--quiet", ...flags], { cwd: dir }).exited,
    );
    expect(await Promise.all(builds)).toEqual([0, 0, 0]);
    const dist = join(dir, "dist");
    expect(readdirSync(dist).toSorted()).toEqual(["SHA256SUMS", "runspec", `runspec-${platform}`]);
    const sum = new Bun.CryptoHasher("sha256")
      .update(readFileSync(join(dist, `runspec-${platform}`)))
      .digest("hex");
    expect(readFileSync(join(dist, "SHA256SUMS"), "utf8")).toBe(`${sum}  runspec-${platform}\n`);
    const built = join(dist, "runspec");
    expect(factsOf(built).platform).toBe(platform);
    // What is tested was built from the same, unless this checkout has changes.
    const other = factsOf(built).commit === facts.commit ? BIN : build(clone("elsewhere"));
    expect(readFileSync(other).equals(readFileSync(built))).toBe(true);
  },
);

test.skipIf(!isCheckout)("packages and release", async () => {
  const dirs = [shared(), clone("somewhere/else/deeper")];
  const zones = ["Asia/Tokyo", "America/Los_Angeles"];
  // What is packed is of a few bytes, and not built again.
  const made = dirs.map((dir, at) => {
    mkdirSync(join(dir, "dist"), { recursive: true });
    writeFileSync(join(dir, "dist", `runspec-${platform}`), "a program");
    writeFileSync(join(dir, "build.ts"), "");
    return pack(dir, { TZ: zones[at] ?? "" });
  });
  const [sums = "", others] = made.map((out) => readFileSync(join(out, "release/SHA256SUMS"), "utf8"));
  expect(sums).toContain(` runspec-${platform}.tar.gz\n`);
  expect(others).toBe(sums);
  const packages = made.map((out) => readPackages(join(out, "npm")));
  expect(Object.keys(packages[0] ?? {})).toHaveLength(2);
  expect(packages[1]).toEqual(packages[0] ?? {});
  // Both may have been packed in the same second.
  const archived = await parseTarGzip(
    readFileSync(join(made[0] ?? "", `release/runspec-${platform}.tar.gz`)),
  );
  const committed = must(["git", "log", "-1", "--format=%ct"], ROOT);
  expect([...new Set(archived.map(({ attrs }) => attrs?.mtime))]).toEqual([Number(committed)]);
});

/** The sum of every file of `dir`. */
function readPackages(dir: string) {
  const names = readdirSync(dir).toSorted();
  return Object.fromEntries(names.map((name) => [name, Bun.hash(readFileSync(join(dir, name)))]));
}

test.each([
  [".npmrc", "omit[]=dev\nomit[]=optional\n"],
  [".bunfig.toml", "[install]\nproduction = true\n"],
  [".bunfig.toml", "[install]\ndev = false\noptional = false\n"],
])("what the build needs is installed, whatever the user's %s leaves out: %j", (name, settings) => {
  const [dir, home] = [tempDir(), tempDir()];
  writeFileSync(join(home, name), settings);
  copyFileSync(join(ROOT, "bunfig.toml"), join(dir, "bunfig.toml"));
  for (const name of ["tool", "platform"]) {
    mkdirSync(join(dir, name));
    writeFileSync(join(dir, name, "package.json"), JSON.stringify({ name, version: "1.0.0" }));
  }
  const manifest = {
    devDependencies: { tool: "file:./tool" },
    optionalDependencies: { platform: "file:./platform" },
  };
  writeFileSync(join(dir, "package.json"), JSON.stringify(manifest));
  must([process.execPath, "install"], dir, { ...process.env, HOME: home });
  expect(readdirSync(join(dir, "node_modules")).toSorted()).toEqual(["platform", "tool"]);
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
