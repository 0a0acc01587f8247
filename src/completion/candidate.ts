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

/** The candidates that begin like `current`, each once; none with control characters, which no shell could be given on a line. */
export function matching(candidates: readonly Candidate[], current: string): Candidate[] {
  const fitting = candidates.filter(
    ({ value }) => value.startsWith(current) && value !== "" && visible(value) === value,
  );
  return [...Map.groupBy(fitting, ({ value }) => value).values()].flatMap(([first]) => first ?? []);
}

/** What the scripts of zsh and fish read: `words`, or `files` and what stands before the path. Then comes a candidate a line, with its description behind a tab. */
export function renderLines({ candidates, files }: Completion, shell: string | undefined): string {
  // zsh counts whole characters.
  const before = shell === "fish" ? files?.prefix : [...(files?.prefix ?? "")].length;
  const shown = candidates.map(({ value, description }) =>
    description === undefined ? value : `${value}\t${description}`,
  );
  return `${[files === undefined ? "words" : `files ${before}`, ...shown].join("\n")}\n`;
}
