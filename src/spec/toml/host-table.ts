/** The table of a jump host: its header, its lines, and where it stands. */

import { readFileSync } from "node:fs";
import { attempt } from "../../errors.ts";
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

/** The line, from 1, in which the key at `path` stands in `file`, valid TOML; undefined where it has none. */
export function lineIn(file: string, path: readonly string[]): number | undefined {
  const { place, exact } = attempt(() => findPlace(scanKeys(readFileSync(file, "utf8")), path)) ?? {};
  return exact ? place?.line : undefined;
}
