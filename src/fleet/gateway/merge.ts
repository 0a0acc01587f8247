/** What many hosts offer as one list: each tool once, with an argument that says where it runs. */

import { strictest } from "../../arguments/autonomy.ts";
import { forModels } from "../../arguments/to-json-schema.ts";
import { asObject, jsonWeight, type PlainObject, wellFormed } from "../../json.ts";
import type { RemoteTool } from "../../mcp/client/tool-list.ts";
import type { ToolDescriptor } from "../../mcp/tool-host.ts";
import { differencesOf, type Variant } from "./differences.ts";
import { free, hostsSchema } from "./hosts-argument.ts";
import type { Link } from "./link.ts";
import { describeListHosts, LIST_HOSTS } from "./list-hosts.ts";
import { propertiesOf, requiredOf, unionOfInputs } from "./union.ts";

export interface Offered {
  tools: ReadonlyMap<string, MergedTool>;
  list: readonly ToolDescriptor[];
  /** What our own tool is called. */
  listTool: string;
  text: string;
}

interface MergedTool {
  descriptor: ToolDescriptor;
  /** What the argument is called that says where. */
  hostsArgument: string;
}

/** What the gateway offers, by what is known of the hosts of its list. */
export function offerOf(links: readonly Pick<Link, "host" | "tools">[]): Offered {
  const offers = links.flatMap((link) => {
    const offered = link.tools();
    return offered === undefined ? [] : [{ hosts: [link.host.name], tools: offered }];
  });
  const listTool = free(LIST_HOSTS, new Set(offers.flatMap((offer) => offer.tools.map(({ name }) => name))));
  const tools = mergeTools(offers, { names: links.map(({ host }) => host.name), listTool });
  const list = [...[...tools.values()].map(({ descriptor }) => descriptor), describeListHosts(listTool)];
  return { tools, list, listTool, text: JSON.stringify(list) };
}

/** Bytes of a tool, as of a page of them: some clients leave a server over a message of 10 MiB. */
const TOOL_MAX = 4 * 1024 * 1024;

/** In the order of the first host that has it. */
export function mergeTools(
  offers: readonly { hosts: readonly string[]; tools: readonly RemoteTool[] }[],
  context: Pick<Offered, "listTool"> & { names: readonly string[] },
): Map<string, MergedTool> {
  const variants = offers.flatMap(({ hosts, tools }) => firstOfEach(tools).map((tool) => ({ tool, hosts })));
  const known = offers.flatMap(({ hosts }) => hosts);
  const merged = new Map<string, MergedTool>();
  for (const [name, sameName] of Map.groupBy(variants, ({ tool }) => tool.name)) {
    const having = new Set(sameName.flatMap(({ hosts }) => hosts));
    const lacking = known.filter((host) => !having.has(host));
    const forms = sameTogether(sameName);
    const merge = (shown: readonly Variant[]) => mergeTool(forms, shown, lacking, context);
    // Where all of them are too much, those are shown that take no more than their share: no host takes a tool away from the others.
    const isSmall = (form: Variant) => jsonWeight(form.tool.raw) <= TOOL_MAX / 2 / forms.length;
    const tool = merge(forms) ?? merge(forms.filter(isSmall));
    if (tool !== undefined) merged.set(name, tool);
  }
  return merged;
}

/** Says the same of lists that are the same. */
export const listText = (tools: readonly RemoteTool[]): string => JSON.stringify(tools.map(({ raw }) => raw));

/** Names that a tool may have here: for one that clients cannot pass on, they refuse the whole list, with all other hosts' tools. */
const NAME = /^[^\s\p{Cc}\p{Cf}\p{Cs}]{1,128}$/u;

/** A server that lists a name twice means the first. */
function firstOfEach(tools: readonly RemoteTool[]): RemoteTool[] {
  const named = tools.filter(({ name }) => NAME.test(name));
  return [...Map.groupBy(named, ({ name }) => name).values()].flatMap(([first]) => first ?? []);
}

/** The most common form comes first: it is the one that is shown where forms cannot be united. */
function sameTogether(variants: readonly Variant[]): Variant[] {
  return Map.groupBy(variants, ({ tool }) => JSON.stringify(tool.raw))
    .values()
    .flatMap(([first, ...others]) =>
      first === undefined ? [] : [{ ...first, hosts: [first, ...others].flatMap(({ hosts }) => hosts) }],
    )
    .toArray()
    .sort((a, b) => b.hosts.length - a.hosts.length);
}

/** Characters of a description, our words around it not counted. OpenAI's API refuses all tools over one of more than 1024 characters, and Claude Code cuts it at 2048. */
const DESCRIPTION_MAX = 980;

/** The tool on all hosts, of which the arguments of `shown` are listed; undefined: these are too much for a client. */
function mergeTool(
  variants: readonly Variant[],
  shown: readonly Variant[],
  lacking: readonly string[],
  { names, listTool }: Parameters<typeof mergeTools>[1],
): MergedTool | undefined {
  const [first] = shown.map(({ tool }) => tool);
  if (first === undefined) return undefined;
  const tools = variants.map(({ tool }) => tool);
  const union = unionOfInputs(shown.map(({ tool }) => tool.inputSchema));
  const { properties, required: _required, ...schema } = union;
  const hostsArgument = free("hosts", requiredOf(union).union(propertiesOf(union)));
  const levels = tools.map(({ autonomy }) => autonomy);
  // A host that gives none counts as `confirm`, the format's default.
  const level = levels.some(Boolean) ? strictest(levels.map((one) => one ?? "confirm")) : undefined;
  const text = first.description || first.title || first.name;
  const descriptor = wellFormed({
    name: first.name,
    ...(first.title !== undefined && { title: first.title }),
    description: [text, ...differencesOf(variants, lacking, DESCRIPTION_MAX - text.length)].join("\n"),
    inputSchema: forModels({
      ...schema,
      properties: { [hostsArgument]: hostsSchema(names, listTool), ...asObject(properties) },
      required: [hostsArgument, ...requiredOf(union)],
    }),
    annotations: { ...(first.title !== undefined && { title: first.title }), ...strictestHints(tools) },
    ...(level !== undefined && { "x-autonomy": level }),
    _meta: { ...(level !== undefined && { "runspec/autonomy": level }), ...mostShown(tools) },
  });
  return jsonWeight(descriptor) > TOOL_MAX ? undefined : { hostsArgument, descriptor };
}

/** What Claude Code is told to show of a long result. */
const SHOWN = "anthropic/maxResultSizeChars";

function mostShown(tools: readonly RemoteTool[]): PlainObject {
  const shown = tools.map(({ meta }) => meta[SHOWN]).filter((most) => typeof most === "number");
  return shown.length === 0 ? {} : { [SHOWN]: Math.max(...shown) };
}

/** Each hint as the most careful host gives it; a hint that is not given has MCP's default, the careful one. */
function strictestHints(tools: readonly RemoteTool[]): PlainObject {
  const given = tools.map(({ raw }) => asObject(raw.annotations));
  return {
    readOnlyHint: given.every(({ readOnlyHint }) => readOnlyHint === true),
    destructiveHint: given.some(({ destructiveHint }) => destructiveHint !== false),
    idempotentHint: given.every(({ idempotentHint }) => idempotentHint === true),
    openWorldHint: given.some(({ openWorldHint }) => openWorldHint !== false),
  };
}
