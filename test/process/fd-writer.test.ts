import { dlopen, FFIType, ptr } from "bun:ffi";
import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { closeSync, constants, existsSync, openSync, readFileSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "../../src/errors.ts";
import { isHungUp, PIPE_BUF } from "../../src/process/descriptor.ts";
import { createFdWriter } from "../../src/process/fd-writer.ts";
import { MOST_ROOM_BYTES, openPipe, openWithoutWaiting, takeBack } from "../../src/process/pipe.ts";
import { byThread, ON_PIPE, ON_STDERR, POLLING, type WriteCalls } from "../../src/process/write-all.ts";
import { waitUntil } from "../harness/processes.ts";
import { tempDir } from "../harness/temp.ts";

const F_SETFL = 4;
const F_GETPIPE_SZ = 1032;
const O_NONBLOCK = 0o4000;

/** Mostly small, so that many are given to the system together, several megabytes in all; each on another byte pattern. */
const SIZES = [1, 10, 4096, 20_001, 30_003, 50_007, 65_536, 7, 90_000, 12_345, 60_001, 262_145, 3, 700_000];
const parts = Array.from({ length: 42 }, (_, n) => {
  const part = new Uint8Array(SIZES[n % SIZES.length] ?? 1);
  return part.map((_, at) => (at * 31 + n * 7) & 0xff);
});

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** A pipe, and what comes out of it through a reader that takes its time at first. */
function pipeToReader() {
  const pipe = openPipe();
  if (pipe === undefined) throw new Error("there are no pipes here");
  const reader = Bun.spawn(["sh", "-c", "sleep 0.2; exec cat"], { stdio: [pipe.read, "pipe", "inherit"] });
  closeSync(pipe.read);
  return {
    fd: pipe.write,
    received: new Response(reader.stdout).arrayBuffer().then((bytes) => new Uint8Array(bytes)),
  };
}

function fcntl(fd: number, command: number, value: number): number {
  const library = process.platform === "darwin" ? "libSystem.B.dylib" : "libc.so.6";
  const args = [FFIType.i32, FFIType.i32, FFIType.i32] as const;
  return dlopen(library, { fcntl: { args, returns: FFIType.i32 } }).symbols.fcntl(fd, command, value);
}

function makeNonBlocking(fd: number): undefined {
  if (fcntl(fd, F_SETFL, O_NONBLOCK) !== 0) throw new Error("fcntl failed");
}

function openOnceMore(fd: number): number {
  const opened = openWithoutWaiting(fd, constants.O_WRONLY);
  if (opened === undefined) throw new Error("the pipe cannot be opened");
  return opened;
}

/** A kernel that does not write to pipes without waiting, as Linux before 6.4. */
const OLDER: WriteCalls = { ...POLLING, writeNow: () => 0 };

describe("createFdWriter", () => {
  test.each([
    ["a pipe", POLLING, () => undefined],
    ["a pipe on an older system", OLDER, () => undefined],
    ["a pipe by a thread", byThread(), () => undefined],
    // Then writes are cut short anywhere, in the middle of a vector and of a part, or refused.
    ...(process.platform === "linux"
      ? ([
          ["a pipe that somebody made non-blocking", POLLING, makeNonBlocking],
          ["the same on an older system", OLDER, makeNonBlocking],
          ["the same by a thread", byThread(), makeNonBlocking],
          ["a pipe that was opened once more", ON_PIPE, openOnceMore],
          ["the same, by a thread that never waits", { ...ON_PIPE, writeNow: () => 0 }, openOnceMore],
        ] as const)
      : []),
  ] as const)("loses no byte on %s, in order, however the parts are cut", async (_name, calls, prepare) => {
    const { fd, received } = pipeToReader();
    const opened = prepare(fd);
    const writer = createFdWriter(opened ?? fd, undefined, calls);
    // Not awaited one by one: those that wait are given to the system together.
    await Promise.all(parts.map((part) => writer.write(part)));
    await writer.flush();
    for (const each of [fd, opened]) if (each !== undefined) closeSync(each);
    const got = await received;
    const sent = Buffer.concat(parts);
    expect([got.length, sha256(got)]).toEqual([sent.length, sha256(sent)]);
  });

  // Where two wait for a thread, either may come first.
  test.skipIf(process.platform !== "linux")(
    "waits for no thread to write to a file, so that stdout and stderr keep their order in it",
    async () => {
      const path = join(tempDir(), "log");
      const fd = openSync(path, "w");
      const writer = createFdWriter(fd, undefined, OLDER);
      let flushed = false;
      await writer.write("what\n");
      void writer.flush().then(() => {
        flushed = true;
      });
      // No turn of the event loop, with which alone a thread comes back.
      for (let turn = 0; turn < 20; turn++) await undefined;
      closeSync(fd);
      expect([flushed, readFileSync(path, "utf8")]).toEqual([true, "what\n"]);
    },
  );

  test("puts nothing between the parts of one write", async () => {
    const { fd, received } = pipeToReader();
    const writer = createFdWriter(fd);
    const message = (n: number) => [Buffer.from(`<${n}`), new Uint8Array(n * 7).fill(0x2e), Buffer.from(">")];
    await Promise.all(Array.from({ length: 200 }, (_, n) => writer.write(message(n))));
    await writer.flush();
    closeSync(fd);
    const sent = Array.from({ length: 200 }, (_, n) => `<${n}${".".repeat(n * 7)}>`).join("");
    expect(Buffer.from(await received).toString()).toBe(sent);
  });

  test.each([
    ["by looking", POLLING],
    ["on an older system", OLDER],
    ["by a thread", byThread()],
  ])("many tiny writes are few system calls: %s", async (_name, calls) => {
    const { fd, received } = pipeToReader();
    let steps = 0;
    const counted: WriteCalls = {
      ...calls,
      writeNow(fd, parts) {
        steps++;
        return calls.writeNow(fd, parts);
      },
    };
    const writer = createFdWriter(fd, undefined, counted);
    await Promise.all(Array.from({ length: 30_000 }, () => writer.write("y\n")));
    await writer.flush();
    closeSync(fd);
    expect(Buffer.from(await received).toString()).toBe("y\n".repeat(30_000));
    expect(steps).toBeLessThan(150);
  });

  test.each([
    ["this system", POLLING],
    ["an older one", OLDER],
  ])("holds no thread for pipes that nobody reads: %s", async (_name, calls) => {
    const pipes = Array.from({ length: 8 }, openPipe).filter((pipe) => pipe !== undefined);
    const writers = pipes.map(({ write }) => createFdWriter(write, undefined, calls));
    const stuck = writers.map((writer) => writer.write(new Uint8Array(1_000_000)).catch(codeOf));
    await Bun.sleep(50);
    expect(await readFile("/dev/null", "utf8")).toBe("");
    // And they can be called back.
    await Promise.all(writers.map((writer) => writer.abandon()));
    expect(await Promise.all(stuck)).toEqual(writers.map(() => "EPIPE"));
    for (const { read, write } of pipes) for (const fd of [read, write]) closeSync(fd);
  });

  test.each([
    ["by looking", POLLING],
    ["by a thread", byThread()],
  ])(
    "takes a reader that takes nothing for one that has gone, where that is asked: %s",
    async (_name, calls) => {
      const pipe = openPipe();
      if (pipe === undefined) throw new Error("there are no pipes here");
      const writer = createFdWriter(pipe.write, undefined, calls);
      const stuck = writer.write(new Uint8Array(2 * MOST_ROOM_BYTES)).catch(codeOf);
      writer.expectReader(40);
      expect(await stuck).toBe("EPIPE");
      expect(await writer.flush().catch(codeOf)).toBe("EPIPE");
      expect(codeOf(await writer.failure)).toBe("EPIPE");
      closeSync(pipe.read);
    },
  );

  test.if(process.platform === "linux")(
    "gives a pipe that is full more room, and waits for no thread",
    async () => {
      const pipe = openPipe();
      if (pipe === undefined) throw new Error("there are no pipes here");
      const opened = openOnceMore(pipe.write);
      const writer = createFdWriter(opened, undefined, ON_PIPE);
      const stuck = writer.write(new Uint8Array(2 * MOST_ROOM_BYTES)).catch(codeOf);
      await Bun.sleep(50);
      await writer.abandon();
      expect(await stuck).toBe("EPIPE");
      expect(takeBack(pipe.write)).toBe(MOST_ROOM_BYTES);
      for (const fd of [pipe.read, pipe.write, opened]) closeSync(fd);
    },
  );

  test.if(process.platform === "linux")(
    "gives a pipe more room, too, where only a thread writes to it",
    async () => {
      const pipe = openPipe();
      if (pipe === undefined) throw new Error("there are no pipes here");
      const writer = createFdWriter(pipe.write, undefined, byThread());
      const stuck = writer.write(new Uint8Array(2 * MOST_ROOM_BYTES)).catch(codeOf);
      await Bun.sleep(50);
      await writer.abandon();
      expect(await stuck).toBe("EPIPE");
      expect(fcntl(pipe.write, F_GETPIPE_SZ, 0)).toBe(MOST_ROOM_BYTES);
      // Frees the thread.
      closeSync(pipe.read);
    },
  );

  describe.skipIf(process.platform !== "linux").each([
    ["whose reader is slow, after a pause", 1, undefined],
    ["that gets no more room, at once", 0, () => false],
  ])("lets a thread wait for a pipe %s", (_name, expected, widen) => {
    test("and loses no byte", async () => {
      const pipe = openPipe();
      if (pipe === undefined) throw new Error("there are no pipes here");
      const opened = openOnceMore(pipe.write);
      let pauses = 0;
      const pause = () => {
        pauses++;
        return Bun.sleep(1);
      };
      const writer = createFdWriter(pipe.write, undefined, { ...byThread(opened, widen), pause });
      const written = Promise.all(parts.map((part) => writer.write(part)));
      await waitUntil(() => pauses >= expected, 10_000, "a full pipe");
      await Bun.sleep(50);
      expect(pauses).toBe(expected);
      const reader = Bun.spawn(["cat"], { stdio: [pipe.read, "pipe", "inherit"] });
      const received = new Response(reader.stdout).arrayBuffer();
      await written;
      await writer.flush();
      for (const fd of [pipe.read, pipe.write, opened]) closeSync(fd);
      expect(sha256(new Uint8Array(await received))).toBe(sha256(Buffer.concat(parts)));
    });
  });

  test("tells at once that nobody read what it had taken", async () => {
    const pipe = openPipe();
    if (pipe === undefined) throw new Error("there are no pipes here");
    closeSync(pipe.read);
    const writer = createFdWriter(pipe.write);
    await writer.write("a");
    expect(codeOf(await writer.failure)).toBe("EPIPE");
    closeSync(pipe.write);
  });

  test("waits for no thread, when it gives up, on a terminal that had less room than it said", async () => {
    const pipe = openPipe();
    if (pipe === undefined) throw new Error("there are no pipes here");
    const writer = createFdWriter(pipe.write, undefined, { ...ON_STDERR, forThread: () => PIPE_BUF });
    const stuck = writer.write(new Uint8Array(1_000_000)).catch(codeOf);
    await Bun.sleep(50);
    await writer.abandon();
    expect([await stuck, await writer.flush().catch(codeOf)]).toEqual(["EPIPE", "EPIPE"]);
    // Frees the thread, which has what it waits with.
    closeSync(pipe.read);
  });

  test("waits for a reader without keeping anything else from happening", async () => {
    const pipe = openPipe();
    if (pipe === undefined) throw new Error("there are no pipes here");
    const writer = createFdWriter(pipe.write);
    const written = writer.write(new Uint8Array(1_000_000)).then(() => "written");
    const first = await Promise.race([written, Bun.sleep(50).then(() => "slept")]);
    expect(first).toBe("slept");
    const reader = Bun.spawn(["cat"], { stdio: [pipe.read, "ignore", "inherit"] });
    closeSync(pipe.read);
    expect(await written).toBe("written");
    await writer.flush();
    closeSync(pipe.write);
    await reader.exited;
  });

  test.if(existsSync("/dev/full"))("says what it could not write to, and why", async () => {
    const fd = openSync("/dev/full", "w");
    const writer = createFdWriter(fd, "stdout");
    await writer.write("text");
    const failure = await writer.flush().catch(({ message }) => message);
    expect(failure).toBe("cannot write to stdout: no space left on device");
    closeSync(fd);
  });

  test("rejects for good once its reader has gone", async () => {
    const pipe = openPipe();
    if (pipe === undefined) throw new Error("there are no pipes here");
    closeSync(pipe.read);
    const writer = createFdWriter(pipe.write);
    await writer.write("a").catch(() => {});
    expect(await writer.flush().catch(codeOf)).toBe("EPIPE");
    expect(await writer.write("b").catch(codeOf)).toBe("EPIPE");
    closeSync(pipe.write);
  });
});

test("a pipe whose writer has gone is hung up, also before it is read", () => {
  const pipe = openPipe();
  if (pipe === undefined) throw new Error("there are no pipes here");
  writeSync(pipe.write, "text");
  expect(isHungUp(pipe.read)).toBe(false);
  closeSync(pipe.write);
  expect(isHungUp(pipe.read)).toBe(true);
  closeSync(pipe.read);
});

test.if(process.platform === "linux")("so is a socket that will get no more", () => {
  const { i32, ptr: pointer } = FFIType;
  const calls = { socketpair: { args: [i32, i32, i32, pointer], returns: i32 } } as const;
  const { socketpair } = dlopen("libc.so.6", calls).symbols;
  const fds = new Int32Array(2);
  const AF_UNIX = 1;
  const SOCK_STREAM = 1;
  expect(socketpair(AF_UNIX, SOCK_STREAM, 0, ptr(fds))).toBe(0);
  const [ours = -1, theirs = -1] = fds;
  writeSync(theirs, "text");
  expect(isHungUp(ours)).toBe(false);
  closeSync(theirs);
  expect(isHungUp(ours)).toBe(true);
  closeSync(ours);
});
