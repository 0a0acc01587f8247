/** From lists and groups to the hosts that they name: each once, each checked as one host would be. */

import { didYouMean } from "../did-you-mean.ts";
import { RunspecError } from "../errors.ts";
import type { Destination, HostBook } from "../hosts/destination.ts";
import { readHostLists } from "../hosts/host-list.ts";
import { KNOWN_MAX, type ListedGroup } from "../hosts/names.ts";
import { wordsFor } from "../hosts/remedy.ts";
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

/** Without a destination: a name that is no alias, and may be that of an inventory which is asked later. */
type Named = Omit<Host, "destination"> & { destination: Destination | undefined };

/** Groups that stand in one another. */
const DEPTH_MAX = 100;

type AskInventory = (inventory: Inventory, group: ListedGroup) => Promise<InventoryHost[]>;

/** The hosts that are named, each where it is first; only a group that is named has its inventory asked for. @throws RunspecError 125: unknown names, circles, none. */
export async function resolveHosts(
  { hosts, except }: Record<"hosts" | "except", readonly string[]>,
  book: HostBook,
  askInventory: AskInventory,
): Promise<Host[]> {
  const { resolve, reach } = createResolver(book, askInventory);
  const list = wordsFor({ alias: "--list-jump-hosts", config: book.config });
  const hint = visible(`runspec jump ${list} lists the hosts and groups there are`);
  const empty = (when: string) =>
    new RunspecError(`the list of hosts is empty${when}: nothing was run`, { hint });
  const chosen = await resolve(hosts);
  if (chosen.size === 0) throw empty("");
  const omitted = await resolve(except);
  omitted.forEach(reach);
  const left = [...chosen.values()].map(reach).filter(({ name }) => !omitted.has(name));
  if (left.length === 0) throw empty(" once --except is taken from it");
  for (const { destination } of left) book.warnOf(destination);
  return left;
}

function createResolver(book: HostBook, askInventory: AskInventory) {
  const groups = new Map<string, Promise<Named[]>>();
  /** Hosts that inventories named in this call: they may be typed as they were printed. */
  const inventoried = new Map<string, Host>();

  /** Each host once, however often groups name it: groups of groups would multiply. `path`: the groups on the way here. */
  async function resolve(items: readonly string[], path: readonly string[] = []) {
    const found = new Map<string, Named>();
    for (const item of items) {
      if (!item.startsWith("@")) addTo(found, { name: item, typed: item, destination: book.find(item) });
      else for (const host of await ofGroup(item, path)) addTo(found, host);
    }
    return found;
  }

  /** Once all inventories that are named have been asked: their order must not matter. */
  function reach({ name, typed, destination }: Named): Host {
    const known = destination === undefined ? inventoried.get(name) : undefined;
    return known ?? { name, typed, destination: destination ?? book.reach(name, true) };
  }

  async function ofGroup(item: string, path: readonly string[]): Promise<Named[]> {
    const slash = item.indexOf("/");
    const name = slash === -1 ? item.slice(1) : item.slice(1, slash);
    const member = slash === -1 ? undefined : item.slice(slash + 1);
    const group = book.findGroup(name);
    if (group === undefined) throw unknownGroup(name, book);
    if (path.includes(name)) throw circle([...path.slice(path.indexOf(name)), name], group);
    if (path.length >= DEPTH_MAX)
      throw new RunspecError(`@${visible(name)}: more than ${DEPTH_MAX} groups stand in one another`);
    const hosts = await groups.getOrInsertComputed(name, () => membersOf(group, [...path, name]));
    const named = member === undefined ? hosts : hosts.filter((host) => host.name === member);
    if (member === undefined || named.length > 0) return named;
    const known = hosts.map((host) => host.name);
    const meant = didYouMean(member, known);
    throw new RunspecError(`@${name} has no host "${visible(member)}"${meant && `; ${meant}`}`);
  }

  async function membersOf(group: ListedGroup, path: readonly string[]) {
    const { members } = group;
    if (Array.isArray(members)) return [...(await resolve(readHostLists(members), path)).values()];
    const listed = await askInventory(members, group);
    return listed.map((host) => fromInventory(host, group));
  }

  function fromInventory({ name, ...reached }: InventoryHost, group: ListedGroup): Host {
    // What it says of `user@host` counts as of any other that is no alias.
    const declared = Object.keys(reached).length === 0 ? book.find(name, group) : book.alias(name, group);
    const typed = declared === undefined ? `@${group.name}/${name}` : name;
    const host = { name, typed, destination: declared ?? book.listed(name, typed, reached, group) };
    addTo(inventoried, host);
    return host;
  }

  return { resolve, reach };
}

function addTo<T extends Named>(found: Map<string, T>, host: T): void {
  const other = found.getOrInsert(host.name, host);
  const [one, two] = [other.destination, host.destination];
  if (one === undefined || two === undefined) return;
  // Warned of, whichever of the two is named first.
  one.hides ??= two.hides;
  const what = `is two different hosts: ${visible(other.typed)} and ${visible(host.typed)}`;
  if (routeOf(one) !== routeOf(two)) throw new RunspecError(`${visible(host.name)} ${what}`);
}

/** How it is reached, whichever group it was found in. */
const routeOf = ({ table, listedIn, nearest, hides, ...reached }: Destination) =>
  JSON.stringify({ ...reached, alias: "" });

function circle(path: readonly string[], { file }: ListedGroup): RunspecError {
  const shown = path.map((name) => `@${name}`).join(" → ");
  const hint = `fix [config.jump-groups] in ${visible(file)}`;
  return new RunspecError(`the groups go in a circle: ${shown}`, { hint });
}

function unknownGroup(name: string, book: HostBook): RunspecError {
  const known = book.groups.map((one) => `@${one}`);
  const message = [`unknown group "@${visible(name)}"`, didYouMean(`@${name}`, known)].filter(Boolean);
  const example = `${GROUP_NAME.test(name) ? name : "web"} = ["web-01", "web-02"]`;
  const none = `no groups are configured; add to runspec.toml, under [config.jump-groups]: ${example}`;
  const hint = known.length === 0 ? none : `known: ${listUpTo(KNOWN_MAX, known)}`;
  return new RunspecError(message.join("; "), { hint });
}
