/** Which values must not be shown or kept. */

import type { Argument, Value, Values } from "../arguments/model.ts";
import { argumentVariables, type Resolved, variablePart } from "../arguments/resolve-values.ts";
import { isSecret } from "../arguments/secret.ts";
import { MASK } from "../mask.ts";
import type { Runnable } from "../spec/model.ts";

/** `given` with each secret among `args` masked; of a list, each item. */
export function maskGiven(args: readonly Argument[], given: Values): Map<string, Value> {
  const secrets = new Set(args.filter(isSecret).map(({ name }) => name));
  const mask = (value: Value): Value => (Array.isArray(value) ? value.map(() => MASK) : MASK);
  // A flag has no value that could be shown.
  return new Map(
    [...given].map(([name, value]) => [name, secrets.has(name) && value !== true ? mask(value) : value]),
  );
}

/** The values of the secrets among `args`, and each item of those that are lists. */
export function secretsAmong(args: readonly Argument[], values: ReadonlyMap<string, Resolved>): Set<string> {
  const texts = args.filter(isSecret).flatMap(({ name }) => {
    const value = values.get(name)?.value;
    return value === undefined || typeof value === "boolean" ? [] : [value].flat().map(String);
  });
  return new Set(texts.filter((text) => text !== ""));
}

export function secretVariables(tool: Pick<Runnable, "name" | "path" | "args">): Set<string> {
  const names = tool.args.filter(isSecret).flatMap(({ name, env }) => {
    return [...argumentVariables(tool, name), `RUNSPEC_ARG_${variablePart(name)}`, ...env];
  });
  return new Set(names);
}
