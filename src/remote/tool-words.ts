/** The words after `--`, read by the schema that the server gave for its tool. */

import { RunspecError } from "../errors.ts";
import { isObject, type JsonObject } from "../jsonrpc/message.ts";
import type { RemoteTool } from "../mcp/client.ts";
import { labelOf, parseWords } from "../spec/args.ts";
import { toCallArguments } from "../spec/call-arguments.ts";
import { checkGroups, checkRequired } from "../spec/check.ts";
import { fromInputSchema, groupsFromMeta } from "../spec/from-json-schema.ts";
import type { Argument, Example, Group } from "../spec/model.ts";

export interface ToolUsage {
  name: string;
  description?: string;
  args: readonly Argument[];
  groups: readonly Group[];
  examples: readonly Example[];
}

export type ToolWords =
  | { kind: "help"; help: ToolUsage }
  | { kind: "call"; arguments: JsonObject; notes: string[] };

/**
 * What `words` ask for.
 * @throws RunspecError 125 with everything that is wrong at once, before anything has run.
 */
export function readToolWords(tool: RemoteTool, words: readonly string[], invocation: string): ToolWords {
  const args = fromInputSchema(tool.inputSchema);
  const groups = groupsFromMeta(tool.meta);
  const { given, present, problems, help, notes } = parseWords(words, args);
  if (help) {
    const { name, description, meta } = tool;
    const examples = readExamples(meta["runspec/examples"]);
    return {
      kind: "help",
      help: { name, args, groups, examples, ...(description === undefined ? {} : { description }) },
    };
  }
  const call = toCallArguments(given, args);
  const missing = [
    ...checkRequired(present, args, new Set(), labelOf),
    ...checkGroups(present, groups, labelOfName(args)),
  ];
  const all = [...problems, ...call.problems, ...missing];
  if (all.length > 0) {
    throw new RunspecError(`${tool.name}: ${all.join(`\n${tool.name}: `)}`, {
      hint: `usage: ${invocation} --help`,
    });
  }
  return { kind: "call", arguments: call.arguments, notes };
}

function labelOfName(args: readonly Argument[]): (name: string) => string {
  return (name) => {
    const argument = args.find((candidate) => candidate.name === name);
    return argument === undefined ? name : labelOf(argument);
  };
}

function readExamples(value: unknown): Example[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isObject).flatMap(({ cmd, description }) => {
    if (typeof cmd !== "string") return [];
    return [{ cmd, ...(typeof description === "string" ? { description } : {}) }];
  });
}
