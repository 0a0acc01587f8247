/** A remote machine without a network between: what stands for ssh runs the command itself, at a third of what a connection costs. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  cleanUp,
  quote,
  readPids,
  remotePath,
  type SshHost,
  type SshHostOptions,
  writeExecutable,
} from "./ssh-host.ts";
import { tempDir } from "./temp.ts";

const USER = "demo";

/** The same host as `startSshServer` gives, for what ssh has no say in: it has no port and no keys, and any destination leads to it. */
export async function startWithoutSsh(
  options: Pick<SshHostOptions, "alias" | "shell" | "path" | "env"> = {},
): Promise<SshHost> {
  const dir = tempDir();
  const [home, binDir] = [join(dir, "home"), join(dir, "bin")];
  mkdirSync(join(home, "bin"), { recursive: true });
  mkdirSync(binDir);
  writeFileSync(join(dir, "pids"), "");
  const shell = options.shell ?? "/bin/sh";
  const environment = Object.entries({
    HOME: home,
    USER,
    LOGNAME: USER,
    SHELL: shell,
    PATH: remotePath(options, home),
    SSH_CLIENT: "127.0.0.1 65535 22",
    SSH_CONNECTION: "127.0.0.1 65535 127.0.0.1 22",
    ...options.env,
  }).map(([name, value]) => quote(`${name}=${value}`));
  writeExecutable(
    join(binDir, "ssh"),
    [
      "while :; do case $1 in -o | -p | -i | -F) shift 2 ;; *) break ;; esac; done",
      "shift",
      `echo $$ >>${quote(join(dir, "pids"))}`,
      `cd ${quote(home)} || exit`,
      `exec env -i ${environment.join(" ")} ${quote(shell)} -c "$*"`,
    ].join("\n"),
  );
  return {
    alias: options.alias ?? "demo-host",
    host: "127.0.0.1",
    port: 22,
    user: USER,
    keyPath: "/nowhere/key",
    knownHostsPath: "/nowhere/known_hosts",
    sshConfigPath: "/nowhere/ssh_config",
    sshOptions: [],
    home,
    binDir,
    pids: async () => readPids(dir),
    stop: async () => cleanUp(dir),
  };
}
