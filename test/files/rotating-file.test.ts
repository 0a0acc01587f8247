import { expect, setSystemTime, spyOn, test } from "bun:test";
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { attempt } from "../../src/errors.ts";
import { lockFile } from "../../src/files/private-files.ts";
import { appendRotating } from "../../src/files/rotating-file.ts";
import { libc } from "../../src/process/libc.ts";
import { tempDir } from "../harness/temp.ts";

const WRITERS = 3;
const LINES = 1000;
const ROTATION = { rotate: { bytes: 64 * 1024 }, keep: 100 };

/** Appends lines of all lengths up to half a page, so that many of them lie across two. */
const WRITER = `
  import { appendRotating } from ${JSON.stringify(join(import.meta.dir, "../../src/files/rotating-file.ts"))};
  const [path, name] = process.argv.slice(2);
  for (let n = 0; n < ${LINES}; n++)
    appendRotating(path, JSON.stringify({ name, n, more: "x".repeat((n * 37) % 2048) }) + "\\n", ${JSON.stringify(ROTATION)});
`;

test("processes that share a file write every line once and whole, however often it rotates", async () => {
  const dir = tempDir();
  const script = join(dir, "writer.ts");
  await Bun.write(script, WRITER);
  const path = join(dir, "log/file");
  const writers = Array.from({ length: WRITERS }, (_, which) =>
    Bun.spawn([process.execPath, script, path, `${which}`], { stdout: "ignore", stderr: "inherit" }),
  );
  expect(await Promise.all(writers.map(({ exited }) => exited))).toEqual(writers.map(() => 0));

  const files = readdirSync(join(dir, "log"));
  expect(files.length).toBeGreaterThan(20);
  expect(files.filter((file) => !/^file(\.\d+)?$/.test(file))).toEqual([]);
  const lines = files.flatMap((file) =>
    readFileSync(join(dir, "log", file), "utf8")
      .trimEnd()
      .split("\n"),
  );
  const written = lines.map((line) => JSON.parse(line)).map(({ name, n }) => `${name}-${n}`);
  expect(written).toHaveLength(WRITERS * LINES);
  expect(new Set(written).size).toBe(WRITERS * LINES);
});

test("who holds the lock for long keeps nobody from writing", () => {
  const path = join(tempDir(), "file");
  appendRotating(path, "one\n", ROTATION);
  const holder = openSync(path, "r");
  expect(lockFile(holder)).toBeTrue();
  appendRotating(path, "two\n", { rotate: { bytes: 1 }, keep: 1 });
  expect(readFileSync(path, "utf8")).toBe("one\ntwo\n");
  closeSync(holder);
  appendRotating(path, "three\n", { rotate: { bytes: 1 }, keep: 1 });
  expect(readFileSync(path, "utf8")).toBe("three\n");
  expect(readFileSync(`${path}.1`, "utf8")).toBe("one\ntwo\n");
});

test("where files cannot be locked, as on Lustre, nobody waits, and it is told that the file grows", () => {
  using flock = spyOn(libc(), "flock").mockReturnValue(-1);
  const path = join(tempDir(), "file");
  const told = ["one\n", "two\n"].map((line) =>
    appendRotating(path, line, { rotate: { bytes: 4 }, keep: 1 }),
  );
  expect([told, flock.mock.calls.length]).toEqual([[undefined, "files cannot be locked there"], 2]);
  expect(readFileSync(path, "utf8")).toBe("one\ntwo\n");
});

test("a line that was cut short takes no other with it", async () => {
  const path = join(tempDir(), "file");
  await Bun.write(path, "cut");
  appendRotating(path, "one\n", ROTATION);
  appendRotating(path, "two\n", ROTATION);
  expect(readFileSync(path, "utf8")).toBe("cut\none\ntwo\n");
});

test.each<[rotate: "daily" | "weekly", written: string, now: string, isDue: boolean]>([
  ["daily", "2026-11-25T00:01", "2026-11-25T23:59", false],
  ["daily", "2026-11-24T23:59", "2026-11-25T00:01", true],
  // A Monday, and the Sunday of its week.
  ["weekly", "2026-11-23T00:01", "2026-11-29T23:59", false],
  ["weekly", "2026-11-22T23:59", "2026-11-23T00:01", true],
])("%s: a file of %s is an old one at %s, by the clock on the wall: %p", (rotate, written, now, isDue) => {
  const zone = process.env.TZ;
  try {
    process.env.TZ = "Asia/Tokyo";
    const path = join(tempDir(), "file");
    appendRotating(path, "one\n", ROTATION);
    utimesSync(path, new Date(written), new Date(written));
    setSystemTime(new Date(now));
    appendRotating(path, "two\n", { rotate, keep: 1 });
    expect(readFileSync(path, "utf8")).toBe(isDue ? "two\n" : "one\ntwo\n");
    expect(existsSync(`${path}.1`)).toBe(isDue);
  } finally {
    setSystemTime();
    process.env.TZ = zone ?? "Etc/UTC";
  }
});

test("where a file server's clock shows another day, a file is an old one once a day by that: each line pushed one out", () => {
  const path = join(tempDir(), "file");
  const appendOn = (day: string, line: string) => {
    appendRotating(path, `${line}\n`, { rotate: "daily", keep: 2 });
    utimesSync(path, new Date(day), new Date(day));
  };
  const files = () => ["", ".1", ".2"].map((end) => attempt(() => readFileSync(path + end, "utf8")));
  for (const line of ["one", "two", "three", "four"]) appendOn("2026-11-24T23:59", line);
  expect(files()).toEqual(["two\nthree\nfour\n", "one\n", undefined]);
  appendOn("2026-11-25T00:01", "five");
  appendOn("2026-11-25T00:02", "six");
  expect(files()).toEqual(["six\n", "two\nthree\nfour\nfive\n", "one\n"]);
});

test("of no old files none is kept", () => {
  const dir = tempDir();
  for (const line of ["one\n", "two\n"])
    appendRotating(join(dir, "file"), line, { rotate: { bytes: 4 }, keep: 0 });
  expect([readdirSync(dir), readFileSync(join(dir, "file"), "utf8")]).toEqual([["file"], "two\n"]);
});

test("a file that cannot be moved out of the way goes on, which is told", () => {
  const dir = tempDir();
  const path = join(dir, "file");
  mkdirSync(`${path}.1/old`, { recursive: true });
  const told = ["one\n", "two\n"].map((line) =>
    appendRotating(path, line, { rotate: { bytes: 4 }, keep: 1 }),
  );
  expect(told).toEqual([undefined, expect.stringContaining("directory")]);
  expect(readFileSync(path, "utf8")).toBe("one\ntwo\n");
});
