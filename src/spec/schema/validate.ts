import * as v from "valibot";
import { describeValue } from "../../arguments/describe.ts";
import type { Table } from "../../json.ts";
import { error, type Finding, warning } from "../toml/findings.ts";
import type { Path } from "../toml/key-map.ts";
import { type RawTool, tool, toolFields } from "./tool.ts";

/**
 * `value` as `schema` types it, or undefined when it does not fit; everything that does not fit becomes an error at its
 * path, every unknown key a warning. `describe` names what was found.
 */
export function validate<S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  path: Path,
  findings: Finding[],
  describe = describeValue,
): v.InferOutput<S> | undefined {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const before = findings.length;
  for (const issue of result.issues) report(issue, path, findings, describe);
  const fits = findings.slice(before).every(({ severity }) => severity !== "error");
  return result.typed && fits ? result.output : undefined;
}

function report(
  issue: v.BaseIssue<unknown>,
  above: Path,
  findings: Finding[],
  describe: typeof describeValue,
): void {
  const keys = (issue.path ?? []).map(({ key }) => (typeof key === "number" ? key : String(key)));
  const path = [...above, ...keys];
  // A union whose value got deeper than the first look in one of the branches was meant to be that branch.
  const meant =
    issue.type === "union" ? issue.issues?.filter((inner) => inner.path !== undefined) : undefined;
  if (meant !== undefined && meant.length > 0) {
    for (const inner of meant) report(inner, path, findings, describe);
  } else if (issue.type === "raw_check") warning(findings, path, issue.message);
  else error(findings, path, `found ${describe(issue.input)}, expected ${issue.message}`);
}

/** The fields of a tool's table that fit for themselves, so that a mistake in one hides none in another. */
export function fittingFields(table: Table): RawTool {
  const fitting = Object.entries(toolFields).filter(
    ([key, schema]) => Object.hasOwn(table, key) && validate(schema, table[key], [], []) !== undefined,
  );
  return validate(tool, Object.fromEntries(fitting.map(([key]) => [key, table[key]])), [], []) ?? {};
}
