/** The files under test/fixtures/specs and how they are compared. */

import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { loadSpecFile, parseSpec } from "../../src/spec/load.ts";
import { issueText } from "../../src/spec/toml/issues.ts";

export const KINDS = ["good", "bad", "doubtful"] as const;
export type Kind = (typeof KINDS)[number];

const ROOT = join(import.meta.dir, "../fixtures/specs");

/** The names of the files of a kind, without `.toml`. */
export function namesOf(kind: Kind): string[] {
  return readdirSync(join(ROOT, kind))
    .filter((name) => name.endsWith(".toml"))
    .map((name) => basename(name, ".toml"))
    .sort();
}

export function pathOf(kind: Kind, file: string): string {
  return join(ROOT, kind, file);
}

export function textOf(kind: Kind, file: string): string {
  return readFileSync(pathOf(kind, file), "utf8");
}

/** The issues of a file, one to a paragraph, as a person would see them. */
export async function issuesOf(kind: Kind, name: string): Promise<string> {
  const { issues } = loadSpecFile(pathOf(kind, `${name}.toml`), { reviewText: true });
  return issues
    .map((issue) => `${issue.severity}: ${issueText({ ...issue, file: `${name}.toml` })}\n`)
    .join("");
}

/** What a file means, as plain JSON with its maps as lists of pairs; it is taken to be /spec/NAME.toml. */
export function meaningOf(kind: Kind, name: string): unknown {
  const { config, runnables } = parseSpec(textOf(kind, `${name}.toml`), `/spec/${name}.toml`);
  return JSON.parse(
    JSON.stringify({ config, runnables }, (_, value: unknown) => (value instanceof Map ? [...value] : value)),
  );
}
