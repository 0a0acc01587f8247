/** The words after `--`: read by the schema that a server gave for its tool, and which of them may be secrets. */

import { firstFew } from "../arguments/describe.ts";
import { fromInputSchema, groupsFromMeta } from "../arguments/from-json-schema.ts";
import { toCallArguments } from "../arguments/json-arguments.ts";
import { type Argument, nameFinder, type Values } from "../arguments/model.ts";
import { isSecret, isSecretFlag, withoutSecretDefaults } from "../arguments/secret.ts";
import { readCommandLine } from "../arguments/words.ts";
import { didYouMean } from "../did-you-mean.ts";
import { asText, isObject, type PlainObject } from "../json.ts";
import type { RemoteTool } from "../mcp/client/tool-list.ts";
import { refusedCall, type WordsCall } from "../mcp/tool-host.ts";
import type { Example, ToolUsage } from "../spec/model.ts";
import type { CachedTools } from "./tool-cache.ts";

/** No argument has a value without the caller: a server's schema does not list such ones as required. */
const NO_PRESET: ReadonlyMap<string, boolean> = new Map();

/** What the words of a call ask for by the list of a server: a request, or help; or all that it is refused for, as a server of ours would. */
export function readToolWords(tools: readonly RemoteTool[], call: WordsCall) {
  const { human } = call;
  const tool = tools.find(({ name }) => name === call.name);
  const names = tools.map(({ name }) => name);
  if (tool === undefined) return refusedCall("tool", ["it is not listed", didYouMean(call.name, names)]);
  const args = fromInputSchema(tool.inputSchema);
  const groups = groupsFromMeta(tool.meta);
  const { given, problems, help, notes } = readCommandLine(call.words, { args, groups }, NO_PRESET);
  if (help) return { kind: "usage" as const, tool };
  const sent = withoutFalseFlags(tool, given, args);
  const made = toCallArguments(sent.given, args);
  const wrong = firstFew([...problems, ...sent.problems, ...made.problems]);
  const reasons = wrong.map((problem) => `${tool.name}: ${problem}`);
  if (reasons.length > 0) return refusedCall("words", reasons);
  const request = { name: tool.name, arguments: made.arguments, human };
  return refuseManual(tool, request.arguments, human) ?? { kind: "call" as const, request, tool, notes };
}

/** Whether a call is a person's, by what its server says of the tool and of the arguments `given`. */
export function isManual(tool: RemoteTool | undefined, given: PlainObject): boolean {
  const find = nameFinder(fromInputSchema(tool?.inputSchema));
  const isOfPerson = ([name, value]: [string, unknown]) => {
    const { autonomy, type, default: usual } = find(name) ?? {};
    // A flag that is given as false is not given, unless that switches it off.
    const isOff = value === false && type === "flag" && usual !== true;
    return autonomy === "manual" && value !== null && !isOff;
  };
  return tool?.autonomy === "manual" || Object.entries(given).some(isOfPerson);
}

/** The refusal of a call that is a person's, where its server is not known to refuse it; undefined: it may be made. */
export function refuseManual(tool: RemoteTool | undefined, given: PlainObject, human: boolean) {
  if (human || tool === undefined || !isManual(tool, given)) return undefined;
  return { ...refusedCall("autonomy", [`${tool.name} is manual: only a person may do this`]), manual: true };
}

/** What a person is told of a tool, by what its server says of it. */
export function usageOf({ name, description, inputSchema, meta }: RemoteTool): ToolUsage {
  return {
    name,
    args: withoutSecretDefaults(fromInputSchema(inputSchema)),
    groups: groupsFromMeta(meta),
    examples: readExamples(meta["runspec/examples"]),
    description,
  };
}

function readExamples(value: unknown): Example[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isObject).flatMap(({ cmd, description }) => {
    return typeof cmd === "string" ? [{ cmd, description: asText(description) }] : [];
  });
}

/** The original's servers give a tool a false flag as `0`, which it reads as on. So false is left out where the default is off, and refused where it is on. */
function withoutFalseFlags(tool: RemoteTool, given: Values, args: readonly Argument[]) {
  // Ours says what it knows of a tool in `_meta`, too.
  if (!("x-autonomy" in tool.raw) || tool.raw._meta !== undefined) return { given, problems: [] };
  const sent = new Map(given);
  const problems: string[] = [];
  for (const { name, type, required, default: value } of args) {
    if (type !== "flag" || required || given.get(name) !== false) continue;
    if (value === true)
      problems.push(
        `--${name}: found false, but the runspec of that host is an older one, which would turn it on`,
      );
    sent.delete(name);
  }
  return { given: sent, problems };
}

/** Whether the words wait for the handshake: some may be a secret, by the names of flags and by what is cached of the tool; or the server took none. */
export function mustWait(call: WordsCall, cached?: CachedTools): boolean {
  // Some servers of others end over a method that they do not know, as those of MCP's Python library before 1.9.4.
  if (cached?.takesWords === false) return true;
  if (call.words.some(isSecretFlag)) return true;
  return (cached?.tools ?? []).some(({ name, inputSchema }) => {
    if (name !== call.name) return false;
    const args = fromInputSchema(inputSchema);
    const { present } = readCommandLine(call.words, { args, groups: [] }, NO_PRESET);
    return args.some((argument) => present.has(argument.name) && isSecret(argument));
  });
}
