/** jump in the middle of pipelines: big streams byte for byte, readers that stop, pipes left as they were found. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BIN, type RunResult, run } from "../harness/binary.ts";
import { tempDir } from "../harness/temp.ts";
import { type Site, script, throughSshd, tool } from "./site.ts";

setDefaultTimeout(600_000);

const FULL = process.env.CHAOS === "full";
const STREAM_BYTES = (FULL ? 1024 : 4) * 1024 * 1024;
const TREE_MIB = FULL ? 200 : 3;
const FILE = 'args.file = { type = "str", position = 1 }';

const TOOLS = [
  tool("dump-file", ["cat"], FILE),
  tool("unpack", script('tar x -C "$1"'), FILE),
  tool("dump", script('tar c -C "$1" .'), FILE),
  tool("devices", script("echo out >/dev/stdout; echo both | tee /dev/stderr; echo err >/dev/stderr")),
].join("\n");

type Shell = (line: string, words?: readonly string[]) => Promise<RunResult>;

/** Runs a line of shell in which `jump` is a command, and `"$@"` are `words`. */
const shellOf =
  ({ host, local }: Site): Shell =>
  (line, words = []) => {
    const jump = `jump() { "${BIN}" jump ${host().alias} "$@"; }`;
    return run(["-c", `${jump}\n${line}`, "sh", ...words], {
      ...local(),
      program: "/bin/sh",
      timeoutMs: 500_000,
    });
  };

// That a reader leaves, and what each server may do to bytes, is in jump-output.
throughSshd(TOOLS, (site) => {
  const shell = shellOf(site);

  test.concurrent("many random bytes to a reader that stops for a while", async () => {
    const file = join(tempDir(), "random");
    const here = await shell('head -c "$1" /dev/urandom >"$2"; sha256sum <"$2"', [`${STREAM_BYTES}`, file]);
    const there = await shell(
      'jump dump-file -n -- "$1" | { head -c 100000; sleep 3; cat; } | sha256sum; rm "$1"',
      [file],
    );
    expect([there.code, there.out, there.stderr]).toEqual([0, here.out, ""]);
  });

  test.concurrent("tar through it, there and back", async () => {
    const [from, there, back] = ["from", "there", "back"].map((name) => join(tempDir(), name));
    for (const dir of [from, there, back]) mkdirSync(dir ?? "");
    const words = [from ?? "", there ?? "", back ?? "", String(TREE_MIB)];
    const made = await shell(
      'cd "$1" && mkdir -p sub/deep && head -c "$4"M /dev/urandom | split -a 3 -b 3000001 - sub/deep/part- && ln -s sub link && : >empty',
      words,
    );
    expect([made.code, made.stderr]).toEqual([0, ""]);
    const unpacked = await shell('tar c -C "$1" . | jump unpack -- "$2" && diff -r "$1" "$2"', words);
    expect([unpacked.code, unpacked.out, unpacked.stderr]).toEqual([0, "", ""]);
    const dumped = await shell(
      'jump dump -- "$2" </dev/null | tee "$3.tar" | tar x -C "$3" && diff -r "$1" "$3" && tar c -C "$2" . | cmp - "$3.tar"',
      words,
    );
    expect([dumped.code, dumped.out, dumped.stderr]).toEqual([0, "", ""]);
  });

  test.concurrent("pipes that others share stay blocking", async () => {
    const flags = join(tempDir(), "flags");
    const { code, out, stderr } = await shell(
      'jump devices; cat /proc/$$/fdinfo/0 /proc/$$/fdinfo/1 /proc/$$/fdinfo/2 >"$1"',
      [flags],
    );
    expect([code, out, stderr]).toEqual([0, "out\nboth\n", "both\nerr\n"]);
    const read = readFileSync(flags, "utf8").matchAll(/^flags:\s*(\d+)/gm);
    expect(Array.from(read, ([, octal = ""]) => Number.parseInt(octal, 8) & O_NONBLOCK)).toEqual([0, 0, 0]);
  });
});

const O_NONBLOCK = 0o4000;
