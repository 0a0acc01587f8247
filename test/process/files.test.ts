import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { chmodSync, closeSync, mkdirSync, openSync, readdirSync, realpathSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { temporary } from "../spec/temporary.ts";

const onLinux = process.platform === "linux";
const sha256 = (bytes: string | Uint8Array) => createHash("sha256").update(bytes).digest("hex");

const large = new Uint8Array(1_000_003).map((_, at) => (at * 31) & 0xff);
using files = temporary({ "text.toml": "a = 1", empty: "", large, program: "#!/bin/sh\n", "näme ✓": "x" });
const at = (name: string) => join(files.path, name);
const real = (name: string) => join(realpathSync(files.path), name);
const uid = process.getuid?.() ?? -1;

mkdirSync(at("directory"));
mkdirSync(at("directory/inner"));
symlinkSync("nowhere", at("directory/broken"));
// Not UTF-8; and more names than the system gives at once.
Bun.spawnSync(["sh", "-c", 'cd "$0" && touch "$(printf "\\377")" "a\nb" .hidden', at("directory")]);
for (let count = 0; count < 2000; count++)
  closeSync(openSync(at(`directory/${"f".repeat(40)}${count}`), "w"));
const names = readdirSync(at("directory")).sort();
for (const [name, mode] of [
  ["text.toml", 0o640],
  ["empty", 0o600],
  ["large", 0o604],
  ["program", 0o755],
  ["näme ✓", 0o644],
  ["directory", 0o750],
] as const)
  chmodSync(at(name), mode);
symlinkSync("text.toml", at("link"));
symlinkSync("loop", at("loop"));
Bun.spawnSync(["mkfifo", "-m", "600", at("fifo")]);

const nothing = { runs: false, digest: "ENOENT" };
const file = (name: string, mode: number, content: string | Uint8Array, { runs = false, to = name } = {}) => {
  const size = Buffer.byteLength(content);
  return { kind: "file", mode: 0o100000 | mode, uid, size, runs, real: real(to), digest: sha256(content) };
};
const rows: [string, object][] = [
  [at("text.toml"), file("text.toml", 0o640, "a = 1")],
  [at("empty"), file("empty", 0o600, "")],
  [at("large"), file("large", 0o604, large)],
  [at("program"), file("program", 0o755, "#!/bin/sh\n", { runs: true })],
  [at("näme ✓"), file("näme ✓", 0o644, "x")],
  [at("link"), file("link", 0o640, "a = 1", { to: "text.toml" })],
  [
    at("directory"),
    {
      kind: "directory",
      mode: 0o040750,
      uid,
      runs: true,
      real: real("directory"),
      digest: "directory",
      names,
    },
  ],
  [
    at("fifo"),
    { kind: "other", mode: 0o010600, uid, size: 0, runs: false, real: real("fifo"), digest: "other" },
  ],
  [
    "/dev/null",
    { kind: "character device", uid: 0, runs: false, real: "/dev/null", digest: "character device" },
  ],
  [at("loop"), { ...nothing, digest: "ELOOP" }],
  [at("missing"), nothing],
  [at("text.toml/inside"), { ...nothing, digest: "ENOTDIR" }],
  // As C sees it, this is text.toml.
  [`${at("text.toml")}NUL.other`, { ...nothing, digest: "ERR_INVALID_ARG_VALUE" }],
  [at("n".repeat(300)), { ...nothing, digest: "ENAMETOOLONG" }],
  [at("long/".repeat(2000)), { ...nothing, digest: "ENAMETOOLONG" }],
];

/** A file of more than a few thousand bytes whose size is not known before. */
const OWN_WORDS = "/proc/self/cmdline";
if (onLinux) rows.push([OWN_WORDS, { kind: "file", size: 0, runs: false }]);

const commandLine = (kind: string) => [
  process.execPath,
  join(import.meta.dir, "probe.ts"),
  kind,
  files.path,
  ...rows.map(([path]) => path),
];

/** What the probe says, line by line. */
function probe(kind: string): unknown[] {
  const { stdout } = Bun.spawnSync(commandLine(kind), { stderr: "inherit" });
  return stdout
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

// Here, since a description is run when the files have gone.
const answers: [string, unknown[]][] = (
  onLinux ? ["with-libc", "without-libc", "without-facts"] : ["without-libc"]
).map((kind) => [kind, probe(kind)]);
const left = readdirSync(files.path).filter((name) => name.startsWith(".runspec"));

describe.each(answers)("files, %s", (kind, lines) => {
  test.if(onLinux)("a file in /proc, to its end", () => {
    const digest = sha256(`${commandLine(kind).join("\0")}\0`);
    expect(lines[rows.findIndex(([path]) => path === OWN_WORDS)]).toMatchObject({ digest });
  });

  rows.forEach(([path, expected], index) => {
    const name = path.replace(files.path, "").slice(0, 40);
    test(name, () => expect(lines[index]).toMatchObject(expected));
    if (!("kind" in expected))
      test(`${name} is nothing at all`, () => expect(lines[index]).not.toContainAnyKeys(["kind", "real"]));
  });

  test.if(onLinux)("a nameless file", () => {
    expect(lines.at(-1)).toEqual({ wrote: 7, struck: 1, text: "+1\n-22" });
    expect(left).toEqual([]);
  });
});
