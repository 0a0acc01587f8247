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

/** The words in which a parser of options could see one, and that begin so; behind a name Perl may take one with a `+` for the next. */
export function optionWords(runnable: Runnable, given: ReadonlyMap<string, Value>) {
  // The command itself ends the flags.
  if (runnable.command?.at(-1) === "--") return [];
  return runnable.args.flatMap((argument) => {
    if (argument.type === "rest" || !inWords(argument, runnable)) return [];
    const begins = argument.position === undefined ? /^\+./s : /^[-+]./s;
    const words = valueWords(argument, given.get(argument.name)).filter((word) => begins.test(word));
    return words.map((word) => [argument, word] as const);
  });
}

/** A sentence for each positional whose value looks like one of the tool's flags, or like the end of its flags. */
export function injectedOptions(runnable: Runnable, given: ReadonlyMap<string, Value>): Unfit[] {
  return optionWords(runnable, given).flatMap(([argument, word]): Unfit[] => {
    const meaning = argument.position === undefined ? undefined : readAs(word, runnable);
    const found = isSecret(argument) ? "a word" : quote(word);
    return meaning ? [[argument, `found ${found}, which the tool would take for ${meaning}`]] : [];
  });
}

/** How a parser of options would read the word, where not as a plain word. */
function readAs(word: string, runnable: Runnable): string | undefined {
  // The rest comes after `--`, which counts as a flag here.
  const isFlag = (one: Argument) => one.position === undefined && inWords(one, runnable);
  if (word === "--") return runnable.args.some(isFlag) ? "the end of its flags" : undefined;
  const flag = runnable.args.find((one) => isLong(word, one) || isShort(word, one));
  return flag === undefined ? undefined : `--${visible(flag.name)}`;
}

/** As any parser may: the beginning of a flag's name or its letter, in any case, behind one dash or, as in Perl, a `+`; for its opposite, behind `no`. */
function isLong(word: string, { name, short, type, hidden, position }: Argument): boolean {
  // Nobody has declared one that is hidden, so `-n` is not refused for it; what has a place is known by its name to yargs.
  const written = (hidden || position !== undefined) && !word.startsWith("--") ? "" : writtenName(word);
  const names = [name, short ?? name].map(writtenName);
  const forms = type === "flag" || type === "bool" ? [...names, ...names.map((own) => `no${own}`)] : names;
  return written !== "" && forms.some((form) => form.startsWith(written));
}

/** Among other letters, too: `-rf`. */
function isShort(word: string, { short }: Argument): boolean {
  return short !== undefined && /^-[^-=]+/.exec(word)?.[0].includes(short) === true;
}

/** Up to its value; yargs takes `--dryRun` and `--dry-run.x` for `--dry-run`, parsers of .NET `--dry-run:true` and `-dry-run+`. */
const writtenName = (word: string) => word.replace(/[=:.].*|[-_+]/gs, "").toLowerCase();
