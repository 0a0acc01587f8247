/** The levels of autonomy: how far an agent is trusted with a tool, or with an argument. */

import { listUpTo, visible } from "../text.ts";

/** From the least to the most restrictive. */
export const AUTONOMY = ["autonomous", "confirm", "supervised", "manual"] as const;
export type Autonomy = (typeof AUTONOMY)[number];

export function strictest(levels: readonly unknown[]): Autonomy | undefined {
  return AUTONOMY.findLast((level) => levels.includes(level));
}

const MEANING: Record<Autonomy, string> = {
  autonomous: "run these unasked",
  confirm: "ask the person before you run one of these",
  supervised: "show the person the output of these",
  manual: "only a person may run these; a call is refused with the command to type",
};

/** Names of one level that are said; the levels are in `x-autonomy` and `_meta`, too, which no model sees. */
const NAMES_MAX = 40;

/** How far an agent is trusted with each of a server's tools, in words for the model at the other end: a line a level. */
export function levelLines(tools: readonly { name: string; autonomy: unknown }[]): string[] {
  return AUTONOMY.flatMap((level) => {
    const names = tools.filter(({ autonomy }) => autonomy === level).map(({ name }) => name);
    return names.length === 0
      ? []
      : [`- ${level} (${MEANING[level]}): ${listUpTo(NAMES_MAX, names, visible)}`];
  });
}
