/** What the packages say of the project, from package.json, git and the workflow that runs this. */

import { join } from "node:path";
import packageJson from "../package.json";

export const ROOT = join(import.meta.dir, "..");
export const VERSION = packageJson.version;
export const DESCRIPTION = packageJson.description;
export const LICENSE = packageJson.license;
/** Under which the packages of the platforms are published. */
export const SCOPE = "@runspec";

/** `owner/name`: where the releases are. A fork's workflow names its own. */
export const REPOSITORY = process.env.GITHUB_REPOSITORY ?? packageJson.repository.replace("github:", "");

/** The folder that a release's files are in. */
export const RELEASE_URL = `https://github.com/${REPOSITORY}/releases/download/v${VERSION}`;

/** The commit that is built, shortened; undefined where there is no git. `-dirty` follows where files differ from it. */
export function commit(): string | undefined {
  return git("describe", "--always", "--dirty", "--abbrev=12", "--exclude=*");
}

/**
 * The time that goes into archives, in seconds since 1970: the commit's, so that two builds of one commit are the same bytes.
 * SOURCE_DATE_EPOCH overrides it (reproducible-builds.org).
 */
export function sourceTime(): number {
  return Number(process.env.SOURCE_DATE_EPOCH ?? git("log", "-1", "--format=%ct") ?? 0);
}

function git(...words: string[]): string | undefined {
  if (Bun.which("git") === null) return undefined;
  const { exitCode, stdout } = Bun.spawnSync(["git", ...words], { cwd: ROOT, stderr: "ignore" });
  return exitCode === 0 ? stdout.toString().trim() : undefined;
}
