/** Directories for tests, gone when the test process is, however it ends. */

import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Where others could write, runspec refuses to run anything; a container often starts with a umask of 0.
process.umask(process.umask() | 0o022);

/** A file system in memory, where there is one: it makes a file in a tenth of the time that a disk takes, and keeps nobody waiting. */
const MEMORY = "/dev/shm";
const ROOM = 4 * 1024 ** 3;
const inMemory = may(MEMORY, constants.W_OK) ? mkdtempSync(join(MEMORY, "rs-")) : undefined;
const root = inMemory !== undefined && isRoomy(inMemory) && runsPrograms(inMemory) ? inMemory : onDisk();
/** For what lives for a moment, and needs neither room nor a program. */
export const momentary = inMemory ?? root;
/** Where a build may lie under another name; others can enter it. */
const disk = onDisk();
chmodSync(disk, 0o711);
let count = 0;

/** A fresh directory in TMPDIR, or in /tmp where that is of no use; whoever makes it removes it. */
export function onDisk(name = "rs-"): string {
  // OpenSSH takes a file's name apart at spaces, and its control sockets must fit into 90 characters.
  const fits = (place: string) => /^[^\s"'%$]{1,64}$/.test(place) && may(place, constants.W_OK);
  for (const place of [tmpdir(), "/tmp"].filter(fits)) {
    const dir = mkdtempSync(join(realpathSync(place), name));
    if (runsPrograms(dir)) return dir;
    rmSync(dir, { recursive: true });
  }
  return mkdtempSync(join(realpathSync(tmpdir()), name));
}

/** A container's memory has 64 MB; several builds need more. */
function isRoomy(dir: string): boolean {
  const { bavail, bsize } = statfsSync(dir);
  return bavail * bsize > ROOM;
}

/** Whether programs may be run from `dir`. */
function runsPrograms(dir: string): boolean {
  const program = join(dir, "program");
  writeFileSync(program, "", { mode: 0o755 });
  const runs = may(program, constants.X_OK);
  rmSync(program);
  return runs;
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

// bun:test runs an afterAll registered in beforeAll at once, and refuses one in a concurrent test; so a child
// that sees the end of our pipe cleans up, also after a crash.
// There is no sh on Windows, where only test/platforms comes by.
if (process.platform !== "win32") {
  const janitor = Bun.spawn(["/bin/sh", "-c", 'cat >/dev/null; rm -rf -- "$0" "$@"', root, momentary, disk], {
    env: { PATH: "/usr/bin:/bin" },
    stdin: "pipe",
    stdout: "ignore",
    stderr: "ignore",
    detached: true,
  });
  janitor.unref();
}

/** A fresh, empty directory, by its real path. */
export function tempDir(): string {
  return fresh(root);
}

/** The same on the disk, which others can enter. */
export function diskDir(): string {
  const dir = fresh(disk);
  // Whatever the umask is.
  chmodSync(dir, 0o755);
  return dir;
}

function fresh(parent: string): string {
  count++;
  const dir = join(parent, String(count));
  mkdirSync(dir);
  return dir;
}

/** Copies a directory of the clone, which may be another user's, or one that others may write: runspec runs nothing from there. */
export function copyOwn(from: string, to: string): void {
  // cpSync would keep the modes.
  const { exitCode, stderr } = Bun.spawnSync(["cp", "-R", `${from}/.`, to]);
  if (exitCode !== 0) throw new Error(stderr.toString());
}

/** Writes `toml` as `dir`'s runspec.toml, with a mode that runspec trusts, and gives its path. */
export function writeSpec(dir: string, toml: string): string {
  const path = join(dir, "runspec.toml");
  writeFileSync(path, toml);
  chmodSync(path, 0o644);
  return path;
}

/** A fresh directory whose runspec.toml is `toml`. */
export function specDir(toml: string): string {
  const dir = tempDir();
  writeSpec(dir, toml);
  return dir;
}
