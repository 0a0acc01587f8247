/** Tools in the shapes that agents' APIs take. */

import { forModels } from "../arguments/to-json-schema.ts";
import type { PlainObject } from "../json.ts";
import type { describeTool } from "../tools/descriptor.ts";

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
