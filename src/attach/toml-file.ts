/** Putting a server into Codex's TOML file; everything else in it stays as it is written. */

import { fieldLines, withField, withTable } from "../spec/toml/host-table.ts";
import { findPlace, keyText, scanKeys } from "../spec/toml/scan-keys.ts";

const SECTION = "mcp_servers";

export interface ServerEntry {
  command: string;
  args: readonly string[];
}

/** `text`, which is valid TOML, with `entry` under `[mcp_servers.name]`: what else is said of that server is kept. */
export function putIntoToml(text: string, name: string, entry: ServerEntry): string {
  const path = [SECTION, name];
  if (!findPlace(scanKeys(text), path).exact) return withTable(text, tomlEntry(name, entry));
  return Object.entries(entry).reduce((so, [key, value]) => withField(so, path, key, value) ?? so, text);
}

export function tomlEntry(name: string, { command, args }: ServerEntry): string {
  return `[${SECTION}.${keyText(name)}]\n${fieldLines({ command, args })}`;
}
