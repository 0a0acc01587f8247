import type { Autonomy } from "../arguments/model.ts";
import type { Table } from "../json.ts";
import type { RunAs, Runnable } from "./model.ts";
import type { Finding } from "./toml/findings.ts";
import type { Keys, Path } from "./toml/key-map.ts";

/** What the parts of one file share while it is read. */
export interface Reading {
  /** The file's absolute path. */
  file: string;
  autonomyDefault: Autonomy;
  /** `[config.logging]` is set: tools take the flags that go with it. */
  logs?: boolean;
  /** The `runspec_env` of `[config]`, absolute. */
  envFile?: string;
  /** The directory a relative `runspec_env` starts from. */
  base: string;
  /** Made at most once, and only when asked for. */
  keys: () => Keys;
  findings: Finding[];
  checkBecome: CheckBecome;
}

/** Finds what the become parts of a tool have wrong with them on any host, each by its keys in the tool's table. */
export type CheckBecome = (parts: {
  runAs: RunAs;
  becomeMethod: Runnable["becomeMethod"];
  becomeFlags: string;
}) => { keys: string[]; message: string }[];

/** The keys of `table`, in file order: JavaScript objects put keys that look like integers first. */
export function keysInOrder(table: Table, path: Path, keys: () => Keys): string[] {
  const given = Object.keys(table);
  // So the first key tells whether there is one.
  if (!Number.isInteger(Number(given[0]))) return given;
  const ordered = keys()
    .order(path)
    .filter((key) => Object.hasOwn(table, key));
  return [...new Set([...ordered, ...given])];
}

/** Whether an error was found since there were `before` findings. */
export function failedSince(before: number, findings: readonly Finding[]): boolean {
  for (const { severity } of findings.slice(before)) if (severity === "error") return true;
  return false;
}
