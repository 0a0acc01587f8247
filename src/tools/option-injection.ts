/** Words with a place that the tool would take for something else: nobody's file name becomes a flag of the tool. */

import { labelOf, quote } from "../arguments/describe.ts";
import type { Argument, Value } from "../arguments/model.ts";
import { isSecret } from "../arguments/secret.ts";
import type { Runnable } from "../spec/model.ts";
import { inWords } from "../spec/passing.ts";
import { visible } from "../text.ts";

/** A sentence for each argument with a place whose value reads like one of the tool's own flags, or like the end of them. */
export function injectedOptions(runnable: Runnable, given: ReadonlyMap<string, Value>): string[] {
  // The words stand behind the end of the flags already.
  if (runnable.command?.at(-1) === "--") return [];
  const worded = runnable.args.filter((argument) => inWords(argument, runnable));
  // The rest of the words is behind a flag, too: the one that ends the flags.
  const flags = worded.filter(({ position }) => position === undefined);
  return worded.flatMap((argument) => {
    if (argument.position === undefined) return [];
    const words = [given.get(argument.name) ?? []].flat().map(String);
    const word = words.find((one) => one.startsWith("-") && readAs(one, flags) !== undefined);
    if (word === undefined) return [];
    return [
      `${labelOf(argument)}: found ${isSecret(argument) ? "a word" : quote(word)}, which the tool would take for ${readAs(word, flags)}`,
    ];
  });
}

/** What a command line makes of the word, where that is more than a word. */
function readAs(word: string, flags: readonly Argument[]): string | undefined {
  if (word === "--") return flags.length === 0 ? undefined : "the end of its flags";
  const flag = flags.find((one) => (word.startsWith("--") ? isLong(word, one) : isShort(word, one)));
  return flag === undefined ? undefined : `--${visible(flag.name)}`;
}

/** Many parsers of options take the beginning of a name for it, and `--no-name` for its opposite. */
function isLong(word: string, { name, type }: Argument): boolean {
  const written = writtenName(word.slice(2));
  const own = writtenName(name);
  return written !== "" && (own.startsWith(written) || (type === "flag" && `no-${own}`.startsWith(written)));
}

/** Those of Go take one dash for two. */
function isShort(word: string, { name, short }: Argument): boolean {
  return short === word.charAt(1) || writtenName(word.slice(1)) === writtenName(name);
}

function writtenName(word: string): string {
  return word.split("=", 1)[0]?.replaceAll("_", "-") ?? "";
}
