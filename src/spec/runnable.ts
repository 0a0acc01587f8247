import { describeValue } from "../arguments/describe.ts";
import type { Group } from "../arguments/model.ts";
import { isTable, own, type Table } from "../json.ts";
import { type Arguments, readArguments, soundOf, withStandardFlags } from "./arguments.ts";
import { checkDelivery } from "./delivery.ts";
import { readGroup } from "./groups.ts";
import type { Example, Runnable } from "./model.ts";
import { checkToolName, checkUnsafeNames } from "./names.ts";
import { evenGroup, evenTool } from "./odd.ts";
import { failedSince, keysInOrder, type Reading } from "./reading.ts";
import { group } from "./schema/argument.ts";
import { type RawTool, tool } from "./schema/tool.ts";
import { fittingFields, validate } from "./schema/validate.ts";
import { error, type Finding, warning } from "./toml/findings.ts";
import type { Path } from "./toml/key-map.ts";
import { checkBecome, type Inherited, readFields } from "./tool-fields.ts";

/** A table that declares a tool, and where it stands. */
interface Declaration {
  /** The tool's flat name: `pipeline_run`. */
  name: string;
  /** `["pipeline", "run"]`. */
  words: string[];
  /** `["pipeline", "commands", "run"]`. */
  path: Path;
  raw: unknown;
  inherited: Inherited;
}

/**
 * The tools that `[name]` declares: itself, or one for each of its innermost subcommands. A tool with an error is left
 * out; the error is in `reading.findings`.
 */
export function readRunnable(name: string, raw: unknown, reading: Reading): Runnable[] {
  const inherited = reading.envFile === undefined ? {} : { envFile: reading.envFile };
  return readTool({ name, words: [name], path: [name], raw, inherited }, reading);
}

function readTool(declaration: Declaration, reading: Reading): Runnable[] {
  const { name, words, path, raw, inherited } = declaration;
  const { findings } = reading;
  const before = findings.length;
  checkToolName(name, path, findings);
  checkUnsafeNames(raw, path, findings, "commands");
  const even = evenTool(raw, path, findings);
  const spec = validate(tool, even, path, findings);
  const inside = isTable(even) ? even : {};
  const args = readArguments(own(inside, "args"), [...path, "args"], reading);
  const groups = readGroups(own(inside, "groups"), args, [...path, "groups"], reading);
  const fields = readFields(spec ?? fittingFields(inside), path, reading);
  checkBecome(fields, inherited, path, reading);
  checkDelivery({ ...inherited, ...fields }, soundOf(args), path, findings);
  if (words.length > 1 && spec?.command !== undefined) {
    error(
      findings,
      [...path, "command"],
      `found ${describeValue(spec.command)}, expected no command here: a subcommand runs the executable of its parent`,
    );
  }
  const commands = own(inside, "commands");
  if (isTable(commands)) {
    const down = { ...inherited, ...fields };
    return [
      ...warnOfIdleParts(inside, path, findings),
      ...readCommands({ ...declaration, inherited: down }, commands, reading),
    ];
  }
  if (spec === undefined || failedSince(before, findings)) return [];
  return [assemble(declaration, spec, fields, args, groups, reading)];
}

/** Only the innermost commands are tools: what a parent says of its own call is never used. */
function warnOfIdleParts(inside: Table, path: Path, findings: Finding[]): [] {
  for (const part of ["args", "groups", "examples"]) {
    if (own(inside, part) === undefined) continue;
    warning(findings, [...path, part], "not used: a tool that has commands is only called through them");
  }
  return [];
}

function readCommands(parent: Declaration, commands: Table, reading: Reading): Runnable[] {
  const path = [...parent.path, "commands"];
  const names = keysInOrder(commands, path, reading.keys);
  return names.flatMap((sub) => {
    const words = [...parent.words, sub];
    return readTool(
      { ...parent, name: words.join("_"), words, path: [...path, sub], raw: commands[sub] },
      reading,
    );
  });
}

function readGroups(raw: unknown, args: Arguments, path: Path, reading: Reading): Group[] {
  if (!isTable(raw)) return [];
  return keysInOrder(raw, path, reading.keys).flatMap((name) => {
    const spec = validate(group, evenGroup(raw[name]), [...path, name], reading.findings);
    return spec === undefined ? [] : readGroup(name, spec, args, [...path, name], reading.findings);
  });
}

function assemble(
  { name, words, inherited }: Declaration,
  spec: RawTool,
  fields: Inherited,
  args: Arguments,
  groups: Group[],
  { file, autonomyDefault, logs }: Reading,
): Runnable {
  // The libraries that take these flags take them of a tool, and not of its subcommands.
  const takesStandard = logs === true && words.length === 1;
  const reason = spec["autonomy-reason"];
  return {
    name,
    path: words,
    file,
    autonomy: autonomyDefault,
    output: spec.output ?? "text",
    serve: ["local", "remote"],
    becomeMethod: "sudo",
    becomeFlags: "",
    examples: (spec.examples ?? []).map(readExample),
    args: takesStandard ? withStandardFlags(soundOf(args)) : soundOf(args),
    groups,
    ...(spec.description !== undefined && { description: spec.description }),
    ...(reason !== undefined && { autonomyReason: reason }),
    ...inherited,
    ...fields,
  };
}

function readExample(example: string | { cmd: string; description?: string }): Example {
  if (typeof example === "string") return { cmd: example };
  const { cmd, description } = example;
  return description === undefined ? { cmd } : { cmd, description };
}
