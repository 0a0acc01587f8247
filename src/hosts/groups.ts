/** Groups: names for many hosts. */

import { attempt } from "../errors.ts";
import type { ConfigFile } from "../spec/config.ts";
import type { JumpGroup } from "../spec/model.ts";
import { readHostList } from "./host-list.ts";

/** A group, and the file that has it: what it names is relative to that. */
export interface ListedGroup extends JumpGroup {
  file: string;
  /** It is in the nearest file, which may be somebody's checkout. */
  nearest?: true;
}

/** Every group of the files; of a name the first. */
export function groupsIn(files: readonly ConfigFile[]): Map<string, ListedGroup> {
  const groups = new Map<string, ListedGroup>();
  for (const { path, config, source } of files)
    for (const group of config.jumpGroups ?? [])
      if (!groups.has(group.name))
        groups.set(group.name, { ...group, file: path, ...(source === "nearest" && { nearest: true }) });
  return groups;
}

/** The first group that has `host` in its own list: a name that stands there is no slip of the hand. */
export function groupWith(host: string, groups: ReadonlyMap<string, ListedGroup>): ListedGroup | undefined {
  for (const group of groups.values()) {
    const { members = [] } = group;
    if (attempt(() => members.flatMap(readHostList))?.includes(host)) return group;
  }
  return undefined;
}
