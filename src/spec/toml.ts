import { parse, TomlError } from "smol-toml";
import { reasonOf } from "../errors.ts";
import { visible } from "../text.ts";
import type { Table } from "./table.ts";

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

/** Longest part of a source line that is shown, with the caret in view. */
const WINDOW = 100;

function syntaxError(source: string, { message, line, column }: TomlError): string {
  const reason = message.slice(message.indexOf(": ") + 2).split("\n", 1)[0] ?? "";
  const text = source.split(/\r?\n/, line)[line - 1] ?? "";
  const from = Math.max(0, column - 1 - WINDOW / 2);
  const before = visible(text.slice(from, column - 1).replaceAll("\t", " "));
  const after = visible(text.slice(column - 1, from + WINDOW).replaceAll("\t", " "));
  const gutter = `${line} | `;
  const caret = `${" ".repeat(String(line).length)} | ${" ".repeat(before.length)}^`;
  return `line ${line}, column ${column}: ${reason}\n${gutter}${before}${after}\n${caret}`;
}
