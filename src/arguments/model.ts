/** What a tool takes: its arguments, their values, and the rules between them, as both ends know them. */

import type { Json } from "../json.ts";
import type { Autonomy } from "./autonomy.ts";

export const ARGUMENT_TYPES = ["str", "int", "float", "bool", "flag", "path", "choice", "rest"] as const;
export type ArgumentType = (typeof ARGUMENT_TYPES)[number];

/** What one value is: as a noun phrase, and to JSON. */
export const TYPES: Record<
  ArgumentType,
  { noun: string; json: "string" | "integer" | "number" | "boolean" }
> = {
  str: { noun: "a string", json: "string" },
  int: { noun: "an integer", json: "integer" },
  float: { noun: "a number", json: "number" },
  bool: { noun: "true or false", json: "boolean" },
  flag: { noun: "true or false", json: "boolean" },
  path: { noun: "a path", json: "string" },
  choice: { noun: "a choice", json: "string" },
  rest: { noun: "a string", json: "string" },
};

/** A number whose digits a double would not write again (`1.10`, `007`) is its text: see `keepDigits` in numerals.ts. */
export type Scalar = string | number | boolean;

export function isScalar(value: unknown): value is Scalar {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

/** A typed value of an argument; a list where the argument is `multiple`, has a `delimiter`, or is `rest`. */
export type Value = Scalar | Scalar[];
/** What was given, by the argument's name. */
export type Values = ReadonlyMap<string, Value>;

export interface Argument {
  name: string;
  type: ArgumentType;
  required: boolean;
  default?: Value | undefined;
  description?: string | undefined;
  options?: Scalar[] | undefined;
  /** Inclusive bounds. */
  range?: [number, number] | undefined;
  multiple: boolean;
  delimiter?: string | undefined;
  /** One character, without its dash. */
  short?: string | undefined;
  /** Environment variables to fall back on, in order. */
  env: string[];
  /** The message to show on use. */
  deprecated?: string | undefined;
  autonomy?: Autonomy | undefined;
  ui?: string | undefined;
  meta?: Record<string, Json> | undefined;
  /** 1-based. */
  position?: number | undefined;
  /** Accepted and passed on, and shown to nobody: every tool of its file takes it. */
  hidden?: true;
  /** The only way by which the tool is given it; undefined: both. */
  pass?: "argv" | "env" | undefined;
}

/** The arguments with a place among the words, by place. */
export function positionals(args: readonly Argument[]): Argument[] {
  return args
    .filter(({ position }) => position !== undefined)
    .sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
}

/** `name` in the form in which names are compared that are typed differently. `_` is typed for `-` and the reverse, and é as one character or as an e with its accent. */
const loosely = (name: string) => name.normalize().replaceAll("_", "-");

/** Looks an argument up by its name, or {@link loosely} where that can only mean one. */
export function nameFinder<T extends { name: string }>(args: readonly T[]): (name: string) => T | undefined {
  const exact = new Map(args.map((argument) => [argument.name, argument]));
  const loose = new Map<string, T | undefined>();
  for (const argument of args) {
    const key = loosely(argument.name);
    loose.set(key, loose.has(key) ? undefined : argument);
  }
  return (name) => exact.get(name) ?? loose.get(loosely(name));
}

export const GROUP_RULES = ["exclusive", "inclusive", "at-least-one", "exactly-one", "requires"] as const;

export interface Group {
  name: string;
  rule: (typeof GROUP_RULES)[number];
  args: string[];
  /** Only with the rule `requires`: the argument that, when given, makes `args` required. */
  if?: string | undefined;
}
