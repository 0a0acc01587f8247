/** What build.ts makes of the program that Bun leaves. */

import { expect, test } from "bun:test";
import { closeSync, openSync, readSync } from "node:fs";
import { BIN } from "./harness/binary.ts";

const LOAD = 1;
const EXECUTE = 1;
const HUGE_PAGE = 2 ** 21;

/** The loaded segments of an ELF program. */
function segmentsOf(path: string) {
  const head = Buffer.alloc(4096);
  const fd = openSync(path, "r");
  readSync(fd, head);
  closeSync(fd);
  const [table, size, count] = [
    Number(head.readBigUInt64LE(32)),
    head.readUInt16LE(54),
    head.readUInt16LE(56),
  ];
  return Array.from({ length: count }, (_, index) => table + index * size)
    .filter((at) => head.readUInt32LE(at) === LOAD)
    .map((at) => ({
      code: (head.readUInt32LE(at + 4) & EXECUTE) !== 0,
      offset: Number(head.readBigUInt64LE(at + 8)),
      address: Number(head.readBigUInt64LE(at + 16)),
      align: Number(head.readBigUInt64LE(at + 48)),
    }));
}

test.if(process.platform === "linux")(
  "the code can be mapped in pages of 2 MiB, and all else still fits",
  () => {
    const segments = segmentsOf(BIN);
    const code = segments.filter((segment) => segment.code);
    expect(code.map(({ address, offset }) => (address - offset) % HUGE_PAGE)).toEqual([0]);
    expect(segments.map(({ address, offset, align }) => (address - offset) % align)).toEqual(
      segments.map(() => 0),
    );
  },
);
