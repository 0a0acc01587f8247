/** Tools in the shapes that agents' APIs take. */

import { isObject, type Json } from "../json.ts";
import type { describeTool } from "../tools/descriptor.ts";

type DescribedTool = ReturnType<typeof describeTool>;

/** OpenAI's `tools` parameter: `{type: "function", function: {name, description, parameters}}`. */
export function openaiTools(tools: readonly DescribedTool[]): Record<string, Json>[] {
  return tools.map(({ name, description, inputSchema }) => ({
    type: "function",
    function: { name, description, parameters: withoutExtensions(inputSchema) },
  }));
}

/** Anthropic's `tools` parameter: `{name, description, input_schema}`. */
export function anthropicTools(tools: readonly DescribedTool[]): Record<string, Json>[] {
  return tools.map(({ name, description, inputSchema }) => ({
    name,
    description,
    input_schema: withoutExtensions(inputSchema),
  }));
}

/** A schema without the `x-…` keys of its properties, which these APIs have no use for. */
function withoutExtensions(schema: Record<string, Json>): Record<string, Json> {
  const { properties, ...root } = schema;
  if (!isObject(properties)) return schema;
  const plain = Object.entries(properties).map(([name, property]) => {
    const said = Object.entries(isObject(property) ? property : {});
    return [name, Object.fromEntries(said.filter(([key]) => !key.startsWith("x-")))];
  });
  return { ...root, properties: Object.fromEntries(plain) };
}
