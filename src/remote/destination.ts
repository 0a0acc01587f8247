/** From the word a person typed to where ssh must go: the alias in the configuration, or `user@host` as it stands. */

import { EXIT, RunspecError } from "../errors.ts";
import { type ConfigFile, loadConfigFiles } from "../spec/config.ts";
import type { Where } from "../spec/find.ts";
import { hiddenAliases } from "../spec/hidden-aliases.ts";
import { hostHeader, hostLine } from "../spec/host-table.ts";
import type { Issue, JumpHost } from "../spec/model.ts";
import { chooseBin, type RemoteBin, resolveBin } from "../ssh/bin.ts";
import { checkTarget, type HostTable, type Target } from "../ssh/hosts.ts";
import { nodeFs } from "../system/files.ts";
import { didYouMean, nearest, visible } from "../text.ts";

export interface Destination extends Target {
  bin: RemoteBin;
  multiplex: boolean;
  /** It is in the nearest file, which may be somebody's checkout. */
  nearest?: true;
  table?: HostTable & { file?: string };
}

/** Where aliases are looked up. */
export interface Place extends Where {
  /** Takes what is odd about a file, but no error. */
  onWarning?(issue: Issue): void;
}

export interface ListedDestination extends JumpHost {
  /** The effective one. */
  effectiveBin: string;
  file: string;
}

/**
 * The checked destination for `alias`; the first file that has it wins.
 * @throws RunspecError 125 for an unknown alias (the known ones are listed, nearest first) or a field that is refused.
 */
export async function findDestination(
  alias: string,
  where: Place,
  binFlag: string | undefined,
): Promise<Destination> {
  const files = await loadFiles(where);
  const host = findAlias(alias, files);
  for (const hidden of hiddenAliases(files)) if (hidden.alias === alias) where.onWarning?.(hidden.issue);
  const bin = resolveBin({ flag: binFlag, field: host.bin, env: where.env.RUNSPEC_JUMP_BIN });
  const destination = { ...host, bin };
  checkTarget(destination);
  return destination;
}

/** Every configured alias, in the order of lookup; one that an earlier file defines is not repeated. */
export async function listDestinations(where: Place): Promise<ListedDestination[]> {
  const seen = new Set<string>();
  const listed: ListedDestination[] = [];
  const files = await loadFiles(where);
  for (const { issue } of hiddenAliases(files)) where.onWarning?.(issue);
  for (const { path, config } of files) {
    for (const host of config.jumpHosts) {
      if (seen.has(host.alias)) continue;
      seen.add(host.alias);
      const bin = chooseBin({ field: host.bin, env: where.env.RUNSPEC_JUMP_BIN });
      listed.push({ ...host, effectiveBin: bin.path, file: path });
    }
  }
  return listed;
}

async function loadFiles(where: Place): Promise<ConfigFile[]> {
  const files = await loadConfigFiles(where);
  for (const { issues } of files) {
    for (const issue of issues) if (issue.severity === "warning") where.onWarning?.(issue);
  }
  return files;
}

function adHoc(alias: string, files: readonly ConfigFile[]): JumpHost & Pick<Destination, "table"> {
  const at = alias.lastIndexOf("@");
  const host = alias.slice(at + 1);
  const file = files.find(({ config }) => config.jumpHosts.some((known) => known.alias === host));
  return {
    table: file === undefined ? { alias: host } : tableIn(file, host),
    alias,
    user: alias.slice(0, at),
    host,
    useSshConfig: true,
    sshOptions: [],
    multiplex: false,
  };
}

function tableIn({ path }: ConfigFile, alias: string): HostTable & { file: string } {
  return {
    alias,
    file: path,
    at() {
      const line = hostLine(nodeFs().readFileSync(path, "utf8"), alias);
      return visible(`${hostHeader(alias)} (${path}${line === undefined ? "" : `:${line}`})`);
    },
  };
}

function findAlias(
  alias: string,
  files: readonly ConfigFile[],
): JumpHost & Pick<Destination, "nearest" | "table"> {
  for (const file of files) {
    for (const host of file.config.jumpHosts) {
      if (host.alias !== alias) continue;
      const table = tableIn(file, alias);
      return file.source === "nearest" ? { ...host, table, nearest: true } : { ...host, table };
    }
  }
  if (alias.includes("@")) return adHoc(alias, files);
  const known = [...new Set(files.flatMap(({ config }) => config.jumpHosts.map((host) => host.alias)))];
  const message = `unknown jump host "${visible(alias)}"`;
  if (known.length === 0) {
    const looked =
      files.length === 0 ? "no runspec.toml was found" : `${visible(files[0]?.path ?? "")} has none`;
    throw new RunspecError(`${message}: no jump hosts are configured (${looked})`, {
      hint: `add [config.jump-hosts.${visible(alias)}] to runspec.toml, or name a destination as user@host`,
    });
  }
  const near = nearest(alias, known);
  const ordered = [...near, ...known.filter((name) => !near.includes(name))].map(visible);
  const suggestion = didYouMean(alias, known);
  throw new RunspecError(suggestion === "" ? message : `${message}; ${suggestion}`, {
    exitCode: EXIT.FAILED,
    hint: `known: ${ordered.join(", ")}`,
  });
}
