import * as v from "valibot";
import { AUTONOMY, BECOME_METHODS, OUTPUTS, SERVE_CONTEXTS } from "./model.ts";
import { boolean, optionalString, shaped, string, table, tableOf, text, word } from "./schema-parts.ts";
import type { Table } from "./table.ts";

const user = v.string("a user name (put a name with dots in quotes)");
const COMMAND_LINE = "the command as one would type it";
const anything = v.unknown();

/** What can be said of a runnable, and of a subcommand, apart from what it holds. */
export const toolFields = {
  description: optionalString,
  autonomy: v.exactOptional(word(AUTONOMY)),
  "autonomy-reason": optionalString,
  output: v.exactOptional(word(OUTPUTS)),
  serve: v.exactOptional(
    v.union([boolean, v.array(word(SERVE_CONTEXTS))], 'true, false, or a list of "local" and "remote"'),
  ),
  hosts: v.exactOptional(v.array(text("a host name"), 'a list of host names, such as ["web-01"]')),
  run_as: v.exactOptional(
    v.union(
      [
        v.string(),
        table(
          {
            default: v.exactOptional(user),
            hosts: v.exactOptional(tableOf(user, "a table of host names and users")),
            patterns: v.exactOptional(tableOf(user, "a table of patterns and users")),
          },
          "a table",
        ),
      ],
      "a user name, or a table with default, hosts and patterns",
    ),
  ),
  become_method: v.exactOptional(word(BECOME_METHODS)),
  become_flags: optionalString,
  examples: v.exactOptional(
    v.array(
      v.union(
        [v.string(), table({ cmd: text(COMMAND_LINE), description: optionalString }, COMMAND_LINE)],
        'a string, or {cmd = "…", description = "…"}',
      ),
      "a list of examples",
    ),
  ),
  runspec_env: v.exactOptional(text("the path of a .runspec_env file")),
  command: v.exactOptional(
    v.union(
      [text("a program"), v.pipe(v.array(string), v.minLength(1, "at least the program"))],
      "a program, or a list of the program and its first words",
    ),
  ),
  timeout: v.exactOptional(
    shaped(/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/, 'a duration with its unit, such as "90s" or "5m"'),
  ),
};

/** A runnable whose arguments, groups and subcommands are looked at one by one, each with findings of its own. */
export const tool = table(
  {
    ...toolFields,
    args: v.exactOptional(tableOf(anything, "a table of arguments")),
    groups: v.exactOptional(tableOf(anything, "a table of groups")),
    commands: v.exactOptional(tableOf(anything, "a table of subcommands")),
  },
  "a table",
);
export type RawTool = v.InferOutput<typeof tool>;

/** The fields of `table` that fit for themselves, so that a mistake in one hides none in another. */
export function fitting(table: Table): RawTool {
  const known = Object.entries(toolFields).filter(
    ([key, schema]) => Object.hasOwn(table, key) && v.is(schema, table[key]),
  );
  const result = v.safeParse(tool, Object.fromEntries(known.map(([key]) => [key, table[key]])));
  return result.success ? result.output : {};
}
