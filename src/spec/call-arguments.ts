import { reasonOf } from "../errors.ts";
import { quote } from "./describe.ts";
import type { Argument, Value } from "./model.ts";

/**
 * The `arguments` of a call, from values read off a command line. What a server's schema only describes as an object is
 * written as JSON there, and becomes what it says here.
 */
export function toCallArguments(
  given: ReadonlyMap<string, Value>,
  args: readonly Argument[],
): { arguments: Record<string, unknown>; problems: string[] } {
  const problems: string[] = [];
  const entries: [string, unknown][] = [];
  for (const { name, meta } of args) {
    const value = given.get(name);
    if (value === undefined) continue;
    const read = (item: unknown): unknown => readJson(name, item, problems);
    const items = meta?.json === "items" && Array.isArray(value) ? value.map(read) : undefined;
    entries.push([name, meta?.json === "value" ? read(value) : (items ?? value)]);
  }
  return { arguments: Object.fromEntries(entries), problems };
}

function readJson(name: string, value: unknown, problems: string[]): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch (error) {
    problems.push(`--${name}: found ${quote(value)}, expected JSON (${reasonOf(error)})`);
    return undefined;
  }
}
