import { describe, expect, test } from "bun:test";
import {
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { ToolList } from "../../src/mcp/client.ts";
import { readTool } from "../../src/mcp/client.ts";
import { cacheDirectory, createToolCache } from "../../src/remote/cache.ts";
import { routeKey } from "../../src/remote/route.ts";
import { tempDir } from "../harness/temp.ts";

const HOUR = 3_600_000;
const list = (ttlMs: number, ...names: string[]): ToolList => ({
  ttlMs,
  tools: names.flatMap((name) => readTool({ name, inputSchema: { type: "object" } })),
});
const names = (cache: ReturnType<typeof createToolCache>) => cache.read()?.tools.map(({ name }) => name);

describe("what was written is read", () => {
  test("by the same key alone, in a directory and a file for us alone", () => {
    const dir = join(tempDir(), "new", "runspec");
    createToolCache(dir, "k").write(list(HOUR, "one", "two"), true);
    expect(names(createToolCache(dir, "k"))).toEqual(["one", "two"]);
    expect(createToolCache(dir, "k").read()?.takesInput).toBe(true);
    expect(createToolCache(dir, "other").read()).toBeUndefined();
    expect([dir, join(dir, "k.json")].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o600]);
    expect(readdirSync(dir)).toEqual(["k.json"]);
  });

  test("the last word counts, and no time to live is no word", () => {
    const cache = createToolCache(tempDir(), "k");
    cache.write(list(HOUR, "one"), false);
    cache.write(list(HOUR, "two"), false);
    cache.write(list(0, "three"), false);
    expect(names(cache)).toEqual(["two"]);
  });

  test("a list too large to be worth it is not kept", () => {
    const cache = createToolCache(tempDir(), "k");
    cache.write(list(HOUR, "x".repeat(600_000)), false);
    expect(cache.read()).toBeUndefined();
  });

  test("however long the server says, a day is the most", () => {
    const dir = tempDir();
    const cache = createToolCache(dir, "k");
    cache.write(list(Number.MAX_SAFE_INTEGER, "one"), false);
    const { expires } = JSON.parse(readFileSync(join(dir, "k.json"), "utf8"));
    expect(expires).toBeLessThanOrEqual(Date.now() + 24 * HOUR);
    expect(names(cache)).toEqual(["one"]);
  });
});

const kept = (more: object) =>
  JSON.stringify({ expires: Date.now() + HOUR, takesInput: false, tools: [{ name: "one" }], ...more });

test("the form that the cases below spoil is a good one", () => {
  const dir = tempDir();
  writeFileSync(join(dir, "k.json"), kept({}));
  expect(names(createToolCache(dir, "k"))).toEqual(["one"]);
});

test.each([
  ["nothing", ""],
  ["half of it", kept({}).slice(0, -9)],
  ["another type", "[]"],
  ["null", "null"],
  ["bytes", "\0\u{fffd}\0"],
  ["no time", kept({ expires: undefined })],
  ["a time that is no number", kept({ expires: "soon" })],
  ["a time that is past", kept({ expires: Date.now() - 1 })],
  ["a time too far away", kept({ expires: Date.now() + 48 * HOUR })],
  ["no word on input", kept({ takesInput: undefined })],
  ["tools that are no list", kept({ tools: { name: "one" } })],
])("a file with %s is as none", (_what, text) => {
  const dir = tempDir();
  writeFileSync(join(dir, "k.json"), text);
  expect(createToolCache(dir, "k").read()).toBeUndefined();
});

describe("what is not an own file is as none, and waits for nobody", () => {
  const uid = process.getuid?.() ?? 0;
  test.each([
    ["nothing", () => {}],
    ["a directory", (path: string) => mkdirSync(path)],
    ["a link to nowhere", (path: string) => symlinkSync("/nowhere", path)],
    ["a FIFO", (path: string) => void Bun.spawnSync(["mkfifo", path])],
    ["a device", (path: string) => symlinkSync("/dev/zero", path)],
  ])("%s", (_what, make) => {
    const dir = tempDir();
    make(join(dir, "k.json"));
    expect(createToolCache(dir, "k", uid).read()).toBeUndefined();
  });

  test("another user's file", () => {
    const dir = tempDir();
    const path = join(dir, "k.json");
    writeFileSync(path, kept({}));
    expect(names(createToolCache(dir, "k", uid))).toEqual(["one"]);
    expect(createToolCache(dir, "k", uid + 1).read()).toBeUndefined();
    if (uid !== 0) return;
    chownSync(path, 12_345, 12_345);
    expect(createToolCache(dir, "k", uid).read()).toBeUndefined();
  });
});

test.each([
  ["a file", (path: string) => writeFileSync(path, "")],
  ["a link to nowhere", (path: string) => symlinkSync("/nowhere/at-all", path)],
  ["a directory that takes nothing", (path: string) => mkdirSync(path, { mode: 0o500 })],
])("where the directory is %s, writing is no failure", (_what, make) => {
  const dir = join(tempDir(), "runspec");
  make(dir);
  createToolCache(dir, "k").write(list(HOUR, "one"), false);
});

test.each([
  [{ XDG_CACHE_HOME: "/x" }, "/home/ada", "/x/runspec"],
  [{}, "/home/ada", "/home/ada/.cache/runspec"],
  [{ XDG_CACHE_HOME: "relative" }, "/home/ada", undefined],
  [{}, undefined, undefined],
])("%j with the home %p keeps lists in %p", (env: Record<string, string | undefined>, home, expected) => {
  expect(cacheDirectory(env, home)).toBe(expected);
});

test("a key tells any two command lines apart", () => {
  const lines = [["a", "b"], ["a b"], ["ab"], ["a", "b", ""], []];
  expect(new Set(lines.map(routeKey)).size).toBe(lines.length);
  expect(routeKey(["a"])).toMatch(/^[0-9a-f]{24}$/);
});
