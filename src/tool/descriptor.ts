/** A tool as `tools/list` shows it. The format's own keys stand at the top, as it asks, and in `_meta`, where they survive. */

import type { Runnable } from "../spec/model.ts";
import { type JsonObject, toInputSchema } from "../spec/to-json-schema.ts";
import type { Tool } from "./catalog.ts";

/** Deterministic to the byte: the same file gives the same text. */
export function describeTool({ runnable, already }: Pick<Tool, "runnable" | "already">) {
  const { name, autonomy, autonomyReason, output, args, groups, examples } = runnable;
  const description = describe(runnable);
  const title = titleOf(name);
  const meta: JsonObject = {
    "runspec/autonomy": autonomy,
    ...(autonomyReason === undefined ? {} : { "runspec/autonomy-reason": autonomyReason }),
    "runspec/output": output,
    ...(groups.length === 0 ? {} : { "runspec/groups": groups.map((group) => ({ ...group })) }),
    ...(examples.length === 0 ? {} : { "runspec/examples": examples.map((example) => ({ ...example })) }),
  };
  return {
    name,
    title,
    ...(description === undefined ? {} : { description }),
    inputSchema: toInputSchema(args, groups, already),
    annotations: {
      title,
      readOnlyHint: false,
      destructiveHint: autonomy !== "autonomous",
      openWorldHint: true,
    },
    "x-autonomy": autonomy,
    ...(autonomyReason === undefined ? {} : { "x-autonomy-reason": autonomyReason }),
    "x-output": output,
    _meta: meta,
  } as const;
}

/** An agent that knows only the description must know that it cannot run the tool. */
function describe({ autonomy, description }: Runnable): string | undefined {
  if (autonomy !== "manual") return description;
  return [description, "Manual: only a person may run this tool."]
    .filter((text) => text !== undefined)
    .join("\n\n");
}

function titleOf(name: string): string {
  const words = name.replaceAll(/[-_]+/g, " ").trim();
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}
