import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A directory of files that is gone when its owner is disposed of. */
export function temporary(files: Record<string, string | Uint8Array>): {
  path: string;
  [Symbol.dispose]: () => void;
} {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "runspec-spec-")));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}
