import * as v from "valibot";
import { describeValue, suggest } from "../../arguments/describe.ts";
import { isTable } from "../../json.ts";
import { UNSAFE_NAMES } from "../names.ts";
import { error, type Finding, warning } from "../toml/findings.ts";
import type { Path } from "../toml/key-map.ts";
import { shapeOf } from "./shape.ts";

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
  unknownKeys(schema, value, path, findings);
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  for (const issue of result.issues) misfit(issue, path, findings, describe);
  return undefined;
}

function misfit(
  issue: v.BaseIssue<unknown>,
  above: Path,
  findings: Finding[],
  describe: typeof describeValue,
): void {
  const path = [...above, ...keysOf(issue)];
  // A union whose value got deeper than the first look in one of the branches was meant to be that branch.
  const meant =
    issue.type === "union" ? issue.issues?.filter((inner) => inner.path !== undefined) : undefined;
  if (meant !== undefined && meant.length > 0) {
    for (const inner of meant) misfit(inner, path, findings, describe);
    return;
  }
  error(findings, path, `found ${describe(issue.input)}, expected ${issue.message}`);
}

function keysOf(issue: v.BaseIssue<unknown>): (string | number)[] {
  return (issue.path ?? []).map(({ key }) => (typeof key === "number" ? key : String(key)));
}

/** Warns of every key of `value`, at any depth, that `schema` does not know. */
function unknownKeys(schema: unknown, value: unknown, path: Path, findings: Finding[]): void {
  if (typeof value !== "object") return;
  const { items, values, tables } = shapeOf(schema);
  if (Array.isArray(value)) {
    for (const item of items) {
      let index = 0;
      for (const one of value) unknownKeys(item, one, [...path, index++], findings);
    }
  }
  if (!isTable(value) || (values.length === 0 && tables.length === 0)) return;
  for (const key of Object.keys(value)) {
    const inner = value[key];
    let known = values.length > 0 || UNSAFE_NAMES.has(key);
    for (const schemaOfAll of values) unknownKeys(schemaOfAll, inner, [...path, key], findings);
    for (const { names, schemaOf } of tables) {
      if (!names.includes(key)) continue;
      known = true;
      if (typeof inner === "object") unknownKeys(schemaOf(key), inner, [...path, key], findings);
    }
    if (!known)
      unknownKey(
        key,
        tables.flatMap(({ names }) => names),
        path,
        findings,
      );
  }
}

function unknownKey(key: string, known: readonly string[], path: Path, findings: Finding[]): void {
  const advice = suggest(key, known) || `known here: ${known.join(", ")}`;
  warning(findings, [...path, key], `unknown key; ${advice}`);
}
