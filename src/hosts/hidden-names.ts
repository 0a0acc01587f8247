/** Names of the user's or the system's file that the nearest file defines, too, and so leads elsewhere. */

import type { ConfigFile } from "../spec/config.ts";
import type { Config, Issue } from "../spec/model.ts";
import { keyText } from "../spec/toml/scan-keys.ts";

/** The settings of a file, and how that came to be looked at. */
export type Settings = Omit<ConfigFile, "issues">;

export interface HiddenName {
  /** An alias, or `@group`. */
  name: string;
  issue: Issue;
}

/** Whoever stands in somebody's checkout may not expect that its file decides where `prod` or `@prod` is. */
export function hiddenNames(files: readonly Settings[]): HiddenName[] {
  const nearest = files.filter(({ source }) => source === "nearest");
  const own = files.filter(({ source }) => source === "user" || source === "system");
  return nearest.flatMap(({ path: file, config }) =>
    declaredNames(config).flatMap(({ name, key }) => {
      const hidden = own.find((other) => declaredNames(other.config).some((one) => one.name === name));
      if (hidden === undefined) return [];
      const message = `takes the place of the one in ${hidden.path}`;
      return [{ name, issue: { severity: "warning", file, key, message } }];
    }),
  );
}

export function declaredNames({ jumpHosts, jumpGroups = [] }: Config): { name: string; key: string }[] {
  return [
    ...jumpHosts.map(({ alias }) => ({ name: alias, key: `[config.jump-hosts.${keyText(alias)}]` })),
    ...jumpGroups.map(({ name }) => ({ name: `@${name}`, key: `[config.jump-groups] ${keyText(name)}` })),
  ];
}
