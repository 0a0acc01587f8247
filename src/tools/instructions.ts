/** What a server says of itself to the model at the other end. */

import { levelLines } from "../arguments/levels-text.ts";
import { visible } from "../text.ts";
import type { Tool } from "./catalog.ts";

/** On which machine the tools run, and what their levels ask of an agent. */
export function instructionsFor(tools: readonly Tool[], hostname: string): string {
  const offered = tools.filter(({ hidden }) => hidden === undefined).map(({ runnable }) => runnable);
  const levels = levelLines(offered);
  return [
    `These tools run on the host ${visible(hostname)}. How far an agent is trusted with them:`,
    ...(levels.length === 0 ? ["- there are none here"] : levels),
  ].join("\n");
}
