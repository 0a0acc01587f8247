import { describe, expect, test } from "bun:test";
import { chownSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { routeKey } from "../../src/hosts/argv.ts";
import { readTool } from "../../src/mcp/client/tool-list.ts";
import { openToolCache } from "../../src/session/tool-cache.ts";
import { plainHost } from "../../src/spec/config.ts";
import type { JumpHost } from "../../src/spec/model.ts";
import { tempDir } from "../harness/temp.ts";

const HOUR = 3_600_000;
const tools = (...names: string[]) =>
  names.flatMap((name) => readTool({ name, inputSchema: { type: "object" } }));
const names = (cache: ReturnType<typeof openToolCache>) =>
  (cache.read()?.tools ?? []).map(({ name }) => name);

describe("what was kept is read", () => {
  test("by the same key alone, in a directory and a file for us alone", () => {
    const dir = join(tempDir(), "new", "runspec");
    openToolCache(dir, "k").save(tools("one", "two"), { takesWords: true });
    expect(names(openToolCache(dir, "k"))).toEqual(["one", "two"]);
    expect(names(openToolCache(dir, "other"))).toEqual([]);
    expect([dir, join(dir, "k.json")].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o600]);
    expect(readdirSync(dir)).toEqual(["k.json"]);
  });

  test("the last word counts", () => {
    const cache = openToolCache(tempDir(), "k");
    cache.save(tools("one"), { takesWords: true });
    cache.save(tools("two"), { takesWords: true });
    expect(names(cache)).toEqual(["two"]);
  });

  test("with whether its server takes words", () => {
    const cache = openToolCache(tempDir(), "k");
    for (const takesWords of [true, false]) {
      cache.save(tools("one"), { takesWords });
      expect(cache.read()?.takesWords).toBe(takesWords);
    }
    expect(read(content({}))?.takesWords).toBe(false);
  });

  test("a list too large to be worth it is not kept", () => {
    const cache = openToolCache(tempDir(), "k");
    cache.save(tools("x".repeat(4_200_000)), { takesWords: true });
    expect(names(cache)).toEqual([]);
  });

  test("nothing, where there is no place for it", () => {
    const cache = openToolCache(undefined, "k");
    cache.save(tools("one"), { takesWords: true });
    expect(names(cache)).toEqual([]);
  });
});

const content = (more: object) =>
  JSON.stringify({ at: Date.now() - 1000, tools: [{ name: "one" }], ...more });
const read = (text: string) => {
  const dir = tempDir();
  writeFileSync(join(dir, "k.json"), text);
  return openToolCache(dir, "k").read();
};

test("tells how old it is", () => {
  const ages = [0, HOUR, -HOUR].map((ago) => read(content({ at: Date.now() - ago }))?.age ?? Number.NaN);
  expect(ages.map((age) => Math.floor(age / HOUR))).toEqual([0, 1, Number.POSITIVE_INFINITY]);
  expect(read(content({ at: 0 }))?.tools.map(({ name }) => name)).toEqual(["one"]);
});

test.each([
  ["nothing", ""],
  ["half of it", content({}).slice(0, -9)],
  ["another type", "[]"],
  ["null", "null"],
  ["bytes", "\0\u{fffd}\0"],
  ["no time", content({ at: undefined })],
  ["a time that is no number", content({ at: "soon" })],
  ["tools that are no list", content({ tools: { name: "one" } })],
])("a file with %s is as none", (_what, text) => {
  expect(read(text)).toBeUndefined();
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
    expect(names(openToolCache(dir, "k", uid))).toEqual([]);
  });

  test("another user's file", () => {
    const dir = tempDir();
    const path = join(dir, "k.json");
    writeFileSync(path, content({}));
    expect(names(openToolCache(dir, "k", uid))).toEqual(["one"]);
    expect(names(openToolCache(dir, "k", uid + 1))).toEqual([]);
    if (uid !== 0) return;
    chownSync(path, 12_345, 12_345);
    expect(names(openToolCache(dir, "k", uid))).toEqual([]);
  });
});

test.each([
  ["a file", (path: string) => writeFileSync(path, "")],
  ["a link to nowhere", (path: string) => symlinkSync("/nowhere/at-all", path)],
  ["a directory that takes nothing", (path: string) => mkdirSync(path, { mode: 0o500 })],
])("where the directory is %s, keeping is no failure", (_what, make) => {
  const dir = join(tempDir(), "runspec");
  make(dir);
  openToolCache(dir, "k").save(tools("one"), { takesWords: true });
});

test("a key tells any two command lines apart", () => {
  const lines = [["a", "b"], ["a b"], ["ab"], ["a", "b", ""], []];
  const keyOf = (argv: string[]) => routeKey(plainHost("h"), argv);
  expect(new Set(lines.map(keyOf)).size).toBe(lines.length);
  expect(keyOf(["a"])).toMatch(/^[0-9a-f]{24}$/);
  const from = (file: string, option: Partial<JumpHost>) =>
    routeKey({ ...plainHost("h"), ...option, table: { alias: "h", file } }, ["a"]);
  for (const option of [{ "ssh-options": ["ProxyCommand=./x"] }, { "ssh-key": "key" }])
    expect(from("/one", option)).not.toBe(from("/other", option));
  expect(from("/one", {})).toBe(from("/other", {}));
});
