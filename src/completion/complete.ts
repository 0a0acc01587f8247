/** The words up to the cursor → what can stand there. */

import type { ArgsDef } from "citty";
import type { Command } from "../cli/options.ts";
import { SEVERAL } from "../cli/read-args.ts";
import type { Context } from "../context.ts";
import { type Candidate, type Completion, candidate, matching, NO_COMPLETION } from "./candidate.ts";
import { declaredValues, flagCandidates, type OwnWords, readOwnWords } from "./own-words.ts";
import { aliases, argumentsOf, localTools, remoteTools, scriptArguments } from "./sources.ts";
import { completeToolWords } from "./tool-words.ts";

export type Commands = Readonly<
  Record<string, { summary: string; raw?: true; load(): Promise<{ command: Command }> }>
>;

/** `words` begin with the program's name and end with the word under the cursor. */
export async function completionOf(
  words: readonly string[],
  context: Context,
  commands: Commands,
): Promise<Completion> {
  const current = words.at(-1) ?? "";
  const { candidates, files } =
    (await scriptWords(words, context)) ?? (await everything(words.slice(1), context, commands));
  return { candidates: matching(candidates, current), ...(files === undefined ? {} : { files }) };
}

/** Those of a script that carries its own spec, called by its name or as `runspec script sh ./logsum`; undefined: it is another command. */
async function scriptWords(words: readonly string[], context: Context): Promise<Completion | undefined> {
  const [program = "", name, ...tokens] = words;
  const at = tokens.findIndex((token, index) => index > 0 && !token.startsWith("-"));
  const [file, own] =
    name === "script" && at !== -1 && at < tokens.length - 1
      ? [tokens[at] ?? "", tokens.slice(at + 1)]
      : [program, words.slice(1)];
  if (own.length === 0 || /(?:^|[/\\])runspec(?:\.exe)?$/.test(file)) return undefined;
  const args = scriptArguments(file, context);
  return args === undefined ? undefined : completeToolWords(own, args);
}

async function everything(
  words: readonly string[],
  context: Context,
  commands: Commands,
): Promise<Completion> {
  const [name = "", ...tokens] = words;
  if (tokens.length === 0) return { candidates: name.startsWith("-") ? TOP_FLAGS : commandNames(commands) };
  if (name === "help") return { candidates: tokens.length === 1 ? commandNames(commands) : [] };
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (entry === undefined) return NO_COMPLETION;
  if (entry.raw) return { candidates: [], files: { prefix: "" } };
  const { args = {} } = (await entry.load()).command;
  // The word under the cursor is not a separator yet.
  const cut = tokens.slice(0, -1).indexOf("--");
  if (cut === -1)
    return ownWords({ command: name, word: tokens.at(-1) ?? "" }, readOwnWords(tokens, args), args, context);
  const { given } = readOwnWords([...tokens.slice(0, cut), ""], args);
  const toolArgs = await argumentsOf(name, given, context);
  return toolArgs === undefined ? NO_COMPLETION : completeToolWords(tokens.slice(cut + 1), toolArgs);
}

const TOP_FLAGS: readonly Candidate[] & Candidate[] = [
  candidate("--help", "Show what runspec does"),
  candidate("--version", "Print the version"),
];

function commandNames(commands: Commands): Candidate[] {
  return Object.entries(commands).map(([name, { summary }]) => candidate(name, summary));
}

interface At {
  command: string;
  /** Under the cursor. */
  word: string;
}

async function ownWords(
  { command, word }: At,
  { slot, given }: OwnWords,
  args: ArgsDef,
  context: Context,
): Promise<Completion> {
  if (slot.kind === "flag") return { candidates: flagCandidates(args, given) };
  const name = slot.kind === "value" ? slot.flag : slot.name;
  if (name === undefined) {
    // All is said but the tool's own words.
    const takesMore = given.has("tool") && ["jump", "run"].includes(command);
    return { candidates: takesMore ? [candidate("--", "The tool's own arguments follow")] : [] };
  }
  const prefix = slot.kind === "value" ? slot.prefix : "";
  const declared = declaredValues(args[name]);
  if (declared.length > 0) return { candidates: declared.map((value) => candidate(`${prefix}${value}`)) };
  if (isPath(args[name])) return { candidates: [], files: { prefix } };
  const known = await knownNames({ command, word: word.slice(prefix.length) }, name, given, context);
  return { candidates: known.map((one) => ({ ...one, value: `${prefix}${one.value}` })) };
}

/** A file or a directory, here: `--bin` is one on the other machine. */
function isPath(argument: ArgsDef[string] | undefined): boolean {
  return ["FILE", SEVERAL, "DIR"].includes(argument?.valueHint ?? "");
}

/** Names that only the configuration, or a host, can tell. */
async function knownNames(
  { command, word }: At,
  name: string,
  given: ReadonlyMap<string, string>,
  context: Context,
): Promise<Candidate[]> {
  if (name === "alias" || name === "except") return aliases(word, given, context);
  if (command === "jump" && name === "tool") return remoteTools(given, context);
  return (command === "run" && name === "tool") || name === "runnable" ? localTools(given, context) : [];
}
