import { describe, expect, test } from "bun:test";
import { closeSync, openSync, readSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { standardInput } from "../../src/process/input.ts";
import { openPipe } from "../../src/process/pipe.ts";
import type { Source } from "../../src/process/source.ts";
import { tempDir } from "../harness/temp.ts";

const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString();
const failure = (work: () => unknown) =>
  Promise.resolve()
    .then(work)
    .catch((error: Error) => error.message);

function opened<T>(path: string, flags: string, look: (fd: number) => T): T {
  const fd = openSync(path, flags);
  const done = look(fd);
  void Promise.resolve(done).finally(() => closeSync(fd));
  return done;
}

/** A file of three lines, open at the second. */
function atSecondLine(): number {
  const path = join(tempDir(), "lines");
  writeFileSync(path, "1\n2\n3\n");
  const fd = openSync(path, "r");
  readSync(fd, Buffer.alloc(2));
  return fd;
}

async function all(source: Source): Promise<string> {
  let read = "";
  for (let chunk = await source.read(); chunk !== undefined; chunk = await source.read()) read += text(chunk);
  return read;
}

describe("standard input", () => {
  test("is read from where it stands, and stands at its end for who reads on", async () => {
    const fd = atSecondLine();
    expect(standardInput(fd).hasInput()).toBe(true);
    const input = standardInput(fd).open();
    expect(await all(input)).toBe("2\n3\n");
    await input.close();
    expect(readSync(fd, Buffer.alloc(2))).toBe(0);
    closeSync(fd);
  });

  test("a file that grows in between is read on", async () => {
    const path = join(tempDir(), "growing");
    writeFileSync(path, "a");
    const fd = openSync(path, "r");
    const input = standardInput(fd).open();
    expect(text(await input.read())).toBe("a");
    writeFileSync(path, "b", { flag: "a" });
    expect(text(await input.read())).toBe("b");
    await input.close();
    expect(await input.read()).toBeUndefined();
    closeSync(fd);
  });

  test.if(process.platform === "linux")("may be a device without an end", async () => {
    await opened("/dev/zero", "r", async (fd) => {
      expect(standardInput(fd).hasInput()).toBe(true);
      const input = standardInput(fd).open();
      expect((await input.read())?.every((byte) => byte === 0)).toBe(true);
      await input.close();
      expect(await input.read()).toBeUndefined();
    });
  });

  test("may be the null device", async () => {
    await opened("/dev/null", "r", async (fd) => {
      expect(standardInput(fd).hasInput()).toBe(false);
      expect(await all(standardInput(fd).open())).toBe("");
    });
  });

  test("may be closed", async () => {
    const fd = atSecondLine();
    closeSync(fd);
    expect([standardInput(fd).hasInput(), await all(standardInput(fd).open())]).toEqual([false, ""]);
  });

  test("is no directory", async () => {
    await opened("/", "r", async (fd) => {
      expect(await failure(() => standardInput(fd).hasInput())).toBe("stdin is a directory");
      expect(await failure(() => standardInput(fd).open())).toBe("stdin is a directory");
    });
  });

  test("that is open for writing alone says so", async () => {
    await opened(join(tempDir(), "written"), "w", async (fd) => {
      expect(await failure(() => standardInput(fd).open().read())).toBe(
        "stdin cannot be read: bad file descriptor",
      );
    });
  });
});

test.if(process.platform === "linux")("what nobody has read of it waits", () => {
  const place = tempDir();
  writeFileSync(join(place, "empty"), "");
  const waiting = (path: string) => opened(path, "r", (fd) => standardInput(fd).hasUnread());
  expect(["/dev/null", join(place, "empty"), place].map(waiting)).toEqual([false, false, false]);
  const file = atSecondLine();
  expect(standardInput(file).hasUnread()).toBe(true);
  closeSync(file);
  const { read = -1, write = -1 } = openPipe() ?? {};
  expect(standardInput(read).hasUnread()).toBe(false);
  writeSync(write, "x");
  expect(standardInput(read).hasUnread()).toBe(true);
  closeSync(write);
  expect(standardInput(read).hasUnread()).toBe(true);
  readSync(read, Buffer.alloc(1));
  expect(standardInput(read).hasUnread()).toBe(false);
  closeSync(read);
});
