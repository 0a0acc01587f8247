/** The ad-hoc signature of a program for macOS, without which its kernel does not start it: every page hashed, as the kernel does. */

import { createHash } from "node:crypto";

const MAGIC_64 = 0xfeedfacf;
const LC_CODE_SIGNATURE = 0x1d;
const CODE_DIRECTORY = 0xfade0c02;
const SHA256 = 2;

/** What is wrong with the signature in `file`; undefined: nothing. Sources: mach-o/loader.h, cs_blobs.h of XNU. */
export function checkSignature(file: Buffer): string | undefined {
  if (file.readUInt32LE(0) !== MAGIC_64) return "this is no Mach-O file of 64 bits";
  let at = 32;
  for (let left = file.readUInt32LE(16); left > 0; left--) {
    if (file.readUInt32LE(at) === LC_CODE_SIGNATURE) return checkBlobs(file, file.readUInt32LE(at + 8));
    at += file.readUInt32LE(at + 4);
  }
  return "there is no signature";
}

/** The signature is a list of blobs, in big-endian numbers; one is the directory of the code's pages. */
function checkBlobs(file: Buffer, start: number): string | undefined {
  const count = file.readUInt32BE(start + 8);
  const blobs = Array.from(
    { length: count },
    (_, index) => start + file.readUInt32BE(start + 16 + index * 8),
  );
  const directory = blobs.find((blob) => file.readUInt32BE(blob) === CODE_DIRECTORY);
  if (directory === undefined) return "the signature has no code directory";

  const hashes = directory + file.readUInt32BE(directory + 16);
  const pages = file.readUInt32BE(directory + 28);
  const limit = file.readUInt32BE(directory + 32);
  const [size, type, pageBits] = [36, 37, 39].map((offset) => file.readUInt8(directory + offset));
  if (size !== 32 || type !== SHA256 || pageBits === undefined) return "the pages are not hashed by SHA-256";
  const pageSize = 2 ** pageBits;
  if (limit !== start) return `${limit} bytes are signed, of the ${start} before the signature`;
  if (pages !== Math.ceil(limit / pageSize))
    return `${pages} pages are signed, of ${Math.ceil(limit / pageSize)}`;
  for (let page = 0; page < pages; page++) {
    const bytes = file.subarray(page * pageSize, Math.min((page + 1) * pageSize, limit));
    const signed = file.subarray(hashes + page * size, hashes + (page + 1) * size);
    if (!createHash("sha256").update(bytes).digest().equals(signed))
      return `page ${page} of ${pages} differs from what was signed`;
  }
  return undefined;
}
