/** Programs for macOS, as far as they have to be put right after the build. Source: mach-o/loader.h of XNU. */

const MAGIC_64 = 0xfeedfacf;
const HEADER_BYTES = 32;
const LC_SEGMENT_64 = 0x19;
const LC_CODE_SIGNATURE = 0x1d;
const SIGNATURE_COMMAND_BYTES = 16;

/**
 * The program without its signature. Bun signs anew what it makes for arm64; for x64 it leaves the one that its own runtime was published with,
 * which no longer fits, and which asks the kernel to end a program whose pages differ. Unsigned, an Intel Mac runs it.
 */
export function withoutSignature(program: Buffer): Buffer {
  if (program.readUInt32LE(0) !== MAGIC_64) throw new Error("this is no Mach-O program of 64 bits");
  const file = Buffer.from(program);
  const [count, bytes] = [file.readUInt32LE(16), file.readUInt32LE(20)];
  const end = HEADER_BYTES + bytes;
  let linkedit: number | undefined;
  for (let at = HEADER_BYTES; at < end; at += file.readUInt32LE(at + 4)) {
    const command = file.readUInt32LE(at);
    if (command === LC_SEGMENT_64 && file.toString("latin1", at + 8, at + 18) === "__LINKEDIT") linkedit = at;
    if (command !== LC_CODE_SIGNATURE) continue;
    if (linkedit === undefined) throw new Error("the program has a signature, but no __LINKEDIT before it");
    const start = file.readUInt32LE(at + 8);
    // Its command goes, the ones after it move up, and the file ends where the signature began.
    file.copyWithin(at, at + SIGNATURE_COMMAND_BYTES, end);
    file.fill(0, end - SIGNATURE_COMMAND_BYTES, end);
    file.writeUInt32LE(count - 1, 16);
    file.writeUInt32LE(bytes - SIGNATURE_COMMAND_BYTES, 20);
    file.writeBigUInt64LE(BigInt(start) - file.readBigUInt64LE(linkedit + 40), linkedit + 48);
    return file.subarray(0, start);
  }
  return file;
}
