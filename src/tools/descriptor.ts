/** A tool as `tools/list` shows it, and in the shapes that agents' APIs take. The format asks for its own keys at the top; many clients keep only those in `_meta`, so they stand there, too. */

import { withLevels } from "../arguments/autonomy.ts";
import type { Group } from "../arguments/model.ts";
import { rulesForCaller } from "../arguments/rules.ts";
import { isForPeople } from "../arguments/secret.ts";
import { forModels, toInputSchema } from "../arguments/to-json-schema.ts";
import type { PlainObject } from "../json.ts";
import type { Reader } from "../mcp/tool-host.ts";
import type { Runnable } from "../spec/model.ts";
import { visible } from "../text.ts";
import type { Tool } from "./catalog.ts";

/** What Claude Code shows of a success before it moves it into a file, and the most that it can be told to. In characters of JSON: a line break has two. */
const SHOWN_UNASKED = 50_000;
const SHOWN_AT_MOST = 500_000;
/** Bytes of each stream in a result, unless the tool says otherwise: what an agent can read. */
export const USUAL_OUTPUT = 64 * 1024;

/** `tool` as `reader` sees it, for JSON, in which what is undefined is no key; the same file gives the same text, to the byte. A secret that only a person may give is shown only where a person is said to ask. */
export function describeTool(tool: Runnable & Pick<Tool, "preset">, reader: Reader = "program") {
  const { name, autonomy, autonomyReason, output, args, examples, maxOutput = USUAL_OUTPUT, preset } = tool;
  const rules = rulesForCaller(tool.groups, preset);
  const unseen = new Set(reader === "person" ? [] : args.filter(isForPeople).map((one) => one.name));
  // Programs check a call by these before they send it; the others are for the server alone.
  const groups = rules.filter((rule) => !membersOf(rule).some((member) => unseen.has(member)));
  const words = name.replaceAll(/[-_]+/g, " ").trim();
  const title = words === "" ? name : `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
  const most = maxOutput === "none" ? SHOWN_AT_MOST : Math.min(2 * maxOutput, SHOWN_AT_MOST);
  const shown = args.filter((argument) => !unseen.has(argument.name));
  const schema = toInputSchema(shown, withoutNames(rules, unseen), preset);
  return {
    name,
    title,
    description: describe(tool, title, preset),
    inputSchema: reader === "model" ? forModels(schema) : schema,
    annotations: { title, ...annotationsOf(tool) },
    "x-autonomy": autonomy,
    "x-autonomy-reason": autonomyReason,
    "x-output": output,
    _meta: {
      "runspec/autonomy": autonomy,
      "runspec/autonomy-reason": autonomyReason,
      "runspec/output": output,
      "runspec/groups": groups.length > 0 ? groups : undefined,
      "runspec/examples": examples.length > 0 ? examples : undefined,
      "anthropic/maxResultSizeChars": most > SHOWN_UNASKED ? most : undefined,
    },
  } as const;
}

const membersOf = ({ args, if: condition }: Group): string[] => [args, condition ?? []].flat();

const SECRET_OF_PEOPLE = "a secret that only a person may give";

/** Rules for a reader who is not shown the arguments called `unseen`; a rule about these alone is left out. */
function withoutNames(rules: readonly Group[], unseen: ReadonlySet<string>): Group[] {
  const shownName = (name: string) => (unseen.has(name) ? SECRET_OF_PEOPLE : name);
  return rules
    .filter((rule) => membersOf(rule).some((member) => !unseen.has(member)))
    .map((rule) => ({
      ...rule,
      args: [...new Set(rule.args.map(shownName))],
      if: rule.if && shownName(rule.if),
    }));
}

/** What clients decide by whether to ask a person (docs/agents.md has which does what). */
export function annotationsOf({ autonomy, readOnly = false, idempotent = false, openWorld }: Runnable) {
  const trusted = readOnly || autonomy === "autonomous";
  return {
    readOnlyHint: readOnly,
    destructiveHint: !trusted,
    idempotentHint: idempotent,
    openWorldHint: openWorld ?? !trusted,
  };
}

/** Some models' APIs refuse a tool without a description. An agent that knows nothing else must know that it cannot run the tool. */
function describe(runnable: Runnable, title: string, preset: Tool["preset"]) {
  const { autonomy, description = "", args } = runnable;
  const text = description.trim() === "" ? title : description;
  // An agent cannot give a required secret that it is not shown.
  const needsPerson = args.some(
    (one) => isForPeople(one) && one.required && one.env.length === 0 && !preset.has(one.name),
  );
  return autonomy === "manual" || needsPerson ? `${text}\n\nManual: only a person may run this tool.` : text;
}

/** What a server says of itself to a model: on which machine the tools run, and what their levels ask of an agent. */
export function instructionsFor(tools: readonly Tool[], hostname: string): string {
  const offered = tools.filter(({ hidden }) => hidden === undefined);
  const head = `These tools run on the host ${visible(hostname)}. How far an agent is trusted with them:`;
  return withLevels(head, offered, "there are none here");
}

type DescribedTool = ReturnType<typeof describeTool>;

/** OpenAI's `tools` parameter: `{type: "function", function: {name, description, parameters}}`. */
export function openaiTools(tools: readonly DescribedTool[]): PlainObject[] {
  return anthropicTools(tools).map(({ input_schema: parameters, ...tool }) => ({
    type: "function",
    function: { ...tool, parameters },
  }));
}

/** Anthropic's `tools` parameter: `{name, description, input_schema}`. */
export function anthropicTools(tools: readonly DescribedTool[]): PlainObject[] {
  return tools.map(({ name, description, inputSchema }) => ({
    name,
    description,
    input_schema: forModels(inputSchema, []),
  }));
}
