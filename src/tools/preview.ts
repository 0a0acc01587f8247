/** What a call would run here, before anybody has made one. */

import type { Argument } from "../arguments/model.ts";
import { isList } from "../arguments/value.ts";
import { resolveValues } from "../arguments/values.ts";
import { RunspecError } from "../errors.ts";
import { quoteCommand } from "../process/quote.ts";
import { explainMissing } from "./carry.ts";
import type { Tool } from "./catalog.ts";
import { explainLocated } from "./locate.ts";
import { planCall } from "./plan.ts";

export type Preview =
  /** `line` is the same for people: one command line, as a shell would read it. `placeholders` stand for what a caller gives. */
  { argv: string[]; line: string; placeholders: string[] } | { reasons: string[] };

/**
 * The argv that `serve` would start for a call of `tool` that gives no more than it must, secrets masked, `<name>` for each
 * value that only a caller can give; or why it would start nothing. `env` is what a child inherits.
 */
export function previewCall(tool: Tool, env: Readonly<Record<string, string>>): Preview {
  const { runnable, preset, envFile, user } = tool;
  const required = runnable.args.filter((argument) => argument.required && !preset.has(argument.name));
  const lastPlace = Math.max(0, ...required.map(({ position }) => position ?? 0));
  const missing = runnable.args.filter(
    (argument) => required.includes(argument) || (argument.position ?? lastPlace) < lastPlace,
  );
  const given = new Map(missing.map((argument) => [argument.name, placeholder(argument)]));
  const { values, problems } = resolveValues({ runnable, given, env, envFile });
  const located = tool.locate();
  const reasons = [...problems.values()];
  if (tool.hidden !== undefined) reasons.push(HIDDEN[tool.hidden]);
  if (user.kind === "refused") reasons.push(user.reason);
  if (located.kind !== "found") reasons.push(explainLocated(located) ?? "");
  if (located.kind === "found" && tool.becomes !== undefined) {
    const missing = explainMissing(runnable, located.argv, tool.becomes);
    if (missing !== undefined) reasons.push(...missing.split("\n"));
  }
  if (located.kind !== "found" || reasons.length > 0) return { reasons };
  try {
    const { shown } = planCall({
      runnable,
      executable: located.argv,
      user: tool.becomes,
      given,
      values,
      env,
      envFile,
      agent: true,
      placeholders: new Set(given.keys()),
    });
    return { argv: shown, line: quoteCommand(shown), placeholders: [...given.keys()] };
  } catch (error) {
    if (!(error instanceof RunspecError)) throw error;
    return { reasons: [error.message] };
  }
}

const HIDDEN: Record<NonNullable<Tool["hidden"]>, string> = {
  hosts: "its hosts do not name this one",
  serve: "its serve does not name this context",
};

function placeholder(argument: Argument): string | string[] {
  const text = `<${argument.name}>`;
  return isList(argument) ? [text] : text;
}
