import { expect, test } from "bun:test";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildFor, installFailure, platformOf, scriptOutput } from "../../src/remote/install.ts";
import { tempDir } from "../harness/temp.ts";

test.each([
  ["Linux\nx86_64\nldd (GNU libc) 2.36\n", "linux-x64"],
  ["Linux\nx86_64\nldd (GNU libc) 2.36\n/usr/bin/runspec\n", "linux-x64"],
  ["Linux\naarch64\nldd (GNU libc) 2.36\n", "linux-arm64"],
  ["Linux\nx86_64\nmusl libc (x86_64)\n", "linux-x64-musl"],
  ["Linux\naarch64\nmusl libc (aarch64)\n", "linux-arm64-musl"],
  ["Darwin\nx86_64\n", "darwin-x64"],
  ["Linux\r\nx86_64\r\nsh: ldd: not found\r\n", "linux-x64"],
  ["Darwin\narm64\nsh: ldd: command not found\n", "darwin-arm64"],
])("%j needs %s", (probe, platform) => {
  expect(platformOf(probe)).toBe(platform);
});

test.each([
  ["Linux\nriscv64\nldd (GNU libc) 2.36\n", "Linux, riscv64, ldd (GNU libc) 2.36"],
  ["SunOS\n\u001b[2J\n", "SunOS, \\x1b[2J"],
])("for %j there is no build", (probe, what) => {
  expect(() => platformOf(probe)).toThrow(`there is no build of runspec for ${what}`);
});

test.each([
  ["runspec-install:\nLinux\n", "Linux\n"],
  ["hello\nrunspec-install:\nLinux\n", "Linux\n"],
  ["hello", "hello"],
  ["", ""],
])("of %j the script said %j", (printed, own) => {
  expect(scriptOutput(printed)).toBe(own);
});

test("the build is this binary for its own platform, else the one beside it", () => {
  const own = { path: join(tempDir(), "runspec"), platform: "linux-x64" };
  expect(buildFor("linux-x64", own)).toBe(own.path);
  const beside = `${own.path}-linux-arm64`;
  expect(() => buildFor("linux-arm64", own)).toThrow(
    `the build for linux-arm64 is missing: ${beside} does not exist`,
  );
  writeFileSync(beside, "");
  chmodSync(beside, 0o755);
  expect(buildFor("linux-arm64", own)).toBe(beside);
});

test.each([
  [65, 125, "the copy on h was cut short or damaged; nothing was installed"],
  [66, 125, "this build does not run on h (its words are above); nothing was installed"],
  [255, 255, "ssh could not connect to h, or lost the connection; nothing was installed"],
  [1, 125, "installing on h failed with 1 (its words are above); nothing was installed"],
])("the script's %i is %i", (exitCode, ours, message) => {
  expect(installFailure("h", exitCode)).toMatchObject({ exitCode: ours, message });
});
