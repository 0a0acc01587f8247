/** What the pages show at a prompt is typed here: the same must come. (The README's transcript is made by `readme-demo.ts`.) */

import { expect, test } from "bun:test";
import { copyFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { blocksOf, ROOT, textOf } from "../docs/pages.ts";
import { BASE_ENV, BIN, run } from "../harness/binary.ts";
import { copyOwn, tempDir } from "../harness/temp.ts";

test.concurrent("the example that reads its own argv takes a value that begins with a dash", async () => {
  const words = ["run", "deploy", "--", "staging", "--version", "-x", "--dry-run", "--pause", "0"];
  const cwd = tempDir();
  copyOwn(join(ROOT, "examples"), cwd);
  const { out, code } = await run(words, { cwd });
  expect([code, out.split("\n", 1)[0]]).toEqual([0, "Deploying shop -x to staging (dry run)"]);
});

/** Where the reader of a page is said to be. */
const HERE = /\/home\/(?:you|user)\/project/g;

interface Step {
  command: string;
  output: string;
}

/** The commands of a block, `cat FILE` among them, which says what is in the file. */
function stepsOf(block: string): Step[] {
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((step) => {
      const [command = "", ...output] = step.split("\n");
      return { command, output: output.join("\n") };
    });
}

const promptsOf = (page: string) => blocksOf(page).filter(({ language }) => language === "console");
const written = (page: string, language: string, from: number, to: number) =>
  blocksOf(page)
    .filter((block) => block.language === language)
    .slice(from, to)
    .map(({ text }) => text)
    .join("\n");

test.concurrent.each([
  ["docs/format.md", 0],
  ["docs/jump-hosts.md", 0],
  ["docs/scripts.md", 0],
  ["docs/scripts.md", 1],
] as const)("%s, example %d, says what comes", async (page, index) => {
  const cwd = tempDir();
  if (page === "docs/jump-hosts.md") writeFileSync(join(cwd, "runspec.toml"), written(page, "toml", 0, 4));
  if (page === "docs/scripts.md" && index === 0) {
    writeFileSync(join(cwd, "logsum"), written(page, "sh", 0, 1), { mode: 0o755 });
    copyFileSync(join(ROOT, "examples/data/app.log"), join(cwd, "app.log"));
  }
  const steps = stepsOf(promptsOf(page)[index]?.text ?? "");
  expect(steps.length).toBeGreaterThan(0);
  const env = { PATH: `${dirname(BIN)}:${BASE_ENV.PATH}` };
  let code: number | null = 0;
  for (const { command, output } of steps) {
    const file = /^cat (\S+)$/.exec(command)?.[1];
    if (file !== undefined) writeFileSync(join(cwd, file), output);
    const words = ["-c", `(exit ${code}); { ${command}; } 2>&1`];
    const result = await run(words, { program: "/bin/sh", cwd, env });
    ({ code } = result);
    expect([command, result.out.replaceAll(cwd, "/home/you/project")]).toEqual([
      command,
      output.replaceAll(HERE, "/home/you/project"),
    ]);
  }
});

test.concurrent.each([
  ["docs/format.md", ["local"], ["hostname", "context", "issues", "tools"]],
  ["docs/troubleshooting.md", ["doctor"], ["version", "alias", "checks"]],
] as const)("%s names what --format json of %j says of each", async (page, words, top) => {
  const cwd = tempDir();
  writeFileSync(join(cwd, "runspec.toml"), "[nosuch]\nfoo = 1\n");
  const { out } = await run([...words, "--format", "json"], { cwd });
  const text = textOf(page);
  const all: Record<string, object[]> = JSON.parse(out);
  const { issues = [], tools = [], checks = [] } = all;
  const keys = [...issues, ...tools, ...checks].flatMap(Object.keys);
  const declared = ["name", "file", "autonomy", "output", "description"];
  expect(top.filter((key) => !(key in all))).toEqual([]);
  expect(keys.length).toBeGreaterThan(5);
  expect(keys.filter((key) => !declared.includes(key) && !text.includes(`\`${key}\``))).toEqual([]);
});
