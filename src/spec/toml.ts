import { parse, TomlError } from "smol-toml";
import { reasonOf } from "../errors.ts";
import { visible } from "../text.ts";
import { isTable, type Table } from "./table.ts";

export type Parsed = { table: Table } | { problem: string };

/**
 * A TOML document as a table. Integers come as bigint and floats as number, so that `4` and `4.0` stay different
 * things. A syntax error comes back as text: line, column, and the source line with a caret.
 */
export function parseToml(source: string): Parsed {
  try {
    return { table: parse(source, { integersAsBigInt: true }) };
  } catch (error) {
    if (!(error instanceof TomlError)) return { problem: `cannot be read as TOML: ${reasonOf(error)}` };
    return { problem: syntaxError(source, error) };
  }
}

/** A parsed table with nothing in it that JSON has not: integers as numbers (as text past 2^53), dates as text. */
export function plainTable(table: Table): Table {
  return Object.fromEntries(Object.entries(table).map(([key, value]) => [key, plain(value)]));
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  return isTable(value) ? plainTable(value) : value;
}

/** Longest part of a source line that is shown, with the caret in view. */
const WINDOW = 100;

function syntaxError(source: string, { message, line, column }: TomlError): string {
  const said = message.slice(message.indexOf(": ") + 2).split("\n", 1)[0] ?? "";
  const text = source.split(/\r?\n/, line)[line - 1] ?? "";
  const reason = explain(said, text.slice(column - 1));
  const from = Math.max(0, column - 1 - WINDOW / 2);
  const before = visible(text.slice(from, column - 1).replaceAll("\t", " "));
  const after = visible(text.slice(column - 1, from + WINDOW).replaceAll("\t", " "));
  const gutter = `${line} | `;
  const caret = `${" ".repeat(String(line).length)} | ${" ".repeat(before.length)}^`;
  return `line ${line}, column ${column}: ${reason}\n${gutter}${before}${after}\n${caret}`;
}

/** The parser's reason in words for people who do not know the grammar. `rest` is the line from the error on. */
function explain(reason: string, rest: string): string {
  if (reason.startsWith("control characters") && rest === "") return "the quotes are not closed on this line";
  if (reason === "invalid value" && /^[A-Za-z]/.test(rest))
    return "found a word without quotes; text goes in quotes";
  if (reason === "invalid value" && rest === "") return "found no value";
  return REASONS[reason] ?? reason;
}

const REASONS: Record<string, string> = {
  "trying to redefine an already defined table or value": "this table or key is already there, further up",
  "trying to redefine an already defined value": "this key is already there",
  "illegal character in key":
    'found a character that cannot be in a key; a key is followed by "=", and quotes go around an unusual one',
  "each key-value declaration must be followed by an end-of-line":
    "found more after the value; each key goes on a line of its own",
  "expected comma or end of structure": "expected a comma or the closing bracket",
  "unfinished array": "the closing bracket is missing",
  "unfinished table": "the closing brace is missing",
  "invalid value": "found something that is no value",
};
