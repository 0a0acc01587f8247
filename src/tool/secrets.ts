/** Which values must not be shown or kept. */

import type { Argument, Runnable, Value } from "../spec/model.ts";
import { argumentVariable, variablePart } from "../spec/variable.ts";

const NAMES =
  /(?:^|[-_])(?:pass|passwd|password|passphrase|pwd|secret|token|credentials?|api[-_]?key|private[-_]?key)(?:$|[-_])/i;
export const MASK = "***";

/** A manual argument that comes from the environment, one that a form would hide, or one that is called a secret. */
export function isSecret({ name, autonomy, env, ui }: Argument): boolean {
  return (autonomy === "manual" && env.length > 0) || ui === "password" || NAMES.test(name);
}

/** The values a log may keep. What is not declared is not a value of the tool's, and is masked for what it may be. */
export function maskValues(
  args: readonly Argument[],
  values: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const open = new Set(args.filter((argument) => !isSecret(argument)).map(({ name }) => name));
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, open.has(name) ? value : MASK]),
  );
}

/** `given` with each secret among `args` masked; of a list, each item. */
export function maskGiven(args: readonly Argument[], given: ReadonlyMap<string, Value>): Map<string, Value> {
  const secrets = new Set(args.filter(isSecret).map(({ name }) => name));
  const mask = (value: Value): Value => (Array.isArray(value) ? value.map(() => MASK) : MASK);
  // A flag has no value that could be shown.
  return new Map(
    [...given].map(([name, value]) => [name, secrets.has(name) && value !== true ? mask(value) : value]),
  );
}

/** The variables that carry a tool's secrets, by their names. */
export function secretVariables({ name, args }: Pick<Runnable, "name" | "args">): Set<string> {
  return new Set(
    args
      .filter(isSecret)
      .flatMap((argument) => [
        argumentVariable(name, argument.name),
        `RUNSPEC_ARG_${variablePart(argument.name)}`,
        ...argument.env,
      ]),
  );
}
