/** Whether an agent may make a call: not where the tool, or one of the arguments given, is manual. */

import { type Argument, TYPES, type Value, type Values } from "../arguments/model.ts";
import { isEmptyList, type Presence } from "../arguments/rules.ts";
import { isSecret } from "../arguments/secret.ts";
import { readFloat } from "../numerals.ts";
import { quoteCommand } from "../process/quote.ts";
import type { Runnable } from "../spec/model.ts";
import { inWords } from "../spec/passing.ts";
import { toolWords } from "./argv.ts";
import type { Tool } from "./catalog.ts";
import { optionWords } from "./option-injection.ts";

/** A flag that is false counts as given only where that switches it off. */
function isUsed({ name, type, default: usual }: Argument, given: Values, preset: Presence): boolean {
  const isOff = type === "flag" && given.get(name) === false && usual !== true && preset.get(name) !== true;
  return given.has(name) && !isOff;
}

/** Why this call is not an agent's to make, with what a person would type on `hostname`; undefined: it is. */
export function whyManual(
  tool: Runnable & Pick<Tool, "preset" | "config">,
  given: Values,
  hostname: () => string,
): string | undefined {
  const { preset, config } = tool;
  const manual = tool.args.filter(({ autonomy }) => autonomy === "manual");
  const causes = manual.filter((argument) => isUsed(argument, given, preset)).map(({ name }) => name);
  // No list of flags knows all that a program takes for one of them: `-vf` is `--force` to it, where `-f` is.
  const isNumber = (word: string) => readFloat(word) !== undefined || /^\+[\d ()/.-]+$/.test(word);
  const odd = optionWords(tool, given).find(([one, word]) => !one.options && !isNumber(word));
  if (odd && manual.length > 0) causes.push(`a ${odd[0].name} that the tool may read as an option`);
  // What stands behind its `--` goes to the places that are empty, by most parsers.
  const open = manual.find((one) => one.position !== undefined && !given.has(one.name));
  const isTaken = (one: Argument) => one.type === "rest" && inWords(one, tool) && given.has(one.name);
  const rest = tool.args.find((one) => isTaken(one) && !isEmptyList(given.get(one.name)));
  if (open && rest) causes.push(`a ${rest.name} that the tool may take for ${open.name}`);
  if (tool.autonomy !== "manual" && causes.length === 0) return undefined;
  const what = `${tool.name}${tool.autonomy === "manual" ? "" : ` with ${causes.join(", ")}`} is manual`;
  const why = tool.autonomyReason === undefined ? "" : ` (${tool.autonomyReason})`;
  const words = toolWords(tool.args, hideGuarded(tool, given), "runspec");
  const typed = (file: readonly string[]) =>
    quoteCommand([tool.name, ...file, ...(words.length === 0 ? [] : ["--", ...words])]);
  const here = typed(config === undefined ? [] : ["--config", config]);
  return `${what}${why}: only a person may do this: runspec jump <alias> ${typed([])} (on ${hostname()} itself: runspec run ${here})`;
}

/** Secrets are not repeated, nor the values of manual arguments, which often are secrets: the person types them. A flag has no value to hide. */
function hideGuarded(runnable: Runnable, given: Values): Map<string, Value> {
  const isGuarded = ({ autonomy, type }: Argument) => autonomy === "manual" && TYPES[type].kind !== "boolean";
  const hidden = runnable.args.filter((one) => one.type !== "flag" && (isSecret(one) || isGuarded(one)));
  const names = new Set(hidden.map(({ name }) => name));
  return new Map([...given].map(([name, value]) => [name, names.has(name) ? "…" : value]));
}
