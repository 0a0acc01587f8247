/** Reading a command's own words by its citty definition. */

import type { ArgsDef, CommandDef } from "citty";
import { EXIT, RunspecError } from "../errors.ts";
import { didYouMean, visible } from "../text.ts";
import type { Arguments } from "./options.ts";

/**
 * Reads tokens by citty's definition, after refusing what citty would let pass: unknown flags and surplus words.
 * @throws RunspecError 2
 */
export async function readArguments(
  name: string,
  tokens: readonly string[],
  definition: CommandDef<ArgsDef>,
): Promise<Arguments> {
  const declared = definition.args;
  if (declared === undefined || typeof declared === "function" || declared instanceof Promise) return {};
  const { flags, words } = checkedTokens(name, tokens, declared);
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
  const args: Arguments = {};
  for (const [key, definition] of Object.entries(declared)) {
    const positional = definition.type === "positional";
    const value = (positional ? left.shift() : undefined) ?? definition.default;
    if (value !== undefined) args[key] = value;
    else if (positional && definition.required !== false) return undefined;
  }
  return args;
}

interface CheckedTokens {
  /** Each with its value joined to it, so that a value may start with a dash. */
  flags: string[];
  words: string[];
}

function checkedTokens(name: string, tokens: readonly string[], declared: ArgsDef): CheckedTokens {
  let positionals = 0;
  for (const { type } of Object.values(declared)) if (type === "positional") positionals++;
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
    if (flag === undefined) throw unknownFlag(written, declared);
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
    const hint = name === "jump" || name === "run" ? "a tool's arguments come after --" : undefined;
    throw unexpected(surplus, hint);
  }
  return { flags, words };
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
