/** The argument by which a call says where it runs: its name, its schema, and reading it. */

import { attempt } from "../../errors.ts";
import { expandBraces, isHostList } from "../../hosts/host-list.ts";
import type { JsonObject } from "../../jsonrpc/message.ts";
import { didYouMean, listUpTo, visible } from "../../text.ts";
import { propertiesOf } from "./union.ts";

/** Hosts that a schema names one by one; of more of them, a tool tells. */
const NAMED_MAX = 20;
const PREFIX = "runspec_";
/** Names that a message lists. */
const TOLD_MAX = 20;

/** `hosts`, unless the tool has such an argument itself. */
export function hostsArgumentName(inputs: readonly unknown[]): string {
  const taken = new Set(inputs.flatMap((input) => [...propertiesOf(input).keys()]));
  return free("hosts", taken);
}

/** `name`, with our prefix where it is somebody else's. */
export function free(name: string, taken: { has(name: string): boolean }): string {
  return taken.has(name) ? free(`${PREFIX}${name}`, taken) : name;
}

export function hostsSchema(names: readonly string[], listTool: string): JsonObject {
  const named = names.length <= NAMED_MAX;
  return {
    type: "array",
    items: { type: "string", ...(named && { enum: [...names] }) },
    minItems: 1,
    description: named ? "Where to run it" : `Where to run it: names as ${listTool} gives them`,
  };
}

export type HostsRead = { hosts: string[] } | { problem: string };

/** Which of `names` a call is for. A single name counts as a list of one, and so does a list that was written as text. */
export function readHosts(given: unknown, argument: string, names: readonly string[]): HostsRead {
  const items = typeof given === "string" ? fromText(given) : given;
  if (items === undefined || items === null)
    return { problem: `${argument} is missing: it says where the tool runs; ${known(names)}` };
  if (!Array.isArray(items) || !items.every((item) => typeof item === "string"))
    return { problem: `${argument}: expected an array of host names; ${known(names)}` };
  if (items.length === 0) return { problem: `${argument} is empty: nothing was run; ${known(names)}` };
  const hosts = [...new Set(items.map((item) => item.trim()))];
  const all = new Set(names);
  const unknown = hosts.filter((host) => !all.has(host));
  if (unknown.length === 0) return { hosts };
  const [first = ""] = unknown;
  return {
    problem: `${argument}: ${unknown.slice(0, TOLD_MAX).map(quoted).join(", ")}: ${whyNot(first, unknown.length, names)}`,
  };
}

function whyNot(first: string, count: number, names: readonly string[]): string {
  const none = count === 1 ? "is none of the hosts" : "are none of the hosts";
  if (isHostList(first)) {
    const meant = first.startsWith("@") ? [] : expanded(first).filter((name) => names.includes(name));
    const said = meant.length === 0 ? known(names) : `write ${listUpTo(TOLD_MAX, meant, quoted)}`;
    return `${none}; nothing is expanded here: ${said}`;
  }
  const near = didYouMean(first, [...names]);
  return `${none}; ${near === "" ? known(names) : near}`;
}

function expanded(text: string): string[] {
  const parts = attempt(() => expandBraces(text)) ?? [];
  return parts.flatMap((part) => part.split(",")).map((name) => name.trim());
}

function known(names: readonly string[]): string {
  return `the hosts are ${listUpTo(TOLD_MAX, names, quoted)}`;
}

const QUOTED_MAX = 100;

function quoted(name: string): string {
  return `"${visible(name.slice(0, QUOTED_MAX))}"`;
}

/** As the command line's rules for lists: `["a", "b"]` is one, everything else is one item. */
function fromText(text: string): unknown {
  if (!text.trimStart().startsWith("[")) return [text];
  const value: unknown = attempt(() => JSON.parse(text));
  return Array.isArray(value) ? value : [text];
}
