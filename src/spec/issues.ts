import { EXIT, RunspecError } from "../errors.ts";
import { visible } from "../text.ts";
import type { Issue } from "./model.ts";

/**
 * An issue as one paragraph, with the place as compilers write it: `file:line: key: what is wrong`. Only the lines of a TOML
 * syntax error are kept apart.
 */
export function issueText({ file, line, key, message }: Issue): string {
  const place = line === undefined ? visible(file) : `${visible(file)}:${line}`;
  const what = message.split("\n").map(visible).join("\n");
  return key === undefined ? `${place}: ${what}` : `${place}: ${visible(key)}: ${what}`;
}

/** @throws RunspecError 125 with every error among the issues, if there is one. */
export function refuseErrors(issues: readonly Issue[], hint?: string): void {
  if (issues.length === 0) return;
  const errors = issues.filter(({ severity }) => severity === "error");
  if (errors.length === 0) return;
  throw new RunspecError(errors.map(issueText).join("\n"), {
    exitCode: EXIT.FAILED,
    ...(hint === undefined ? {} : { hint }),
  });
}
