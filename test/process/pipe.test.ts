import { describe, expect, test } from "bun:test";
import { closeSync, constants, readSync, writeSync } from "node:fs";
import { openPipe, openWithoutWaiting, takeBack } from "../../src/process/pipe.ts";

function opened() {
  const pipe = openPipe();
  if (pipe === undefined) throw new Error("there are no pipes here");
  return pipe;
}

describe.skipIf(process.platform !== "linux")("a pipe", () => {
  test("takes 256 KiB that nobody reads", () => {
    const { read, write } = opened();
    expect(writeSync(write, new Uint8Array(256 * 1024))).toBe(256 * 1024);
    closeSync(write);
    closeSync(read);
  });

  test("is opened once more by the end that writes alone: writing to the other one fails", () => {
    const { read, write } = opened();
    expect(openWithoutWaiting(read, constants.O_WRONLY)).toBeUndefined();
    const again = openWithoutWaiting(write, constants.O_WRONLY);
    expect(again).toBeNumber();
    for (const fd of [read, write, again]) if (fd !== undefined) closeSync(fd);
  });

  test("gives back what nobody has read", () => {
    const { read, write } = opened();
    expect(takeBack(write)).toBe(0);
    writeSync(write, "read and left");
    expect(readSync(read, Buffer.alloc(9))).toBe(9);
    expect(takeBack(write)).toBe(4);
    expect(takeBack(write)).toBe(0);
    closeSync(write);
    expect(readSync(read, Buffer.alloc(9))).toBe(0);
    closeSync(read);
  });
});
