/** What helps where a host's table has to say something: every such remedy is made here, so that it works when it is pasted. */

import { quoteWord } from "../process/quote.ts";
import { visible } from "../text.ts";
import { quoteBin, type RemoteBin } from "./bin.ts";
import type { Target } from "./hosts.ts";

/** Goes the way to a host step by step. */
export function doctorCommand(alias: string): string {
  return visible(`runspec doctor ${quoteWord(alias)}`);
}

/** Puts this runspec where `bin` says. */
export function installCommand(alias: string, bin: RemoteBin): string {
  const place = bin.source === "--bin" ? ` --bin ${quoteBin(bin.path)}` : "";
  return visible(`runspec jump ${quoteWord(alias)} --install${place}`);
}

/** Where a host's runspec is, for its table. */
export function setBin(target: Target, bin: string): string {
  return setField(target, `bin = ${text(bin)}`);
}

/** A line that has to be in the table of a host; the table that is there already is named with its line. */
export function setField(target: Target, line: string): string {
  const { table, alias, host, user } = target;
  if (table?.at !== undefined) return `set ${line} in ${table.at()}`;
  const name = table?.alias ?? alias;
  const fields = [`host = ${text(host)}`, ...(user === undefined ? [] : [`user = ${text(user)}`]), line];
  const renamed = name === alias ? "" : `, and say ${visible(quoteWord(name))} instead of ${visible(alias)}`;
  return [`write into runspec.toml${renamed}:`, `[config.jump-hosts.${key(name)}]`, ...fields].join("\n");
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
