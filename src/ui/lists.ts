/** The lists that `jump` and `run` print: tools, jump hosts, groups of them. */

import type { JumpHost } from "../spec/model.ts";
import { visible } from "../text.ts";
import { columns, padTo, wrap } from "./layout.ts";

const ALIAS_WIDTH = 16;

interface ListedTool {
  name: string;
  autonomy?: string | undefined;
  description?: string | undefined;
}

export function renderTools(heading: string, tools: readonly ListedTool[], width: number): string {
  if (tools.length === 0) return `${heading}\n\n  (none)\n`;
  const rows = tools.map(({ name, autonomy, description }) => [
    visible(name),
    visible(autonomy ?? ""),
    visible(firstParagraph(description ?? "")),
  ]);
  return `${heading}\n\n${columns(rows, width)}\n`;
}

function firstParagraph(text: string): string {
  const [first = ""] = text.trim().split(/\n\s*\n/);
  return first.replace(/\s+/g, " ");
}

type ListedHost = Pick<JumpHost, "alias" | "host" | "user"> & Record<"bin" | "file", string>;

/** One block a file, columns aligned within it; where lines of `width` characters are too narrow for them, a line for each part. */
export function renderJumpHosts(hosts: readonly ListedHost[], width: number): string {
  const blocks = [...Map.groupBy(hosts, ({ file }) => file)].map(([file, declared]) => {
    const heading = wrap(`Configured jump hosts (${visible(file)}):`, width).join("\n");
    return `${heading}\n\n${renderBlock(declared, width)}`;
  });
  return blocks.join("\n");
}

/** Each group, below the hosts, in as many lines of `width` characters as it takes. */
export function renderJumpGroups(groups: readonly { name: string; from: string }[], width: number): string {
  if (groups.length === 0) return "";
  const rows = groups.map(({ name, from }) => [`@${visible(name)}`, visible(from)]);
  return `Groups:\n\n${columns(rows, width, ALIAS_WIDTH)}\n`;
}

function renderBlock(hosts: readonly ListedHost[], width: number): string {
  const rows = hosts.map(({ alias, host, user, bin }) => ({
    alias: visible(alias),
    host: `host: ${visible(host)}${user === undefined ? "" : ` (user: ${visible(user)})`}`,
    bin: `bin: ${visible(bin)}`,
  }));
  const widest = (part: "alias" | "host" | "bin") =>
    Math.max(...rows.map((row) => Bun.stringWidth(row[part])));
  const aliasWidth = Math.max(ALIAS_WIDTH, widest("alias")) + 2;
  const hostWidth = widest("host") + 1;
  if (2 + aliasWidth + hostWidth + widest("bin") > width)
    return rows.map(({ alias, host, bin }) => `  ${alias}\n    ${host}\n    ${bin}\n`).join("");
  return rows
    .map(({ alias, host, bin }) => `  ${padTo(aliasWidth, alias)}${padTo(hostWidth, host)}${bin}\n`)
    .join("");
}
