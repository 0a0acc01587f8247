/** A TOML document: integers as bigint and floats as number, so that `4` and `4.0` stay different; or what is wrong, with the place. */

import { parse, TomlError } from "smol-toml";
import { reasonOf } from "../../errors.ts";
import { isObject, type Json, type PlainObject } from "../../json.ts";
import { explainSyntax } from "./syntax-error.ts";

export function parseToml(source: string): { table: PlainObject } | { problem: string } {
  try {
    const table = parse(source, { integersAsBigInt: true });
    return isDeeperThan(DEEPEST, table)
      ? { problem: `tables are nested more than ${DEEPEST} deep` }
      : { table };
  } catch (error) {
    if (!(error instanceof TomlError)) return { problem: `cannot be read as TOML: ${reasonOf(error)}` };
    return { problem: explainSyntax(source, error) };
  }
}

/** A parsed table with nothing in it that JSON has not: integers as numbers (as text past 2^53), dates, inf and nan as text. */
export const plainTable = (table: PlainObject): Record<string, Json> =>
  Object.fromEntries(Object.entries(table).map(([key, value]) => [key, plain(value)]));

function plain(value: unknown): Json {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (isObject(value)) return plainTable(value);
  return typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value))
    ? value
    : String(value);
}

/** Nesting beyond this was not written by a person, and would exhaust the stack. */
const DEEPEST = 200;

function isDeeperThan(depth: number, value: object): boolean {
  if (depth === 0) return true;
  for (const inner of Object.values(value))
    if (typeof inner === "object" && isDeeperThan(depth - 1, inner)) return true;
  return false;
}
