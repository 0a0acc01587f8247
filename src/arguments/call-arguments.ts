import { reasonOf } from "../errors.ts";
import { quote } from "./describe.ts";
import type { Argument, Scalar, Value } from "./model.ts";
import { isSecret } from "./secret.ts";
import { NOT_SHOWN, numberKind } from "./value.ts";

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
  for (const argument of args) {
    const { name, meta } = argument;
    const value = given.get(name);
    if (value === undefined) continue;
    const isNumber = numberKind(argument) !== undefined;
    const asJson = (item: Scalar): unknown => (isNumber ? asNumber(item) : item);
    const read = meta?.json === undefined ? asJson : (item: Scalar) => readJson(argument, item, problems);
    const each = meta?.json !== "value" && Array.isArray(value);
    entries.push([name, each ? value.map(read) : Array.isArray(value) ? value : read(value)]);
  }
  return { arguments: Object.fromEntries(entries), problems };
}

/** A number in its own digits where JSON has such a number; JSON has none that begins with a plus or a zero. */
function asNumber(item: Scalar): unknown {
  const text = String(item);
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text) ? JSON.rawJSON(text) : Number(text);
}

function readJson(argument: Argument, value: unknown, problems: string[]): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch (error) {
    const found = isSecret(argument) ? NOT_SHOWN : quote(value);
    const why = isSecret(argument) ? "" : ` (${reasonOf(error)})`;
    problems.push(`--${argument.name}: found ${found}, expected JSON${why}`);
    return undefined;
  }
}
