import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { killProgram } from "../../src/become/kill.ts";
import type { Runnable } from "../../src/spec/model.ts";
import type { Tool } from "../../src/tools/catalog.ts";
import { sudoersFile } from "../../src/tools/sudoers-file.ts";
import { tempDir } from "../harness/temp.ts";
import { toolOf } from "../spec/declared.ts";

const head = (invoker = "ann") =>
  `# What ${invoker} needs on box to run tools as other users; for: visudo -f /etc/sudoers.d/runspec\n`;

const ANY_WORDS =
  "# sudo does not know what runspec.toml says of arguments: the line of a tool that takes any permits its program with any further words\n";

const SITE = { invoker: "ann", byRoot: false, hostname: "box" };

type OnHost = Omit<Tool, keyof Runnable>;

const TOOL: OnHost = {
  locate: () => ({ kind: "found", argv: ["/bin/true"] }),
  user: { kind: "user", user: "oracle", why: "run_as" },
  becomes: "oracle",
  fileValues: new Map(),
  preset: new Map(),
};

const fileFor = (inside: string, tool: OnHost): string =>
  sudoersFile([{ ...toolOf(inside), ...tool, name: "deploy" }], SITE);

/** What the file says, below its head, of the tool that is declared so. */
function said(inside: string, tool: OnHost): string {
  const text = fileFor(inside, tool);
  const above = head() + ANY_WORDS;
  expect(text).toStartWith(above);
  return text.slice(above.length);
}

test("no comment ends with a backslash, which would make the next line a part of it", () => {
  expect(sudoersFile([], { ...SITE, invoker: "ann\\\nbob\\" })).toStartWith(
    "# What ann\n# bob\\ needs on box ",
  );
});

test.each([
  [true, "# root needs nothing; for another user: sudo -u USER runspec local --sudoers\n"],
  [false, "# no tool here runs as another user, so nothing is needed\n"],
])("without tools, as root: %p", (byRoot, line) => {
  expect(sudoersFile([], { ...SITE, byRoot })).toBe(`${head()}${line}`);
});

test("another user is to name the same file", () => {
  const tool = { ...toolOf(""), ...TOOL, config: "/etc/my tools.toml" };
  expect(sudoersFile([tool], { ...SITE, byRoot: true })).toEndWith(
    ": sudo -u USER runspec local --config '/etc/my tools.toml' --sudoers\n",
  );
});

const { becomes: _becomes, ...ALREADY } = TOOL;

const RULE = `ann ALL=(oracle) NOPASSWD: /bin/true "", ${killProgram()}`;

test.each<[string, string, OnHost, string]>([
  ["a rule", "", TOOL, `# deploy\n${RULE}\n`],
  ["a rule that is no wider where calls are logged", "[config.logging]", TOOL, `# deploy\n${RULE}\n`],
  [
    "more flags than a rule is for",
    'become_flags = "-n -E"',
    TOOL,
    `# deploy\n# deploy: its become_flags may need more than this (CWD=*, a group; SETENV, which permits anything)\n${RULE}\n`,
  ],
  [
    "a shell",
    'become_flags = "-i"',
    TOOL,
    "# deploy: with -i or -s, sudo runs a shell of oracle's, and a rule for that permits anything: take them out of become_flags\n",
  ],
  [
    "another method",
    'become_method = "su"',
    TOOL,
    "# deploy: becomes oracle by su, which has rules of its own\n",
  ],
  ["its user already", "", ALREADY, "# deploy: ann is its user already\n"],
  [
    "a user that is not known",
    "",
    { ...TOOL, user: { kind: "refused", reason: "run_as is $U, which is not set here" } },
    "# deploy: run_as is $U, which is not set here\n",
  ],
  [
    "a program that is not there",
    "",
    {
      ...TOOL,
      locate: () => ({ kind: "missing", name: "deploy", lookedIn: ["/opt"], reason: "it is nowhere" }),
    },
    "# deploy: it is nowhere\n",
  ],
])("%s", (_what, inside, known, text) => expect(said(`run_as = "oracle"\n${inside}`, known)).toBe(text));

test.each<[Partial<Tool>]>([[{ user: { kind: "none", why: "x" } }], [{ hidden: "hosts" }]])(
  "nothing of a tool with %j",
  (known) => {
    const nothing = "# no tool here runs as another user, so nothing is needed\n";
    expect(fileFor("", { ...TOOL, ...known })).toBe(`${head()}${nothing}`);
  },
);

test.skipIf(process.platform === "win32").each([
  ["#!/usr/bin/env python3", true],
  ["#! /usr/bin/env -S runspec script sh", true],
  ["#!/bin/sh", false],
])("a script that begins with %s", (line, isSought) => {
  const script = join(tempDir(), "deploy");
  writeFileSync(script, `${line}\n`);
  const text = said("", { ...TOOL, locate: () => ({ kind: "found", argv: [script] }) });
  const note =
    "# deploy: env seeks its interpreter on PATH: without secure_path in sudoers, that is the caller's, who may run anything\n";
  expect(text.includes(note)).toBe(isSought);
});
