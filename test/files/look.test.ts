import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import {
  chmodSync,
  fstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  type Stats,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { attempt, codeOf } from "../../src/errors.ts";
import { isOpenToAll, mayExecute, openToRead, readStart, realPath, statOf } from "../../src/files/look.ts";
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
// Not UTF-8.
Bun.spawnSync([
  "sh",
  "-c",
  'cd "$0" && n=$(printf "\\377") && touch "$n" && ln -s "$n" strange',
  at("directory"),
]);
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
  [`${at("text.toml")}\0.other`, { ...nothing, digest: "ERR_INVALID_ARG_VALUE" }],
  [at("n".repeat(300)), { ...nothing, digest: "ENAMETOOLONG" }],
  [at("long/".repeat(2000)), { ...nothing, digest: "ENAMETOOLONG" }],
];

/** A file whose size is not known before. */
const OWN_WORDS = "/proc/cpuinfo";
if (onLinux) rows.push([OWN_WORDS, { kind: "file", size: 0, runs: false }]);

/** What can be seen at `path`. */
function lookAt(path: string): object {
  const stats = statOf(path);
  return {
    ...(stats && { kind: kindOf(stats), mode: stats.mode, uid: stats.uid, size: stats.size }),
    runs: mayExecute(path),
    ...(stats && { real: realPath(path) }),
    digest: digestOf(path),
  };
}

function kindOf(stats: Stats): string {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "directory";
  return stats.isCharacterDevice() ? "character device" : "other";
}

/** Of a file's bytes; else why there are none. */
function digestOf(path: string): string {
  try {
    using file = openToRead(path);
    const stats = fstatSync(file.fd);
    return stats.isFile() ? sha256(readFileSync(file.fd)) : kindOf(stats);
  } catch (error) {
    return codeOf(error) ?? String(error);
  }
}

// Here, since the table is read when the files have gone.
const answers = rows.map(([path]) => lookAt(path));
const digest = onLinux ? sha256(readFileSync(OWN_WORDS)) : "";

describe("what is at a path", () => {
  rows.forEach(([path, expected], index) => {
    const name = path.replace(files.path, "").slice(0, 40);
    test(name, () => expect(answers[index]).toMatchObject(expected));
    if (!("kind" in expected))
      test(`${name} is nothing at all`, () => expect(answers[index]).not.toContainAnyKeys(["kind", "real"]));
  });

  test.if(onLinux)("a file in /proc, to its end", () => {
    expect(answers.at(-1)).toMatchObject({ digest });
  });
});

const beginnings: [string, string | undefined][] = [
  ["text.toml", "a = "],
  ["empty", ""],
  ["fifo", undefined],
  ["näme ✓", "x"],
  ["link", "a = "],
  ["missing", undefined],
  ["directory", undefined],
];
const begun = beginnings.map(([name]) => attempt(() => readStart(at(name), 4).toString()));
test.each(beginnings)("the beginning of %s", (name, expected) => {
  expect(begun[beginnings.findIndex(([other]) => other === name)]).toBe(expected);
});

const toAll = [at("program"), "/bin/sh", at("missing")].map(isOpenToAll);
test("whether everybody may run a program", () => {
  // The directory of the test is the user's alone.
  expect(toAll).toEqual([false, true, false]);
});

const strange = realPath(at("directory/strange"));
test("a link to a name that is not UTF-8 leads nowhere that we could name", () => {
  expect(strange).toBe(at("directory/strange"));
});
