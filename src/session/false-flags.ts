/** Flags that are given as false, to servers of other implementations of the format. */

import type { Argument, Value } from "../arguments/model.ts";
import type { RemoteTool } from "../mcp/client/tool-list.ts";

/**
 * `given` as a server of another implementation takes it: it exports a false flag as `0`, which its tools take for on, as any text. So
 * false is left out where it is what the tool has anyway; where it is not, it is a problem: the opposite must not be run.
 */
export function withoutFalseFlags(
  tool: RemoteTool,
  given: ReadonlyMap<string, Value>,
  args: readonly Argument[],
): { given: ReadonlyMap<string, Value>; problems: string[] } {
  if (!isOfAnother(tool)) return { given, problems: [] };
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

/** Ours says what it knows of a tool in `_meta`, too. */
function isOfAnother({ raw }: RemoteTool): boolean {
  return "x-autonomy" in raw && raw._meta === undefined;
}
