/** The table of a jump host: its header, its lines, and where it stands. */

import { fieldLines } from "./edit.ts";
import { findPlace, keyText, scanKeys } from "./scan-keys.ts";

export function hostPath(alias: string): string[] {
  return ["config", "jump-hosts", alias];
}

export function hostHeader(alias: string): string {
  return `[${hostPath(alias).map(keyText).join(".")}]`;
}

export function hostTable(alias: string, fields: Readonly<Record<string, string | undefined>>): string {
  return `${hostHeader(alias)}\n${fieldLines(fields)}`;
}

/** The line, from 1, in which the table of `alias` begins; undefined where `text` has none. `text` is valid TOML. */
export function hostLine(text: string, alias: string): number | undefined {
  const { place, exact } = findPlace(scanKeys(text), hostPath(alias));
  return exact ? place.line : undefined;
}
