/** The words after `--`, read by the schema that the server gave for its tool. */

import { fromInputSchema, groupsFromMeta } from "../arguments/from-json-schema.ts";
import { toCallArguments } from "../arguments/json-arguments.ts";
import type { Argument, Group } from "../arguments/model.ts";
import { withoutSecretDefaults } from "../arguments/secret.ts";
import { readCommandLine, refuseProblems } from "../arguments/words.ts";
import { isObject, type JsonObject } from "../jsonrpc/message.ts";
import type { RemoteTool } from "../mcp/client/tool-list.ts";
import type { Example } from "../spec/model.ts";
import { withoutFalseFlags } from "./false-flags.ts";

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

/** What the server needs nobody to give is not among the schema's `required`. */
const NOTHING_MORE: ReadonlyMap<string, boolean> = new Map();

/**
 * What `words` ask for.
 * @throws RunspecError 125 with everything that is wrong at once, before anything has run.
 */
export function readToolWords(tool: RemoteTool, words: readonly string[], invocation: string): ToolWords {
  const args = fromInputSchema(tool.inputSchema);
  const groups = groupsFromMeta(tool.meta);
  const { given, problems, help, notes } = readCommandLine(words, { args, groups }, NOTHING_MORE);
  if (help) return { kind: "help", help: usageOf(tool) };
  const sent = withoutFalseFlags(tool, given, args);
  const call = toCallArguments(sent.given, args);
  refuseProblems(tool.name, [...problems, ...sent.problems, ...call.problems], invocation);
  return { kind: "call", arguments: call.arguments, notes };
}

/** What the tool takes, by its schema. */
export function usageOf({ name, title, description, inputSchema, meta }: RemoteTool): ToolUsage {
  const args = fromInputSchema(inputSchema);
  const groups = groupsFromMeta(meta);
  const examples = readExamples(meta["runspec/examples"]);
  return {
    name,
    args: withoutSecretDefaults(args),
    groups,
    examples,
    // Where a tool has no description, its title stands in for one in a list.
    ...(description === undefined || description === title ? {} : { description }),
  };
}

function readExamples(value: unknown): Example[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isObject).flatMap(({ cmd, description }) => {
    if (typeof cmd !== "string") return [];
    return [{ cmd, ...(typeof description === "string" ? { description } : {}) }];
  });
}
