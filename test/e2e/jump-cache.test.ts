/** What jump remembers of a remote's tools makes a call faster, and never another call than the one that was meant. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type RunOptions, run } from "../harness/binary.ts";
import { startSshServer } from "../harness/ssh-server.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";
import { fixture, furnish, localTo, script, tool } from "./site.ts";

setDefaultTimeout(60_000);

const one = (more: string): string => tool("one", [fixture("argv-dump")], more);

/** A remote of its own with `toml`, and a home here whose cache only this test writes. */
async function remoteWith(toml: string) {
  const host = await startSshServer();
  furnish(host, toml);
  const home = tempDir();
  const { cwd, env } = localTo(host);
  return {
    host,
    cache: join(home, ".cache", "runspec"),
    jump: (words: string[], options: RunOptions = {}) =>
      run(["jump", host.alias, ...words], { cwd, env: { ...env, HOME: home }, ...options }),
    change: (fresh: string) => writeSpec(host.home, fresh),
  };
}

test.concurrent("a tool that has changed is called by its new rules", async () => {
  const { host, jump, change } = await remoteWith(one('args.n = { type = "int", range = [1, 5] }'));
  expect((await jump(["one", "--", "--n", "3"])).out).toBe("--n\x003\0");
  expect((await jump(["one", "--", "--n", "9"])).code).toBe(125);
  change(one('args.n = { type = "int", range = [6, 9] }'));
  expect((await jump(["one", "--", "--n", "9"])).out).toBe("--n\x009\0");
  const refused = await jump(["one", "--", "--n", "3"]);
  expect([refused.code, refused.out]).toEqual([125, ""]);
  expect(refused.stderr).toContain("--n: found 3, expected an integer from 6 to 9");
  change(one('args.n = { type = "str", position = 1 }\nargs.loud = { type = "flag" }'));
  expect((await jump(["one", "--", "3", "--loud"])).out).toBe("--loud\x003\0");
  await host.stop();
});

test.concurrent("a tool whose program alone has changed is the new program", async () => {
  const { host, jump, change } = await remoteWith(tool("one", script("echo old")));
  expect((await jump(["one"])).out).toBe("old\n");
  change(tool("one", script("echo new")));
  expect((await jump(["one"])).out).toBe("new\n");
  await host.stop();
});

test.concurrent("a tool that has gone is unknown, and one that has come is found", async () => {
  const { host, jump, change } = await remoteWith(tool("one", script("echo 1")));
  expect((await jump(["one"])).out).toBe("1\n");
  change(tool("two", script("echo 2")));
  const gone = await jump(["one"]);
  expect([gone.code, gone.stderr.split("\n")[0]]).toEqual([127, 'runspec: demo-host offers no tool "one"']);
  expect((await jump(["two"])).out).toBe("2\n");
  await host.stop();
});

test.concurrent("a tool that has become manual is refused", async () => {
  const open = tool("one", script("echo ran"));
  const { host, jump, change } = await remoteWith(open);
  expect((await jump(["one"])).out).toBe("ran\n");
  change(open.replace('"autonomous"', '"manual"'));
  const refused = await jump(["one"]);
  expect([refused.code, refused.out]).toEqual([125, ""]);
  await host.stop();
});

test.concurrent("not a byte of the input is lost on a tool that has changed", async () => {
  const reading = (more: string) => tool("one", ["cat"], more);
  const { host, jump, change } = await remoteWith(reading('description = "a"'));
  expect((await jump(["one"], { stdin: "first\n" })).out).toBe("first\n");
  change(reading('description = "b"'));
  const text = "0123456789\n".repeat(200_000);
  const { code, out } = await jump(["one"], { stdin: text });
  expect([code, out === text]).toEqual([0, true]);
  await host.stop();
});

test.concurrent("what is deprecated is said once", async () => {
  const old = (description: string) =>
    one(`description = "${description}"\nargs.n = { type = "int", deprecated = "use m" }`);
  const { host, jump, change } = await remoteWith(old("a"));
  const note = "runspec: --n is deprecated: use m\n";
  expect((await jump(["one", "--", "--n", "3"])).stderr).toBe(note);
  expect((await jump(["one", "--", "--n", "3"])).stderr).toBe(note);
  change(old("b"));
  expect((await jump(["one", "--", "--n", "3"])).stderr).toBe(note);
  await host.stop();
});

test.concurrent("whatever is in the cache, the call is right", async () => {
  const { host, jump, cache } = await remoteWith(one('args.n = { type = "int" }'));
  await jump(["one", "--", "--n", "3"]);
  const [name = ""] = readdirSync(cache);
  const file = join(cache, name);
  const text = readFileSync(file, "utf8");
  const forged = JSON.parse(text);
  forged.tools[0].inputSchema.properties = { m: { type: "string" } };
  for (const content of [
    "",
    "{",
    "null",
    "[]",
    "\0\0\0",
    text.slice(0, -5),
    text.replaceAll('"one"', "7"),
    text.replace(/"expires":\d+/, '"expires":1e300'),
    JSON.stringify({ ...forged, expires: "soon" }),
    JSON.stringify(forged),
  ]) {
    writeFileSync(file, content);
    const { code, out, stderr } = await jump(["one", "--", "--n", "3"]);
    expect([code, out, stderr]).toEqual([0, "--n\x003\0", ""]);
  }
  rmSync(file);
  mkdirSync(file);
  expect((await jump(["one", "--", "--n", "3"])).out).toBe("--n\x003\0");
  await host.stop();
});

test.concurrent("two remotes under one alias are not taken for each other", async () => {
  const first = await remoteWith(tool("one", script("echo first"), 'args.n = { type = "int" }'));
  const second = await remoteWith(tool("one", script("echo second"), 'args.m = { type = "int" }'));
  expect((await first.jump(["one", "--", "--n", "3"])).out).toBe("first\n");
  // The same argv of ssh and the same home: only what that ssh does differs, as after an edit of the ssh-config.
  const { cwd, env } = localTo(second.host);
  const shared = { cwd, env: { ...env, HOME: join(first.cache, "..", "..") } };
  expect((await run(["jump", "demo-host", "one", "--", "--m", "3"], shared)).out).toBe("second\n");
  expect((await run(["jump", "demo-host", "one", "--", "--n", "3"], shared)).code).toBe(125);
  await first.host.stop();
  await second.host.stop();
});
