/** What a command module exports, and its flags as citty declares them. */

import type { ArgsDef, StringArgDef } from "citty";
import type { Context } from "../context.ts";
import type { ParsedArgs } from "./read-args.ts";

export interface Command {
  description: string;
  args: ArgsDef;
  examples: readonly (readonly [command: string, description: string])[];
  /** Runs it to its exit code. */
  run(args: ParsedArgs, context: Context): Promise<number>;
}

/** A word of its own. citty asks for none: each command says in its own words what it lacks. */
export function word(description: string, valueHint?: string): ArgsDef[string] {
  return { type: "positional", required: false, description, ...(valueHint && { valueHint }) };
}

/** A flag with a value. Of `valueHint` help is made, and Tab: FILE and DIR are paths here, `a|b` the values there are. */
export function option(valueHint: string, description: string, alias?: string): StringArgDef {
  return { type: "string", valueHint, description, ...(alias && { alias }) };
}

/** A flag without a value. */
export function flag(description: string, alias?: string): ArgsDef[string] {
  return { type: "boolean", description, ...(alias && { alias }) };
}

export const CONFIG = { config: option("FILE", "Use this runspec.toml and no other") };

export function formatOption(formats: readonly string[]): ArgsDef {
  const description = `How to print it: ${formats.join(", ")}`;
  return { format: { type: "enum", alias: "f", options: [...formats], default: "text", description } };
}
