/** Files packed so that the same files always give the same bytes. */

import { zipSync } from "fflate";
import { createTar } from "nanotar";
import { sourceTime } from "./project.ts";

export interface Packed {
  name: string;
  data: Uint8Array;
  executable?: boolean;
}

const LEVEL = 6;

/** A gzipped tar; everything in it belongs to root. */
export function tarball(files: readonly Packed[]): Uint8Array {
  const mtime = sourceTime() * 1000;
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
        mtime,
      },
    })),
  );
  // libdeflate gives the same bytes on every processor; what zlib gives may depend on the instructions that there are.
  return Bun.gzipSync(Buffer.from(tar), { library: "libdeflate", level: LEVEL });
}

/** A zip, for Windows, which has no tar of old. */
export function zip(files: readonly Packed[]): Uint8Array {
  // The format counts from 1980, in local time: noon of the day, wherever that is.
  const day = new Date(Math.max(sourceTime() * 1000, Date.UTC(1980, 0, 2))).toISOString().slice(0, 10);
  const mtime = new Date(`${day}T12:00:00`);
  return zipSync(Object.fromEntries(files.map(({ name, data }) => [name, [data, { level: LEVEL, mtime }]])));
}
