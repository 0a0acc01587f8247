import { describe, expect, test } from "bun:test";
import { readMarkedLines } from "../../../src/process/marked-lines.ts";
import { platformOf } from "../../../src/session/install/build.ts";
import { MARK } from "../../../src/session/install/scripts.ts";
import { plainHost } from "../../../src/spec/config.ts";

const BOX = plainHost("box");

const said = (facts: Record<string, string>) =>
  readMarkedLines(
    Object.entries(facts)
      .map(([key, value]) => `${MARK} ${key} ${value}\n`)
      .join(""),
    MARK,
  );

describe("the build that a machine needs", () => {
  const GLIBC = "ldd (GNU libc) 2.36";
  test.each<[Record<string, string>, string]>([
    [{ system: "Linux", machine: "x86_64", libc: GLIBC }, "linux-x64"],
    [{ system: "Linux", machine: "amd64", libc: "" }, "linux-x64"],
    [{ system: "Linux", machine: "aarch64", libc: "musl libc (aarch64)", bits: "64" }, "linux-arm64-musl"],
    [
      { system: "Linux", machine: "x86_64", libc: "sh: ldd: not found", loader: "/lib/ld-musl-x86_64.so.1" },
      "linux-x64-musl",
    ],
    [{ system: "Linux", machine: "x86_64", libc: GLIBC, loader: "/lib/ld-musl-x86_64.so.1" }, "linux-x64"],
    [{ system: "Darwin", machine: "arm64", libc: "sh: ldd: command not found" }, "darwin-arm64"],
    [{ system: "Darwin", machine: "x86_64" }, "darwin-x64"],
  ])("%p", (facts, platform) => {
    expect(platformOf(BOX, said(facts))).toBe(platform);
  });

  test.each<[Record<string, string>, string]>([
    [
      { system: "FreeBSD", machine: "amd64" },
      "box: there is no build of runspec for FreeBSD, amd64; nothing was installed",
    ],
    [
      { system: "Linux", machine: "armv7l" },
      "box: there is no build of runspec for Linux, armv7l; nothing was installed",
    ],
    [
      { system: "Linux", machine: "constructor" },
      "box: there is no build of runspec for Linux, constructor; nothing was installed",
    ],
    [
      { system: "Linux", machine: "aarch64", bits: "32" },
      "box: there is no build of runspec for a 32-bit Linux (on aarch64); nothing was installed",
    ],
    [
      { system: "MINGW64_NT-10.0-19045", machine: "x86_64" },
      "box: it is a Windows machine, where --install does not work; nothing was installed",
    ],
  ])("none: %p", (facts, message) => {
    expect(() => platformOf(BOX, said(facts))).toThrow(message);
  });
});
