/** In words, for a model: which hosts take what, where they do not take the same. */

import { isObject, type PlainObject } from "../../json.ts";
import type { RemoteTool } from "../../mcp/client/tool-list.ts";
import { listUpTo, shorten, visible } from "../../text.ts";
import { foldNames } from "../fold-names.ts";
import { asInput, propertiesOf, requiredOf } from "./union.ts";

export interface Variant {
  tool: RemoteTool;
  hosts: readonly string[];
}

/** Lines about a tool that differs in everything: nobody would read more. */
const LINES_MAX = 12;
const LINE_MAX = 240;
const CHOICES_MAX = 12;

/** What of a variant may differ, looked up once: a host may send any amount of it. */
interface Form {
  hosts: readonly string[];
  level: string;
  properties: ReadonlyMap<string, PlainObject>;
  required: ReadonlySet<string>;
}

/** One thing of a tool in which hosts may differ, as words say it. */
type Aspect = (form: Form) => string | boolean;

/** Lines to add to the tool's description, of which `room` characters may tell; none where all of them are the same. */
export function differencesOf(variants: readonly Variant[], lacking: readonly string[], room: number) {
  const forms = variants.map(({ tool: { inputSchema, autonomy }, hosts }): Form => {
    const [properties, required] = [propertiesOf(asInput(inputSchema)), requiredOf(inputSchema)];
    return { hosts, level: autonomy ?? "none", properties, required };
  });
  const differ = (aspect: Aspect) => new Set(forms.map(aspect)).size > 1;
  const names = new Set(forms.flatMap(({ properties }) => [...properties.keys()]));
  const taken = [...names].map((name): [what: string, said: Aspect] => {
    const wantsRequired = differ(({ required }) => required.has(name));
    return [name, (form) => takenText(form, name, wantsRequired)];
  });
  const aspects: typeof taken = [["level", ({ level }) => level], ...taken];
  const differing = aspects.filter(([, aspect]) => differ(aspect));
  const lines = [
    ...(lacking.length === 0 ? [] : [`not on ${namesText(lacking)}`]),
    ...differing.slice(0, LINES_MAX).map(([what, aspect]) => `${what}: ${valuesOn(forms, aspect)}`),
    // A name, a level and a choice are a host's own words: none is a line about another.
  ].map((line) => `- ${shorten(visible(line), LINE_MAX)}`);
  if (lines.length === 0) return [];
  const fitting = `${lines.join("\n")}\n`.slice(0, Math.max(0, room)).split("\n").length - 1;
  const more = differing.length + (lacking.length === 0 ? 0 : 1) - fitting;
  const counted = more > 0 ? [`- and ${more} more`] : [];
  return ["Not the same on all hosts:", ...lines.slice(0, fitting), ...counted];
}

/** `web-{01..17},db`, cut where it is long. */
export const namesText = (names: readonly string[]): string => shorten(visible(foldNames(names)), LINE_MAX);

/** `one of "a", "b" on web-1; text on web-2`. */
function valuesOn(forms: readonly Form[], aspect: Aspect): string {
  return [...Map.groupBy(forms, aspect)]
    .map(([text, alike]) => `${text} on ${namesText(alike.flatMap(({ hosts }) => hosts))}`)
    .join("; ");
}

function takenText({ properties, required }: Form, name: string, wantsRequired: boolean): string {
  const schema = properties.get(name);
  if (schema === undefined) return "not taken";
  return `${typeText(schema)}${wantsRequired && required.has(name) ? ", required" : ""}`;
}

const TYPE: ReadonlyMap<string, string> = new Map([
  ["string", "text"],
  ["integer", "an integer"],
  ["number", "a number"],
  ["boolean", "true or false"],
  ["object", "an object"],
]);

function typeText(schema: unknown): string {
  if (!isObject(schema)) return "any value";
  const { type, enum: choices, items, minimum, maximum } = schema;
  if (Array.isArray(choices))
    return `one of ${listUpTo(CHOICES_MAX, choices, (choice) => JSON.stringify(choice))}`;
  if (type === "array") return `a list (${typeText(items)})`;
  const from = typeof minimum === "number" ? ` from ${minimum}` : "";
  const to = typeof maximum === "number" ? ` up to ${maximum}` : "";
  return `${TYPE.get(String(type)) ?? "any value"}${from}${to}`;
}
