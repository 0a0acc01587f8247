/** Asking a person, where one is at the terminal. */

import type { Context } from "../context.ts";
import { messageText } from "../errors.ts";
import { askSecret, dropTypedAhead } from "../process/terminal.ts";
import { visible } from "../text.ts";

/** For a line from the terminal; whatever is no yes is a no, and so is what aborts `signal`. */
export async function askYesNo(question: string, signal: AbortSignal, context: Context): Promise<boolean> {
  dropTypedAhead(0);
  await context.stderr.write(`${messageText(question).trimEnd()} [y/N] `);
  const stdin = context.openStdin();
  const stopped = new Promise<undefined>((resolve) =>
    signal.addEventListener("abort", () => resolve(undefined), { once: true }),
  );
  try {
    const line = await Promise.race([stdin.read(), stopped]);
    if (line === undefined) await context.stderr.write("\n");
    return /^\s*y(es)?\s*$/i.test(Buffer.from(line ?? []).toString());
  } finally {
    void stdin.close();
  }
}

/**
 * What asks for secrets by their names, and gives the words for them, which go before the others: these may end with a rest. Undefined:
 * nobody is at a terminal.
 */
export function secretsFrom(context: Context, tool: string) {
  if (!context.stdinIsTerminal() || !context.stderr.isTerminal()) return undefined;
  return async (names: readonly string[]): Promise<string[]> => {
    const words: string[] = [];
    for (const name of names) {
      const prompt = `${visible(tool)}: ${visible(name)} (not shown): `;
      const value = await askSecret(prompt, context.onSignals);
      words.push(`--${name}=${value}`);
    }
    return words;
  };
}
