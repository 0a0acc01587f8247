/** Arguments for tests, declared as a file would. */

import type { Argument } from "../../src/arguments/model.ts";
import { parseSpec } from "../../src/spec/load.ts";
import type { Runnable } from "../../src/spec/model.ts";

/** The tool `[tool]` with this inside; throws when the declaration has an issue. */
export function toolOf(inside: string): Runnable {
  const { runnables, issues } = parseSpec(`[tool]\n${inside}`, "/spec/runspec.toml");
  const [tool] = runnables;
  if (tool === undefined || issues.some(({ severity }) => severity === "error")) {
    throw new Error(`not a sound tool: ${JSON.stringify(issues)}`);
  }
  return tool;
}

/** The arguments under `[tool.args]`. */
export function argsOf(lines: string): Argument[] {
  return toolOf(`[tool.args]\n${lines}`).args;
}
