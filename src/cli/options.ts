/** The flags and words that a command declares, those that several share, and reading them. */

import type { Context } from "../context.ts";

/** A flag, or a word by its place. */
export interface ArgDef {
  type: "positional" | "string" | "enum" | "boolean";
  description: string;
  /** What stands for its value in the help, or the values that there are: `bash|zsh|fish`. */
  valueHint?: string;
  /** The letter that stands for the flag. */
  alias?: string;
  /** What an enum can be. */
  options?: readonly string[];
  default?: string;
}
export type ArgsDef = Readonly<Record<string, ArgDef>>;

/** A command line that has been read: flags and words by their names, and every word in `_`. */
export type ParsedArgs = Record<string, unknown>;

/** What a command module exports. */
export interface Command {
  description: string;
  args?: ArgsDef;
  examples: readonly (readonly [command: string, description: string])[];
  /** Runs it to its exit code. */
  run(args: ParsedArgs, context: Context): Promise<number>;
}

/** A word of its own, which may be left out: each command says in its own words what it lacks. */
export function word(description: string, valueHint?: string): ArgDef {
  return { type: "positional", description, ...(valueHint && { valueHint }) };
}

/** A flag with a value, which its short name may stand for. */
export function option(valueHint: string, description: string, alias?: string): ArgDef {
  return { type: "string", valueHint, description, ...(alias && { alias }) };
}

/** A flag without one. */
export function flag(description: string, alias?: string): ArgDef {
  return { type: "boolean", description, ...(alias && { alias }) };
}

export const CONFIG = { config: option("FILE", "Use this runspec.toml and no other") };

export function formatOption(formats: readonly string[]): ArgsDef {
  const description = `How to print it: ${formats.join(", ")}`;
  return { format: { type: "enum", alias: "f", options: formats, default: "text", description } };
}

/** A flag's or positional's text, or undefined where it was not given. */
export function textArg(args: ParsedArgs, name: string): string | undefined {
  const value = args[name];
  return typeof value === "string" ? value : undefined;
}

/** Every word that is no flag, nor the value of one. */
export function wordsOf(args: ParsedArgs): string[] {
  return Array.isArray(args._) ? args._.map(String) : [];
}

export function isSet(args: ParsedArgs, name: string): boolean {
  return args[name] === true;
}
