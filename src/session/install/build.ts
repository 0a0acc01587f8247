/** Which build a machine needs, where it is, and how it travels. */

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Context } from "../../context.ts";
import { RunspecError } from "../../errors.ts";
import { distrust } from "../../files/distrust.ts";
import { copyToWindows, setBin } from "../../hosts/remedy.ts";
import type { Target } from "../../hosts/target.ts";
import type { MarkedLines } from "../../process/marked-lines.ts";
import { visible } from "../../text.ts";
import type { Packing } from "./scripts.ts";

const MACHINES = new Map(Object.entries({ x86_64: "x64", amd64: "x64", aarch64: "arm64", arm64: "arm64" }));
const SYSTEMS = new Map(Object.entries({ Linux: "linux", Darwin: "darwin" }));

/** The name of the build that a host needs, by what the probe said of it. @throws RunspecError 125 where there is none for such a machine */
export function platformOf(target: Target, probed: MarkedLines): string {
  const host = visible(target.alias);
  const keys = ["system", "machine", "libc", "bits"];
  const [system = "", machine = "", libc = "", bits = ""] = keys.map(probed.one);
  if (/^(MINGW|MSYS|CYGWIN|Windows)/i.test(system)) throw isWindows(target);
  const [os, arch] = [SYSTEMS.get(system), MACHINES.get(machine)];
  if (!os || !arch) throw noBuild(host, [system, machine].filter(Boolean).join(", "));
  if (bits === "32") throw noBuild(host, `a 32-bit ${system} (on ${machine})`);
  // Its own `ldd` says so; where there is none, its loader does.
  const isMusl = /musl/i.test(libc) || (probed.all("loader").length > 0 && !/glibc|gnu/i.test(libc));
  return `${os}-${arch}${os === "linux" && isMusl ? "-musl" : ""}`;
}

const NOTHING = "nothing was installed";

function noBuild(host: string, what: string): RunspecError {
  const hint = "there are builds for Linux (glibc or musl) and macOS, x64 and arm64, and for Windows x64";
  return new RunspecError(`${host}: there is no build of runspec for ${visible(what)}; ${NOTHING}`, { hint });
}

export function isWindows(target: Target): RunspecError {
  const hint = [...copyToWindows(target), `then ${setBin(target, "C:/tools/runspec.exe")}`];
  const what = `${visible(target.alias)}: it is a Windows machine, where --install does not work; ${NOTHING}`;
  return new RunspecError(what, { hint });
}

/** Read once, whatever the number of hosts. */
const builds = new Map<string, Promise<Build>>();

/** The build for `platform`: this binary, or `runspec-<platform>` beside it. @throws RunspecError 125 where there is none, or one that others could have put there */
export function buildFor(host: string, platform: string, context: Context): Promise<Build> {
  const { execPath, platform: ownPlatform, uid } = context;
  const path = platform === ownPlatform ? execPath : join(dirname(execPath), `runspec-${platform}`);
  const what = `${host}: it needs the build for ${platform}, and there is no ${visible(path)}; ${NOTHING}`;
  const hint = `put it there, from a release (runspec-${platform}.tar.gz) or from source: bun build.ts --target ${platform}`;
  if (!existsSync(path)) throw new RunspecError(what, { hint });
  const why = uid === undefined || path === execPath ? undefined : distrust(path, { uid });
  if (why !== undefined) throw new RunspecError(`${host}: ${NOTHING}: ${visible(path)} is ${why}`);
  return builds.getOrInsertComputed(path, () => readBuild(path));
}

type Build = Awaited<ReturnType<typeof readBuild>>;

/** Fast, and less than half of the size. */
const ZSTD_LEVEL = 5;

async function readBuild(path: string) {
  const bytes = await Bun.file(path).bytes();
  const kept = new Map<Packing, Promise<Uint8Array>>();
  return {
    path,
    sha256: Bun.CryptoHasher.hash("sha256", bytes, "hex"),
    size: bytes.length,
    /** Its bytes as they travel; the same for every host that unpacks the same. */
    packed: (packing: Packing) => kept.getOrInsertComputed(packing, () => pack(bytes, packing)),
  };
}

async function pack(bytes: Uint8Array<ArrayBuffer>, packing: Packing): Promise<Uint8Array> {
  if (packing === "zstd") return Bun.zstdCompress(bytes, { level: ZSTD_LEVEL });
  return packing === "gzip" ? Bun.gzipSync(bytes) : bytes;
}

export const packingFor = (probed: MarkedLines): Packing =>
  (["zstd", "gzip"] as const).find((packing) => probed.all("unpacks").includes(packing)) ?? "plain";
