/** Directories for tests, gone when the test process is, however it ends. */

import { chmodSync, existsSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Names are short: OpenSSH's control sockets must fit into 90 characters.
const root = mkdtempSync(join(realpathSync(tmpdir()), "rs-"));
/** For what lives for a moment: memory makes a FIFO in a tenth of the time that a disk takes, where there is such a file system. */
export const momentary = existsSync("/dev/shm") ? mkdtempSync("/dev/shm/rs-") : root;
let count = 0;

// bun:test runs an afterAll registered in beforeAll at once, and refuses one in a concurrent test; so a child
// that sees the end of our pipe cleans up, also after a crash.
// There is no sh on Windows, where only test/platforms comes by.
if (process.platform !== "win32") {
  const janitor = Bun.spawn(["/bin/sh", "-c", 'cat >/dev/null; rm -rf -- "$0" "$1"', root, momentary], {
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
  count++;
  const dir = join(root, String(count));
  mkdirSync(dir);
  return dir;
}

/** Writes `toml` as `dir`'s runspec.toml, with a mode that runspec trusts, and gives its path. */
export function writeSpec(dir: string, toml: string): string {
  const path = join(dir, "runspec.toml");
  writeFileSync(path, toml);
  chmodSync(path, 0o644);
  return path;
}
