import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RunspecError } from "../../src/errors.ts";
import { createOutputDir } from "../../src/fleet/output-dir.ts";
import { readHostLines } from "../../src/hosts/host-list.ts";
import { tempDir } from "../harness/temp.ts";
import { host } from "./gateway/tools.ts";

test("no host's name leads elsewhere, and no two names become the same", () => {
  const names = ["a/b", "a%2fb", "a%b", "..", ".x", "x.", "\\", "a\nb", "ü"];
  const dir = join(tempDir(), "out");
  const output = createOutputDir(dir, [], process.getuid?.());
  for (const name of names) {
    const one = host(name);
    output.start(one);
    output.take(one, "stdout", Buffer.from(name));
    output.end(one);
  }
  const files = readdirSync(dir).filter((file) => file.endsWith(".out"));
  expect(files.sort()).toEqual(
    ["a%2fb", "a%252fb", "a%25b", "%2e.", "%2ex", "x.", "%5c", "a%0ab", "ü"]
      .map((name) => `${name}.out`)
      .sort(),
  );
  expect(files.map((file) => readFileSync(join(dir, file), "utf8")).sort()).toEqual(names.sort());
});

test("of two calls at once into one directory, what a host said to the later one is there whole", () => {
  const dir = join(tempDir(), "out");
  const one = host("web-01");
  const calls = ["earlier\n", "later\n"].map((line) => {
    const output = createOutputDir(dir, [], process.getuid?.());
    output.start(one);
    return () => output.take(one, "stdout", Buffer.from(line));
  });
  const [earlier, later] = calls;
  for (const take of [earlier, later, earlier]) take?.();
  expect(readFileSync(join(dir, "web-01.out"), "utf8")).toBe("later\n");
  expect(readdirSync(dir)).toEqual(["web-01.err", "web-01.out"]);
});

test("what an earlier call has left of its failures is gone when a tool is started, and not before", () => {
  const dir = tempDir();
  chmodSync(dir, 0o700);
  for (const name of ["failed", "not-started", "web-01.out"]) writeFileSync(join(dir, name), "web-01\n");
  const output = createOutputDir(dir, [], process.getuid?.());
  expect(readdirSync(dir).sort()).toEqual(["failed", "not-started", "web-01.out"]);
  output.start(host("web-02"));
  expect(readdirSync(dir).sort()).toEqual(["web-01.out", "web-02.err", "web-02.out"]);
});

test("the list of the hosts that failed is read again as it was meant", () => {
  const dir = tempDir();
  chmodSync(dir, 0o700);
  const names = ["#1", "a#b", "@inv/#2", "web"];
  const rows = names.map((name) => ({ host: host(name), outcome: { because: "failed" as const } }));
  createOutputDir(dir, [], process.getuid?.()).finish(rows, true);
  expect(readHostLines(readFileSync(join(dir, "failed"), "utf8"))).toEqual(names);
});

test("a file that cannot be made is named", () => {
  const dir = join(tempDir(), "out");
  const output = createOutputDir(dir, [], process.getuid?.());
  mkdirSync(join(dir, "web-01.out"));
  expect(() => output.start(host("web-01"))).toThrow(`--output-dir: ${dir}/web-01.out: `);
});

test.each(["web-02.out", "web-02.err", "failed", "not-started"])(
  "a directory in the place of a file is told before anything is run: %s",
  (name) => {
    const dir = tempDir();
    chmodSync(dir, 0o700);
    mkdirSync(join(dir, name));
    const hosts = [host("web-01"), host("web-02")];
    const create = () => createOutputDir(dir, hosts, process.getuid?.());
    expect(create).toThrow(`--output-dir: ${dir}/${name} is a directory`);
  },
);

test("a directory that is not for this user alone, or a link to one, is refused with what would do", () => {
  const [open, link] = [tempDir(), join(tempDir(), "link")];
  chmodSync(open, 0o755);
  symlinkSync(open, link);
  const hints = [open, link].map((path) => {
    try {
      return createOutputDir(path, [], process.getuid?.());
    } catch (error) {
      return error instanceof RunspecError ? [error.message, error.hint] : error;
    }
  });
  const hint = "name a new directory, or one that is yours alone (no link, chmod 700)";
  const refused = (path: string) => [`--output-dir: ${path} is not a directory for you alone`, hint];
  expect(hints).toEqual([refused(open), refused(link)]);
});
