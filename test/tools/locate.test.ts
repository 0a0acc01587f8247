import { describe, expect, spyOn, test } from "bun:test";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseSpec } from "../../src/spec/load.ts";
import type { Runnable } from "../../src/spec/model.ts";
import { type Located, locate } from "../../src/tools/locate.ts";
import { tempDir } from "../harness/temp.ts";

/** The tool that `toml` declares in a directory with these programs, and that directory. */
function place(toml: string, programs: readonly string[] = []): { runnable: Runnable; dir: string } {
  const dir = tempDir();
  for (const program of programs) {
    mkdirSync(dirname(join(dir, program)), { recursive: true });
    writeFileSync(join(dir, program), "#!/bin/sh\n", { mode: 0o755 });
  }
  const [runnable] = parseSpec(toml, join(dir, "runspec.toml")).runnables;
  if (runnable === undefined) throw new Error(toml);
  return { runnable, dir };
}

describe("an executable", () => {
  const order = ["deploy", "bin/deploy", "node_modules/.bin/deploy", "env/deploy", "path/deploy"];
  test.each(order.map((first, index) => ({ first, programs: order.slice(index) })))(
    "is $first before all later ones",
    ({ first, programs }) => {
      const { runnable, dir } = place("[deploy]\n", programs);
      const places = { path: `${dir}/nowhere:${dir}/path`, binDir: `${dir}/env` };
      expect(locate(runnable, places)).toEqual({ kind: "found", argv: [join(dir, first)] });
    },
  );

  test("that cannot be started is none beside one in bin/ that can, but is not replaced by one of PATH", () => {
    const { runnable, dir } = place("[deploy]\n", ["deploy", "bin/deploy", "path/deploy"]);
    const places = { path: join(dir, "path") };
    chmodSync(join(dir, "deploy"), 0o644);
    expect(locate(runnable, places)).toEqual({ kind: "found", argv: [join(dir, "bin/deploy")] });
    chmodSync(join(dir, "bin/deploy"), 0o644);
    const path = join(dir, "deploy");
    const reason = `${path} is not executable; run: chmod +x ${path}`;
    expect(locate(runnable, places)).toEqual({ kind: "not-executable", path, reason });
  });

  test.each([[["bin/deploy"]], [[]]])(
    "that is a link to nothing is not replaced by one behind: %j",
    (bin) => {
      const { runnable, dir } = place("[deploy]\n", [...bin, "path/deploy"]);
      symlinkSync("gone", join(dir, "deploy"));
      // However PATH writes a directory.
      const reason = `${dir}/deploy is a link to nothing`;
      const located = locate(runnable, { path: `${dir}/path/` });
      expect(located).toMatchObject({ kind: "broken", reason, missing: true });
    },
  );

  test("is not hidden by a link to nothing that stands behind it", () => {
    const { runnable, dir } = place("[deploy]\n", ["deploy"]);
    mkdirSync(join(dir, "bin"));
    symlinkSync("gone", join(dir, "bin/deploy"));
    expect(locate(runnable, { path: "" })).toEqual({ kind: "found", argv: [join(dir, "deploy")] });
  });

  test("is not looked for where PATH is relative or empty", () => {
    const { runnable } = place('[deploy]\ncommand = "sh"\n');
    const reason = 'no executable "sh"; PATH names no directory';
    for (const path of ["::bin:.", ""])
      expect(locate(runnable, { path })).toEqual({ kind: "missing", name: "sh", lookedIn: [], reason });
  });

  test("is missing where a place cannot be looked into", () => {
    const { runnable, dir } = place('[deploy]\ncommand = "./loop"\n');
    symlinkSync("loop", join(dir, "loop"));
    expect(locate(runnable, { path: undefined })).toMatchObject({ kind: "broken", missing: true });
    const long = place(`["${"x".repeat(300)}"]\n`);
    expect(locate(long.runnable, { path: long.dir })).toMatchObject({ kind: "missing" });
  });
});

test("why it cannot be started is said in words", () => {
  const { runnable, dir } = place("[deploy]\n");
  const places = { path: "/usr/bin:/bin", binDir: "/env/bin" };
  expect(locate(runnable, places)).toEqual({
    kind: "missing",
    name: "deploy",
    lookedIn: [dir, join(dir, "bin"), "/env/bin", "/usr/bin", "/bin"],
    reason: `no executable "deploy" in ${dir}, ${dir}/bin, /env/bin or on PATH`,
  });
  writeFileSync(join(dir, "a b"), "");
  const odd = place(`[t]\ncommand = "${dir}/a b"\n`).runnable;
  const reason = `${dir}/a b is not executable; run: chmod +x '${dir}/a b'`;
  expect(locate(odd, places)).toMatchObject({ kind: "not-executable", reason });
});

test("what is root's is root's to put right", () => {
  const told = (path: string) => {
    const located = locate(place(`[t]\ncommand = "${path}"\n`).runnable, { path: "" });
    return located.kind === "not-executable" && located.reason;
  };
  const self = spyOn(process, "getuid");
  try {
    self.mockReturnValue(12345);
    expect(told("/etc/passwd")).toBe("/etc/passwd is not executable; run: sudo chmod +x /etc/passwd");
    self.mockReturnValue(0);
    expect(told("/etc/passwd")).toBe("/etc/passwd is not executable; run: chmod +x /etc/passwd");
  } finally {
    self.mockRestore();
  }
});

test("a program that others can write by now is not started any more", () => {
  const { runnable, dir } = place("[deploy]\n", ["deploy"]);
  const look = () => locate(runnable, { path: undefined, trustees: { uid: process.getuid?.() ?? 0 } });
  const program = join(dir, "deploy");
  expect<Located>(look()).toEqual({ kind: "found", argv: [program] });
  chmodSync(program, 0o757);
  const reason = `${program} is refused: anyone on this machine can write it; run: chmod o-w ${program}`;
  expect<Located>(look()).toEqual({ kind: "refused", path: program, reason });
  chmodSync(program, 0o755);
  expect<Located>(look()).toEqual({ kind: "found", argv: [program] });
});

test("nor a script of its own by a program of PATH's", () => {
  const { runnable, dir } = place("[deploy]\n", ["path/python", "deploy"]);
  const script = join(dir, "deploy");
  const ownScript = { ...runnable, file: script, command: ["python", script] };
  const places = { path: join(dir, "path"), trustees: { uid: process.getuid?.() ?? 0 } };
  chmodSync(script, 0o757);
  const reason = `${script} is refused: anyone on this machine can write it; run: chmod o-w ${script}`;
  expect<Located>(locate(ownScript, places)).toEqual({ kind: "refused", path: script, reason });
});

test("what PATH leads to is PATH's matter", () => {
  const { runnable, dir } = place("[deploy]\n", ["path/deploy"]);
  chmodSync(join(dir, "path"), 0o777);
  const places = { path: join(dir, "path"), trustees: { uid: process.getuid?.() ?? 0 } };
  expect(locate(runnable, places)).toEqual({ kind: "found", argv: [join(dir, "path/deploy")] });
});
