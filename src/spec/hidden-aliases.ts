import type { Found } from "./discover/find.ts";
import type { Config, Issue } from "./model.ts";
import { keyText } from "./toml/key-map.ts";

/** The settings of a file, and how that came to be looked at. */
interface Settings {
  path: string;
  source: Found["source"];
  config: Config;
}

export interface HiddenAlias {
  alias: string;
  issue: Issue;
}

/**
 * The aliases of the user's or the system's file that the nearest file defines, too, and so leads elsewhere: whoever stands in somebody's
 * checkout may not expect that.
 */
export function hiddenAliases(files: readonly Settings[]): HiddenAlias[] {
  const nearest = files.filter(({ source }) => source === "nearest");
  const own = files.filter(({ source }) => source === "user" || source === "system");
  return nearest.flatMap(({ path: file, config }) =>
    config.jumpHosts.flatMap(({ alias }) => {
      const hidden = own.find((other) => other.config.jumpHosts.some((host) => host.alias === alias));
      if (hidden === undefined) return [];
      const key = `[config.jump-hosts.${keyText(alias)}]`;
      const message = `takes the place of the one in ${hidden.path}`;
      return [{ alias, issue: { severity: "warning", file, key, message } }];
    }),
  );
}
