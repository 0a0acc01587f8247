/** From lists and groups to the hosts that they name: each once, each checked as one host would be. */

import { didYouMean } from "../did-you-mean.ts";
import { RunspecError } from "../errors.ts";
import type { Destination, HostBook } from "../hosts/destination.ts";
import { readHostLists } from "../hosts/host-list.ts";
import { type ListedGroup, NAMED_MAX } from "../hosts/names.ts";
import { GROUP_NAME } from "../spec/check-names.ts";
import type { Inventory } from "../spec/model.ts";
import { listUpTo, visible } from "../text.ts";
import type { InventoryHost } from "./inventory.ts";

export interface Host {
  name: string;
  /** How it is typed: its name, or `@group/name` where only an inventory knows how it is reached. */
  typed: string;
  destination: Destination;
}

/** Groups that stand in one another. */
const DEPTH_MAX = 100;

type AskInventory = (group: ListedGroup & { inventory: Inventory }) => Promise<InventoryHost[]>;

/** The hosts of `wanted`, each where it is first named; only a group that is named has its inventory asked for. @throws RunspecError 125: unknown names, circles, none. */
export async function resolveHosts(
  wanted: { hosts: readonly string[]; except: readonly string[] },
  book: HostBook,
  askInventory: AskInventory,
): Promise<Host[]> {
  const resolve = createResolver(book, askInventory);
  const chosen = await resolve(wanted.hosts);
  const hint = "runspec jump --list-jump-hosts lists the hosts and groups there are";
  if (chosen.size === 0) throw new RunspecError("the list of hosts is empty: nothing was run", { hint });
  for (const name of (await resolve(wanted.except)).keys()) chosen.delete(name);
  if (chosen.size === 0)
    throw new RunspecError("the list of hosts is empty once --except is taken from it: nothing was run", {
      hint,
    });
  return [...chosen.values()];
}

function createResolver(book: HostBook, askInventory: AskInventory) {
  const groups = new Map<string, Promise<Host[]>>();
  /** Hosts that inventories named in this call: they may be typed as they were printed. */
  const inventoried = new Map<string, Host>();

  /** Each host once, however often groups name it: groups of groups would multiply. */
  async function resolve(items: readonly string[], path: readonly string[] = []): Promise<Map<string, Host>> {
    const found = new Map<string, Host>();
    // One after the other: what an inventory named may stand behind it.
    for (const item of items) for (const host of await hostsOf(item, path)) addTo(found, host);
    return found;
  }

  /** `path`: the groups on the way here; inside a group a name may stand for itself. */
  async function hostsOf(item: string, path: readonly string[]): Promise<Host[]> {
    if (item.startsWith("@")) return ofGroup(item, path);
    const known = book.find(item) === undefined ? inventoried.get(item) : undefined;
    if (known !== undefined) return [known];
    const destination = book.find(item) ?? book.member(item);
    if (destination === undefined) throw book.unknown(item, true);
    return [{ name: item, typed: item, destination }];
  }

  async function ofGroup(item: string, path: readonly string[]): Promise<Host[]> {
    const slash = item.indexOf("/");
    const name = slash === -1 ? item.slice(1) : item.slice(1, slash);
    const member = slash === -1 ? undefined : item.slice(slash + 1);
    const group = book.findGroup(name);
    if (group === undefined) throw unknownGroup(name, book);
    if (path.includes(name)) throw circle([...path.slice(path.indexOf(name)), name], group);
    if (path.length >= DEPTH_MAX)
      throw new RunspecError(`@${visible(name)}: more than ${DEPTH_MAX} groups stand in one another`);
    const hosts = await groups.getOrInsertComputed(name, () => membersOf(group, [...path, name]));
    if (member === undefined) return hosts;
    const named = hosts.filter((host) => host.name === member);
    if (named.length === 0) throw new RunspecError(`@${name} has no host "${visible(member)}"`);
    return named;
  }

  async function membersOf({ inventory, members = [], ...group }: ListedGroup, path: readonly string[]) {
    if (inventory !== undefined) {
      const listed = await askInventory({ ...group, inventory });
      return listed.map((host) => fromInventory(host, group));
    }
    return [...(await resolve(readHostLists(members), path)).values()];
  }

  function fromInventory({ name, ...reached }: InventoryHost, group: ListedGroup): Host {
    // What it says of `user@host` counts as of any other that is no alias.
    const declared = Object.keys(reached).length === 0 ? book.find(name, group) : book.alias(name, group);
    const typed = declared === undefined ? `@${group.name}/${name}` : name;
    const host = { name, typed, destination: declared ?? book.listed(name, typed, reached) };
    addTo(inventoried, host);
    return host;
  }

  return resolve;
}

function addTo(found: Map<string, Host>, host: Host): void {
  const other = found.getOrInsert(host.name, host);
  if (other === host || routeOf(other) === routeOf(host)) return;
  const both = `${visible(other.typed)} and ${visible(host.typed)}`;
  throw new RunspecError(`${visible(host.name)} is two different hosts: ${both}`);
}

/** How it is reached, whichever group it was found in. */
function routeOf({ destination: { alias: _, table: __, listedIn: ___, nearest: ____, ...route } }: Host) {
  return JSON.stringify(route);
}

function circle(path: readonly string[], { file }: ListedGroup): RunspecError {
  const shown = path.map((name) => `@${name}`).join(" → ");
  const hint = `fix [config.jump-groups] in ${visible(file)}`;
  return new RunspecError(`the groups go in a circle: ${shown}`, { hint });
}

function unknownGroup(name: string, book: HostBook): RunspecError {
  const known = book.groups.map((one) => `@${one}`);
  const message = [`unknown group "@${visible(name)}"`, didYouMean(`@${name}`, known)].filter(Boolean);
  return new RunspecError(message.join("; "), {
    hint:
      known.length === 0
        ? `no groups are configured; add to runspec.toml, under [config.jump-groups]: ${GROUP_NAME.test(name) ? name : "web"} = ["web-01", "web-02"]`
        : `known: ${listUpTo(NAMED_MAX, known)}`,
  });
}
