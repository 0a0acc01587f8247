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

/** Lines of a table of arguments, of every kind that words are read for. */
export const EVERY_KIND = `name    = {type = "str", required = false, short = "-n"}
count   = {type = "int", required = false, short = "c", range = [-10, 10]}
ratio   = {type = "float", required = false}
mode    = {options = ["fast", "-slow"], required = false}
on      = {type = "bool", required = false}
verbose = {type = "flag", short = "-v"}
dry-run = {type = "flag", short = "-d"}
tag     = {type = "str", multiple = true, required = false, short = "-t"}
list    = {type = "int", delimiter = ",", required = false}
file    = {type = "path", position = 1, required = false}
more    = {type = "str", position = 2, multiple = true, required = false}
extra   = {type = "rest"}
`;
