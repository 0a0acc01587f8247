/** What a server says of itself to the model at the other end. */

import { AUTONOMY, type Autonomy } from "../arguments/model.ts";
import { visible } from "../text.ts";
import type { Tool } from "./catalog.ts";

const MEANING: Record<Autonomy, string> = {
  autonomous: "run these unasked",
  confirm: "ask the person before you run one of these",
  supervised: "show the person the output of these",
  manual: "only a person may run these; a call is refused with the command to type",
};

/** Names of one level that are said; the levels are in `x-autonomy` and `_meta`, too, which no model sees. */
const NAMES_MAX = 40;

/** On which machine the tools run, and what their levels ask of an agent. */
export function instructionsFor(tools: readonly Tool[], hostname: string): string {
  const offered = tools.filter(({ hidden }) => hidden === undefined);
  const levels = AUTONOMY.flatMap((level) => {
    const names = offered
      .filter(({ runnable }) => runnable.autonomy === level)
      .map(({ runnable }) => runnable.name);
    return names.length === 0 ? [] : [`- ${level} (${MEANING[level]}): ${listed(names)}`];
  });
  return [
    `These tools run on the host ${visible(hostname)}. How far an agent is trusted with them:`,
    ...(levels.length === 0 ? ["- there are none here"] : levels),
  ].join("\n");
}

function listed(names: readonly string[]): string {
  const more = names.length - NAMES_MAX;
  return `${names.slice(0, NAMES_MAX).map(visible).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
