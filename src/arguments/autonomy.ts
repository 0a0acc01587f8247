/** The levels of autonomy: how far an agent is trusted with a tool, or with an argument. */

import { listUpTo, visible } from "../text.ts";

/** From the least to the most restrictive. */
export const AUTONOMY = ["autonomous", "confirm", "supervised", "manual"] as const;
export type Autonomy = (typeof AUTONOMY)[number];

/** The strictest of `levels`. One that is not known here, as of a newer server, counts as the format's default. */
export function strictest(levels: readonly unknown[]): Autonomy | undefined {
  const known = (one: unknown) => AUTONOMY.find((level) => level === one);
  const counted = levels.map((one) => known(one) ?? (typeof one === "string" && "confirm"));
  return AUTONOMY.findLast((level) => counted.includes(level));
}

const MEANING: Record<Autonomy, string> = {
  autonomous: "run these unasked",
  confirm: "ask the person before you run one of these",
  supervised: "show the person the output of these",
  manual: "only a person may run these; a call is refused with the command to type",
};

/** Characters of a server's instructions: Claude Code cuts them at 2048, and the counts of what is left out need some, too. */
const INSTRUCTIONS_MAX = 2000;

/** A tool, and how far it says that it may be trusted. */
export interface Level {
  name: string;
  autonomy?: unknown;
}

/** `head`, and for a model how far it is trusted with each of `tools`: a line a level, the strictest first. Names without room are counted. */
export function withLevels(head: string, tools: readonly Level[], none: string): string {
  const levels = AUTONOMY.toReversed().filter((level) => tools.some(({ autonomy }) => autonomy === level));
  let text = levels.length === 0 ? `${head}\n- ${none}` : head;
  for (const [index, level] of levels.entries()) {
    const names = tools.flatMap(({ name, autonomy }) => (autonomy === level ? visible(name) : []));
    const line = `\n- ${level} (${MEANING[level]}): `;
    const room = Math.max(0, (INSTRUCTIONS_MAX - text.length) / (levels.length - index) - line.length);
    const fitting = `${names.join(", ")}, `.slice(0, room).split(", ").length - 1;
    text += line + listUpTo(Math.max(1, fitting), names);
  }
  return text;
}
