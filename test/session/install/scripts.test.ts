import { expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  existsSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { readMarkedLines } from "../../../src/process/marked-lines.ts";
import {
  installScript,
  MARK,
  probe,
  SCRIPT_EXIT,
  uninstallScript,
} from "../../../src/session/install/scripts.ts";
import { writeExecutable } from "../../harness/ssh-host.ts";
import { diskDir, tempDir } from "../../harness/temp.ts";

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

test("what an install that was killed has left is taken away, and nothing of anybody's", () => {
  const home = tempDir();
  const others = process.getuid?.() === 0 ? [".runspec-install.2"] : [];
  for (const name of [".runspec.toml", ".runspec.1", ".runspec-install.1", ...others]) {
    writeFileSync(join(home, name), "");
    utimesSync(join(home, name), 1, 1);
  }
  for (const name of others) chownSync(join(home, name), 12345, 12345);
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
  expect(readdirSync(home).sort()).toEqual([...others, ".runspec.1", ".runspec.toml", "runspec"]);
});

test("what another user puts where the copy is about to be written is not used", () => {
  const home = tempDir();
  const bin = tempDir();
  // As one who sees which process it is.
  writeExecutable(join(bin, "find"), 'mkfifo "$1.runspec-install.$(uname -n).$PPID"');
  const script = installScript({ path: "~/runspec", source: "bin" }, "0".repeat(64), "plain");
  const ran = Bun.spawnSync(["sh", "-c", script.join(" ")], {
    env: { HOME: home, PATH: `${bin}:${process.env.PATH}` },
    stdin: Buffer.from("#!/bin/sh\n"),
    timeout: 10_000,
  });
  expect(ran.exitCode).toBe(SCRIPT_EXIT.NOT_UNPACKED);
});

test.each(["when it is asked for its version", "when it is kept"])(
  "another install into the same home %s: somebody's own program is kept, and nothing else",
  (moment) => {
    const [home, bin] = [tempDir(), tempDir()];
    const path = join(home, "runspec");
    const kept = `${path}.before-runspec`;
    const program = "#!/bin/sh\necho runspec 9\n";
    writeExecutable(join(home, "theirs"), "echo runspec 8");
    const other = `[ -e ${kept} ] || { ${Bun.which("ln")} ${path} ${kept}; mv -f ${home}/theirs ${path}; }`;
    writeExecutable(path, moment.endsWith("kept") ? "echo other 1" : `${other}; echo other 1`);
    // What comes first, a second name for it, is ours.
    const ln = `case $2 in */old) ;; *) ${other};; esac; exec ${Bun.which("ln")} "$@"`;
    if (moment.endsWith("kept")) writeExecutable(join(bin, "ln"), ln);
    const sum = Bun.CryptoHasher.hash("sha256", program, "hex");
    const script = installScript({ path: "~/runspec", source: "bin" }, sum, "plain");
    const ran = Bun.spawnSync(["sh", "-c", script.join(" ")], {
      env: { HOME: home, PATH: `${bin}:${process.env.PATH}` },
      stdin: Buffer.from(program),
    });
    const said = readMarkedLines(ran.stdout.toString(), MARK);
    expect([ran.exitCode, said.all("kept"), readdirSync(home).sort()]).toEqual([
      0,
      [kept],
      ["runspec", "runspec.before-runspec"],
    ]);
    expect(readFileSync(kept, "utf8")).toContain("echo other 1");
    expect(readFileSync(path, "utf8")).toBe(program);
  },
);

test("where a file cannot have a second name, somebody's own program is moved", () => {
  const [home, bin] = [tempDir(), tempDir()];
  writeExecutable(join(home, "runspec"), "echo other 1");
  writeExecutable(join(bin, "ln"), "exit 1");
  const program = "#!/bin/sh\necho runspec 9\n";
  const sum = Bun.CryptoHasher.hash("sha256", program, "hex");
  const script = installScript({ path: "~/runspec", source: "bin" }, sum, "plain");
  const ran = Bun.spawnSync(["sh", "-c", script.join(" ")], {
    env: { HOME: home, PATH: `${bin}:${process.env.PATH}` },
    stdin: Buffer.from(program),
  });
  const texts = ["runspec", "runspec.before-runspec"].map((name) => readFileSync(join(home, name), "utf8"));
  expect([ran.exitCode, ...texts]).toEqual([0, program, "#!/bin/sh\necho other 1\n"]);
});

test("what another machine that shares the home takes away meanwhile is missing, not somebody's own", () => {
  const home = tempDir();
  writeExecutable(join(home, "runspec"), 'rm "$0"');
  const script = uninstallScript({ path: "~/runspec", source: "bin" }).join(" ");
  const ran = Bun.spawnSync(["sh", "-c", script], { env: { HOME: home, PATH: process.env.PATH } });
  expect([ran.exitCode, readMarkedLines(ran.stdout.toString(), MARK).one("kind")]).toEqual([0, "missing"]);
});

test.skipIf(process.getuid?.() !== 0)("nobody runs another user's program, but root's", () => {
  const home = diskDir();
  chmodSync(home, 0o777);
  const path = join(home, "runspec");
  const remove = (owner: number) => {
    writeExecutable(path, `touch ${home}/ran; echo runspec 8`);
    chownSync(path, owner, owner);
    const script = uninstallScript({ path: "~/runspec", source: "bin" }).join(" ");
    const argv = ["setpriv", "--reuid=12346", "--clear-groups", "sh", "-c", script];
    const { exitCode } = Bun.spawnSync(argv, { env: { HOME: home, PATH: process.env.PATH } });
    return [exitCode, existsSync(join(home, "ran"))];
  };
  expect([remove(12_345), remove(0)]).toEqual([
    [SCRIPT_EXIT.NOT_RUNSPEC, false],
    [0, true],
  ]);
});

test("what another install puts there meanwhile, in a home that hosts share, is not kept as somebody's own", () => {
  const home = tempDir();
  const program = "#!/bin/sh\necho runspec 9\n";
  const place = join(home, "runspec");
  // Asked whose it is, where it is root's or nobody's.
  writeExecutable(
    join(home, "find"),
    `[ "$1" = -L ] && cp "${home}"/.runspec-install.*/runspec "${place}"; :`,
  );
  const sha256 = Bun.CryptoHasher.hash("sha256", program, "hex");
  const script = installScript({ path: "~/runspec", source: "bin" }, sha256, "plain");
  const ran = Bun.spawnSync(["sh", "-c", script.join(" ")], {
    env: { HOME: home, PATH: `${home}:/usr/bin:/bin` },
    stdin: Buffer.from(program),
  });
  expect([ran.exitCode, readMarkedLines(ran.stdout.toString(), MARK).one("kept")]).toEqual([0, undefined]);
  expect(readdirSync(home).sort()).toEqual(["find", "runspec"]);
});
