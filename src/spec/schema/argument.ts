/** The schemas of an argument's table and of a group's. */

import * as v from "valibot";
import { AUTONOMY } from "../../arguments/autonomy.ts";
import { ARGUMENT_TYPES } from "../../arguments/model.ts";
import { boolean, choice, field, int, like, nonEmpty, string, strings, table, tableOf } from "./parts.ts";

/** TOML numbers: an integer comes as bigint, a float as number. */
const number = v.union([v.bigint(), v.number()], "a number");
const scalar = v.union(
  [v.string(), v.boolean(), v.bigint(), v.number()],
  "a string, a number, true or false",
);
const scalars = v.array(scalar, "a list");
const RANGE = "a list of two numbers, [least, most]";
const range = v.pipe(v.array(number, RANGE), v.length(2, RANGE));
const VARIABLE = 'the name of an environment variable, without "$", such as "API_KEY"';
const variable = like(/^[A-Za-z_][A-Za-z0-9_]*$/, VARIABLE);

/** `[tool.args.name]`, or the inline table that stands for it. */
export const argumentTable = table(
  {
    type: field("What a value is. Inferred from options or default, else str", choice(ARGUMENT_TYPES)),
    default: field(
      "The value when none is given; without one the argument is required",
      v.union([scalar, scalars], "a string, a number, true, false or a list of these"),
    ),
    required: field("Whether it must be given. Default: unless it has a default, is a flag or rest", boolean),
    description: field("What it means, for people and agents", string),
    options: field("The values it may have", v.pipe(scalars, v.minLength(1, "at least one choice"))),
    range: field("The least and the most a number may be: [1, 100]", range),
    multiple: field("Whether it takes several values, given by repeating it. Default: false", boolean),
    delimiter: field("What separates several values in one text", like(/^[^\u0000]+$/, "text without a NUL")),
    short: field(
      'Its short flag: "-v"',
      like(/^-?[a-gi-zA-Z0-9]$/, 'a dash and one letter or digit, such as "-v" ("-h" asks for help)'),
    ),
    env: field(
      "Environment variables that give it a value when the caller does not, the first one set wins",
      v.union([variable, v.array(variable)], `${VARIABLE}, or a list of them`),
    ),
    deprecated: field("What to use instead; shown on use", nonEmpty("what to use instead, in words")),
    autonomy: field("The autonomy of calls that give it, where that is more restrictive", choice(AUTONOMY)),
    ui: field("How a form should ask for it", string),
    meta: field("Anything; passed on, never looked at", tableOf(v.unknown(), "a table")),
    pass: field('How the tool gets it: "both" (the default), "argv", "env"', choice(["both", "argv", "env"])),
    position: field(
      "Its place among the words that are not flags; 1 is the first",
      int(0n, 1000n, "a whole number, 1 for the first word"),
    ),
  },
  "a table",
);
export type RawArgumentTable = v.InferOutput<typeof argumentTable>;

export const bareArgument = v.union([scalar, scalars], 'a default value, or a table such as {type = "str"}');
export type RawArgument = v.InferOutput<typeof bareArgument> | RawArgumentTable;

export const group = table(
  {
    exclusive: field("At most one of args may be given", boolean),
    inclusive: field("All of args are given, or none", boolean),
    "at-least-one": field("One or more of args must be given", boolean),
    "exactly-one": field("One of args must be given, and no more", boolean),
    args: field("The arguments the rule is about", strings),
    if: field("When this one is given, those in requires must be, too", nonEmpty("the name of an argument")),
    requires: field(
      "The arguments that `if` makes required",
      v.union([v.string(), strings], "the name of an argument, or a list of them"),
    ),
  },
  'a table such as {exclusive = true, args = ["a", "b"]}',
);
export type RawGroup = v.InferOutput<typeof group>;
