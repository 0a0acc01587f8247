/** A remote machine to measure against: an SSH server on loopback, with the built binary and a few tools on it. */

import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BIN } from "../test/harness/binary.ts";
import type { SshHost } from "../test/harness/ssh-host.ts";
import { tempDir } from "../test/harness/temp.ts";

export interface Site {
  host: SshHost;
  /** Where a runspec.toml names the host's alias. */
  cwd: string;
  env: Record<string, string>;
  /** On the remote; made by {@link makeFiles}. */
  textFile: string;
  randomFile: string;
}

const TOOLS = `
[nothing]
command = ["true"]
[text]
command = ["cat", "TEXT"]
[random]
command = ["cat", "RANDOM"]
[memory]
command = ["sh", "-c", "cat TEXT; grep VmHWM /proc/$PPID/status >&2"]
`;

export function prepareSite(host: SshHost): Site {
  const cwd = tempDir();
  const home = tempDir();
  const textFile = join(cwd, "text");
  const randomFile = join(cwd, "random");
  const config = join(host.home, ".config/runspec");
  mkdirSync(config, { recursive: true });
  writeFileSync(
    join(config, "runspec.toml"),
    TOOLS.replaceAll("TEXT", textFile).replaceAll("RANDOM", randomFile),
  );
  symlinkSync(BIN, join(host.home, "bin/runspec"));
  // The same machine by many more names, for the rows that call many hosts.
  const groups = '[config.jump-groups]\nmany = ["h{1..100}"]\n';
  writeFileSync(join(cwd, "runspec.toml"), `[config.jump-hosts.${host.alias}]\n${groups}`);
  const sshConfig = readFileSync(host.sshConfigPath, "utf8");
  writeFileSync(host.sshConfigPath, sshConfig.replace(/^Host .*$/m, "$& h*"));
  const known = readFileSync(host.knownHostsPath, "utf8");
  writeFileSync(host.knownHostsPath, known.replace(/^\S+ /, "* "));
  const env = { PATH: `${host.binDir}:${process.env.PATH ?? ""}`, HOME: home, LANG: "C.UTF-8" };
  return { host, cwd, env, textFile, randomFile };
}

const LINES = `printf '2026-03-02T09:30:11Z INFO path=/api/orders status=200 "ok" é\\n%.0s' $(seq 1000)`;

/** Makes the files of a site, where they are not there yet, of so many bytes. */
export async function makeFiles({ textFile, randomFile }: Site, bytes: number): Promise<void> {
  await makeFile(textFile, bytes, `while ${LINES}; do :; done`);
  await makeFile(randomFile, bytes, "cat /dev/urandom");
}

async function makeFile(path: string, bytes: number, source: string): Promise<void> {
  if (existsSync(path)) return;
  const made = Bun.spawn(["sh", "-c", `{ ${source}; } 2>/dev/null | head -c ${bytes} > "$0"`, path]);
  if ((await made.exited) !== 0) throw new Error(`cannot make ${path}`);
}
