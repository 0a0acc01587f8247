import * as v from "valibot";
import { ARGUMENT_TYPES, AUTONOMY } from "../../arguments/model.ts";
import {
  anything,
  boolean,
  once,
  shaped,
  string,
  strings,
  table,
  tableOf,
  text,
  whole,
  word,
} from "./parts.ts";

/** TOML numbers: an integer comes as bigint, a float as number. */
const number = once(() => v.union([v.bigint(), v.number()], "a number"));
const scalar = once(() =>
  v.union([v.string(), v.boolean(), v.bigint(), v.number()], "a string, a number, true or false"),
);
const scalars = once(() => v.array(scalar(), "a list"));

const VARIABLE = 'the name of an environment variable, such as "API_KEY"';
const variable = once(() => shaped(/^[A-Za-z_][A-Za-z0-9_]*$/, VARIABLE));

/** `[tool.args.name]`, or the inline table that stands for it. */
export const argumentTable = table(
  {
    type: () => word(ARGUMENT_TYPES),
    default: () => v.union([scalar(), scalars()], "a string, a number, true, false or a list of these"),
    required: boolean,
    description: string,
    options: () => v.pipe(scalars(), v.minLength(1, "at least one choice")),
    range: () => v.strictTuple([number(), number()], "a list of two numbers, [least, most]"),
    multiple: boolean,
    delimiter: () => text("the characters that separate values"),
    short: () =>
      shaped(/^-?[a-gi-zA-Z0-9]$/, 'a dash and one letter or digit, such as "-v" ("-h" asks for help)'),
    env: () => v.union([variable(), v.array(variable())], `${VARIABLE}, or a list of them`),
    deprecated: () => text("a sentence that says what to use instead"),
    autonomy: () => word(AUTONOMY),
    ui: string,
    meta: () => tableOf(anything(), "a table"),
    pass: () => word(["both", "argv", "env"]),
    position: () => whole(0n, 1000n, "a whole number, 1 for the first word"),
  },
  "a table",
);

/** A bare value, which is the argument's default. */
export const bareArgument = once(() =>
  v.union([scalar(), scalars()], 'a default value, or a table such as {type = "str"}'),
);
export type RawArgument = v.InferOutput<ReturnType<typeof bareArgument>> | RawArgumentTable;
export type RawArgumentTable = v.InferOutput<typeof argumentTable>;

export const group = table(
  {
    exclusive: boolean,
    inclusive: boolean,
    "at-least-one": boolean,
    "exactly-one": boolean,
    args: () => v.pipe(strings(), v.minLength(1, "at least one argument")),
    if: () => text("the name of an argument"),
    requires: () => v.union([v.string(), strings()], "the name of an argument, or a list of them"),
  },
  'a table such as {exclusive = true, args = ["a", "b"]}',
);
export type RawGroup = v.InferOutput<typeof group>;
