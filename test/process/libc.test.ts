import { expect, test } from "bun:test";
import { readFileSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { tempDir } from "../harness/temp.ts";

const SOURCE = resolve(import.meta.dir, "../../src/process/libc.ts");

// A name alone is looked for there by macOS, and by Bun where the system has no such library.
test.skipIf(process.platform !== "linux")(
  "the C library of macOS is none that lies in the working directory, which may be somebody's checkout",
  () => {
    const cwd = tempDir();
    const [own = ""] = /\/\S*\/libc\.(?:so\.6|musl\S*)$/m.exec(readFileSync("/proc/self/maps", "utf8")) ?? [];
    symlinkSync(own, join(cwd, "libSystem.B.dylib"));
    const script = `
      Object.defineProperty(process, "platform", { value: "darwin" });
      const { libc } = await import(${JSON.stringify(SOURCE)});
      console.log(Object.keys(libc()).length);
    `;
    const { stdout } = Bun.spawnSync([process.execPath, "-e", script], { cwd });
    expect(stdout.toString()).toBe("0\n");
  },
);
