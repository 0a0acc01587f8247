/** Why there is no such jump host, and what may have been meant. */

import { RunspecError } from "../errors.ts";
import type { ConfigFile } from "../spec/config.ts";
import { hostHeader } from "../spec/toml/host-table.ts";
import { didYouMean, nearest, visible } from "../text.ts";
import { declaredNames } from "./hidden-names.ts";

/** The error for a word that is neither an alias of `files` nor a destination; the known names are listed, nearest first. */
export function unknownAlias(alias: string, files: readonly ConfigFile[]): RunspecError {
  const message = `unknown jump host "${visible(alias)}"`;
  const header = visible(hostHeader(alias));
  const names = files.flatMap(({ config }) => declaredNames(config)).map(({ name }) => name);
  const known = [...new Set(names)];
  if (known.length === 0) {
    const looked =
      files.length === 0 ? "no runspec.toml was found" : `${visible(files[0]?.path ?? "")} has none`;
    return new RunspecError(`${message}: no jump hosts are configured (${looked})`, {
      hint: `add ${header} to runspec.toml, or name a destination as user@host`,
    });
  }
  const near = nearest(alias, known);
  const ordered = [...near, ...known.filter((name) => !near.includes(name))].map(visible);
  const suggestion = didYouMean(alias.replace(/^ssh:\/\/|:\d+$/g, ""), known);
  const add = `a new one? Add ${header} to runspec.toml, or name it as user@host`;
  return new RunspecError(suggestion === "" ? message : `${message}; ${suggestion}`, {
    hint: [`known: ${ordered.join(", ")}`, suggestion === "" ? add : ""],
  });
}
