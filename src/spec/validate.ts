import * as v from "valibot";
import { didYouMean } from "../text.ts";
import { describeValue } from "./describe.ts";
import { error, type Finding, warning } from "./findings.ts";
import type { Path } from "./key-map.ts";
import { isTable } from "./table.ts";

/**
 * `value` as `schema` types it, or undefined when it does not fit; everything that does not fit becomes an error at its
 * path, every unknown key a warning.
 */
export function validate<S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  path: Path,
  findings: Finding[],
): v.InferOutput<S> | undefined {
  unknownKeys(schema, value, path, findings);
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  for (const issue of result.issues) misfit(issue, path, findings);
  return undefined;
}

function misfit(issue: v.BaseIssue<unknown>, above: Path, findings: Finding[]): void {
  const path = [...above, ...keysOf(issue)];
  // A union whose value got deeper than the first look in one of the branches was meant to be that branch.
  const meant =
    issue.type === "union" ? issue.issues?.filter((inner) => inner.path !== undefined) : undefined;
  if (meant !== undefined && meant.length > 0) {
    for (const inner of meant) misfit(inner, path, findings);
    return;
  }
  const missing = issue.input === undefined;
  error(
    findings,
    path,
    missing
      ? `missing, expected ${issue.message}`
      : `found ${describeValue(issue.input)}, expected ${issue.message}`,
  );
}

function keysOf(issue: v.BaseIssue<unknown>): (string | number)[] {
  return (issue.path ?? []).map(({ key }) => (typeof key === "number" ? key : String(key)));
}

/** Warns of every key of `value`, at any depth, that `schema` does not know. */
function unknownKeys(schema: unknown, value: unknown, path: Path, findings: Finding[]): void {
  if (Array.isArray(value)) {
    for (const item of partsOf(schema, "item")) {
      for (const [index, one] of value.entries()) unknownKeys(item, one, [...path, index], findings);
    }
  }
  if (!isTable(value)) return;
  for (const inner of partsOf(schema, "value")) {
    for (const [key, one] of Object.entries(value)) unknownKeys(inner, one, [...path, key], findings);
  }
  for (const entries of partsOf(schema, "entries")) {
    if (!isTable(entries)) continue;
    for (const [key, one] of Object.entries(value)) {
      if (Object.hasOwn(entries, key)) unknownKeys(entries[key], one, [...path, key], findings);
      else unknownKey(key, Object.keys(entries), path, findings);
    }
  }
}

function unknownKey(key: string, known: readonly string[], path: Path, findings: Finding[]): void {
  const advice = didYouMean(key, known) || `known here: ${known.join(", ")}`;
  warning(findings, [...path, key], `unknown key; ${advice}`);
}

/** The property `name` of a schema, looked for through pipes, optionals and unions. */
function partsOf(schema: unknown, name: "item" | "value" | "entries"): unknown[] {
  if (!isTable(schema)) return [];
  if (Array.isArray(schema.pipe) && schema.pipe[0] !== schema)
    return schema.pipe.flatMap((part) => partsOf(part, name));
  if (schema.wrapped !== undefined) return partsOf(schema.wrapped, name);
  if (schema.type === "union" && Array.isArray(schema.options))
    return schema.options.flatMap((part) => partsOf(part, name));
  return schema.kind === "schema" && schema[name] !== undefined ? [schema[name]] : [];
}
