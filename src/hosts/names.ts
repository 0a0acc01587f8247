/** The hosts and groups that the files list, by name: of a name the first counts. */

import { didYouMean, nearest } from "../did-you-mean.ts";
import { problemOf, RunspecError } from "../errors.ts";
import { once } from "../process/once.ts";
import type { ConfigFile } from "../spec/config.ts";
import { isOwnFile } from "../spec/discover/find.ts";
import type { Config, Issue, JumpGroup, JumpHost } from "../spec/model.ts";
import { hostHeader, hostPath } from "../spec/toml/edit.ts";
import { keyText } from "../spec/toml/scan-keys.ts";
import { listUpTo, visible } from "../text.ts";
import { HOSTS_MAX, readHostLists } from "./host-list.ts";
import { objectionToHost } from "./target.ts";

/** What a file lists, with that file: what a group names is relative to that. The nearest may be somebody's checkout. */
type Listed<T> = T & Pick<ConfigFile, "source" | "lineOf"> & { file: string };
export type HostEntry = Listed<JumpHost>;
export type ListedGroup = Listed<JumpGroup>;

export function hostsIn(files: readonly ConfigFile[]): Map<string, HostEntry> {
  return firstOfEach(files, ({ jumpHosts }) => jumpHosts.map((host) => [host.alias, host]));
}

export function groupsIn(files: readonly ConfigFile[]): Map<string, ListedGroup> {
  return firstOfEach(files, ({ jumpGroups }) => jumpGroups.map((group) => [group.name, group]));
}

/** By their names, the items that `itemsOf` finds in each file. */
function firstOfEach<T>(files: readonly ConfigFile[], itemsOf: (config: Config) => [string, T][]) {
  const first = new Map<string, Listed<T>>();
  for (const { path: file, config, source, lineOf } of files)
    for (const [name, item] of itemsOf(config))
      if (!first.has(name)) first.set(name, { ...item, file, source, lineOf });
  return first;
}

/** Names that are read, of all groups together: the file may be somebody else's. */
const MEMBERS_MAX = 100 * HOSTS_MAX;

/** What the list of each group comes to, or why it is refused. */
export function* listsOf(
  groups: Iterable<ListedGroup>,
): Generator<{ group: ListedGroup; names: string[]; refusal: string | undefined }> {
  let membersLeft = MEMBERS_MAX;
  for (const group of groups) {
    if (membersLeft < 0) return;
    let names: string[] = [];
    const refusal = problemOf(() => {
      names = Array.isArray(group.members) ? readHostLists(group.members) : [];
    });
    membersLeft -= refusal === undefined ? names.length : HOSTS_MAX;
    yield { group, names, refusal };
  }
}

/** The first group that lists a host, by the name of each: such a name is no typing mistake. */
export function membersIn(groups: ReadonlyMap<string, ListedGroup>): Map<string, ListedGroup> {
  const first = new Map<string, ListedGroup>();
  for (const { group, names } of listsOf(groups.values()))
    for (const name of names) if (!first.has(name)) first.set(name, group);
  return first;
}

/** The names (an alias or `@group` each) by which the nearest file hides what the user's or the system's file has, or names in a group; or a destination. */
export function hiddenNames(files: readonly ConfigFile[]): { name: string; issue: Issue }[] {
  const own = files.filter(isOwnFile);
  const named = ({ path, config }: ConfigFile) =>
    listedNames(config).map(({ name }) => [name, path] as const);
  const fileOf = new Map(own.toReversed().flatMap(named));
  // Groups may name thousands, and seldom is there a name to be looked for.
  const members = once(() => membersIn(groupsIn(own)));
  return files
    .filter(({ source }) => source === "nearest")
    .flatMap(({ path: file, config, lineOf }) =>
      listedNames(config).flatMap(({ name, path }) => {
        const hidden = fileOf.get(name) ?? members().get(name)?.file;
        // `me@box` needs no file.
        if (hidden === undefined && name.lastIndexOf("@") < 1) return [];
        return [{ name, issue: hiddenBy({ file, lineOf }, path, hidden) }];
      }),
    );
}

/** A warning that what is at `path` of a file hides what another file has, or a destination. */
export function hiddenBy(place: Pick<HostEntry, "file" | "lineOf">, path: string[], hidden?: string): Issue {
  const what = hidden === undefined ? "the destination that is typed so" : `the one in ${hidden}`;
  return warningAt(place, path, `takes the place of ${what}`);
}

function listedNames({ jumpHosts, jumpGroups }: Config): { name: string; path: string[] }[] {
  return [
    ...jumpHosts.map(({ alias }) => ({ name: alias, path: hostPath(alias) })),
    ...jumpGroups.map(({ name }) => ({ name: `@${name}`, path: groupPath(name) })),
  ];
}

export const groupPath = (name: string): string[] => ["config", "jump-groups", name];

/** A warning about the host or the group at `path` of a file. */
export function warningAt(place: Pick<HostEntry, "file" | "lineOf">, path: string[], message: string): Issue {
  const [, kind, name = ""] = path;
  const key = kind === "jump-hosts" ? hostHeader(name) : `[config.jump-groups] ${keyText(name)}`;
  return { severity: "warning", file: place.file, line: place.lineOf(path), key, message };
}

/** Known names that a message lists. */
export const KNOWN_MAX = 50;

/** The error for a word that is neither an alias of `files` nor a destination; the known names are listed, nearest first. `inList`: there may be many like it. `ownFile`: where a first one goes. */
export function unknownAlias(
  alias: string,
  files: readonly ConfigFile[],
  { inList, ownFile }: { inList: boolean; ownFile: string },
): RunspecError {
  if (alias.trim() === "") return new RunspecError("the host is empty: is a variable not set?");
  const message = `unknown jump host "${visible(alias)}"`;
  const group = 'a group under [config.jump-groups], such as web = ["web-{01..20}"],';
  const entry = inList ? group : visible(hostHeader(alias));
  // A table of that name would be refused, too.
  const words = "it has white space: a list has commas, a file lines, and an option is a word of its own";
  const why = /\s/.test(alias) ? words : objectionToHost(alias);
  const known = [...new Set(files.flatMap(({ config }) => listedNames(config)).map(({ name }) => name))];
  const suggestion = alias.startsWith("!")
    ? "hosts to leave out are named by --except"
    : didYouMean(alias.replace(/^ssh:\/\/|:\d+$/g, ""), [...known, ...membersIn(groupsIn(files)).keys()]);
  const file = known.length === 0 ? ownFile : "runspec.toml";
  const help = suggestion === "" ? (why ?? `add ${entry} to ${file}, or name it as user@host`) : "";
  if (known.length === 0) {
    const looked = files[0] ? `${visible(files[0].path)} has none` : "no runspec.toml was found";
    const none = `${message}: no jump hosts are configured (${looked})`;
    return new RunspecError(none, { hint: suggestion || help });
  }
  const ordered = listUpTo(KNOWN_MAX, [...new Set([...nearest(alias, known), ...known])], visible);
  const what = suggestion === "" ? message : `${message}; ${suggestion}`;
  return new RunspecError(what, { hint: [`known: ${ordered}`, help] });
}
