/** The matrix of types and fields: an argument `x`, what a caller gives for it, and what the tool must then have. */

import type { ArgumentType } from "../../src/arguments/model.ts";

/** A value in each of its guises: in the file, in a call, as a word of argv, in the environment. */
interface Sample {
  toml: string;
  json: unknown;
  word: string;
  text: string;
}

export interface Row {
  name: string;
  /** Of `x`, as TOML. */
  fields: Record<string, string>;
  given?: unknown;
  argv: string[];
  /** In the environment; undefined: it is not there. */
  value?: string;
}

/** Two values of each type; the first is the default, the second is in the environment as `ALIAS_<TYPE>`. */
const SAMPLES: Record<Exclude<ArgumentType, "flag" | "rest">, readonly [Sample, Sample]> = {
  str: [alike('"a b"', "a b"), alike('"-é\\"$HOME"', '-é"$HOME')],
  int: [alike("5", "5", 5), alike("-7", "-7", -7)],
  float: [alike("1.5", "1.5", 1.5), alike("-0.25", "-0.25", -0.25)],
  bool: [
    { toml: "true", json: true, word: "true", text: "1" },
    { toml: "false", json: false, word: "false", text: "0" },
  ],
  path: [alike('"/srv/a b"', "/srv/a b"), alike('"../x"', "../x")],
  choice: [alike('"one"', "one"), alike('"two"', "two")],
};

function alike(toml: string, word: string, json: unknown = word): Sample {
  return { toml, json, word, text: word };
}

export const ALIASES: Record<string, string> = Object.fromEntries(
  Object.entries(SAMPLES).map(([type, [, second]]) => [aliasOf(type), second.word]),
);

function aliasOf(type: string): string {
  return `ALIAS_${type.toUpperCase()}`;
}

/** As `x` is given to a tool. */
function named(word: string): string[] {
  return word.startsWith("-") ? [`--x=${word}`] : ["--x", word];
}

/** The rows of a type that takes a value. */
function rowsOf(type: string, [a, b]: readonly [Sample, Sample]): Row[] {
  const lines = `${a.text}\n${b.text}`;
  const both = [a.json, b.json];
  const alias = `"${aliasOf(type)}"`;
  const joined = `${a.word},${b.word}`;
  const rows: Row[] = [
    { name: "default, not given", fields: { default: a.toml }, argv: [], value: a.text },
    { name: "default", fields: { default: a.toml }, given: b.json, argv: named(b.word), value: b.text },
    { name: "required", fields: { required: "true" }, given: a.json, argv: named(a.word), value: a.text },
    { name: "required = false, not given", fields: { required: "false" }, argv: [] },
    { name: "env, not given", fields: { env: `["NOT_SET", ${alias}]` }, argv: [], value: b.text },
    { name: "env", fields: { env: alias }, given: a.json, argv: named(a.word), value: a.text },
    {
      name: "multiple",
      fields: { multiple: "true", short: '"-x"' },
      given: both,
      argv: [...named(a.word), ...named(b.word)],
      value: lines,
    },
    {
      name: "a list for a default, not given",
      fields: { default: `[${a.toml}, ${b.toml}]` },
      argv: [],
      value: lines,
    },
    { name: "position", fields: { position: "1" }, given: a.json, argv: [a.word], value: a.text },
    {
      name: "position, multiple",
      fields: { position: "1", multiple: "true" },
      given: both,
      argv: [a.word, b.word],
      value: lines,
    },
    { name: "delimiter", fields: { delimiter: '","' }, given: both, argv: named(joined), value: lines },
    {
      name: "delimiter, a text",
      fields: { delimiter: '","' },
      given: joined,
      argv: named(joined),
      value: lines,
    },
    {
      name: "delimiter, multiple",
      fields: { delimiter: '","', multiple: "true" },
      given: both,
      argv: [...named(a.word), ...named(b.word)],
      value: lines,
    },
  ];
  const typed = rows.map((row) => ({
    ...row,
    name: `${type}, ${row.name}`,
    fields: { ...row.fields, ...(type === "choice" ? { options: '["one", "two"]' } : { type: `"${type}"` }) },
  }));
  return type === "bool" ? typed.filter(({ fields }) => !("delimiter" in fields)) : typed;
}

const flag = { type: '"flag"' };
const rest = { type: '"rest"' };

/** Rows that are written as a table, inline or as a block. */
export const TABLE_ROWS: readonly Row[] = [
  ...Object.entries(SAMPLES).flatMap(([type, samples]) => rowsOf(type, samples)),
  { name: "flag, not given", fields: flag, argv: [], value: "0" },
  { name: "flag, true", fields: { ...flag, short: '"x"' }, given: true, argv: ["--x"], value: "1" },
  { name: "flag, false", fields: flag, given: false, argv: [], value: "0" },
  { name: "flag, default true, not given", fields: { default: "true" }, argv: [], value: "1" },
  { name: "flag, default true, false", fields: { default: "true" }, given: false, argv: [], value: "0" },
  { name: "flag, env, not given", fields: { ...flag, env: '"ALIAS_BOOL"' }, argv: [], value: "0" },
  { name: "rest, not given", fields: rest, argv: [] },
  {
    name: "rest",
    fields: rest,
    given: ["a", "--", "-b", ""],
    argv: ["--", "a", "--", "-b", ""],
    value: "a\n--\n-b\n",
  },
  { name: "rest, default, not given", fields: { ...rest, default: '["a"]' }, argv: [], value: "a" },
  { name: "rest, env, not given", fields: { ...rest, env: '"ALIAS_STR"' }, argv: [], value: '-é"$HOME' },
  { name: "choice of numbers", fields: { options: "[1, 2]" }, given: 2, argv: ["--x", "2"], value: "2" },
];

/** Rows whose only field, the default, may stand for the whole argument. */
export const BARE_ROWS: readonly Row[] = [
  { name: "str", fields: { default: '"a b"' }, given: "c d", argv: ["--x", "c d"], value: "c d" },
  { name: "str, not given", fields: { default: '"a b"' }, argv: [], value: "a b" },
  { name: "int", fields: { default: "5" }, given: -3, argv: ["--x=-3"], value: "-3" },
  { name: "int, not given", fields: { default: "-5" }, argv: [], value: "-5" },
  { name: "float", fields: { default: "1.5" }, given: 2, argv: ["--x", "2"], value: "2" },
  { name: "float, not given", fields: { default: "1.0" }, argv: [], value: "1.0" },
  { name: "flag", fields: { default: "false" }, given: true, argv: ["--x"], value: "1" },
  { name: "flag, not given", fields: { default: "true" }, argv: [], value: "1" },
  { name: "a list of int", fields: { default: "[1, 2]" }, given: [3], argv: ["--x", "3"], value: "3" },
  { name: "a list of str, not given", fields: { default: '["a", "b c"]' }, argv: [], value: "a\nb c" },
  {
    name: "a list of bool",
    fields: { default: "[true]" },
    given: [false],
    argv: ["--x", "false"],
    value: "0",
  },
];
