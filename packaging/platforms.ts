/**
 * Every platform that runspec is built for, by the name its build, its package and its archive have. There is no build of its own
 * for processors without AVX2: Bun's runtime for them is the same file as linux-x64.
 */

export interface Platform {
  /** As npm and `process.platform` name them. */
  os: "linux" | "darwin" | "win32";
  cpu: "x64" | "arm64";
  libc?: "glibc" | "musl";
}

export const PLATFORMS = {
  "linux-x64": { os: "linux", cpu: "x64", libc: "glibc" },
  "linux-arm64": { os: "linux", cpu: "arm64", libc: "glibc" },
  "linux-x64-musl": { os: "linux", cpu: "x64", libc: "musl" },
  "linux-arm64-musl": { os: "linux", cpu: "arm64", libc: "musl" },
  "darwin-x64": { os: "darwin", cpu: "x64" },
  "darwin-arm64": { os: "darwin", cpu: "arm64" },
  "windows-x64": { os: "win32", cpu: "x64" },
} as const satisfies Record<string, Platform>;

export type PlatformName = keyof typeof PLATFORMS;

export const PLATFORM_NAMES = Object.keys(PLATFORMS).filter(isPlatform);

export function isPlatform(name: string): name is PlatformName {
  return Object.hasOwn(PLATFORMS, name);
}

/** What the program of a platform is called. */
export function programName(platform: PlatformName): string {
  return PLATFORMS[platform].os === "win32" ? "runspec.exe" : "runspec";
}

/** What the build of a platform is called in dist. */
export function buildName(platform: PlatformName): string {
  return `runspec-${platform}${PLATFORMS[platform].os === "win32" ? ".exe" : ""}`;
}

/** Found by programs that look for a system, a processor and a C library in the names of a release's files. */
export function archiveName(platform: PlatformName): string {
  return `runspec-${platform}.${PLATFORMS[platform].os === "win32" ? "zip" : "tar.gz"}`;
}

/**
 * The platforms of `list`: names separated by commas, or `all`.
 * @throws Error that names what there is no build for
 */
export function choosePlatforms(list: string): PlatformName[] {
  if (list === "all") return PLATFORM_NAMES;
  const names = list.split(",");
  const unknown = names.filter((name) => !isPlatform(name));
  if (unknown.length > 0)
    throw new Error(`no such platform: ${unknown.join(", ")} (there are: ${PLATFORM_NAMES.join(", ")}, all)`);
  return names.filter(isPlatform);
}
