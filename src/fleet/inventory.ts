/** Somebody's existing inventory: a program that prints hosts, as Ansible's JSON or as names. */

import { dirname } from "node:path";
import { didYouMean } from "../did-you-mean.ts";
import { RunspecError, reasonOf } from "../errors.ts";
import { distrust } from "../files/distrust.ts";
import type { Reached } from "../hosts/destination.ts";
import { HOSTS_MAX } from "../hosts/host-list.ts";
import { KNOWN_MAX } from "../hosts/names.ts";
import { asObject, asText, isObject, own, type PlainObject } from "../json.ts";
import { quoteCommand } from "../process/quote.ts";
import { type BriefOptions, runBriefly } from "../process/run-briefly.ts";
import { type Access, pathFrom } from "../spec/discover/source.ts";
import type { Inventory } from "../spec/model.ts";
import { decodeUtf8, listUpTo, visible } from "../text.ts";

export interface InventoryHost extends Reached {
  name: string;
}

interface InventoryContext extends Access, Pick<BriefOptions, "env" | "limitMs" | "signal"> {
  /** The runspec.toml that names the command: it is run in its directory. */
  file: string;
  /** Takes what it says on stderr, and yet succeeds: its list may be a part of what it should be. */
  onStderr(what: string, message: string): Promise<void>;
}

const OUTPUT_MAX = 16 * 1024 * 1024;
/** Characters that are told of what it says on stderr. */
const WORDS_MAX = 4096;

/** Runs the command, without a shell and bounded in time and output, and reads what it prints. @throws RunspecError 125 where that is no inventory, or it fails */
export async function askInventory(
  name: string,
  { command, group }: Inventory,
  context: InventoryContext,
): Promise<InventoryHost[]> {
  const what = `@${name}: ${quoteCommand(command)}`;
  // Some programs begin with a byte order mark.
  const text = (await outputOf(command, what, context)).trim();
  const hosts = text.startsWith("{") ? readAnsible(text, group, what) : readNames(text, group, what);
  if (hosts.length > HOSTS_MAX) throw new RunspecError(`${what} names more than ${HOSTS_MAX} hosts`);
  // It could not be typed again as it is printed.
  const odd = hosts.find((host) => host.name === "" || /^@|[\s,{}\p{Cc}]/u.test(host.name));
  if (odd === undefined) return hosts;
  throw new RunspecError(`${what} names a host "${visible(odd.name)}", which is not a host name`);
}

function readNames(text: string, group: string | undefined, what: string): InventoryHost[] {
  const hint = "leave group out, or have the command print Ansible's JSON";
  const wanted = `printed names, and no groups among which to look for "${visible(group ?? "")}"`;
  if (group !== undefined) throw new RunspecError(`${what} ${wanted}`, { hint });
  return [...new Set(text.split(/\s+/))].filter((name) => name !== "").map((name) => ({ name }));
}

/** `ansible-inventory --list`: groups with hosts and children, and from `_meta.hostvars` how each host is reached. */
export function readAnsible(text: string, group: string | undefined, what: string): InventoryHost[] {
  let inventory: unknown;
  try {
    inventory = JSON.parse(text);
  } catch (error) {
    throw new RunspecError(`${what} printed JSON that cannot be read: ${reasonOf(error)}`);
  }
  if (!isObject(inventory)) throw new RunspecError(`${what} printed JSON, but no groups`);
  const { _meta: meta, ...groups } = inventory;
  // Whatever it prints for `all`, in Ansible that is every host there is.
  const isAll = group === undefined || group === "all";
  // One that has no hosts for now is only named, by its parent.
  const children = Object.values(groups).flatMap((table) => asObject(table).children ?? []);
  if (!isAll && !Object.hasOwn(groups, group) && !children.includes(group)) {
    const known = Object.keys(groups);
    const message = [`${what} has no group "${visible(group)}"`, didYouMean(group, known)].filter(Boolean);
    throw new RunspecError(message.join("; "), { hint: `it has: ${listUpTo(KNOWN_MAX, known, visible)}` });
  }
  const names = membersOf(groups, isAll ? ["all", ...Object.keys(groups)] : [group], what);
  const variables = asObject(asObject(meta).hostvars);
  return [...new Set(names)].map((name) => ({ name, ...reachedBy(own(variables, name), name, what) }));
}

/** The hosts of `names` and of their children, in their order; a group that is met again is looked at once. */
function membersOf(groups: PlainObject, names: readonly string[], what: string): string[] {
  const pending = names.toReversed();
  const seen = new Set<string>();
  const members: string[] = [];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const table = own(groups, name);
    // The oldest form of the protocol: a group is its list of hosts.
    const { hosts, children } = isObject(table) ? table : { hosts: table };
    for (const host of namesAt(hosts, name, what)) members.push(host);
    for (const child of namesAt(children, name, what).toReversed()) pending.push(child);
  }
  return members;
}

/** The names in `list`: half of them must not be taken for all, as where they are written as YAML has them. */
function namesAt(list: unknown, group: string, what: string): string[] {
  const items = list ?? [];
  if (Array.isArray(items) && items.every((item) => typeof item === "string")) return items;
  const hint = "ansible-inventory --list prints one";
  throw new RunspecError(`${what}: the hosts of ${visible(group)} are no list of names`, { hint });
}

function reachedBy(variables: unknown, name: string, what: string): Reached {
  const known = asObject(variables);
  const read = <T>(field: string, kind: string, parse: (value: unknown) => T | undefined) => {
    // Where both are set, Ansible, too, goes by the old name.
    const key = [`ansible_ssh_${field}`, `ansible_${field}`].find((one) => (known[one] ?? "") !== "");
    if (key === undefined) return undefined;
    const value = parse(known[key]);
    if (value !== undefined) return { [field]: value };
    throw new RunspecError(`${what}: ${key} of ${visible(name)} is no ${kind}`);
  };
  const number = (value: unknown) =>
    typeof value !== "object" && /^\d+$/.test(`${value}`) ? Number(value) : undefined;
  return {
    ...read("host", "text", asText),
    ...read("user", "text", asText),
    ...read("port", "number", number),
  };
}

async function outputOf(
  command: readonly string[],
  what: string,
  { file, env, uid, limitMs, signal, onStderr, ...access }: InventoryContext,
): Promise<string> {
  const cwd = dirname(file);
  const [program = "", ...words] = command;
  const path = program.includes("/") ? pathFrom(cwd, program, access) : program;
  const objection = path.includes("/") && uid !== undefined ? distrust(path, { uid }) : undefined;
  if (objection !== undefined) throw new RunspecError(`${what}: ${objection}`);
  const options = { env, cwd, limitMs, signal, ownGroup: true, stdoutMax: OUTPUT_MAX };
  const ran = await runBriefly([path, ...words], options).catch((error: unknown) => {
    if (!(error instanceof RunspecError)) throw error;
    throw new RunspecError(`${what}: ${error.message}`, { hint: error.hint, cause: error });
  });
  if (ran.tooMuch) throw new RunspecError(`${what} printed more than 16 MiB`);
  const message = ran.stderr.trim().slice(0, WORDS_MAX);
  const ending =
    ran.exitCode === undefined ? `did not end within ${limitMs / 1000} s` : `failed with ${ran.exitCode}`;
  if (ran.exitCode !== 0)
    throw new RunspecError(`${what} ${ending}`, { hint: message && `it says: ${message}` });
  if (message !== "") await onStderr(`${what} says:`, message);
  const text = decodeUtf8(ran.bytes);
  if (text === undefined) throw new RunspecError(`${what} printed what is not UTF-8`);
  return text;
}
