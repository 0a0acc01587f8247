/** Rejects positional values that the tool would read as options: nobody's file name becomes a flag. */

import { quote } from "../arguments/describe.ts";
import { type Argument, TYPES, type Values } from "../arguments/model.ts";
import { isSecret } from "../arguments/secret.ts";
import { once } from "../process/once.ts";
import type { Runnable } from "../spec/model.ts";
import { inWords } from "../spec/passing.ts";
import { visible } from "../text.ts";
import { toolWords, valueWords } from "./argv.ts";

/** An argument, and what speaks against its value. */
export type Unfit = readonly [argument: Argument, why: string];

/** The words that begin as an option does, where a parser could take them for one. For the value of a named argument only Perl may, and only `+name`. */
export function optionWords(runnable: Runnable, given: Values): [argument: Argument, word: string][] {
  const { args, command } = runnable;
  // The command itself ends the flags. Where the tool has flags all the same, that `--` was for a program in between, as in `npm run x --`.
  const hasFlags = args.some((one) => one.position === undefined && one.type !== "rest" && !one.hidden);
  if (command?.at(-1) === "--" && !hasFlags) return [];
  const worded = args.filter((argument) => inWords(argument, runnable));
  // Bun takes a `--` that comes first for its own: what stands behind it are options again.
  const isRestBare = toolWords(worded, given, "tool")[0] === "--";
  return worded.flatMap((argument) => {
    const isRest = argument.type === "rest";
    if (isRest && !isRestBare) return [];
    const isNamed = argument.position === undefined && !isRest;
    const begins = isNamed ? /^\+[^\s\d][^\s=:]*(?:[=:]|$)/ : /^[-+]./s;
    const words = valueWords(argument, given.get(argument.name)).filter((word) => begins.test(word));
    return words.map((word): [Argument, string] => [argument, word]);
  });
}

/** A sentence for each positional whose value looks like one of the tool's flags, or like the end of its flags. */
export function injectedOptions(runnable: Runnable, given: Values): Unfit[] {
  const readAs = once(() => optionReader(runnable));
  return optionWords(runnable, given).flatMap(([argument, word]): Unfit[] => {
    const meaning = argument.position === undefined ? undefined : readAs()(word);
    if (meaning === undefined) return [];
    const found = isSecret(argument) ? "a word" : quote(word);
    return [[argument, `found ${found}, which the tool would take for ${meaning}`]];
  });
}

/** How a parser of options would read a word, where not as a plain word. A caller's words may be many: each is one look-up. */
function optionReader({ args, ...runnable }: Runnable): (word: string) => string | undefined {
  // The rest comes after `--`, which counts as a flag here.
  const hasFlags = args.some((one) => one.position === undefined && inWords(one, runnable));
  const withDashes = byBeginning(args);
  // Nobody has declared one that is hidden, so `-n` is not refused for it; what has a place is known by its name to yargs.
  const withoutDashes = byBeginning(args.filter((one) => !one.hidden && one.position === undefined));
  const byLetter = new Map(args.map((one) => [one.short, one]));
  return (word) => {
    if (word === "--") return hasFlags ? "the end of its flags" : undefined;
    const flags = word.startsWith("--") ? withDashes : withoutDashes;
    // Among other letters, too: `-rf`.
    const letters = [...new Set(/^-[^-=]+/.exec(word)?.[0])];
    const flag = flags.get(writtenName(word)) ?? letters.flatMap((letter) => byLetter.get(letter) ?? [])[0];
    return flag && `--${visible(flag.name)}`;
  };
}

/** The flag that each beginning of a form stands for: of several the first. */
function byBeginning(flags: readonly Argument[]): ReadonlyMap<string, Argument> {
  const found = new Map<string, Argument>();
  for (const flag of flags)
    for (const form of formsOf(flag))
      for (let end = 1; end <= form.length; end++) found.getOrInsert(form.slice(0, end), flag);
  return found;
}

/** As any parser may: the beginning of a flag's name or its letter, in any case, behind one dash or, as in Perl, a `+`; for its opposite, behind `no`. */
function formsOf({ name, short, type }: Argument): string[] {
  const names = [name, short ?? []].flat().map(writtenName);
  return TYPES[type].kind === "boolean" ? [...names, ...names.map((own) => `no${own}`)] : names;
}

/** Up to its value; yargs takes `--dryRun` and `--dry-run.x` for `--dry-run`, parsers of .NET `--dry-run:true` and `-dry-run+`. */
const writtenName = (word: string) => word.replace(/[=:.].*|[-_+]/gs, "").toLowerCase();
