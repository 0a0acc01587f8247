/** Rejects positional values that the tool would read as options: nobody's file name becomes a flag. */

import { quote } from "../arguments/describe.ts";
import type { Argument, Value } from "../arguments/model.ts";
import { isSecret } from "../arguments/secret.ts";
import type { Runnable } from "../spec/model.ts";
import { inWords } from "../spec/passing.ts";
import { visible } from "../text.ts";
import { valueWords } from "./argv.ts";

/** An argument, and what speaks against its value. */
export type Unfit = readonly [argument: Argument, why: string];

/** A sentence for each positional whose value looks like one of the tool's flags, or like the end of its flags. */
export function injectedOptions(runnable: Runnable, given: ReadonlyMap<string, Value>): Unfit[] {
  // The command itself ends the flags.
  if (runnable.command?.at(-1) === "--") return [];
  const worded = runnable.args.filter((argument) => inWords(argument, runnable));
  // The rest comes after `--`, which counts as a flag here.
  const flags = worded.filter(({ position }) => position === undefined);
  return worded.flatMap((argument): Unfit[] => {
    if (argument.position === undefined) return [];
    const word = valueWords(argument, given.get(argument.name)).find(
      (one) => /^[-+]/.test(one) && readAs(one, flags) !== undefined,
    );
    if (word === undefined) return [];
    const found = isSecret(argument) ? "a word" : quote(word);
    return [[argument, `found ${found}, which the tool would take for ${readAs(word, flags)}`]];
  });
}

/** How a parser of options would read the word, where not as a plain word. */
function readAs(word: string, flags: readonly Argument[]): string | undefined {
  if (word === "--") return flags.length === 0 ? undefined : "the end of its flags";
  const flag = flags.find((one) => isLong(word, one) || isShort(word, one));
  return flag === undefined ? undefined : `--${visible(flag.name)}`;
}

/** As any parser may: the beginning of a flag's name or its letter, in any case, behind one dash or, as in Perl, a `+`; for its opposite, behind `no`. */
function isLong(word: string, { name, short, type, hidden }: Argument): boolean {
  // Nobody has declared one that is hidden, so `-n` is not refused for it.
  const written = hidden && !word.startsWith("--") ? "" : writtenName(word);
  const names = [name, short ?? name].map(writtenName);
  const forms = type === "flag" || type === "bool" ? [...names, ...names.map((own) => `no${own}`)] : names;
  return written !== "" && forms.some((form) => form.startsWith(written));
}

/** Among other letters, too: `-rf`. */
function isShort(word: string, { short }: Argument): boolean {
  return short !== undefined && /^-[^-=]+/.exec(word)?.[0].includes(short) === true;
}

/** Up to its value; yargs takes `--dryRun` and `--dry-run.x` for `--dry-run`, parsers of .NET `--dry-run:true`. */
const writtenName = (word: string) => word.replace(/[=:.].*|^\+|[-_]/gs, "").toLowerCase();
