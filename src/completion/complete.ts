/** The words up to the cursor → what can stand there. */

import type { ArgsDef } from "citty";
import { SEVERAL } from "../cli/read-args.ts";
import type { Commands } from "../cli/reference.ts";
import type { Context } from "../context.ts";
import { isCalledBy } from "../spec/script.ts";
import { type Candidate, type Completion, candidate, matching, NO_COMPLETION } from "./candidate.ts";
import { declaredValues, flagCandidates, readOwnWords } from "./own-words.ts";
import { aliases, scriptTools, toolsOf } from "./sources.ts";
import { completeToolWords } from "./tool-words.ts";

/** `words` begin with the program's name and end with the word under the cursor. */
export async function completionOf(
  words: readonly string[],
  context: Context,
  commands: Commands,
): Promise<Completion> {
  const current = words.at(-1) ?? "";
  const all = (await scriptWords(words, context)) ?? (await commandWords(words.slice(1), context, commands));
  return { ...all, candidates: matching(all.candidates, current) };
}

/** The completion of a script that carries its own spec, called by its name or as `runspec script sh ./logsum`; undefined: it is another command. */
async function scriptWords(words: readonly string[], context: Context): Promise<Completion | undefined> {
  const [program = "", name, ...tokens] = words;
  const at = tokens.findIndex((token, index) => index > 0 && !token.startsWith("-"));
  const [file, typed] =
    name === "script" && at !== -1 && at < tokens.length - 1
      ? [tokens[at] ?? "", tokens.slice(at + 1)]
      : [program, words.slice(1)];
  if (typed.length === 0 || /(?:^|[/\\])runspec(?:\.exe)?$/.test(file)) return undefined;
  const tools = scriptTools(file, context);
  if (tools.length === 0) return undefined;
  const called = tools.find((tool) => isCalledBy(tool, typed.slice(0, -1)));
  if (called !== undefined) return completeToolWords(typed.slice(called.path.length - 1), called.args);
  const names = tools.map(({ path, description }) => candidate(path[typed.length] ?? "", description));
  return { candidates: names.filter(({ value }) => value !== "") };
}

async function commandWords(words: readonly string[], context: Context, commands: Commands) {
  const [name = "", ...tokens] = words;
  if (tokens.length === 0) return { candidates: name.startsWith("-") ? FLAGS : commandNames(commands) };
  if (name === "help") return { candidates: tokens.length === 1 ? commandNames(commands) : [] };
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (entry === undefined) return NO_COMPLETION;
  if (entry.isRaw) return { candidates: [], files: { prefix: "" } };
  const { args } = (await entry.load()).command;
  // The word under the cursor is not a separator yet.
  const cut = tokens.slice(0, -1).indexOf("--");
  if (cut === -1) return ownWords(name, tokens, args, context);
  const { given } = readOwnWords([...tokens.slice(0, cut), ""], args);
  const here = { ...context, config: given.get("config") };
  const tool = (await toolsOf(name, given, here)).find((known) => known.name === given.get("tool"));
  return tool === undefined ? NO_COMPLETION : completeToolWords(tokens.slice(cut + 1), tool.args());
}

const FLAGS = [candidate("--help", "Show what runspec does"), candidate("--version", "Print the version")];

const commandNames = (commands: Commands): Candidate[] =>
  Object.entries(commands).map(([name, { summary }]) => candidate(name, summary));

/** runspec's own words; the last is under the cursor. */
async function ownWords(command: string, words: readonly string[], args: ArgsDef, context: Context) {
  const { slot, given } = readOwnWords(words, args);
  if (slot === "flag") return { candidates: flagCandidates(args, given) };
  const { name, prefix } = slot;
  if (name === undefined) {
    // All is said but the tool's own words.
    return { candidates: given.has("tool") ? [candidate("--", "The tool's own arguments follow")] : [] };
  }
  const declared = declaredValues(args[name]);
  if (declared.length > 0) return { candidates: declared.map((value) => candidate(`${prefix}${value}`)) };
  // A file or a directory, here: `--bin` is one on the other machine.
  if (["FILE", SEVERAL, "DIR"].includes(args[name]?.valueHint ?? ""))
    return { candidates: [], files: { prefix } };
  const typed = (words.at(-1) ?? "").slice(prefix.length);
  const here = { ...context, config: given.get("config") };
  const known = await namesFor(name, typed, { command, given }, here);
  return { candidates: known.map((one) => ({ ...one, value: `${prefix}${one.value}` })) };
}

/** Names that only the configuration, or a host, can tell. */
async function namesFor(
  argument: string,
  typed: string,
  { command, given }: { command: string; given: ReadonlyMap<string, string> },
  context: Context,
): Promise<Candidate[]> {
  // Beside these, jump takes no alias, or no tool.
  const alone = argument === "alias" ? ["hosts-from", "list-jump-hosts"] : ["mcp", "install", "uninstall"];
  if (argument !== "except" && alone.some((flag) => given.has(flag))) return [];
  if (argument === "alias" || argument === "except") return aliases(typed, context);
  if (argument !== "tool" && argument !== "runnable") return [];
  const tools = await toolsOf(command, given, context);
  return tools.map((tool) => candidate(tool.name, tool.description));
}
