/** Asking a person, where one is at the terminal. */

import type { Context } from "../context.ts";
import { messageText } from "../errors.ts";
import { askLine } from "../process/terminal.ts";
import { visible } from "../text.ts";

/** Asks for a line from the terminal; anything but a yes is a no. */
export async function askYesNo(question: string, context: Context): Promise<boolean> {
  const line = await askLine({ prompt: `${messageText(question).trimEnd()} [y/N] ` }, context);
  return /^\s*y(es)?\s*$/i.test(line);
}

/** Gives a function that asks for secrets by name, and gives the words for them, which go first; undefined: nobody is at a terminal. */
export function secretsFrom(
  context: Context,
  tool: string,
): ((names: readonly string[], where?: (name: string) => string) => Promise<string[]>) | undefined {
  if (!context.stdin.isTerminal() || !context.stderr.isTerminal()) return undefined;
  return (names, where = () => "") =>
    Array.fromAsync(names, async (name) => {
      const prompt = `${visible(tool)}${where(name)}: ${visible(name)} (not shown): `;
      return `--${name}=${await askLine({ prompt, isHidden: true }, context)}`;
    });
}
