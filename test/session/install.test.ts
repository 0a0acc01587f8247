import { describe, expect, test } from "bun:test";
import { readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readMarkedLines } from "../../src/process/marked-lines.ts";
import { binAdvice } from "../../src/session/install/bin.ts";
import { platformOf } from "../../src/session/install/build.ts";
import { failure } from "../../src/session/install/failures.ts";
import {
  installScript,
  MARK,
  probe,
  SCRIPT_EXIT,
  uninstallScript,
} from "../../src/session/install/scripts.ts";
import { plainHost } from "../../src/spec/config.ts";
import { writeExecutable } from "../harness/ssh-host.ts";
import { tempDir } from "../harness/temp.ts";

const BOX = plainHost("box");

test("a new table has all that the host was reached by, as an inventory's port", () => {
  const lines = '[config.jump-hosts.box]\nhost = "10.1.1.1"\nuser = "me"\nport = 2222\nbin = "/r/runspec"\n';
  const bin = { path: "runspec", source: "path" } as const;
  const host = { ...BOX, bin, host: "10.1.1.1", user: "me", port: 2222 };
  expect(binAdvice(host, "/r/runspec", false)).toContain(`\n\n${lines}`);
});

const said = (facts: Record<string, string>) =>
  readMarkedLines(
    Object.entries(facts)
      .map(([key, value]) => `${MARK} ${key} ${value}\n`)
      .join(""),
    MARK,
  );

describe("the build that a machine needs", () => {
  const GLIBC = "ldd (GNU libc) 2.36";
  test.each<[Record<string, string>, string]>([
    [{ system: "Linux", machine: "x86_64", libc: GLIBC }, "linux-x64"],
    [{ system: "Linux", machine: "amd64", libc: "" }, "linux-x64"],
    [{ system: "Linux", machine: "aarch64", libc: "musl libc (aarch64)", bits: "64" }, "linux-arm64-musl"],
    [
      { system: "Linux", machine: "x86_64", libc: "sh: ldd: not found", loader: "/lib/ld-musl-x86_64.so.1" },
      "linux-x64-musl",
    ],
    [{ system: "Linux", machine: "x86_64", libc: GLIBC, loader: "/lib/ld-musl-x86_64.so.1" }, "linux-x64"],
    [{ system: "Darwin", machine: "arm64", libc: "sh: ldd: command not found" }, "darwin-arm64"],
    [{ system: "Darwin", machine: "x86_64" }, "darwin-x64"],
  ])("%p", (facts, platform) => {
    expect(platformOf(BOX, said(facts))).toBe(platform);
  });

  test.each<[Record<string, string>, string]>([
    [
      { system: "FreeBSD", machine: "amd64" },
      "box: there is no build of runspec for FreeBSD, amd64; nothing was installed",
    ],
    [
      { system: "Linux", machine: "armv7l" },
      "box: there is no build of runspec for Linux, armv7l; nothing was installed",
    ],
    [
      { system: "Linux", machine: "constructor" },
      "box: there is no build of runspec for Linux, constructor; nothing was installed",
    ],
    [
      { system: "Linux", machine: "aarch64", bits: "32" },
      "box: there is no build of runspec for a 32-bit Linux (on aarch64); nothing was installed",
    ],
    [
      { system: "MINGW64_NT-10.0-19045", machine: "x86_64" },
      "box: it is a Windows machine, where --install does not work; nothing was installed",
    ],
  ])("none: %p", (facts, message) => {
    expect(() => platformOf(BOX, said(facts))).toThrow(message);
  });
});

test.each([
  ["/home/me/.local/bin/runspec", "~/bin/runspec"],
  ["/opt/bin/runspec", "~/.local/bin/runspec"],
])("where %s cannot be written, another path is named", (target, path) => {
  const destination = { ...BOX, bin: { path: "runspec", source: "path" as const } };
  const attempt = { destination, outcome: "nothing was installed", allSent: false };
  expect(failure(attempt, SCRIPT_EXIT.NOT_WRITABLE, target).hint).toBe(
    `name a place of your own, as --bin '${path}', or use a user who may write there`,
  );
  expect(failure({ ...attempt, outcome: "nothing was removed" }, SCRIPT_EXIT.NOT_WRITABLE, target).hint).toBe(
    "use a user who may write there",
  );
});

test("a warning of a locale that is not there is not taken for what ldd says", () => {
  const dir = tempDir();
  // As bash has it, whose script the ldd of glibc is.
  const ldd = `[ "$LC_ALL" = C ] || echo "bash: warning: setlocale: LC_ALL: cannot change locale ($LC_ALL)" >&2\necho "ldd (GNU libc) 2.36"`;
  writeExecutable(join(dir, "ldd"), ldd);
  const env = { PATH: `${dir}:/usr/bin:/bin`, HOME: dir, LC_ALL: "xx_YY.UTF-8" };
  const line = probe({ path: "~/runspec", source: "bin" }).join(" ");
  const { stdout } = Bun.spawnSync(["sh", "-c", line], { env });
  expect(readMarkedLines(stdout.toString(), MARK).one("libc")).toBe("ldd (GNU libc) 2.36");
});

test.each([
  ["probe", probe],
  ["install", (bin: Parameters<typeof probe>[0]) => installScript(bin, "0".repeat(64), "zstd")],
  ["uninstall", uninstallScript],
])("%s is one line that every login shell reads alike", (_name, script) => {
  const [sh, flag, text = "", name, bin] = script({ path: "~/a b/runspec", source: "bin" });
  expect([sh, flag, name, bin]).toEqual(["/bin/sh", "-c", "sh", "~/'a b/runspec'"]);
  expect(text).toStartWith("'");
  expect(text.slice(1, -1)).not.toMatch(/['\\!\n]/);
  expect(text.endsWith("'")).toBe(true);
});

test.each([
  [
    { path: "runspec", source: "path" },
    ".local/bin/runspec",
    "a shell that knows no ~ (rc) would make a directory of that name",
  ],
  [{ path: "runspec", source: "bin" }, ".local/bin/runspec", "the same"],
  [{ path: "~/bin/runspec", source: "bin" }, "~/bin/runspec", "as it was written"],
] as const)("%p goes to %s: %s", (bin, place) => {
  expect(probe(bin).at(-1)).toBe(place);
});

test("a bin in the root directory: it is that directory that has to be there", () => {
  const dir = tempDir();
  writeExecutable(join(dir, "mkdir"), 'echo "$@"; exit 1');
  const script = installScript({ path: "/runspec", source: "bin" }, "0".repeat(64), "plain");
  const ran = Bun.spawnSync(["sh", "-c", script.join(" ")], {
    env: { PATH: `${dir}:/usr/bin:/bin`, HOME: dir },
  });
  expect([ran.exitCode, ran.stdout.toString()]).toEqual([
    SCRIPT_EXIT.NOT_WRITABLE,
    `${MARK} target /runspec\n-p /\n`,
  ]);
});

test("what an install that was killed has left is taken away, and no file of anybody's", () => {
  const home = tempDir();
  for (const name of [".runspec.toml", ".runspec.1", ".runspec-install.1"]) {
    writeFileSync(join(home, name), "");
    utimesSync(join(home, name), 1, 1);
  }
  const program = "#!/bin/sh\necho runspec 9\n";
  const script = installScript(
    { path: "~/runspec", source: "bin" },
    Bun.CryptoHasher.hash("sha256", program, "hex"),
    "plain",
  );
  const ran = Bun.spawnSync(["sh", "-c", script.join(" ")], {
    env: { HOME: home, PATH: process.env.PATH },
    stdin: Buffer.from(program),
  });
  expect(readMarkedLines(ran.stdout.toString(), MARK).one("version")).toBe("runspec 9");
  expect(readdirSync(home).sort()).toEqual([".runspec.1", ".runspec.toml", "runspec"]);
});
