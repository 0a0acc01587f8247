/** install.sh against a web server on loopback: the program is there whole and verified, or nothing is. */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type Packed, tarball } from "../../packaging/archive.ts";
import { BASE_ENV, ownBinary, type RunOptions, type RunResult, run } from "../harness/binary.ts";
import { writeExecutable } from "../harness/ssh-host.ts";
import { diskDir, tempDir } from "../harness/temp.ts";
import { facts, platform } from "./packages.ts";

setDefaultTimeout(60_000);

const SCRIPT = join(import.meta.dir, "../../install.sh");
const ARCHIVE = `runspec-${platform}.tar.gz`;
const programOf = (name: string) => realpathSync(Bun.which(name) ?? "/");
/** Where sh is dash, it is tried once. */
const DASH = programOf("sh") === programOf("dash") ? {} : { dash: ["dash"] };
const SHELLS = { ...DASH, "busybox sh": ["busybox", "sh"], bash: ["bash"], sh: ["sh"] };
const posix = process.platform !== "win32";

/** What the server answers, by path; a function answers for itself. */
type Site = Record<string, Uint8Array | string | (() => Response)>;

/** What the program says of itself. */
const version = `runspec ${facts.version}+${facts.commit}`;
/** A release whose program is the real one, but not as large: npm.test.ts installs what is made. */
let real: Site = {};
beforeAll(async () => {
  real = await siteOf([{ ...FAKE, data: Buffer.from(`#!/bin/sh\nexec '${ownBinary()}' "$@"\n`) }]);
});

const sites = new Map<string, Site>();
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch({ url }) {
    const [, site = "", name = ""] = new URL(url).pathname.split("/");
    const answer = sites.get(site)?.[name];
    if (answer === undefined) return new Response("not here", { status: 404 });
    return typeof answer === "function" ? answer() : new Response(answer);
  },
});
/** Promises more than it sends. */
const breaking = Bun.listen({
  hostname: "127.0.0.1",
  port: 0,
  socket: {
    data(socket) {
      socket.end("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nabc");
    },
  },
});
afterAll(() => {
  breaking.stop(true);
  return server.stop(true);
});

const sumsOf = (files: Record<string, Uint8Array>): string =>
  Object.entries(files)
    .map(([name, data]) => `${createHash("sha256").update(data).digest("hex")}  ${name}\n`)
    .join("");

/** A site that has `files` as the archive. */
async function siteOf(files: readonly Packed[]): Promise<Site> {
  const archive = tarball(files);
  return { [ARCHIVE]: archive, SHA256SUMS: sumsOf({ [ARCHIVE]: archive }) };
}

interface Installed extends RunResult {
  dir: string;
  /** What is in the directory afterwards; undefined: there is none. */
  there: string[] | undefined;
  /** What it left in the directory for temporary files. */
  left: string[];
}

async function install(
  site: Site,
  options: RunOptions & { shell?: string[]; dir?: string } = {},
): Promise<Installed> {
  const name = String(sites.size);
  sites.set(name, site);
  const [program = "sh", ...words] = options.shell ?? ["sh"];
  const [home, temporary] = [tempDir(), tempDir()];
  const dir = options.dir ?? join(home, ".local/bin");
  const env = {
    HOME: home,
    TMPDIR: temporary,
    PATH: BASE_ENV.PATH,
    RUNSPEC_BASE_URL: `http://127.0.0.1:${server.port}/${name}`,
    ...(options.dir === undefined ? {} : { RUNSPEC_INSTALL_DIR: options.dir }),
    ...options.env,
  };
  const ended = await run([...words, SCRIPT], { program: Bun.which(program) ?? program, ...options, env });
  const there = existsSync(dir) ? readdirSync(dir) : undefined;
  return { ...ended, dir, there, left: readdirSync(temporary) };
}

/** The programs of this machine without `missing`, as a PATH. */
function pathWithout(...missing: string[]): string {
  const dir = tempDir();
  const needed =
    "sh uname mkdir mktemp rm cp mv chmod tar gzip getconf ldd ls cat sha256sum shasum openssl curl wget";
  for (const name of needed.split(" ")) {
    const path = Bun.which(name, { PATH: BASE_ENV.PATH ?? "" });
    if (path !== null && !missing.includes(name)) symlinkSync(path, join(dir, name));
  }
  return dir;
}

function withBusyboxWget(): string {
  const dir = tempDir();
  symlinkSync(Bun.which("busybox") ?? "", join(dir, "wget"));
  return dir;
}

/** PATH with a program that says `text` in the place of `name`. */
function pathWith(name: string, text: string): string {
  const dir = tempDir();
  writeExecutable(join(dir, name), text);
  return `${dir}:${BASE_ENV.PATH}`;
}

const FAKE: Packed = { name: "runspec", data: Buffer.from("#!/bin/sh\necho 1.4.5\n"), executable: true };
const BROKEN: Packed = { name: "runspec", data: Buffer.from("#!/no/such/interpreter\n"), executable: true };

describe.if(posix)("install.sh", () => {
  for (const [name, shell] of Object.entries(SHELLS)) {
    test.skipIf(Bun.which(shell[0] ?? "") === null)(
      `${name}: puts it in place, and again over it`,
      async () => {
        const first = await install(real, { shell });
        expect(first.stderr).toEndWith(
          `installed ${version} as ${first.dir}/runspec\n${first.dir} is not on your PATH; add it: export PATH='${first.dir}':"$PATH"\n`,
        );
        expect([first.code, first.out, first.there, first.left]).toEqual([0, "", ["runspec"], []]);
        const again = await install(real, {
          shell,
          dir: first.dir,
          env: { PATH: `${BASE_ENV.PATH}:${first.dir}` },
        });
        expect(again.stderr).toEndWith(`installed ${version} as ${first.dir}/runspec\n`);
        expect([again.code, again.there, again.left]).toEqual([0, ["runspec"], []]);
      },
    );
  }

  const TOOLS: Record<string, () => string> = {
    wget: () => pathWithout("curl"),
    "BusyBox's wget": () => `${withBusyboxWget()}:${pathWithout("curl", "wget")}`,
    shasum: () => pathWithout("sha256sum", "openssl"),
    openssl: () => pathWithout("sha256sum", "shasum"),
  };
  for (const [tool, path] of Object.entries(TOOLS)) {
    const program = tool === "BusyBox's wget" ? "busybox" : tool;
    test.skipIf(Bun.which(program) === null)(`does with ${tool} what it does with others`, async () => {
      const { code, there } = await install(real, { env: { PATH: path() } });
      expect([code, there]).toEqual([0, ["runspec"]]);
    });
  }

  test.concurrent("the line to add it is one word to a shell, whatever the directory is called", async () => {
    const cwd = tempDir();
    const dir = join(cwd, "a'b\"$(touch pwned)`id`\\ c\\n''");
    const TMPDIR = join(tempDir(), "CORP\\nina");
    mkdirSync(TMPDIR);
    const { stderr } = await install(real, { dir, env: { TMPDIR } });
    const line = stderr.slice(stderr.indexOf("export "));
    const { out } = await run(["-c", `${line}printf %s "$PATH"`], { program: "/bin/sh", cwd });
    expect([out, readdirSync(cwd).length]).toEqual([`${dir}:${BASE_ENV.PATH}`, 1]);
  });

  test.concurrent("a directory from where one stands, and another runspec before it on PATH", async () => {
    const [cwd, first] = [tempDir(), tempDir()];
    writeExecutable(join(first, "runspec"), "true");
    const dir = join(cwd, "-p/programs");
    const env = { RUNSPEC_INSTALL_DIR: "-p/programs/", PATH: `${first}:${dir}:${BASE_ENV.PATH}` };
    const { code, stderr } = await install(real, { cwd, env });
    expect([code, readdirSync(dir)]).toEqual([0, ["runspec"]]);
    expect(stderr).toEndWith(
      `installed ${version} as ${dir}/runspec\nanother one comes before it on your PATH: ${first}/runspec\n`,
    );
  });

  for (const [name, shell] of Object.entries(SHELLS)) {
    const isThere = Bun.which(shell[0] ?? "") !== null;
    test.skipIf(!isThere)(`${name}: a directory of PATH is known in any form, and by a link`, async () => {
      const [cwd, link] = [realpathSync(tempDir()), join(tempDir(), "link")];
      symlinkSync(cwd, link);
      for (const [dir, entry] of [
        [".", link],
        [`${cwd}//`, `${link}:${cwd}`],
        [`${cwd}/x/..`, `${cwd}/`],
      ]) {
        mkdirSync(join(cwd, "x"), { recursive: true });
        const env = { RUNSPEC_INSTALL_DIR: dir ?? "", PATH: `${entry}:${BASE_ENV.PATH}` };
        const { code, stderr } = await install(real, { shell, cwd, env });
        expect([code, stderr]).toEqual([
          0,
          expect.stringMatching(new RegExp(`\ninstalled .* as ${cwd}/runspec\n$`)),
        ]);
      }
    });
  }

  test("links that lead nowhere are kept as well, and none is written over", async () => {
    const dir = tempDir();
    symlinkSync("/nowhere/program", join(dir, "runspec"));
    symlinkSync("/nowhere/older", join(dir, "runspec.before-runspec"));
    const { code, there } = await install(real, { dir });
    const links = there?.filter((name) => name !== "runspec").map((name) => readlinkSync(join(dir, name)));
    expect([code, links?.sort()]).toEqual([0, ["/nowhere/older", "/nowhere/program"]]);
  });

  test.if(process.getuid?.() === 0)("sudo that leaves HOME as it was makes nothing there", async () => {
    const home = tempDir();
    chownSync(home, 65534, 65534);
    const env = { HOME: home, SUDO_UID: "65534" };
    for (const shell of Object.values(SHELLS).filter(([program = ""]) => Bun.which(program) !== null)) {
      const { code, stderr } = await install(real, { shell, env });
      expect([code, stderr, readdirSync(home)]).toEqual([
        1,
        `install.sh: ${home} is another user's, as sudo leaves it\n  run this without sudo, or set RUNSPEC_INSTALL_DIR\n`,
        [],
      ]);
      chownSync(home, 0, 0);
      expect((await install(real, { shell, env: { ...env, HOME: home } })).code).toBe(0);
      rmSync(join(home, ".local"), { recursive: true });
      chownSync(home, 65534, 65534);
    }
  });

  const failures: Record<
    string,
    [site: () => Site | Promise<Site>, says: string, options?: RunOptions & { dir?: string }]
  > = {
    "a wrong checksum": [
      () => ({ ...real, SHA256SUMS: `${"0".repeat(64)}  ${ARCHIVE}\n` }),
      `the checksum of ${ARCHIVE} is wrong: it was cut short or altered; nothing was installed`,
    ],
    "a download that is cut short": [
      () => ({}),
      "/SHA256SUMS: ",
      { env: { RUNSPEC_BASE_URL: `http://127.0.0.1:${breaking.port}` } },
    ],
    "an archive that is cut short before its sum": [
      async () => {
        const whole = await tarball([{ ...FAKE, data: randomBytes(1_000_000) }]);
        const archive = whole.subarray(0, 500_000);
        return { [ARCHIVE]: archive, SHA256SUMS: sumsOf({ [ARCHIVE]: archive }) };
      },
      `${ARCHIVE} cannot be unpacked`,
    ],
    "no archive for this platform": [
      () => ({ SHA256SUMS: `${"0".repeat(64)}  runspec-plan9-x64.tar.gz\n` }),
      `has no ${ARCHIVE}\n  the platforms it has: plan9-x64\n`,
    ],
    "nothing at all there": [() => ({}), "cannot download "],
    "an archive without the program": [
      () => siteOf([{ ...FAKE, name: "other" }]),
      `${ARCHIVE} cannot be unpacked`,
    ],
    "a program that is plain Bun": [
      () => siteOf([FAKE]),
      "the program does not say that it is runspec: 1.4.5",
    ],
    "a program that does not run": [() => siteOf([BROKEN]), "the program does not run here: "],
    "a program that lacks a library": [
      () =>
        siteOf([
          { ...FAKE, data: Buffer.from("#!/bin/sh\necho libstdc++.so.6: no such file >&2; exit 1\n") },
        ]),
      "libstdc++.so.6: no such file\n  it needs the C++ library: apk add libstdc++\n",
    ],
    "nothing that makes checksums": [
      () => real,
      "there is nothing here that makes checksums",
      { env: { PATH: pathWithout("sha256sum", "shasum", "openssl") } },
    ],
    "no tar": [() => real, "there is no tar here", { env: { PATH: pathWithout("tar") } }],
    "no home": [() => real, "HOME is not set\n  set RUNSPEC_INSTALL_DIR", { env: { HOME: "" } }],
    "a ~ that no shell has read": [
      () => real,
      "RUNSPEC_INSTALL_DIR begins with a ~, which no shell has read: ~/bin\n  write the whole path, from /\n",
      { cwd: tempDir(), env: { RUNSPEC_INSTALL_DIR: "~/bin" } },
    ],
    "a directory that no PATH can name": [
      () => real,
      "/nowhere/a:b has a colon, which no PATH can name\n  set RUNSPEC_INSTALL_DIR to another directory\n",
      { env: { RUNSPEC_INSTALL_DIR: "/nowhere/a:b" } },
    ],
    "a place that cannot be made": [
      () => real,
      "cannot make the directory /proc/1/none",
      { dir: "/proc/1/none" },
    ],
    "a processor without a build": [
      () => real,
      "there is no build for Linux on riscv64",
      { env: { PATH: pathWith("uname", '[ "$1" = -m ] && echo riscv64 || echo Linux') } },
    ],
    "a system without a build": [
      () => real,
      "there is no build for SunOS on x86_64",
      { env: { PATH: pathWith("uname", '[ "$1" = -m ] && echo x86_64 || echo SunOS') } },
    ],
    "another C library": [
      () => real,
      `has no runspec-linux-${process.arch}-musl.tar.gz`,
      { env: { PATH: pathWith("ldd", 'echo "musl libc" >&2; exit 1') } },
    ],
    "neither curl nor wget": [
      () => real,
      "neither curl nor wget is here",
      { env: { PATH: pathWithout("curl", "wget") } },
    ],
  };
  for (const [name, [site, says, options]] of Object.entries(failures)) {
    test.concurrent(`says so, and installs nothing: ${name}`, async () => {
      const { code, out, stderr, there, left } = await install(await site(), options);
      expect(stderr).toContain(`install.sh: `);
      expect(stderr).toContain(says);
      expect([code, out, there?.filter((file) => file.includes("runspec")) ?? [], left]).toEqual([
        1,
        "",
        [],
        [],
      ]);
    });
  }

  for (const [name, shell] of Object.entries(SHELLS)) {
    test.skipIf(Bun.which(shell[0] ?? "") === null)(
      `${name}: makes no directory that others can write`,
      async () => {
        const { code, dir } = await install(real, {
          shell: ["sh", "-c", `umask 0 && exec ${shell.join(" ")} "$0"`],
        });
        const modes = [dir, join(dir, "..")].map((path) => statSync(path).mode & 0o777);
        expect([code, modes]).toEqual([0, [0o755, 0o755]]);
      },
    );
  }

  test("leaves a directory in the program's place alone", async () => {
    const dir = tempDir();
    mkdirSync(join(dir, "runspec"));
    const { code, stderr, there } = await install(real, { dir });
    expect([code, there]).toEqual([1, ["runspec"]]);
    expect(stderr).toEndWith(`install.sh: ${dir}/runspec is a directory\n`);
  });

  test.each([
    ["says another name", "echo other 1"],
    ["says nothing", "exit 2"],
  ])("somebody's own program that %s is kept", async (_what, body) => {
    const dir = tempDir();
    writeExecutable(join(dir, "runspec"), body);
    const kept = join(dir, "runspec.before-runspec");
    const { code, stderr, there } = await install(real, { dir });
    expect([code, there?.sort()]).toEqual([0, ["runspec", "runspec.before-runspec"]]);
    expect(stderr).toContain(`\nwhat was there is now ${kept}\ninstalled `);
    expect(readFileSync(kept, "utf8")).toEndWith(`\n${body}\n`);
    writeFileSync(join(dir, "runspec"), "another");
    expect((await install(real, { dir })).there).toHaveLength(3);
    expect(readFileSync(kept, "utf8")).toEndWith(`\n${body}\n`);
  });

  test.skipIf(process.getuid?.() !== 0).each([
    ["root", ["sh"]],
    ["any other", ["sh", "-c", 'exec setpriv --reuid=12346 --clear-groups sh <"$0"']],
  ])("%s runs nothing of another user's", async (_, shell) => {
    const [dir, home] = [diskDir(), diskDir()];
    for (const open of [dir, home]) chmodSync(open, 0o777);
    const ran = join(home, "ran");
    writeExecutable(join(dir, "runspec"), `touch ${ran}; echo runspec 8`);
    chownSync(join(dir, "runspec"), 12_345, 12_345);
    const { code, there } = await install(real, { dir, shell, env: { HOME: home, TMPDIR: home } });
    expect([code, there?.sort(), existsSync(ran)]).toEqual([0, ["runspec", "runspec.before-runspec"], false]);
  });

  test("somebody's own program stays where the last step fails", async () => {
    const [dir, bin] = [tempDir(), tempDir()];
    writeExecutable(join(dir, "runspec"), "echo other 1");
    writeExecutable(join(bin, "mv"), `case $2 in */.runspec.*) exit 1;; esac\nexec ${Bun.which("mv")} "$@"`);
    const { code } = await install(real, { dir, env: { PATH: `${bin}:${process.env.PATH}` } });
    expect([code, readFileSync(join(dir, "runspec"), "utf8")]).toEqual([
      1,
      expect.stringContaining("echo other 1"),
    ]);
  });

  test("a program that was there stays when the new one is wrong", async () => {
    const dir = tempDir();
    writeFileSync(join(dir, "runspec"), "older");
    const { code } = await install(await siteOf([FAKE]), { dir });
    expect([code, readdirSync(dir), readFileSync(join(dir, "runspec"), "utf8")]).toEqual([
      1,
      ["runspec"],
      "older",
    ]);
  });

  test("interrupted, it leaves nothing", async () => {
    const stalls = () =>
      new Response(new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from("x")) }));
    const signalOn = { output: "downloading", signal: "SIGTERM" as const };
    const path = pathWith("curl", 'exec env PATH=/usr/bin:/bin curl --max-time 3 "$@"');
    const { code, there, left } = await install(
      { ...real, [ARCHIVE]: stalls },
      { signalOn, env: { PATH: path } },
    );
    expect([code, there ?? [], left]).toEqual([143, [], []]);
  });

  const URLS = [
    ["http://example.com/x", "neither https nor on this machine"],
    ["http://127.0.0.1@example.com/x", "neither https nor on this machine"],
    ["http://localhost:80@example.com/x", "neither https nor on this machine"],
    ["http://127.0.0.1.example.com/x", "neither https nor on this machine"],
    ["http://[::1].example.com/x", "neither https nor on this machine"],
    ["http://localhost.example.com/x", "neither https nor on this machine"],
    ["ftp://127.0.0.1/x", "neither https nor on this machine"],
    ["", "RUNSPEC_BASE_URL is not set"],
  ];
  test.each(URLS)("RUNSPEC_BASE_URL=%j is refused", async (url, says) => {
    const { code, stderr, there } = await install(real, { env: { RUNSPEC_BASE_URL: url } });
    expect([code, there]).toEqual([1, undefined]);
    expect(stderr).toContain(says);
  });
});
