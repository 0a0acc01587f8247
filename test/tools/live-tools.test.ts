/** A server's tools while the files that declare them change. */

import { describe, expect, test } from "bun:test";
import {
  appendFileSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { LocalToolHost } from "../../src/tools/host.ts";
import { createLiveTools } from "../../src/tools/live-tools.ts";
import { tempDir } from "../harness/temp.ts";

const until = async (condition: () => boolean) => {
  while (!condition()) await Bun.sleep(2);
};

/** A host that offers a tool called as the file says. */
function hostOf(name: string): LocalToolHost {
  return {
    list: () => [{ name, description: name, inputSchema: {} }],
    settings: () => ({ json: name === "json", leaseMs: 1, maxOutput: 1024 }),
    shortestLease: () => name.length,
    call: async () => ({ kind: "checked", notes: [name] }),
  };
}

function site() {
  const dir = tempDir();
  const file = join(dir, "file");
  writeFileSync(file, "one");
  mkdirSync(join(dir, "tools"));
  writeFileSync(join(dir, "tools/first"), "");
  writeFileSync(join(dir, "elsewhere"), "");
  linkSync(join(dir, "elsewhere"), join(dir, "same"));
  symlinkSync("elsewhere", join(dir, "link"));
  let text = "one";
  let changes = 0;
  let reads = 0;
  const broken: unknown[] = [];
  const live = createLiveTools({
    read() {
      reads++;
      if (text === "broken") throw new Error("it is broken");
      return text;
    },
    host: hostOf,
    places: () => ["file", "tools", "absent", "link"].map((name) => join(dir, name)),
    onBroken: (error) => broken.push(error),
    everyMs: 5,
  });
  live.onChange(() => changes++);
  const write = (next: string) => {
    text = next;
    writeFileSync(file, next);
  };
  return {
    dir,
    file,
    live,
    write,
    broken,
    say(next: string) {
      text = next;
    },
    changes: () => changes,
    reads: () => reads,
  };
}

describe("a server's tools", () => {
  test("are those of the file that was changed, all of them and at once", async () => {
    const { live, write, changes } = site();
    write("json");
    await until(() => changes() === 1);
    expect([live.list("model")[0]?.name, live.settings("x").json, live.shortestLease()]).toEqual([
      "json",
      true,
      4,
    ]);
    live.stop();
  });

  test("stay where what was changed is broken, which is told once, until it is whole again", async () => {
    const { live, write, broken, changes } = site();
    write("broken");
    await until(() => broken.length === 1);
    await Bun.sleep(50);
    expect([broken.length, changes(), live.list("model")[0]?.name]).toEqual([1, 0, "one"]);
    write("two");
    await until(() => changes() === 1);
    expect(live.list("model")[0]?.name).toBe("two");
    live.stop();
  });

  test("are not read while a file is being written, as it may be half of one", async () => {
    const { file, live, say, broken, reads } = site();
    // What lay there before is so new that it is read once more.
    await until(() => reads() > 1);
    say("broken");
    for (let writes = 0; writes < 40; writes++) {
      appendFileSync(file, "x");
      await Bun.sleep(1);
    }
    expect(broken).toEqual([]);
    await until(() => broken.length === 1);
    live.stop();
  });

  test("are read again where a file was changed while the server began to read", async () => {
    const file = join(tempDir(), "file");
    writeFileSync(file, "one");
    const live = createLiveTools({
      read() {
        const text = readFileSync(file, "utf8");
        if (text === "one") writeFileSync(file, "two");
        return text;
      },
      host: hostOf,
      places: () => [file],
      onBroken() {},
      everyMs: 5,
    });
    await until(() => live.list("model")[0]?.name === "two");
    live.stop();
  });

  test("are read again and not told of where they come to the same", async () => {
    const { live, write, changes, broken } = site();
    write("one");
    await Bun.sleep(50);
    expect([changes(), broken]).toEqual([0, []]);
    live.stop();
  });

  const ways: [how: string, change: (dir: string, file: string) => void][] = [
    [
      "a file that was replaced",
      (dir, file) => {
        writeFileSync(join(dir, "new"), "new");
        renameSync(join(dir, "new"), file);
      },
    ],
    ["a file that is gone", (_dir, file) => rmSync(file)],
    ["a file that was not there", (dir) => writeFileSync(join(dir, "absent"), "")],
    ["a script among the others", (dir) => writeFileSync(join(dir, "tools/second"), "")],
    ["a script that was edited", (dir) => writeFileSync(join(dir, "tools/first"), "edited")],
    ["what a link leads to", (dir) => writeFileSync(join(dir, "elsewhere"), "edited")],
    [
      "a link that leads there by another name",
      (dir) => {
        symlinkSync("same", join(dir, "new"));
        renameSync(join(dir, "new"), join(dir, "link"));
      },
    ],
  ];
  for (const [how, change] of ways)
    test(`are read again for ${how}`, async () => {
      const { dir, file, live, say, changes } = site();
      say("two");
      change(dir, file);
      await until(() => changes() === 1);
      live.stop();
    });

  test("are read again for one file while another is written all the time, as a log beside scripts is", async () => {
    const { dir, live, write, changes } = site();
    const writing = setInterval(() => appendFileSync(join(dir, "tools/log"), "a line\n"), 1);
    write("two");
    await until(() => changes() === 1);
    clearInterval(writing);
    live.stop();
  });
});

test("what changes while it is read is read once more", async () => {
  const file = join(tempDir(), "file");
  writeFileSync(file, "one");
  let text = "one";
  let reads = 0;
  const live = createLiveTools({
    read() {
      const was = text;
      reads++;
      if (reads === 2) {
        text = "three";
        writeFileSync(file, text);
      }
      return was;
    },
    host: hostOf,
    places: () => [file],
    onBroken() {},
    everyMs: 5,
  });
  text = "two";
  writeFileSync(file, `${text}, longer`);
  await until(() => live.list("person")[0]?.name === "three");
  live.stop();
  // The one before anything changed, that of the change, and the one more.
  expect(reads).toBe(3);
});
