/** In words, for a model: which hosts take what, where they do not take the same. */

import { isObject } from "../../jsonrpc/message.ts";
import type { RemoteTool } from "../../mcp/client/tool-list.ts";
import { listUpTo, shorten, visible } from "../../text.ts";
import { autonomyOf } from "../check.ts";
import { foldNames } from "../fold-names.ts";
import { propertiesOf, requiredOf } from "./union.ts";

/** The same tool on some hosts. */
export interface Variant {
  tool: RemoteTool;
  hosts: readonly string[];
}

/** Of a tool that differs in everything: what nobody would read is left out. */
const LINES_MAX = 12;
const LINE_MAX = 240;
const CHOICES_MAX = 12;

/** Lines to add to the tool's description; none where all of them are the same. */
export function differencesOf(variants: readonly Variant[], lacking: readonly string[]): string[] {
  const names = new Set(variants.flatMap(({ tool }) => [...propertiesOf(tool.inputSchema).keys()]));
  const lines = [
    ...(lacking.length === 0 ? [] : [`not on ${namesText(lacking)}`]),
    ...differing(variants, "level", ({ tool }) => autonomyOf(tool.meta) ?? "none"),
    ...[...names].flatMap((name) => {
      const wantsRequired = differsIn(variants, ({ tool }) => requiredOf(tool.inputSchema).has(name));
      return differing(variants, visible(name), (variant) => takenText(variant, name, wantsRequired));
    }),
  ];
  if (lines.length === 0) return [];
  const more = lines.length - LINES_MAX;
  return [
    "Not the same on all hosts:",
    ...lines.slice(0, LINES_MAX).map((line) => `- ${shorten(line, LINE_MAX)}`),
    ...(more > 0 ? [`- and ${more} more`] : []),
  ];
}

/** `web-{01..17},db`, cut where it is long. */
export function namesText(names: readonly string[]): string {
  return shorten(visible(foldNames(names)), LINE_MAX);
}

/** `env: one of "a", "b" on web-1; text on web-2`; nothing where it is the same for all. */
function differing(
  variants: readonly Variant[],
  what: string,
  said: (variant: Variant) => unknown,
): string[] {
  if (!differsIn(variants, said)) return [];
  const groups = Map.groupBy(variants, said);
  const parts = [...groups].map(
    ([text, alike]) => `${text} on ${namesText(alike.flatMap((one) => one.hosts))}`,
  );
  return [`${what}: ${parts.join("; ")}`];
}

function differsIn(variants: readonly Variant[], said: (variant: Variant) => unknown): boolean {
  return new Set(variants.map(said)).size > 1;
}

function takenText({ tool }: Variant, name: string, wantsRequired: boolean): string {
  const schema = propertiesOf(tool.inputSchema).get(name);
  if (schema === undefined) return "not taken";
  const required = wantsRequired && requiredOf(tool.inputSchema).has(name) ? ", required" : "";
  return `${typeText(schema)}${required}`;
}

const TYPE: Readonly<Record<string, string>> = {
  string: "text",
  integer: "an integer",
  number: "a number",
  boolean: "true or false",
  object: "an object",
};

function typeText(schema: unknown): string {
  if (!isObject(schema)) return "any value";
  const { type, enum: choices, items, minimum, maximum } = schema;
  if (Array.isArray(choices))
    return `one of ${listUpTo(CHOICES_MAX, choices, (choice) => visible(JSON.stringify(choice)))}`;
  if (type === "array") return `a list (${typeText(items)})`;
  const from = typeof minimum === "number" ? ` from ${minimum}` : "";
  const to = typeof maximum === "number" ? ` up to ${maximum}` : "";
  return `${TYPE[String(type)] ?? "any value"}${from}${to}`;
}
