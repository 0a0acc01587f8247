/** Whether an agent may make a call: the most restrictive of the tool's level and those of the arguments given. */

import { quoteCommand } from "../exec/quote.ts";
import { AUTONOMY, type Autonomy, type Runnable, type Value } from "../spec/model.ts";
import { toolWords } from "./argv.ts";

export function effectiveAutonomy(runnable: Runnable, given: { has(name: string): boolean }): Autonomy {
  const levels = runnable.args.flatMap(({ name, autonomy }) =>
    autonomy !== undefined && given.has(name) ? [autonomy] : [],
  );
  return [runnable.autonomy, ...levels].reduce((strictest, level) =>
    AUTONOMY.indexOf(level) > AUTONOMY.indexOf(strictest) ? level : strictest,
  );
}

/** Why this call is not an agent's to make, with what a person would type; undefined: it is. */
export function refusal(runnable: Runnable, given: ReadonlyMap<string, Value>): string | undefined {
  if (effectiveAutonomy(runnable, given) !== "manual") return undefined;
  const causes = runnable.args.flatMap(({ name, autonomy }) =>
    autonomy === "manual" && given.has(name) ? [name] : [],
  );
  const what =
    runnable.autonomy === "manual" || causes.length === 0
      ? `${runnable.name} is manual: only a person may run it`
      : `${runnable.name} with ${causes.join(", ")} is manual: only a person may run it so`;
  const why = runnable.autonomyReason === undefined ? "" : ` (${runnable.autonomyReason})`;
  const words = toolWords(runnable.args, hideManual(runnable, given));
  const typed = quoteCommand([
    "runspec",
    "run",
    runnable.name,
    ...(words.length === 0 ? [] : ["--", ...words]),
  ]);
  return `${what}${why}. Ask a person to type, on this machine: ${typed}`;
}

/** A manual argument is often a secret: the person types its value, it is not repeated. A flag has none to hide. */
function hideManual(runnable: Runnable, given: ReadonlyMap<string, Value>): Map<string, Value> {
  const hidden = runnable.args.filter(
    ({ autonomy, type }) => autonomy === "manual" && type !== "flag" && type !== "bool",
  );
  const names = new Set(hidden.map(({ name }) => name));
  return new Map([...given].map(([name, value]) => [name, names.has(name) ? "…" : value]));
}
