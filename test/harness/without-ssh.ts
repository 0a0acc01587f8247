/** A remote machine without a network between: what stands for ssh runs the command itself, at a third of what a connection costs. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  cleanUp,
  generateKeys,
  quote,
  readPids,
  remotePath,
  type SshHost,
  type SshHostOptions,
  writeClientFiles,
  writeExecutable,
} from "./ssh-host.ts";
import { tempDir } from "./temp.ts";

const USER = "demo";
type WithoutSshOptions = Pick<SshHostOptions, "alias" | "shell" | "path" | "env">;

/** The same host as `startSshServer` gives, for what ssh has no say in: it has no port and no keys, and any destination leads to it. */
export async function startWithoutSsh(options: WithoutSshOptions = {}): Promise<SshHost> {
  const dir = tempDir();
  const [home, binDir] = [join(dir, "home"), join(dir, "bin")];
  mkdirSync(join(home, "bin"), { recursive: true });
  mkdirSync(binDir);
  writeFileSync(join(dir, "pids"), "");
  writeExecutable(join(binDir, "ssh"), standIn(options, dir, home).join("\n"));
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

/** The same with what doctor looks at before it logs in: ssh's own settings, a key, a known host, and a door where an SSH server answers. */
export async function startAtDoor(options: WithoutSshOptions = {}): Promise<SshHost> {
  const dir = tempDir();
  const door = Bun.listen({
    ...{ hostname: "127.0.0.1", port: 0 },
    socket: { open: (socket) => void socket.write("SSH-2.0-door\r\n"), data() {} },
  });
  const remote = { alias: options.alias ?? "demo-host", port: door.port, user: USER };
  const facts = writeClientFiles(dir, { ...remote, hostKey: generateKeys().public }, generateKeys());
  const real = `exec ${quote(Bun.which("ssh") ?? "ssh")} -F ${quote(facts.sshConfigPath)} "$@"`;
  const asked = `case " $* " in *" -G "* | *" -V "* | *" -Q "*) ${real} ;; esac`;
  writeExecutable(join(facts.binDir, "ssh"), [asked, ...standIn(options, dir, facts.home)].join("\n"));
  const stop = async () => {
    door.stop(true);
    cleanUp(dir);
  };
  return { ...facts, pids: async () => readPids(dir), stop };
}

/** Lines of a shell that stand for ssh: the command is run here, in the remote's surroundings. */
function standIn(options: WithoutSshOptions, dir: string, home: string): string[] {
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
  return [
    "while :; do case $1 in -o | -p | -i | -F) shift 2 ;; -v) shift ;; *) break ;; esac; done",
    "shift",
    `echo $$ >>${quote(join(dir, "pids"))}`,
    `cd ${quote(home)} || exit`,
    `exec env -i ${environment.join(" ")} ${quote(shell)} -c "$*"`,
  ];
}
