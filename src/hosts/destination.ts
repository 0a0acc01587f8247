/** From the word a person typed to where ssh must go: the alias in the configuration, or `user@host` as it stands. */

import type { Context } from "../context.ts";
import { RunspecError } from "../errors.ts";
import { once } from "../process/once.ts";
import { type ConfigFile, loadConfigFiles, plainHost } from "../spec/config.ts";
import { type FileSearch, isOwnFile, ownFileShown } from "../spec/discover/find.ts";
import type { Issue, JumpHost } from "../spec/model.ts";
import { hostHeader, hostPath } from "../spec/toml/edit.ts";
import { issueText, warn } from "../spec/toml/issues.ts";
import { visible } from "../text.ts";
import { chooseBin, type RemoteBin, resolveBin } from "./bin.ts";
import type { HostEntry, ListedGroup } from "./names.ts";
import { groupsIn, hiddenBy, hiddenNames, hostsIn, membersIn, unknownAlias, warningAt } from "./names.ts";
import { checkTarget, type HostTable, type Target, WITH_PORT } from "./target.ts";

export interface Destination extends Target {
  bin: RemoteBin;
  multiplex: boolean;
  /** It is in the nearest file, which may be somebody's checkout. */
  nearest?: boolean;
  /** The file of the group that names it, where no table does. */
  listedIn?: string;
  /** Of what it takes the place: for a warning, where it is used. */
  hides?: Issue | undefined;
}

/** How a host is reached, as an inventory knows it; what is undefined is for ssh's configuration to say. */
export type Reached = Partial<Pick<JumpHost, "host" | "user" | "port">>;

type DeclaredHost = JumpHost & Pick<Destination, "nearest" | "table" | "listedIn">;

/** What decides where aliases are looked up. */
export interface HostSearch extends FileSearch {
  /** Takes what is odd about a file, but no error. */
  onWarning?(issue: Issue): void;
}

/** As a command looks: what is odd about a file is told on stderr. */
export function hostSearch(context: Context): HostSearch {
  return { ...context, onWarning: (issue) => warn(context, issue) };
}

/** What the files say of hosts, read once. What is given out has been checked. */
export type HostBook = ReturnType<typeof openHostBook>;

/** What helps where the nearest file has taken a name. A table in one's own file would not: the nearest comes first. */
export const NAME_THE_FILE = "name the file that is meant: --config FILE";

/** How many hosts and groups one jump warns of: a list may have thousands. The last warning says that no more are shown. */
const HIDDEN_TOLD_MAX = 4;

/** @throws RunspecError 125 where a file cannot be used */
export function openHostBook(where: HostSearch, binFlag?: string) {
  const files = loadFiles(where);
  const hidden = new Map(hiddenNames(files).map(({ name, issue }) => [name, issue]));
  const [hosts, groups] = [hostsIn(files), groupsIn(files)];
  const members = once(() => membersIn(groups));
  const ownMembers = once(() => membersIn(groupsIn(files.filter(isOwnFile))));
  const told = new Set<Issue>();
  function warnOnce(issue: Issue | undefined): void {
    if (issue === undefined || told.has(issue) || told.size === HIDDEN_TOLD_MAX) return;
    if (where.forClient) throw new RunspecError(issueText(issue), { hint: NAME_THE_FILE });
    told.add(issue);
    const last = told.size === HIDDEN_TOLD_MAX ? "; further ones are not shown" : "";
    where.onWarning?.({ ...issue, message: `${issue.message}${last}` });
  }
  const env = where.env.RUNSPEC_JUMP_BIN;
  function checked(host: DeclaredHost): Destination {
    const bin = resolveBin({ flag: binFlag, field: host.bin, env, at: host.table?.at });
    const destination = { ...host, bin, config: where.config };
    checkTarget(destination);
    return destination;
  }
  /** The destination for an alias; the first file that has it wins. `group`: whose inventory names it. @throws RunspecError 125 for a field that is refused */
  function alias(name: string, group?: ListedGroup): Destination | undefined {
    const host = hosts.get(name);
    const taken = host?.source === "nearest" && group !== undefined && isOwnFile(group);
    const hides = taken ? hiddenBy(host, hostPath(name), group.file) : hidden.get(name);
    return host && { ...checked(declared(host)), hides };
  }
  /** The destination for an alias or `user@host`; undefined: it is neither. @throws RunspecError 125 for a field that is refused */
  function find(name: string, group?: ListedGroup): Destination | undefined {
    return alias(name, group) ?? (name.includes("@") ? checked(adHoc(name, hosts)) : undefined);
  }
  return {
    alias,
    find,
    /** Also a host that a group names and no table declares, by what ssh knows of it. @throws RunspecError 125: unknown; the known ones are listed, nearest first */
    reach(name: string, inList: boolean): Destination {
      const found = find(name);
      if (found !== undefined) return found;
      const group = members().get(name);
      if (group === undefined) throw unknownAlias(name, files, { inList, ownFile: ownFileShown(where) });
      return checked({ ...plainHost(name), listedIn: group.file, nearest: group.source === "nearest" });
    },
    /** A host that the inventory of `group` names, by what that said of it; `typed`: what a person types for it. */
    listed(name: string, typed: string, fields: Reached, group: ListedGroup): Destination {
      const leadsElsewhere = Object.keys(fields).length > 0 && !isOwnFile(group);
      const owner = leadsElsewhere ? ownMembers().get(name) : undefined;
      const what = `says how ${name} is reached, which a group in ${owner?.file} names`;
      const hides = owner && warningAt(group, ["config", "jump-groups", group.name], what);
      const host = name.includes("@") ? adHoc(name, hosts) : plainHost(name);
      return { ...checked({ ...host, ...fields, alias: typed, table: { alias: name } }), hides };
    },
    /** Called when it is known which hosts are used: only so many warnings are shown. @throws RunspecError 125 for a client, which shows nobody a warning */
    warnOf: ({ hides }: Destination) => warnOnce(hides),
    groups: [...groups.keys()],
    config: where.config,
    findGroup(name: string): ListedGroup | undefined {
      warnOnce(hidden.get(`@${name}`));
      return groups.get(name);
    },
  };
}

/** The checked destination for `alias`; the first file that has it wins. @throws RunspecError 125 for an unknown alias, which lists those known, or a refused field */
export function findDestination(alias: string, where: HostSearch, binFlag?: string): Destination {
  const book = openHostBook(where, binFlag);
  const destination = book.reach(alias, false);
  book.warnOf(destination);
  return destination;
}

/** Every configured alias, with its effective bin, and every group, in the order of lookup; what an earlier file defines is not repeated. */
export function listConfigured(where: HostSearch) {
  const files = loadFiles(where);
  for (const { issue } of hiddenNames(files)) where.onWarning?.(issue);
  const env = where.env.RUNSPEC_JUMP_BIN;
  const withBin = (host: HostEntry) => ({ ...host, bin: chooseBin({ field: host.bin, env }).path });
  return { hosts: [...hostsIn(files).values()].map(withBin), groups: [...groupsIn(files).values()] };
}

function loadFiles(where: HostSearch): ConfigFile[] {
  const files = loadConfigFiles(where);
  for (const { issues } of files)
    for (const issue of issues) if (issue.severity === "warning") where.onWarning?.(issue);
  return files;
}

function adHoc(alias: string, hosts: ReadonlyMap<string, HostEntry>): DeclaredHost {
  const at = alias.lastIndexOf("@");
  const host = alias.slice(at + 1);
  const user = alias.slice(0, at);
  const [, name = host] = WITH_PORT.exec(host) ?? [];
  const known = hosts.get(name);
  // An alias that leads elsewhere, or to another user, is left alone: this destination gets its own.
  const fits = known === undefined || (known.host === name && known.user === user);
  const table = fits && known !== undefined ? declared(known).table : { alias: fits ? name : alias };
  return { ...plainHost(host), alias, user, table };
}

function declared({ file, source, lineOf, ...host }: HostEntry): DeclaredHost & { table: HostTable } {
  const { alias } = host;
  const table = {
    alias,
    file,
    at() {
      const line = lineOf(hostPath(alias));
      return visible(`${hostHeader(alias)} (${file}${line === undefined ? "" : `:${line}`})`);
    },
  };
  return { ...host, table, nearest: source === "nearest" };
}
