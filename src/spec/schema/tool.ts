/** The schema of a tool's table. */

import * as v from "valibot";
import { AUTONOMY } from "../../arguments/autonomy.ts";
import { alternatives } from "../../arguments/describe.ts";
import { BECOME_METHODS, DEFAULT_BECOME_METHOD } from "../../become/methods.ts";
import { OUTPUTS, SERVE_CONTEXTS } from "../model.ts";
import { boolean, choice, duration, field, int, like, nonEmpty, string, table, tableOf } from "./parts.ts";

const user = v.string("a user name (put a name with dots in quotes)");
const MAX_OUTPUT = /^(?:none|\d+(?:\.\d+)? ?(?:B|KB|MB|KiB|MiB))$/;
const MOST_BYTES = BigInt(Number.MAX_SAFE_INTEGER);
const SIZE = 'a size in B, KB, MB, KiB or MiB, such as "64 KiB", a number of bytes, or "none"';
export const COMMAND_LINE = "the command as one would type it";

const runAs = table(
  {
    default: v.exactOptional(user),
    hosts: v.exactOptional(tableOf(user, "a table of host names and users")),
    patterns: v.exactOptional(tableOf(user, "a table of patterns and users")),
  },
  "a table",
);

export const example = table(
  { cmd: nonEmpty(COMMAND_LINE), description: v.exactOptional(string) },
  COMMAND_LINE,
);

/** The fields of a runnable, and of a subcommand, but for its arguments, groups and subcommands. */
export const toolFields = {
  description: field("What it does, for people and agents", string),
  autonomy: field(
    "How far an agent is trusted: autonomous, confirm (a person agrees first), supervised (a person looks at the output), manual (people only)",
    choice(AUTONOMY),
  ),
  "autonomy-reason": field("Why it has this level", string),
  output: field('What it prints: "text" (the default), "json" or "html"', choice(OUTPUTS)),
  serve: field(
    'Where it is offered: true (the default), false, or a list of "local" and "remote"',
    v.union([boolean, v.array(choice(SERVE_CONTEXTS))], 'true, false, or a list of "local" and "remote"'),
  ),
  "read-only": field("It changes nothing; clients may run it unasked", boolean),
  idempotent: field("To call it again with the same arguments changes nothing more", boolean),
  "open-world": field(
    "It deals with more than this machine. Default: true, but false with autonomous or read-only",
    boolean,
  ),
  "max-output": field(
    'How much of each stream an agent is shown: "64 KiB" (the default), "2 MiB", bytes, or "none" for no limit',
    v.union([int(1n, MOST_BYTES, SIZE), like(MAX_OUTPUT, SIZE)], SIZE),
  ),
  argv: field('What is in argv: "words" (the default), what was given, or "none"', choice(["words", "none"])),
  hosts: field(
    "The host names it is offered on. Default: all",
    v.array(nonEmpty("a host name"), 'a list of host names, such as ["web-01"]'),
  ),
  run_as: field(
    'The user it runs as: a name, "$VARIABLE", or a table with default, hosts and patterns',
    v.union([v.string(), runAs], "a user name, or a table with default, hosts and patterns"),
  ),
  become_method: field(
    `How it becomes that user: ${alternatives(BECOME_METHODS)}. Default: ${DEFAULT_BECOME_METHOD}`,
    choice(BECOME_METHODS),
  ),
  become_flags: field("Flags for the become method", string),
  become_env: field(
    "Whether the RUNSPEC_… variables reach the other user, through env. Default: when an argument names an env",
    boolean,
  ),
  examples: field("Command lines that show its use", v.unknown()),
  runspec_env: field(
    "A .runspec_env file with values for its arguments",
    nonEmpty("the path of a .runspec_env file"),
  ),
  command: field(
    "What to run: a program, or a list of a program and its first words. Default: the executable called like the tool",
    v.union(
      [nonEmpty("a program"), v.pipe(v.array(string), v.minLength(1, "at least the program"))],
      "a program, or a list of the program and its first words",
    ),
  ),
  timeout: field('How long it may take: "90s", "5m", "1h30m". Default: for ever', duration),
  "stop-timeout": field('How long it has between TERM and KILL when it is ended. Default: "5s"', duration),
  lease: field(
    'For how long the connection of the call may be silent before the tool is ended: "10m", "12h". Default: 2 minutes',
    duration,
  ),
};

export const TOOL_KEYS = ["args", "groups", "commands", ...Object.keys(toolFields)];

/** A runnable whose examples, arguments, groups and subcommands are looked at one by one, each with findings of its own. */
export const tool = table(
  {
    ...toolFields,
    args: field(
      "Its arguments, by name",
      tableOf(v.unknown(), 'a table with a line for each, such as env = {type = "str"}'),
    ),
    groups: field(
      "Rules between its arguments, by name",
      tableOf(v.unknown(), "a table for each, as [TOOL.groups.NAME]"),
    ),
    commands: field(
      "Its subcommands, by name; each becomes a tool name_subcommand",
      tableOf(v.unknown(), "a table for each, as [TOOL.commands.NAME]"),
    ),
  },
  "a table",
);
export type RawTool = v.InferOutput<typeof tool>;
