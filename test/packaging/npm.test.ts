/** What the package managers make of what is packed: the program itself, with its streams, codes and signals. */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, copyFileSync, mkdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { launcherPackage, platformPackage } from "../../packaging/npm.ts";
import { choosePlatforms } from "../../packaging/platforms.ts";
import { furnish, localTo } from "../e2e/site.ts";
import { BASE_ENV, BIN, placeBinary, type RunOptions, run } from "../harness/binary.ts";
import { writeExecutable } from "../harness/ssh-host.ts";
import { startSshServer } from "../harness/ssh-server.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";
import { facts, platform, startRegistry } from "./packages.ts";

setDefaultTimeout(120_000);

const node = Bun.which("node");
const npm = Bun.which("npm");
const bun = process.execPath;
const PATH = [...new Set([bun, node, npm].flatMap((path) => path ?? []).map((path) => dirname(path)))];
const TOOLS = `
[answer]
autonomy = "autonomous"
command = ["/bin/sh", "-c", "cat; echo said >&2; exit 7"]
[wait]
autonomy = "autonomous"
command = ["/bin/sh", "-c", "echo started; exec sleep 60"]
`;

let registry: Awaited<ReturnType<typeof startRegistry>>;
let cache = "";
const version = `runspec ${facts.version}+${facts.commit}`;
beforeAll(async () => {
  const [packages, program] = [tempDir(), join(tempDir(), "runspec")];
  // Of a few bytes: what is made of the real one is in reproducible.test.ts.
  writeExecutable(program, `[ "$1" = --where ] && exec echo "$0"\nexec '${BIN}' "$@"`);
  const platforms = choosePlatforms(platform);
  for (const name of platforms) await platformPackage(packages, name, program);
  await launcherPackage(packages, platforms);
  registry = await startRegistry(packages);
  cache = tempDir();
});
afterAll(() => registry.stop());

/** The surroundings of a package manager that knows our registry alone. */
function surroundings(): { env: Record<string, string> } {
  const env = {
    PATH: [...PATH, BASE_ENV.PATH].join(":"),
    npm_config_registry: registry.url,
    npm_config_cache: join(cache, "npm"),
    npm_config_store_dir: join(cache, "pnpm"),
    npm_config_update_notifier: "false",
    BUN_INSTALL_CACHE_DIR: join(cache, "bun"),
  };
  return { env };
}

const manage = (argv: readonly string[], cwd: string, options: RunOptions = {}) => {
  const [program = "", ...words] = argv;
  return run(words, { program, cwd, timeoutMs: 100_000, ...surroundings(), ...options });
};

const INSTALLS: Record<string, string[] | undefined> = {
  npm: npm === null ? undefined : [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "runspec"],
  bun: [bun, "add", "--ignore-scripts", "runspec"],
  "bun, isolated": [bun, "add", "--ignore-scripts", "--linker", "isolated", "runspec"],
};

const FIRST = npm === null ? "bun" : "npm";

for (const [name, install] of Object.entries(INSTALLS)) {
  describe.skipIf(install === undefined || node === null)(name, () => {
    const project = tempDir();
    const bin = join(project, "node_modules/.bin/runspec");
    const started = (options: RunOptions = {}) => ({
      program: bin,
      cwd: project,
      ...surroundings(),
      ...options,
    });

    test("installs without scripts, and it is the program", async () => {
      writeFileSync(join(project, "package.json"), '{"name": "project", "private": true}');
      const installed = await manage(install ?? [], project);
      expect([installed.code, installed.stderr]).toEqual([0, expect.not.stringContaining("rror")]);
      const { code, out } = await run(["--version", "--json"], started());
      expect([code, JSON.parse(out)]).toEqual([0, facts]);
    });

    // Whoever has installed it, the launcher that is started is the same.
    if (name === FIRST) {
      test("streams and codes are the tool's", async () => {
        writeSpec(project, TOOLS);
        const { code, out, stderr } = await run(["run", "answer"], started({ stdin: "asked" }));
        expect([code, out, stderr]).toEqual([7, "asked", "said\n"]);
      });

      test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
        "%s ends it as it ends the program",
        async (signal) => {
          const signalOn = { output: "started", signal };
          const direct = await run(["run", "wait"], { cwd: project, signalOn });
          const through = await run(["run", "wait"], started({ signalOn }));
          expect([through.code, through.signal, through.stderr]).toEqual([
            direct.code,
            direct.signal,
            direct.stderr,
          ]);
        },
      );

      test("jumps", async () => {
        const host = await startSshServer();
        furnish(host, TOOLS);
        const { cwd, env } = localTo(host);
        const PATH = [env.PATH, surroundings().env.PATH].join(delimiter);
        const { code, out, stderr } = await run(
          ["jump", host.alias, "answer"],
          started({ cwd, env: { ...env, PATH }, stdin: "asked" }),
        );
        await host.stop();
        expect([code, out, stderr]).toEqual([7, "asked", "said\n"]);
      });
    }

    test("a package's tools are found beside it", async () => {
      // It looks beside itself: here the real one has to lie.
      const { out: where } = await run(["--where"], started());
      rmSync(where.trim());
      placeBinary(where.trim());
      const tools = join(project, "node_modules/shop-tools");
      mkdirSync(tools, { recursive: true });
      writeFileSync(join(tools, "package.json"), '{"name": "shop-tools", "version": "1.0.0"}');
      writeSpec(tools, '[restock]\nautonomy = "autonomous"\ncommand = "true"\n');
      const { code, out } = await run(["local", "--format", "json"], started({ cwd: tempDir() }));
      expect([code, out]).toEqual([0, expect.stringContaining('"restock"')]);
    });
  });
}

describe.skipIf(npm === null)("npm", () => {
  test.concurrent("installs it for everybody on a machine", async () => {
    const prefix = tempDir();
    const words = ["install", "--global", "--ignore-scripts", "--prefix", prefix, "--no-audit", "--no-fund"];
    expect((await manage([npm ?? "", ...words, "runspec"], prefix)).code).toBe(0);
    const { out } = await run(["--version"], { program: join(prefix, "bin/runspec"), ...surroundings() });
    expect(out).toBe(`${version}\n`);
  });

  test.concurrent("runs it without an installation", async () => {
    const { code, out } = await manage([npm ?? "", "exec", "--yes", "runspec", "--", "--version"], tempDir());
    expect([code, out]).toEqual([0, `${version}\n`]);
  });
});

test.concurrent.skipIf(node === null)("bunx runs it without an installation", async () => {
  const { code, out } = await manage([bun, "x", "runspec", "--version"], tempDir());
  expect([code, out]).toEqual([0, `${version}\n`]);
});

function canReplaceItself(): boolean {
  const asked = Bun.spawnSync([node ?? "node", "-p", "typeof process.execve"], { stderr: "ignore" });
  return asked.stdout.toString() !== "undefined\n";
}

describe.skipIf(node === null)("the launcher", () => {
  const launcher = join(import.meta.dir, "../../packaging/launcher.js");

  /** The launcher beside packages whose programs say which they are. */
  function beside(...platforms: string[]): string {
    return besidePrograms(
      Object.fromEntries(platforms.map((platform) => [platform, `echo ${platform} "$@"`])),
    );
  }
  function besidePrograms(programs: Record<string, string>): string {
    const dir = tempDir();
    for (const [platform, script] of Object.entries(programs)) {
      const bin = join(dir, "node_modules/@runspec", platform, "bin");
      mkdirSync(bin, { recursive: true });
      writeExecutable(join(bin, "runspec"), script);
    }
    const path = join(dir, "launcher.js");
    copyFileSync(launcher, path);
    return path;
  }
  const launch = (path: string) => run([path, "a b", "--", "-h"], { program: node ?? "", ...surroundings() });
  const [glibc, musl] = [`linux-${process.arch}`, `linux-${process.arch}-musl`];

  test.if(process.platform === "linux")("takes the build for the C library of its Node", async () => {
    expect((await launch(beside(glibc, musl))).out).toBe(`${platform} a b -- -h\n`);
    expect((await launch(beside(musl))).out).toBe(`${musl} a b -- -h\n`);
  });

  // One that can replace itself is the program, and has nobody to pass a signal on to.
  test.skipIf(canReplaceItself())("passes on a signal that comes as soon as there is a program", async () => {
    const script = 'trap "kill \\$!; exit 9" TERM\nkill -TERM $PPID\nsleep 5 >/dev/null 2>&1 & wait';
    const path = besidePrograms({ [`${process.platform}-${process.arch}`]: script });
    const ends = await Promise.all(Array.from({ length: 5 }, () => launch(path)));
    expect(ends.map(({ code }) => code)).toEqual(ends.map(() => 9));
  });

  test.skipIf(process.platform === "win32")(
    "says why what is installed cannot be started, with 126, and is not aborted for it",
    async () => {
      const own = `${process.platform}-${process.arch}`;
      const path = beside(own);
      const program = join(dirname(path), "node_modules/@runspec", own, "bin/runspec");
      const again =
        "\n  install again, on the machine where it is to run, and where programs may be executed (no noexec)\n";
      chmodSync(program, 0o644);
      const [said, none] = [
        `runspec: ${realpathSync(program)} cannot be started: `,
        "/lib/ld-musl-none.so.1",
      ];
      const closed = `${said}it may not be executed here${again}`;
      expect(await launch(path)).toMatchObject({ code: 126, out: "", stderr: closed });
      writeFileSync(program, "");
      chmodSync(program, 0o755);
      const empty = `${said}it is empty${again}`;
      expect(await launch(path)).toMatchObject({ code: 126, out: "", stderr: empty });
      // As in an image of Alpine that node_modules was copied into.
      writeFileSync(program, `\x7fELF\0\0${none}\0`);
      const elsewhere = `${said}it needs ${none}, which is not here${again}`;
      if (process.platform === "linux")
        expect(await launch(path)).toMatchObject({ code: 126, out: "", stderr: elsewhere });
    },
  );

  test("says what is missing, with 127", async () => {
    const { code, out, stderr } = await launch(beside());
    expect([code, out]).toEqual([127, ""]);
    expect(stderr).toStartWith(
      `runspec: no package for ${process.platform} ${process.arch} is installed (looked for `,
    );
    expect(stderr).toContain("\n  install again without --omit=optional");
  });
});
