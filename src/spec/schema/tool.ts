import * as v from "valibot";
import { AUTONOMY } from "../../arguments/model.ts";
import type { Table } from "../../json.ts";
import { BECOME_METHODS, OUTPUTS, SERVE_CONTEXTS } from "../model.ts";
import { anything, boolean, shaped, string, table, tableOf, tableWith, text, whole, word } from "./parts.ts";

const user = () => v.string("a user name (put a name with dots in quotes)");
const MAX_OUTPUT = /^(?:none|\d+(?:\.\d+)? ?(?:B|KB|MB|KiB|MiB))$/;
const MOST_BYTES = BigInt(Number.MAX_SAFE_INTEGER);
const SIZE = 'a size such as "64 KiB" or "2 MiB", a number of bytes, or "none"';
const COMMAND_LINE = "the command as one would type it";

const duration = () =>
  shaped(/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/, 'a duration with its unit, such as "90s" or "5m"');

/** What can be said of a runnable, and of a subcommand, apart from what it holds. */
export const toolFields = {
  description: string,
  autonomy: () => word(AUTONOMY),
  "autonomy-reason": string,
  output: () => word(OUTPUTS),
  serve: () =>
    v.union([boolean(), v.array(word(SERVE_CONTEXTS))], 'true, false, or a list of "local" and "remote"'),
  "read-only": boolean,
  idempotent: boolean,
  "open-world": boolean,
  "max-output": () => v.union([whole(1n, MOST_BYTES, SIZE), shaped(MAX_OUTPUT, SIZE)], SIZE),
  argv: () => word(["words", "none"]),
  hosts: () => v.array(text("a host name"), 'a list of host names, such as ["web-01"]'),
  run_as: () =>
    v.union(
      [
        v.string(),
        table(
          {
            default: user,
            hosts: () => tableOf(user(), "a table of host names and users"),
            patterns: () => tableOf(user(), "a table of patterns and users"),
          },
          "a table",
        ),
      ],
      "a user name, or a table with default, hosts and patterns",
    ),
  become_method: () => word(BECOME_METHODS),
  become_flags: string,
  become_env: () => boolean(),
  examples: () =>
    v.array(
      v.union(
        [
          v.string(),
          tableWith({ cmd: text(COMMAND_LINE), description: v.exactOptional(string()) }, COMMAND_LINE),
        ],
        'a string, or {cmd = "…", description = "…"}',
      ),
      "a list of examples",
    ),
  runspec_env: () => text("the path of a .runspec_env file"),
  command: () =>
    v.union(
      [text("a program"), v.pipe(v.array(string()), v.minLength(1, "at least the program"))],
      "a program, or a list of the program and its first words",
    ),
  timeout: duration,
  "stop-timeout": duration,
  lease: duration,
};

/** A runnable whose arguments, groups and subcommands are looked at one by one, each with findings of its own. */
export const tool = table(
  {
    ...toolFields,
    args: () => tableOf(anything(), "a table of arguments"),
    groups: () => tableOf(anything(), "a table of groups"),
    commands: () => tableOf(anything(), "a table of subcommands"),
  },
  "a table",
);
export type RawTool = v.InferOutput<typeof tool>;

/** The fields of `table` that fit for themselves, so that a mistake in one hides none in another. */
export function fitting(table: Table): RawTool {
  const known = Object.entries(toolFields).filter(
    ([key, schema]) => Object.hasOwn(table, key) && v.is(schema(), table[key]),
  );
  const result = v.safeParse(tool, Object.fromEntries(known.map(([key]) => [key, table[key]])));
  return result.success ? result.output : {};
}
