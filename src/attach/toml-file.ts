/** Putting a server into Codex's TOML file; everything else in it stays as it is written. */

import { parseToml } from "../spec/toml/parse.ts";
import { type KeyPlace, keyText, scanKeys } from "../spec/toml/scan-keys.ts";
import { lineEndOf } from "./json-file.ts";

const SECTION = "mcp_servers";

export interface ServerEntry {
  command: string;
  args: readonly string[];
}

/** `text`, which is valid TOML, with `entry` under `[mcp_servers.name]`: what else is said of that server is kept. */
export function putIntoToml(text: string, name: string, entry: ServerEntry): string {
  const known = scanKeys(text).children.get(SECTION)?.children.get(name);
  if (known === undefined) {
    const gap = text === "" ? "" : text.endsWith("\n") ? "\n" : "\n\n";
    return `${text}${`${gap}${tomlEntry(name, entry)}`.replaceAll("\n", lineEndOf(text))}`;
  }
  const command = replaceValue(text, known.children.get("command"), line("command", entry.command));
  const place = scanKeys(command).children.get(SECTION)?.children.get(name)?.children;
  const args = place?.get("args");
  if (args !== undefined || entry.args.length === 0)
    return replaceValue(command, args, line("args", entry.args));
  const end = place?.get("command")?.end ?? command.length;
  return `${command.slice(0, end)}${lineEndOf(text)}${line("args", entry.args)}${command.slice(end)}`;
}

export function tomlEntry(name: string, { command, args }: ServerEntry): string {
  return `[${SECTION}.${keyText(name)}]\n${line("command", command)}\n${line("args", args)}\n`;
}

function line(key: string, value: unknown): string {
  return `${key} = ${JSON.stringify(value)}`;
}

/** A value that is the same already stays as it is written, with its comments. */
function replaceValue(text: string, place: KeyPlace | undefined, written: string): string {
  if (place === undefined) return text;
  const known = parseToml(text.slice(place.offset, place.end));
  return Bun.deepEquals(known, parseToml(written))
    ? text
    : `${text.slice(0, place.offset)}${written}${text.slice(place.end)}`;
}
