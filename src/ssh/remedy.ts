/** What helps where a host's table has to say something: every such remedy is made here, so that it works when it is pasted. */

import { visible } from "../text.ts";
import type { Target } from "./hosts.ts";

/** What has to be in the table of a host; the table that is there already is named with its line. */
export function setBin(target: Target, bin: string): string {
  const line = `bin = ${text(bin)}`;
  const { table, alias, host, user } = target;
  if (table?.at !== undefined) return `set ${line} in ${table.at()}`;
  const name = table?.alias ?? alias;
  const fields = [`host = ${text(host)}`, ...(user === undefined ? [] : [`user = ${text(user)}`]), line];
  return [
    "write into runspec.toml:",
    `[config.jump-hosts.${key(name)}]`,
    ...fields,
    `and then: runspec jump ${visible(name)}`,
  ].join("\n");
}

/** Where a field of it stands that has to be another. */
export function fixField({ table, alias }: Target, field: string): string {
  return table?.at === undefined
    ? `write another ${field} for ${visible(alias)}`
    : `correct ${field} in ${table.at()}`;
}

/** A string of TOML. */
function text(value: string): string {
  return JSON.stringify(visible(value));
}

/** A key of TOML: bare where it can be, else in quotes. */
function key(name: string): string {
  return /^[A-Za-z0-9_-]+$/.test(name) ? name : text(name);
}
