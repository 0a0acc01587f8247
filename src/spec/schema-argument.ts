import * as v from "valibot";
import { ARGUMENT_TYPES, AUTONOMY } from "./model.ts";
import {
  once,
  optionalBoolean,
  optionalString,
  shaped,
  strings,
  table,
  tableOf,
  text,
  whole,
  word,
} from "./schema-parts.ts";

/** TOML numbers: an integer comes as bigint, a float as number. */
const number = once(() => v.union([v.bigint(), v.number()], "a number"));
const scalar = once(() =>
  v.union([v.string(), v.boolean(), v.bigint(), v.number()], "a string, a number, true or false"),
);
const scalars = once(() => v.array(scalar(), "a list"));

const VARIABLE = 'the name of an environment variable, such as "API_KEY"';
const variable = once(() => shaped(/^[A-Za-z_][A-Za-z0-9_]*$/, VARIABLE));

/** `[tool.args.name]`, or the inline table that stands for it. */
export const argumentTable = once(() =>
  table(
    {
      type: v.exactOptional(word(ARGUMENT_TYPES)),
      default: v.exactOptional(
        v.union([scalar(), scalars()], "a string, a number, true, false or a list of these"),
      ),
      required: optionalBoolean,
      description: optionalString,
      options: v.exactOptional(v.pipe(scalars(), v.minLength(1, "at least one choice"))),
      range: v.exactOptional(v.strictTuple([number(), number()], "a list of two numbers, [least, most]")),
      multiple: optionalBoolean,
      delimiter: v.exactOptional(text("the characters that separate values")),
      short: v.exactOptional(
        shaped(/^-?[a-gi-zA-Z0-9]$/, 'a dash and one letter or digit, such as "-v" ("-h" asks for help)'),
      ),
      env: v.exactOptional(v.union([variable(), v.array(variable())], `${VARIABLE}, or a list of them`)),
      deprecated: v.exactOptional(text("a sentence that says what to use instead")),
      autonomy: v.exactOptional(word(AUTONOMY)),
      ui: optionalString,
      meta: v.exactOptional(tableOf(v.unknown(), "a table")),
      position: v.exactOptional(whole(1n, 1000n, "a whole number, 1 for the first word")),
    },
    "a table",
  ),
);

/** A bare value, which is the argument's default. */
export const bareArgument = once(() =>
  v.union([scalar(), scalars()], 'a default value, or a table such as {type = "str"}'),
);
export type RawArgument = v.InferOutput<ReturnType<typeof bareArgument>> | RawArgumentTable;
export type RawArgumentTable = v.InferOutput<ReturnType<typeof argumentTable>>;

export const group = once(() =>
  table(
    {
      exclusive: optionalBoolean,
      inclusive: optionalBoolean,
      "at-least-one": optionalBoolean,
      "exactly-one": optionalBoolean,
      args: v.exactOptional(v.pipe(strings, v.minLength(1, "at least one argument"))),
      if: v.exactOptional(text("the name of an argument")),
      requires: v.exactOptional(v.union([v.string(), strings], "the name of an argument, or a list of them")),
    },
    'a table such as {exclusive = true, args = ["a", "b"]}',
  ),
);
export type RawGroup = v.InferOutput<ReturnType<typeof group>>;
