/** Tools in the shapes that agents' APIs take. */

import type { JsonObject } from "../json.ts";

export interface DescribedTool {
  name: string;
  description?: string;
  inputSchema: JsonObject;
}

/** OpenAI's `tools` parameter: `{type: "function", function: {name, description, parameters}}`. */
export function openaiTools(tools: readonly DescribedTool[]): JsonObject[] {
  return tools.map(({ name, description, inputSchema }) => ({
    type: "function",
    function: {
      name,
      ...(description === undefined ? {} : { description }),
      parameters: withoutExtensions(inputSchema),
    },
  }));
}

/** Anthropic's `tools` parameter: `{name, description, input_schema}`. */
export function anthropicTools(tools: readonly DescribedTool[]): JsonObject[] {
  return tools.map(({ name, description, inputSchema }) => ({
    name,
    ...(description === undefined ? {} : { description }),
    input_schema: withoutExtensions(inputSchema),
  }));
}

/** A schema without the `x-…` keys of its properties, which these APIs have no use for. */
function withoutExtensions(schema: JsonObject): JsonObject {
  const { properties, ...root } = schema;
  if (!isObject(properties)) return schema;
  const plain = Object.entries(properties).map(([name, property]): [string, JsonObject[string]] => [
    name,
    isObject(property)
      ? Object.fromEntries(Object.entries(property).filter(([key]) => !key.startsWith("x-")))
      : property,
  ]);
  return { ...root, properties: Object.fromEntries(plain) };
}

function isObject(value: JsonObject[string] | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
