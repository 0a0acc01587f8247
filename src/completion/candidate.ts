/** What can stand where the cursor is. */

import { shorten, visible } from "../text.ts";

export interface Candidate {
  /** The whole word. */
  value: string;
  description?: string;
}

export interface Completion {
  candidates: Candidate[];
  /** A path can stand here too, behind this part of the word (`--file=`). */
  files?: { prefix: string };
}

export const NO_COMPLETION: Completion = { candidates: [] };

/** Longer ones are of no use in a list. */
const DESCRIPTION_MAX = 79;

/** A candidate with the first line of a text from anywhere for its description. */
export function candidate(value: string, description = ""): Candidate {
  const [line = ""] = description.trim().split("\n");
  const shown = visible(line.trim());
  if (shown === "") return { value };
  return { value, description: shorten(shown, DESCRIPTION_MAX) };
}

/**
 * The candidates that begin like `current`, each once. Those with control characters, which may come from a remote, are left out:
 * no shell could be given them on a line.
 */
export function matching(candidates: readonly Candidate[], current: string): Candidate[] {
  const byValue = new Map<string, Candidate>();
  for (const one of candidates) {
    if (!one.value.startsWith(current) || one.value === "" || visible(one.value) !== one.value) continue;
    if (!byValue.has(one.value)) byValue.set(one.value, one);
  }
  return [...byValue.values()];
}

/** What the script of zsh reads: `words`, or `files` and the length of what stands before the path in the word; then the candidates. */
export function renderForZsh({ candidates, files }: Completion): string {
  return lines(files === undefined ? "words" : `files ${files.prefix.length}`, candidates);
}

/** What the script of fish reads: `words`, or `files` and what stands before the path in the word; then the candidates. */
export function renderForFish({ candidates, files }: Completion): string {
  return lines(files === undefined ? "words" : `files ${files.prefix}`, candidates);
}

/** A candidate a line, with its description behind a tab. Both shells quote what they insert. */
function lines(kind: string, candidates: readonly Candidate[]): string {
  const shown = candidates.map(({ value, description }) =>
    description === undefined ? value : `${value}\t${description}`,
  );
  return `${[kind, ...shown].join("\n")}\n`;
}
