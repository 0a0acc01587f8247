/** How far an agent is trusted with each of a server's tools, in words for the model at the other end. */

import { listUpTo, visible } from "../text.ts";
import { AUTONOMY, type Autonomy } from "./model.ts";

const MEANING: Record<Autonomy, string> = {
  autonomous: "run these unasked",
  confirm: "ask the person before you run one of these",
  supervised: "show the person the output of these",
  manual: "only a person may run these; a call is refused with the command to type",
};

/** Names of one level that are said; the levels are in `x-autonomy` and `_meta`, too, which no model sees. */
const NAMES_MAX = 40;

/** A line for each level that there is. */
export function levelLines(tools: readonly { name: string; autonomy: unknown }[]): string[] {
  return AUTONOMY.flatMap((level) => {
    const names = tools.filter(({ autonomy }) => autonomy === level).map(({ name }) => name);
    return names.length === 0
      ? []
      : [`- ${level} (${MEANING[level]}): ${listUpTo(NAMES_MAX, names, visible)}`];
  });
}
