/** Flags that several commands share, as citty declares them, and reading them. */

import type { ArgsDef, StringArgDef } from "citty";
import type { Context } from "../context.ts";
import { quoteCommand } from "../process/quote.ts";
import { visible } from "../text.ts";

/** A command line as citty has read it. */
export type ParsedArgs = Record<string, unknown>;

/** What a command module exports. */
export interface Command {
  description: string;
  args?: ArgsDef;
  examples: readonly (readonly [command: string, description: string])[];
  /** Runs it to its exit code. */
  run(args: ParsedArgs, context: Context): Promise<number>;
}

/** A word of its own. citty asks for none: each command says in its own words what it lacks. */
export function word(description: string, valueHint?: string): ArgsDef[string] {
  return { type: "positional", required: false, description, ...(valueHint && { valueHint }) };
}

/** A flag with a value, which its short name may stand for. */
export function option(valueHint: string, description: string, alias?: string): StringArgDef {
  return { type: "string", valueHint, description, ...(alias && { alias }) };
}

/** A flag without one. */
export function flag(description: string, alias?: string): ArgsDef[string] {
  return { type: "boolean", description, ...(alias && { alias }) };
}

export const CONFIG = { config: option("FILE", "Use this runspec.toml and no other") };

export function formatOption(formats: readonly string[]): ArgsDef {
  const description = `How to print it: ${formats.join(", ")}`;
  return { format: { type: "enum", alias: "f", options: [...formats], default: "text", description } };
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

/** A command of ours that is to be typed next: without the file that was named it finds something else. */
export function nextCommand(args: ParsedArgs, ...words: string[]): string {
  const config = textArg(args, "config");
  return visible(quoteCommand(["runspec", ...words, ...(config === undefined ? [] : ["--config", config])]));
}
