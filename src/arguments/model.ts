/** What a tool takes: its arguments, their values, and the rules between them, as both ends know them. */

import type { Json } from "../json.ts";
import { readFloat, readInteger } from "../numerals.ts";
import type { Autonomy } from "./autonomy.ts";

/**
 * What sets a type apart. Other code asks the row; by name it asks for `flag`, `rest` and `choice`, which are about how a value is given (by the flag itself,
 * behind a `--`, out of a list) and not about what it is, and for those that JSON and TOML have themselves.
 */
export interface TypeRow {
  kind: "string" | "integer" | "number" | "boolean";
  noun: string;
  /** The value that a text stands for; undefined: it is none. Of a string, the text as it is. */
  read: (text: string) => string | number | boolean | undefined;
  /** Fields that mean nothing with it. */
  without: readonly ("options" | "range" | "multiple" | "delimiter" | "position" | "short")[];
  /** What it is called elsewhere. */
  elsewhere?: string;
  /** A variable that is empty gives it the empty text, where other types are not given. */
  takesEmpty?: true;
  offersFiles?: true;
}

const anyText = (text: string) => text;
const TEXT = { kind: "string", read: anyText, without: ["range"] } as const;
const YES_OR_NO = { kind: "boolean", noun: "true or false", read: readYesOrNo } as const;

const ROWS = {
  str: { ...TEXT, noun: "a string", elsewhere: "string", takesEmpty: true },
  int: { kind: "integer", noun: "an integer", read: readInteger, without: [], elsewhere: "integer" },
  float: { kind: "number", noun: "a number", read: readFloat, without: [], elsewhere: "number" },
  bool: { ...YES_OR_NO, without: ["options", "range", "delimiter"], elsewhere: "boolean" },
  flag: { ...YES_OR_NO, without: ["options", "range", "multiple", "delimiter", "position"] },
  path: { ...TEXT, noun: "a path", offersFiles: true },
  choice: { ...TEXT, noun: "a choice" },
  rest: { ...TEXT, noun: "a string", without: ["options", "range", "delimiter", "position", "short"] },
} satisfies Record<string, TypeRow>;

export type ArgumentType = keyof typeof ROWS;
export const TYPES: Readonly<Record<ArgumentType, TypeRow>> = ROWS;
export const ARGUMENT_TYPES = Object.keys(ROWS).filter((name): name is ArgumentType => name in ROWS);

/** The types by the names that people have for them, here and elsewhere. */
export const TYPE_NAMES: ReadonlyMap<string, ArgumentType> = new Map(
  ARGUMENT_TYPES.flatMap((type) => [type, TYPES[type].elsewhere ?? type].map((name) => [name, type])),
);

/** Whether any text is a value: it may begin with a dash, or be a command. */
export const isFreeText = ({ type, options }: { type: ArgumentType; options?: unknown }): boolean =>
  options === undefined && TYPES[type].read === anyText;

function readYesOrNo(text: string): boolean | undefined {
  if (/^(?:1|true|yes|on)$/i.test(text)) return true;
  return /^(?:0|false|no|off)$/i.test(text) ? false : undefined;
}

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
