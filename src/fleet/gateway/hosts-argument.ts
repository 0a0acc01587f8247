/** The argument by which a call says where it runs: its name, its schema, and reading it. */

import { jsonList } from "../../arguments/json-value.ts";
import { didYouMean } from "../../did-you-mean.ts";
import { attempt } from "../../errors.ts";
import { isHostList, readHostList } from "../../hosts/host-list.ts";
import type { PlainObject } from "../../json.ts";
import { listUpTo, visible } from "../../text.ts";

/** Hosts that are named one by one, in a schema, a message or the instructions; of more of them, a tool tells. */
export const NAMED_MAX = 20;
const PREFIX = "runspec_";

/** `name`, with our prefix where it is somebody else's. */
export function free(name: string, taken: { has(name: string): boolean }): string {
  return taken.has(name) ? free(`${PREFIX}${name}`, taken) : name;
}

export function hostsSchema(names: readonly string[], listTool: string): PlainObject {
  const named = names.length <= NAMED_MAX;
  return {
    type: "array",
    items: { type: "string", ...(named && { enum: [...names] }) },
    minItems: 1,
    description: named ? "Where to run it" : `Where to run it: names as ${listTool} gives them`,
  };
}

/** Which of `names` a call is for. A single name counts as a list of one, and so does a list that was written as text. */
export function readHosts(
  given: unknown,
  argument: string,
  names: readonly string[],
): { hosts: string[] } | { problem: string } {
  const items = typeof given === "string" ? (jsonList(given) ?? [given]) : given;
  const known = `the hosts are ${listUpTo(NAMED_MAX, names, quoted)}`;
  if (items === undefined || items === null)
    return { problem: `${argument} is missing: it says where the tool runs; ${known}` };
  if (!Array.isArray(items) || !items.every((item) => typeof item === "string"))
    return { problem: `${argument}: expected an array of host names; ${known}` };
  if (items.length === 0) return { problem: `${argument} is empty: nothing was run; ${known}` };
  const hosts = new Set(items.map((item) => item.trim()));
  const unknown = [...hosts.difference(new Set(names))];
  const [first] = unknown;
  if (first === undefined) return { hosts: [...hosts] };
  const shown = listUpTo(NAMED_MAX, unknown, quoted);
  const verb = unknown.length === 1 ? "is" : "are";
  return { problem: `${argument}: ${shown}: ${verb} none of the hosts; ${adviceOn(first, names, known)}` };
}

function adviceOn(word: string, names: readonly string[], known: string): string {
  if (!isHostList(word)) return didYouMean(word, names) || known;
  const named = new Set(attempt(() => readHostList(word)));
  const meant = names.filter((name) => named.has(name));
  const advice = meant.length === 0 ? known : `write ${listUpTo(NAMED_MAX, meant, quoted)}`;
  return `nothing is expanded here: ${advice}`;
}

const QUOTED_MAX = 100;
const quoted = (name: string) => `"${visible(name.slice(0, QUOTED_MAX))}"`;
