/** Hostile checkouts: what a runspec.toml says acts on no terminal, hides from nobody, and keeps nobody waiting. */

import { describe, expect, test } from "bun:test";
import { run } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { specDir } from "../harness/temp.ts";

const TOOL = '[t]\nautonomy = "autonomous"\ncommand = ["/bin/echo", "ran"]\n';
const ESCAPES = "\\u001b[2J\\u001b]0;title\\u0007\\u202e\\u200b\\U000E0041";

const FILES: Record<string, string> = {
  // Each field is shown in its own place, whatever stands in the others.
  "escapes in whatever is shown of a tool": [
    TOOL,
    `description = "${ESCAPES}"`,
    `autonomy-reason = "${ESCAPES}"`,
    `examples = [{ cmd = "${ESCAPES}", description = "${ESCAPES}" }]`,
    `args.a = { type = "str", required = false, description = "${ESCAPES}" }`,
    `args.b = { options = ["${ESCAPES}", "b"], required = false }`,
    `args.c = { default = "${ESCAPES}" }`,
    `args.d = { type = "str", required = false, deprecated = "${ESCAPES}" }`,
    `"${ESCAPES}" = 1`,
  ].join("\n"),
  "escapes in a name that is wrong": `${TOOL}["${ESCAPES}"]\n`,
  "escapes in a wrong type": `${TOOL}args.a = { type = "${ESCAPES}" }\n`,
  "escapes in a variable": `${TOOL}args.a = { type = "str", env = "${ESCAPES}" }\n`,
  "escapes in a program": `[t]\nautonomy = "autonomous"\ncommand = ["/bin/${ESCAPES}"]\n`,
  "escapes in a word of its command": `[t]\nautonomy = "autonomous"\ncommand = ["/bin/echo", "${ESCAPES}"]\n`,
  "escapes in what ssh is given": `[config.jump-hosts.tt]\nbin = "/\\u202e/runspec"\n${TOOL}`,
  "escapes in a user": `${TOOL}run_as = "${ESCAPES}"\n`,
  "escapes in a jump host": `[config.jump-hosts."${ESCAPES}"]\nhost = "h"\n${TOOL}`,
  "escapes in broken TOML": `${TOOL}a = \u001b[2J\n`,
  "lists in lists": `${TOOL}meta = ${"[".repeat(5000)}${"]".repeat(5000)}\n`,
  "tables in tables": `${TOOL}[t.meta${".a".repeat(5000)}]\n`,
  "a long name": `["${"n".repeat(50_000)}"]\ncommand = ["/bin/echo"]\n${TOOL}`,
  "many wrong keys": `${TOOL}${Array.from({ length: 100 }, (_, n) => `autonomi${n} = 1`).join("\n")}\n`,
  "many tools": Array.from({ length: 150 }, (_, n) => `[t${n}]\ncommand = ["/bin/echo"]\n`).join("") + TOOL,
};

const COMMANDS = [
  ["local"],
  ["local", "--format", "json"],
  ["run", "t", "--dry-run"],
  ["jump", "--list-jump-hosts"],
];
/** Of a file in which something is wrong, these say what the others say. */
const MORE = [
  ["run", "t", "--", "--help"],
  ["run", "tt"],
  ["jump", "tt", "--dry-run"],
  ["local", "--runnable", "t"],
  ["local", "--format", "openai"],
  ["jump", "-l", "-f", "json"],
  ["jump", "tt,", "--dry-run"],
];

/** What is shown and what is refused is also looked at as it leaves the binary. */
const BY_BINARY = ["escapes in whatever is shown of a tool", "escapes in broken TOML"];

describe.each(Object.entries(FILES))("a file with %s", (what, toml) => {
  const isWrong = /wrong|broken|in lists|in tables|a variable|a user|long name/.test(what);
  const commands = isWrong ? COMMANDS : [...COMMANDS, ...MORE];
  test.concurrent.each(commands.map((words) => [words] as const))(
    "%j shows nothing that acts or hides",
    async (words) => {
      const cwd = specDir(toml);
      const { code, out, stderr } = await (BY_BINARY.includes(what) ? run : runHere)(words, { cwd });
      expect([0, 1, 2, 125, 127]).toContain(code ?? -1);
      expect(out + stderr).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202e]|\u{e0041}/u);
      expect(stderr).not.toMatch(/\n\s+at .*[:(]/);
    },
  );
});
