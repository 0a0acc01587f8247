/** `--output-dir`: what each host said, in files for this user alone, and which hosts failed. */

import { rmSync } from "node:fs";
import { join } from "node:path";
import { RunspecError, reasonOf } from "../errors.ts";
import { isDirectory } from "../files/look.ts";
import { createPrivate, ensurePrivateDirectory, NotPrivate, replacePrivate } from "../files/private-files.ts";
import type { StreamName } from "../mcp/tool-host.ts";
import { visible } from "../text.ts";
import { hasFailed, type Outcome, type Row } from "./outcome.ts";
import type { Host } from "./resolve-hosts.ts";

export type OutputDir = ReturnType<typeof createOutputDir>;

const LISTS = {
  failed: hasFailed,
  "not-started": ({ because }: Outcome) => because === "not started" || because === "refused",
};

/** Makes the directory, or takes one that is the user's alone, and where nothing is in the way of the files of `hosts`. @throws RunspecError 125 */
export function createOutputDir(dir: string, hosts: readonly Host[], uid: number | undefined) {
  const inDir = <T>(name: string, work: (path: string) => T) => naming(join(dir, name), work);
  const create = (name: string) => inDir(name, (path) => createPrivate(path, uid));
  const remove = (name: string) => inDir(name, (path) => rmSync(path, { force: true }));
  const started = new Map<Host, Record<StreamName, ReturnType<typeof create>>>();
  naming(dir, () => ensurePrivateDirectory(dir, uid));
  for (const name of [...Object.keys(LISTS), ...hosts.flatMap(filesOf)])
    inDir(name, (path) => {
      if (isDirectory(path)) throw new NotPrivate(path, "is a directory");
    });

  return {
    start(host: Host) {
      // An earlier call's would pass for ours where this call is cut short; one that runs nothing, as for --help, leaves them.
      if (started.size === 0) for (const name of Object.keys(LISTS)) remove(name);
      const [stdout, stderr] = filesOf(host);
      started.set(host, { stdout: create(stdout), stderr: create(stderr) });
    },
    take(host: Host, stream: StreamName, bytes: Uint8Array) {
      naming(dir, () => started.get(host)?.[stream].append(bytes));
    },
    end(host: Host) {
      for (const file of Object.values(started.get(host) ?? {})) file.close();
    },
    /** Lists the hosts that failed, and those not started. `ran`: it was run where it could be; what an earlier call left of others then goes: it could pass for theirs. */
    finish(rows: readonly Row[], ran: boolean) {
      for (const [name, isOn] of Object.entries(LISTS)) {
        const lines = rows.filter(({ outcome }) => isOn(outcome)).map(({ host }) => `${host.typed}\n`);
        // Whole or not at all: half of the hosts that failed would pass for all.
        // A line that begins with `#` would be a remark.
        inDir(name, (path) => replacePrivate(path, lines.join("").replace(/^#/gm, ",#"), uid).close());
      }
      for (const { host } of ran ? rows : []) if (!started.has(host)) filesOf(host).forEach(remove);
    },
  };
}

/** The files of a host, by its name: they lie nowhere else, and no two hosts have the same. */
function filesOf({ name }: Host): [stdout: string, stderr: string] {
  const hex = (one: string) => `%${one.charCodeAt(0).toString(16).padStart(2, "0")}`;
  const file = name.replace(/[%/\\\x00-\x1f\x7f]|^\./g, hex);
  return [`${file}.out`, `${file}.err`];
}

function naming<T>(path: string, work: (path: string) => T): T {
  try {
    return work(path);
  } catch (error) {
    if (!(error instanceof NotPrivate))
      throw new RunspecError(`--output-dir: ${visible(path)}: ${reasonOf(error)}`);
    const hint = "name a new directory, or one that is yours alone (no link, chmod 700)";
    throw new RunspecError(`--output-dir: ${visible(error.message)}`, { hint });
  }
}
