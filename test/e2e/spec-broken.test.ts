/** Files with mistakes in them: all are told by `local`, and keep `serve` from answering anything. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, copyFileSync } from "node:fs";
import { withoutAdvice } from "../harness/advice.ts";
import { run } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";
import { namesOf, pathOf, textOf } from "../spec/corpus.ts";

setDefaultTimeout(60_000);

const INITIALIZE = `${JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "1" } },
})}\n`;

/** A new project whose runspec.toml is a file of the corpus, and the issues it has, as they are shown. */
function project(kind: "bad" | "doubtful", name: string): { cwd: string; issues: string[] } {
  const cwd = tempDir();
  const file = writeSpec(cwd, "");
  copyFileSync(pathOf(kind, `${name}.toml`), file);
  const text = textOf(kind, `${name}.txt`).trimEnd().replaceAll(`${name}.toml`, file);
  const issues = text.split(/\n(?=(?:error|warning|note): )/).map((issue) => issue.replaceAll("\n", "\n  "));
  return { cwd, issues };
}

const only = (severity: string, issues: readonly string[]): string[] =>
  issues.filter((issue) => issue.startsWith(`${severity}: `));

/** What stands under "Issues:" in the text of `local`. */
function issuesIn(text: string): string {
  const [, told = ""] = /\nIssues:\n([\s\S]*)\n\n\d+ tools?\b/.exec(text) ?? [];
  return withoutAdvice(told.replaceAll(/^ {2}/gm, "")).trimEnd();
}

// The words of every file are compared by test/spec/corpus.test.ts: here a sixth of them stands for how they are shown.
const someOf = (kind: "bad" | "doubtful") => namesOf(kind).filter((_, at) => at % 6 === 0);

describe.each(someOf("bad"))("a broken file, %s", (name) => {
  test.concurrent("local tells all of it, and exits 1", async () => {
    const { cwd, issues } = project("bad", name);
    const { code, out, stderr } = await runHere(["local"], { cwd });
    expect([code, stderr]).toEqual([1, ""]);
    expect(issuesIn(out)).toBe(issues.join("\n"));
    expect(out).toContain(`\n${only("error", issues).length} error`);
  });
});

// What it says is made of the same issues: a few files stand for all.
describe.each(namesOf("bad").filter((_, at) => at % 12 === 0))("a broken file, %s", (name) => {
  test.concurrent("serve answers nothing, and exits 125 with every error", async () => {
    const { cwd, issues } = project("bad", name);
    const { code, out, stderr } = await run(["serve"], { cwd, stdin: INITIALIZE });
    const errors = only("error", issues);
    const count = errors.length === 1 ? "an error" : `${errors.length} errors`;
    expect([code, out]).toEqual([125, ""]);
    expect(stderr).toBe(
      `runspec: ${count} in runspec.toml:\n${errors.join("\n")}\n  runspec local shows everything that is wrong\n`,
    );
  });
});

describe.each(someOf("doubtful"))("a doubtful file, %s", (name) => {
  test.concurrent("local tells all of it, and exits 0", async () => {
    const { cwd, issues } = project("doubtful", name);
    const { code, out, stderr } = await runHere(["local"], { cwd });
    expect([code, stderr]).toEqual([0, ""]);
    expect(issuesIn(out)).toBe(issues.join("\n"));
  });
});

const FEW = [...new Set([...someOf("doubtful"), "hidden-characters"])];
describe.each(FEW)("a doubtful file, %s", (name) => {
  test.concurrent("serve answers, with the warnings on stderr", async () => {
    const { cwd, issues: all } = project("doubtful", name);
    // What only a review of the file is about is not repeated at every start.
    const issues = all.filter((issue) => !issue.includes("characters that are not seen"));
    const { code, out, stderr } = await run(["serve"], { cwd, stdin: INITIALIZE });
    const warnings = only("warning", issues).map((issue) => `runspec: ${issue}\n`);
    expect([code, stderr]).toEqual([0, warnings.join("")]);
    expect(JSON.parse(out)).toMatchObject({ id: 1, result: { protocolVersion: "2025-11-25" } });
  });
});

describe("a broken file beside a sound tool", () => {
  const SPEC = '[sound]\ncommand = "/bin/echo"\n[broken]\nautonomy = "maybe"\n';

  test.concurrent.each(["json", "mcp", "openai", "anthropic"])(
    "--format %s shows the tool, tells the error on stderr, and exits 1",
    async (format) => {
      const cwd = tempDir();
      const file = writeSpec(cwd, SPEC);
      const { code, out, stderr } = await runHere(["local", "--format", format], { cwd });
      expect([code, stderr]).toEqual([
        1,
        `error: ${file}:4: [broken] autonomy: found "maybe", expected one of "autonomous", "confirm", "supervised", "manual"\n`,
      ]);
      expect(JSON.stringify(JSON.parse(out))).toContain('"name":"sound"');
    },
  );

  test.concurrent("--format json has the issues as data", async () => {
    const cwd = tempDir();
    const file = writeSpec(cwd, SPEC);
    const { out } = await runHere(["local", "-f", "json"], { cwd });
    expect(JSON.parse(out).issues).toEqual([
      {
        severity: "error",
        file,
        line: 4,
        key: "[broken] autonomy",
        message: 'found "maybe", expected one of "autonomous", "confirm", "supervised", "manual"',
      },
    ]);
  });
});

describe("a file that others could have written", () => {
  test.concurrent.each([
    ["local", 1],
    ["serve", 125],
  ])("is refused by %s, by name, with what fixes it", async (command, exitCode) => {
    const cwd = tempDir();
    const file = writeSpec(cwd, '[sound]\ncommand = "/bin/echo"\n');
    chmodSync(file, 0o666);
    const { code, out, stderr } = await run([command], { cwd, stdin: INITIALIZE });
    expect(code).toBe(exitCode);
    expect(`${out}${stderr}`).toContain(
      `error: ${file}: refused: anyone on this machine can write it; run: chmod o-w ${file}\n`,
    );
    expect(out).not.toContain("sound");
  });
});
