/**
 * Prints what `process/files` and `process/memory-file` say of the paths on the command line, one line of JSON a path, then of a nameless
 * file. With `without-libc` before the paths: as where there is no C library that we know; with `without-facts`: as where it does not tell
 * of open files.
 */

import { readFileSync } from "node:fs";

const [kind, directory = "", ...paths] = process.argv.slice(2);

const without: Record<string, (source: string) => string> = {
  "without-libc": () => "export const libc = () => ({}); export const STATX_BYTES = 256;",
  "without-facts": (source) => `${source.replace("export function libc", "function complete")}
    export function libc() {
      const { recent } = complete();
      return { recent: { ...recent, statx: (at, ...rest) => (at >= 0 ? -1 : recent.statx(at, ...rest)) } };
    }`,
};
const replaced = without[kind ?? ""];
if (replaced !== undefined) {
  Bun.plugin({
    name: "another-libc",
    setup(build) {
      build.onLoad({ filter: /src\/system\/libc\.ts$/ }, ({ path }) => ({
        contents: replaced(readFileSync(path, "utf8")),
        loader: "ts",
      }));
    },
  });
}
const { factsOf, followLinks, mayExecute, namesAt, readFile } = await import("../../src/process/files.ts");
const { openNamelessFile, truncate, writeAt } = await import("../../src/process/memory-file.ts");

for (const path of paths.map((path) => path.replace("NUL", "\0"))) {
  const facts = factsOf(path);
  console.log(
    JSON.stringify({
      kind: facts?.kind,
      mode: facts?.mode,
      uid: facts?.uid,
      size: facts?.size,
      runs: mayExecute(path),
      real: followLinks(path),
      digest: digestOf(path),
      names: namesAt(path)?.sort(),
    }),
  );
}

const fd = openNamelessFile([`${directory}/missing`, directory]) ?? -1;
const wrote = writeAt(fd, Buffer.from("+1\n+22\n"), 0);
truncate(fd, 6);
const struck = writeAt(fd, Buffer.from("-"), 3);
console.log(JSON.stringify({ wrote, struck, text: readFileSync(`/proc/self/fd/${fd}`, "latin1") }));

/** Of a file's bytes; else why there are none. */
function digestOf(path: string): string {
  try {
    const read = readFile(path, ({ kind }) => (kind === "file" ? undefined : kind));
    return typeof read === "string" ? read : new Bun.CryptoHasher("sha256").update(read).digest("hex");
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
}
