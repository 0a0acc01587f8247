/** What stands at the top of a file, where tools are: the table of one, or what was meant as something else. */

import { describeValue } from "../arguments/describe.ts";
import { isSecretName } from "../arguments/secret.ts";
import { NOT_SHOWN } from "../arguments/value.ts";
import { isObject, own, type PlainObject } from "../json.ts";
import { listUpTo } from "../text.ts";
import { TOOL_KEYS } from "./schema/tool.ts";
import type { FileKey } from "./toml/file-key.ts";
import { keyText } from "./toml/scan-keys.ts";

/** Tables of `[config]`, and of a tool, that people write at the top by mistake. */
const MISPLACED = { config: ["jump-hosts", "jump-groups", "logging"], TOOL: ["args", "commands"] };
/** What people put around their tools; `tool` also around `runspec`, as in a pyproject.toml. */
const CONTAINERS = new Set(["tool", "tools", "runnables"]);

/** `raw` where it may declare a tool; what was meant as something else is left out with a warning. */
export function toolTable(name: string, raw: unknown, at: FileKey): PlainObject | undefined {
  if (!isObject(raw)) {
    const found = isSecretName(name) ? NOT_SHOWN : Array.isArray(raw) ? "a list" : describeValue(raw);
    const advice = `a tool is declared as [${keyText(name)}], a setting under [config]`;
    at.warning(`found ${found}, expected a table; left out: ${advice}`);
    return undefined;
  }
  if (CONTAINERS.has(name) && holdsTablesAlone(raw)) {
    const inner = own(raw, "runspec");
    const table = isObject(inner) && holdsTablesAlone(inner) ? inner : raw;
    const tools = listUpTo(3, Object.keys(table), (tool) => `[${keyText(tool)}]`);
    at.warning(`found a table with tools in it, expected them at the top, as ${tools}; left out`);
    return undefined;
  }
  const [parent] = Object.entries(MISPLACED).find(([, names]) => names.includes(name)) ?? [];
  if (parent === undefined || typeof raw.description === "string") return raw;
  at.warning(`found a tool named "${name}"; did you mean [${parent}.${name}]?`);
  return Object.keys(raw).some((key) => TOOL_KEYS.includes(key)) ? raw : undefined;
}

function holdsTablesAlone(raw: PlainObject): boolean {
  const entries = Object.entries(raw);
  return entries.length > 0 && entries.every(([key, value]) => isObject(value) && !TOOL_KEYS.includes(key));
}
