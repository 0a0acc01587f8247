/** A tool's table, read part by part: its fields, arguments, groups, examples and subcommands. */

import { describeValue } from "../arguments/describe.ts";
import type { Group } from "../arguments/model.ts";
import { DEFAULT_BECOME_METHOD } from "../become/methods.ts";
import { asObject, isObject, own, type PlainObject } from "../json.ts";
import { checkName } from "./check-names.ts";
import type { Example, Runnable } from "./model.ts";
import { normaliseTool } from "./normalise.ts";
import { checkPassing } from "./passing.ts";
import { group } from "./schema/argument.ts";
import { COMMAND_LINE, example, type RawTool, tool } from "./schema/tool.ts";
import { validate } from "./schema/validate.ts";
import type { FileKey } from "./toml/file-key.ts";
import { type Declared, readArguments, soundOf, withStandardFlags } from "./tool-arguments.ts";
import { checkBecomeFields, fittingFields, type Inherited, type Reading, readFields } from "./tool-fields.ts";
import { readGroup } from "./tool-groups.ts";

/** The tools that the table at `at` declares: itself, or its innermost subcommands (`words`: `["pipeline", "run"]`). One with an error is noted and left out. */
export function readTools(
  words: string[],
  raw: unknown,
  at: FileKey,
  reading: Reading,
  inherited: Inherited,
): Runnable[] {
  checkName("tool", words.at(-1) ?? "", at, words.join("_"));
  const normal = normaliseTool(raw, at);
  const spec = validate(tool, normal, at);
  const inside = asObject(normal);
  const declared = readArguments(inside, at.key("args"), words);
  const args = soundOf(declared);
  const groups = readGroups(own(inside, "groups"), declared, at.key("groups"));
  const examples = readExamples(own(inside, "examples"), at.key("examples"));
  const fields = readFields(spec ?? fittingFields(inside), at, reading);
  checkBecomeFields(fields, inherited, at);
  const settings = { ...inherited, ...fields };
  checkPassing(settings, args, at);
  if (words.length > 1 && spec?.command !== undefined)
    at.key("command").error(
      `found ${describeValue(spec.command)}, expected no command here: a subcommand runs the executable of its parent`,
    );
  const commands = own(inside, "commands");
  if (isObject(commands)) {
    warnOfIdleParts(inside, at);
    const subs = at.key("commands").entriesOf(commands);
    return subs.flatMap(([sub, value, key]) => readTools([...words, sub], value, key, reading, settings));
  }
  for (const key of ["become_method", "become_flags", "become_env"])
    if (settings.runAs === undefined && key in inside) at.key(key).warning("has no effect without run_as");
  if (spec === undefined || at.isWrong) return [];
  return [assemble(words, spec, { args, groups, examples }, settings, reading)];
}

/** Only the innermost commands are tools: what a parent says of its own call, and they do not inherit, is never used. */
function warnOfIdleParts(inside: PlainObject, at: FileKey): void {
  for (const part of ["args", "groups", "examples", "output", "autonomy-reason"])
    if (own(inside, part) !== undefined)
      at.key(part).warning("not used: a tool that has commands is only called through them");
}

function readGroups(raw: unknown, args: Declared, at: FileKey): Group[] {
  return at.entriesOf(asObject(raw)).flatMap(([name, value, key]) => {
    const spec = validate(group, value, key);
    return spec === undefined ? [] : readGroup(name, spec, args, key);
  });
}

function assemble(
  words: string[],
  spec: RawTool,
  { args, groups, examples }: Pick<Runnable, "args" | "groups" | "examples">,
  settings: Inherited,
  { file, logs }: Reading,
): Runnable {
  // Those libraries add the flags to tools, not to subcommands.
  const takesStandard = logs === true && words.length === 1;
  const { description, output = "text", "autonomy-reason": autonomyReason } = spec;
  return {
    name: words.join("_"),
    path: words,
    file,
    autonomy: "confirm",
    output,
    serve: ["local", "remote"],
    becomeMethod: DEFAULT_BECOME_METHOD,
    becomeFlags: "",
    examples,
    args: takesStandard ? withStandardFlags(args) : args,
    groups,
    description,
    autonomyReason,
    ...settings,
  };
}

/** What cannot be shown is odd, and left out with a warning. */
function readExamples(raw: unknown, at: FileKey): Example[] {
  if (raw !== undefined && !Array.isArray(raw))
    at.warning(`found ${describeValue(raw)}, expected a list; left out`);
  if (!Array.isArray(raw)) return [];
  return raw.flatMap((one: unknown, index) => {
    if (typeof one === "string") return [{ cmd: one }];
    const { command, ...table } = asObject(one);
    const cmd = isText(table.cmd) ? table.cmd : command;
    if (!isText(cmd)) {
      const found = isObject(one) ? "no cmd" : describeValue(one);
      at.key(index).warning(`found ${found}, expected ${COMMAND_LINE}; this example is left out`);
      return [];
    }
    return [{ cmd, description: validate(example, { ...table, cmd }, at.key(index))?.description }];
  });
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
