/** Reading a command's own words by its citty definition. */

import type { ArgsDef, CommandDef } from "citty";
import { EXIT, RunspecError } from "../errors.ts";
import { quoteCommand } from "../process/quote.ts";
import { didYouMean, visible } from "../text.ts";
import type { Arguments } from "./options.ts";

/**
 * Reads tokens by citty's definition, after refusing what citty would let pass: unknown flags and surplus words. `rest` came after `--`.
 * @throws RunspecError 2
 */
export async function readArguments(
  name: string,
  tokens: readonly string[],
  definition: CommandDef<ArgsDef>,
  rest?: readonly string[],
): Promise<Arguments> {
  const declared = definition.args;
  if (declared === undefined || typeof declared === "function" || declared instanceof Promise) return {};
  const { flags, words } = checkedTokens(name, tokens, declared, rest);
  const plain = flags.length === 0 ? readWords(words, declared) : undefined;
  if (plain !== undefined) return plain;
  const { parseArgs } = await import("citty");
  try {
    return { ...parseArgs([...flags, ...words], declared) };
  } catch (error) {
    const message = error instanceof Error ? Bun.stripANSI(error.message) : String(error);
    throw usage(`${message[0]?.toLowerCase()}${message.slice(1).replace(/\.$/, "")}`);
  }
}

/**
 * What citty makes of words without any flag, or undefined where one is missing. Most calls are so, and loading citty takes a
 * multiple of the time that they need to be read.
 */
function readWords(words: readonly string[], declared: ArgsDef): Arguments | undefined {
  const left = [...words];
  // As citty has them: every word.
  const args: Arguments = { _: [...words] };
  for (const [key, definition] of Object.entries(declared)) {
    const positional = definition.type === "positional";
    const value = (positional ? left.shift() : undefined) ?? definition.default;
    if (value !== undefined) args[key] = value;
    else if (positional && definition.required !== false) return undefined;
  }
  return args;
}

/** The `valueHint` of a positional of which there may be any number: they are all in `_`. */
export const SEVERAL = "FILE…";

interface CheckedTokens {
  /** Each with its value joined to it, so that a value may start with a dash. */
  flags: string[];
  words: string[];
}

function checkedTokens(
  name: string,
  tokens: readonly string[],
  declared: ArgsDef,
  rest: readonly string[] = [],
): CheckedTokens {
  let positionals = 0;
  for (const { type, valueHint } of Object.values(declared)) {
    if (type === "positional") positionals += valueHint === SEVERAL ? Number.POSITIVE_INFINITY : 1;
  }
  const flags: string[] = [];
  const words: string[] = [];
  const queue = [...tokens];
  for (let token = queue.shift(); token !== undefined; token = queue.shift()) {
    if (!token.startsWith("-") || token === "-") {
      words.push(token);
      continue;
    }
    const [written = token, inline] = splitOnce(token);
    const flag = findFlag(written, declared);
    if (flag === undefined) {
      const own = tokens.slice(0, tokens.length - queue.length - 1);
      if (callsTool(name) && words.length >= positionals && !own.includes("--list-jump-hosts"))
        throw misplacedFlag(name, own, [token, ...queue, ...rest], unknownFlag(written, declared).hint);
      throw unknownFlag(written, declared);
    }
    const { key, type } = flag;
    if (type === "boolean") {
      if (inline !== undefined) throw usage(`${written} takes no value`);
      flags.push(`--${key}`);
      continue;
    }
    const value = inline ?? queue.shift();
    if (value === undefined) throw usage(`${written} needs a value`);
    flags.push(`--${key}=${value}`);
  }
  const surplus = words[positionals];
  if (surplus !== undefined) {
    if (!callsTool(name)) throw unexpected(surplus);
    const [own, more] = [words.slice(0, positionals), words.slice(positionals)];
    const line = typed(name, [...flags, ...own], [...more, ...rest]);
    const joined = `${own.at(-1)}_${surplus}`;
    const subcommand = typed(name, [...flags, ...own.slice(0, -1), joined], [...more.slice(1), ...rest]);
    throw usage(
      `unexpected "${visible(surplus)}": a tool's arguments go after --`,
      `${line}\nor, where it is a subcommand: ${subcommand}`,
    );
  }
  return { flags, words };
}

/** Whose words end with a tool, behind which somebody may have meant to write its own. */
function callsTool(name: string): boolean {
  return name === "jump" || name === "run";
}

function misplacedFlag(
  name: string,
  own: readonly string[],
  theirs: readonly string[],
  near: string | undefined,
): RunspecError {
  const [option = ""] = theirs;
  const hints = [typed(name, own, theirs), ...(near === undefined ? [] : [near])];
  return usage(`unexpected ${visible(option)}: tool options go after --`, hints.join("\n"));
}

/** The line that was meant. */
function typed(name: string, own: readonly string[], theirs: readonly string[]): string {
  const words = ["runspec", name, ...own, ...(theirs.length === 0 ? [] : ["--", ...theirs])];
  return visible(quoteCommand(words));
}

export function unexpected(word: string, hint?: string): RunspecError {
  return usage(`unexpected argument "${visible(word)}"`, hint);
}

function splitOnce(token: string): [string, string | undefined] {
  const at = token.indexOf("=");
  return at === -1 ? [token, undefined] : [token.slice(0, at), token.slice(at + 1)];
}

function findFlag(written: string, declared: ArgsDef): { key: string; type: string } | undefined {
  for (const [key, definition] of Object.entries(declared)) {
    const { type = "string" } = definition;
    if (type === "positional") continue;
    const aliases = "alias" in definition ? [definition.alias ?? []].flat() : [];
    if (written === `--${key}` || aliases.some((alias) => written === `-${alias}`)) return { key, type };
  }
  return undefined;
}

function unknownFlag(written: string, declared: ArgsDef): RunspecError {
  const known = Object.entries(declared).flatMap(([key, { type }]) =>
    type === "positional" ? [] : [`--${key}`],
  );
  const hint = didYouMean(written, [...known, "--help"]);
  return usage(`unknown option ${visible(written)}`, hint === "" ? undefined : hint);
}

/** Where to read on is added by whoever knows the command. */
function usage(message: string, hint?: string): RunspecError {
  return new RunspecError(message, { exitCode: EXIT.USAGE, ...(hint === undefined ? {} : { hint }) });
}
