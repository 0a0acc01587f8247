/** A secret that a call lacks is asked for, where a person is there to type it. */

import type { Context } from "../context.ts";
import { interruptedBy } from "../process/signals.ts";
import { visible } from "../text.ts";

/** Words that give the secrets `names`; undefined: there is nobody to ask. They go before the others, which may end with a rest. */
export type AskSecrets = (names: readonly string[]) => Promise<string[]>;

/** Undefined: nobody is at a terminal. */
export function secretsFrom(context: Context, tool: string): AskSecrets | undefined {
  if (!context.stdinIsTerminal() || !context.stderr.isTerminal()) return undefined;
  return async (names) => {
    const { askSecret } = await import("../process/terminal.ts");
    const words: string[] = [];
    for (const name of names) {
      const prompt = `${visible(tool)}: ${visible(name)} (not shown): `;
      const value = await askSecret(prompt, { onSignals: context.onSignals, interruptedBy });
      words.push(`--${name}=${value}`);
    }
    return words;
  };
}
