/** Files packed so that the same files always give the same bytes. */

import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { zipSync } from "fflate";
import { createTar } from "nanotar";
import { sourceTime } from "./project.ts";

export interface Packed {
  name: string;
  data: Uint8Array;
  executable?: boolean;
}

const compress = promisify(gzip);
/** Tests are quicker with what is not compressed at all. */
const LEVEL = process.env.RUNSPEC_PACK_LEVEL === "0" ? 0 : 6;

/** A gzipped tar; everything in it belongs to root. */
export async function tarball(files: readonly Packed[]): Promise<Uint8Array> {
  const tar = createTar(
    files.map(({ name, data, executable }) => ({
      name,
      data,
      attrs: {
        mode: executable ? "755" : "644",
        uid: 0,
        gid: 0,
        user: "root",
        group: "root",
        mtime: sourceTime() * 1000,
      },
    })),
  );
  return compress(tar, { level: LEVEL });
}

/** A zip, for Windows, which has no tar of old. */
export function zip(files: readonly Packed[]): Uint8Array {
  // The format counts from 1980, in local time; noon keeps every time zone on the same side of a day's border.
  const mtime = Math.max(sourceTime() * 1000, Date.UTC(1980, 0, 2));
  return zipSync(Object.fromEntries(files.map(({ name, data }) => [name, [data, { level: LEVEL, mtime }]])));
}
