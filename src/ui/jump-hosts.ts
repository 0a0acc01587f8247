/** The listing of configured jump hosts. */

import { visible } from "../text.ts";

export interface ListedHost {
  alias: string;
  host: string;
  user?: string;
  /** The effective one. */
  bin: string;
  file: string;
}

/** One block a file, columns aligned within it. */
export function renderJumpHosts(hosts: readonly ListedHost[]): string {
  const files = [...new Set(hosts.map(({ file }) => file))];
  return files
    .map(
      (file) =>
        `Configured jump hosts (${visible(file)}):\n\n${renderBlock(hosts.filter((host) => host.file === file))}`,
    )
    .join("\n");
}

function renderBlock(hosts: readonly ListedHost[]): string {
  const rows = hosts.map(({ alias, host, user, bin }) => ({
    alias: visible(alias),
    host: `host: ${visible(host)}${user === undefined ? "" : ` (user: ${visible(user)})`}`,
    bin: `bin: ${visible(bin)}`,
  }));
  const aliasWidth = Math.max(16, ...rows.map(({ alias }) => alias.length)) + 2;
  const hostWidth = Math.max(...rows.map(({ host }) => host.length)) + 1;
  return rows
    .map(({ alias, host, bin }) => `  ${alias.padEnd(aliasWidth)}${host.padEnd(hostWidth)}${bin}\n`)
    .join("");
}
