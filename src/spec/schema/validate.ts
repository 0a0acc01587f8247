/** A value of a file as its schema types it; undefined where it does not fit, which becomes an error at its key. */

import * as v from "valibot";
import { describeValue } from "../../arguments/describe.ts";
import type { FileKey } from "../toml/file-key.ts";

/** What was found in a file, as {@link describeValue} says it; but `1.0`, where that is no `1`. */
export const describeFound = (value: unknown): string =>
  typeof value === "number" && Number.isInteger(value) ? value.toFixed(1) : describeValue(value);

export function validate<S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  at: FileKey,
  describe = describeFound,
): v.InferOutput<S> | undefined {
  const result = v.safeParse(schema, value);
  for (const issue of result.issues ?? []) report(issue, at, describe);
  return result.typed && fits(result.issues) ? result.output : undefined;
}

/** Whether nothing is wrong but unknown keys, which harm nothing. */
export const fits = (issues: readonly v.BaseIssue<unknown>[] = []): boolean =>
  issues.every(({ type }) => type === "raw_check");

function report(issue: v.BaseIssue<unknown>, above: FileKey, describe: typeof describeFound): void {
  const keys = (issue.path ?? []).map(({ key }) => (typeof key === "number" ? key : String(key)));
  const at = above.key(...keys);
  // A union whose value got deeper than the first look in one of the branches was meant to be that branch.
  const meant = issue.type === "union" ? issue.issues?.filter((inner) => inner.path !== undefined) : [];
  if (meant !== undefined && meant.length > 0) for (const inner of meant) report(inner, at, describe);
  else if (issue.type === "raw_check") at.warning(issue.message);
  else at.error(`found ${describe(issue.input)}, expected ${issue.message}`);
}
