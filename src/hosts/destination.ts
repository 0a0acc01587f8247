/** From the word a person typed to where ssh must go: the alias in the configuration, or `user@host` as it stands. */

import { readFileSync } from "node:fs";
import type { RunspecError } from "../errors.ts";
import { type ConfigFile, loadConfigFiles } from "../spec/config.ts";
import type { Where } from "../spec/discover/find.ts";
import type { Issue, JumpHost } from "../spec/model.ts";
import { hostHeader, hostLine } from "../spec/toml/host-table.ts";
import { visible } from "../text.ts";
import { chooseBin, type RemoteBin, resolveBin } from "./bin.ts";
import { groupsIn, groupWith, type ListedGroup } from "./groups.ts";
import { hiddenNames } from "./hidden-names.ts";
import { checkTarget, type HostTable, type Target, WITH_PORT } from "./target.ts";
import { unknownAlias } from "./unknown-alias.ts";

export interface Destination extends Target {
  bin: RemoteBin;
  multiplex: boolean;
  /** It is in the nearest file, which may be somebody's checkout. */
  nearest?: true;
  table?: HostTable & { file?: string };
  /** The file of the group that names it, where no table does. */
  listedIn?: string;
}

type Declared = JumpHost & Pick<Destination, "nearest" | "table" | "listedIn">;

/** Where aliases are looked up. */
export interface Place extends Where {
  /** Takes what is odd about a file, but no error. */
  onWarning?(issue: Issue): void;
}

export interface ListedDestination extends JumpHost {
  /** The effective one. */
  effectiveBin: string;
  file: string;
}

/** What the files say of hosts, read once. What is given out has been checked. */
export interface HostBook {
  /**
   * The destination for an alias, of which the first file that has it wins, or for `user@host`; undefined: it is neither.
   * @throws RunspecError 125 for a field that is refused
   */
  find(alias: string): Destination | undefined;
  /** A host that a group names and no table declares, by what ssh knows of it. */
  member(name: string): Destination | undefined;
  /** The same of one that an inventory names, by what that says of it; `alias` is how it is typed. */
  listed(name: string, alias: string, said: Pick<Partial<JumpHost>, "host" | "user" | "port">): Destination;
  /** Why there is no such alias; the known ones are listed, nearest first. */
  unknown(alias: string): RunspecError;
  /** The first of each name. */
  groups: ReadonlyMap<string, ListedGroup>;
  /** The group that is called so. */
  findGroup(name: string): ListedGroup | undefined;
}

/** @throws RunspecError 125 where a file cannot be used */
export async function openHostBook(where: Place, binFlag: string | undefined): Promise<HostBook> {
  const files = await loadFiles(where);
  const hidden = hiddenNames(files);
  const groups = groupsIn(files);
  function warnIfHidden(name: string): void {
    for (const one of hidden) if (one.name === name) where.onWarning?.(one.issue);
  }
  const env = where.env.RUNSPEC_JUMP_BIN;
  function checked(host: Declared): Destination {
    const bin = resolveBin({ flag: binFlag, field: host.bin, env, at: host.table?.at });
    const destination = { ...host, bin };
    checkTarget(destination);
    return destination;
  }
  return {
    find(alias) {
      const host = findAlias(alias, files) ?? (alias.includes("@") ? adHoc(alias, files) : undefined);
      warnIfHidden(alias);
      return host && checked(host);
    },
    member(name) {
      const group = groupWith(name, groups);
      if (group === undefined) return undefined;
      return checked({ ...plain(name), listedIn: group.file, ...(group.nearest && { nearest: true }) });
    },
    listed(name, alias, said) {
      const host = name.includes("@") ? adHoc(name, files) : plain(name);
      return checked({ ...host, ...said, alias, table: { alias: name } });
    },
    unknown: (alias) => unknownAlias(alias, files),
    groups,
    findGroup(name) {
      warnIfHidden(`@${name}`);
      return groups.get(name);
    },
  };
}

/**
 * The checked destination for `alias`; the first file that has it wins.
 * @throws RunspecError 125 for an unknown alias (the known ones are listed, nearest first) or a field that is refused.
 */
export async function findDestination(
  alias: string,
  where: Place,
  binFlag: string | undefined,
): Promise<Destination> {
  const book = await openHostBook(where, binFlag);
  const destination = book.find(alias) ?? book.member(alias);
  if (destination === undefined) throw book.unknown(alias);
  return destination;
}

/** Every configured group; one that an earlier file defines is not repeated. */
export async function listGroups(where: Place): Promise<ListedGroup[]> {
  return [...groupsIn(loadConfigFiles(where)).values()];
}

/** Every configured alias, in the order of lookup; one that an earlier file defines is not repeated. */
export async function listDestinations(where: Place): Promise<ListedDestination[]> {
  const seen = new Set<string>();
  const listed: ListedDestination[] = [];
  const files = await loadFiles(where);
  for (const { issue } of hiddenNames(files)) where.onWarning?.(issue);
  for (const { path, config } of files) {
    for (const host of config.jumpHosts) {
      if (seen.has(host.alias)) continue;
      seen.add(host.alias);
      const bin = chooseBin({ field: host.bin, env: where.env.RUNSPEC_JUMP_BIN });
      listed.push({ ...host, effectiveBin: bin.path, file: path });
    }
  }
  return listed;
}

async function loadFiles(where: Place): Promise<ConfigFile[]> {
  const files = loadConfigFiles(where);
  for (const { issues } of files) {
    for (const issue of issues) if (issue.severity === "warning") where.onWarning?.(issue);
  }
  return files;
}

function plain(host: string): JumpHost {
  return { alias: host, host, useSshConfig: true, sshOptions: [], multiplex: false };
}

function adHoc(alias: string, files: readonly ConfigFile[]): Declared {
  const at = alias.lastIndexOf("@");
  const host = alias.slice(at + 1);
  const user = alias.slice(0, at);
  const [, name = host] = WITH_PORT.exec(host) ?? [];
  const known = findAlias(name, files);
  // One that leads elsewhere, or is another user's, is left alone: this destination gets its own.
  const fits = known === undefined || (known.host === name && (known.user ?? user) === user);
  const table = fits ? (known?.table ?? { alias: name }) : { alias };
  return { ...plain(host), alias, user, table };
}

function tableIn({ path }: ConfigFile, { alias, user }: JumpHost): HostTable & { file: string } {
  return {
    alias,
    ...(user !== undefined && { user }),
    file: path,
    at() {
      const line = hostLine(readFileSync(path, "utf8"), alias);
      return visible(`${hostHeader(alias)} (${path}${line === undefined ? "" : `:${line}`})`);
    },
  };
}

function findAlias(alias: string, files: readonly ConfigFile[]): Declared | undefined {
  for (const file of files) {
    for (const host of file.config.jumpHosts) {
      if (host.alias !== alias) continue;
      const table = tableIn(file, host);
      return file.source === "nearest" ? { ...host, table, nearest: true } : { ...host, table };
    }
  }
  return undefined;
}
