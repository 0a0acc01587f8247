/** The words of a command line (those after runspec's own `--`), read by the tool's arguments. */

import { counted, listUpTo, visible } from "../text.ts";
import { alternatives, labelOf, labelsOf, PROBLEMS_MAX, quote } from "./describe.ts";
import { type Argument, positionals } from "./model.ts";
import { type GivenArguments, type Presence, type Rules, readGiven } from "./rules.ts";
import { isSecret, isSecretFlag } from "./secret.ts";
import { toolTokens } from "./tokens.ts";
import { expected, isList, readTexts } from "./value.ts";

/** Reads `words`, with everything that is wrong at once; `help`: they ask for the usage. Arguments in `preset` have a value without the caller. */
export function readCommandLine(
  words: readonly string[],
  tool: Rules,
  preset: Presence,
): GivenArguments & { help: boolean } {
  const { args } = tool;
  const { texts, problems, help } = collectTexts(words, args);
  const label = labelsOf(args);
  const read = (argument: Argument, text: Texts) => ("problem" in text ? text : readTexts(argument, text));
  const line = readGiven(tool, texts, read, preset, label);
  const repeated = args.flatMap((argument) => {
    const given = texts.get(argument.name);
    if (!Array.isArray(given) || given.length < 2 || isList(argument) || argument.type === "flag") return [];
    return [`${label(argument.name)} is given ${given.length} times; the last one counts`];
  });
  return { ...line, problems: [...problems, ...line.problems], notes: [...repeated, ...line.notes], help };
}

/** The texts that were given for an argument; or that its name was, without a value. */
type Texts = string[] | { problem: string };

/** What is given for each argument, in the order given: by name, or by place. */
function collectTexts(words: readonly string[], args: readonly Argument[]) {
  const texts = new Map<string, Texts>();
  const places: string[] = [];
  const problems: string[] = [];
  let help = false;
  for (const token of toolTokens(words, args)) {
    if (token.kind === "word") places.push(token.text);
    else if (token.kind === "help") help = true;
    else if (token.kind === "problem") problems.push(problems.length < PROBLEMS_MAX ? token.message() : "");
    else if (token.kind === "rest") {
      const rest = args.find(({ type }) => type === "rest");
      if (rest === undefined) for (const word of token.words) places.push(word);
      else texts.set(rest.name, token.words);
    } else if (token.text === undefined)
      texts.set(token.argument.name, { problem: `needs a value, expected ${expected(token.argument)}` });
    else {
      const known = texts.get(token.argument.name);
      if (Array.isArray(known)) known.push(token.text);
      else texts.set(token.argument.name, [token.text]);
    }
  }
  const surplus = assignPlaces(places, texts, args);
  if (surplus.length > 0) {
    // A secret that was typed without quotes is several words, and so is one behind a flag that is not there.
    const isHidden = args.some(isSecret) || words.some(isSecretFlag);
    const shown = isHidden ? `${counted(surplus.length, "word")} (not shown)` : listUpTo(10, surplus, quote);
    problems.push(tooMany(shown, places, args, texts));
  }
  return { texts, problems, help };
}

/** Hands the plain words out by position, to those arguments that were not given by name. Returns those that are left. */
function assignPlaces(places: readonly string[], texts: Map<string, Texts>, args: readonly Argument[]) {
  let at = 0;
  for (const { name, multiple } of positionals(args)) {
    if (at >= places.length || texts.has(name)) continue;
    const taken = places.slice(at, multiple ? undefined : at + 1);
    texts.set(name, taken);
    at += taken.length;
  }
  return places.slice(at);
}

/** `plain`: all words that are no flags; `shown`: those of them for which no place is left. */
function tooMany(
  shown: string,
  plain: readonly string[],
  args: readonly Argument[],
  given: ReadonlyMap<string, unknown>,
) {
  const places = positionals(args);
  const takes =
    places.length === 0
      ? "no word without a flag is expected"
      : `only ${alternatives(places.map(labelOf), "and")} ${places.length === 1 ? "is" : "are"} expected`;
  const rest = args.find(({ type }) => type === "rest");
  const list = args.find((one) => isList(one) && given.has(one.name) && !places.includes(one));
  const advice =
    (rest && `; words for ${labelOf(rest)} come after a "--" of their own`) ??
    (list && `; a list is written ${howToList(list)}`);
  // Its value may have taken a place, so that another word has none.
  const flag = args.find(({ name, type }) => type === "flag" && given.has(name));
  const isSaid = flag && plain.some((word) => /^(?:true|false|yes|no)$/i.test(word));
  const equalsHint = isSaid ? `; a flag's value is written ${labelOf(flag)}=false` : "";
  const isDashed = plain.some((word) => /^-\.?\d/.test(word));
  const dashHint = isDashed ? "; what begins with - and a digit is taken for a value" : "";
  return `unexpected ${shown}: ${takes}${advice ?? (equalsHint || dashHint)}`;
}

function howToList(argument: Argument): string {
  const { delimiter } = argument;
  const name = labelOf(argument);
  return delimiter === undefined ? `${name} a ${name} b` : `${name} ${visible(`a${delimiter}b`)}`;
}
