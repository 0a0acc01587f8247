/** OpenSSH's own server, without port or daemon: one `sshd -i` a connection, behind a ProxyCommand. */

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  cleanUp,
  generateKeys,
  quote,
  readPids,
  remotePath,
  type SshHost,
  type SshHostFacts,
  type SshHostOptions,
  writeClientFiles,
  writeExecutable,
} from "./ssh-host.ts";
import { tempDir } from "./temp.ts";

const SSHD = "/usr/sbin/sshd";
/** Lines of sshd's configuration: what it does by default (sntrup761, chacha20) costs three times as much as all the rest of a connection. */
export const CHEAP_KEYS = "KexAlgorithms ecdh-sha2-nistp256\nCiphers aes128-gcm@openssh.com";
/** Another: bash takes SHLVL 0 under sshd for a login and reads ~/.bashrc, which on some machines starts a hundred programs. */
export const NO_BASHRC = "SetEnv SHLVL=1";
/** sshd refuses to start as root without it; a package's init script makes it, a container has none. */
const PRIVILEGE_SEPARATION = "/run/sshd";

/** Whether this machine can run {@link startSshd}: Linux, with openssh-server installed. */
export function available(): boolean {
  if (process.platform !== "linux" || !existsSync(SSHD)) return false;
  if (process.getuid?.() !== 0) return true;
  try {
    mkdirSync(PRIVILEGE_SEPARATION, { recursive: true, mode: 0o755 });
    return true;
  } catch {
    return false;
  }
}

/** The same host as `startSshServer` gives, served by sshd as the user who runs the tests. */
export async function startSshd(options: SshHostOptions = {}): Promise<SshHost> {
  const dir = tempDir();
  const [hostKeys, clientKeys] = [generateKeys(options.asInstalled), generateKeys(options.asInstalled)];
  const config = join(dir, "sshd_config");
  const serve = `exec ${SSHD} -i -f ${config}`;
  const proxy = join(dir, "proxy");
  // One that waits ends with its ssh.
  const looks = Math.ceil((options.delayMs ?? 0) / 100);
  const wait = `n=${looks}; while [ $n -gt 0 ]; do n=$((n - 1)); sleep 0.1; kill -0 $PPID || exit; done 2>/dev/null`;
  if (looks > 0) writeExecutable(proxy, `${wait}\n${serve}`);
  const facts = writeClientFiles(
    dir,
    {
      alias: options.alias ?? "demo-host",
      port: 22,
      user: Bun.spawnSync(["id", "-un"]).stdout.toString().trim(),
      hostKey: hostKeys.public,
      proxyCommand: looks > 0 ? proxy : `sh -c "${serve}"`,
    },
    clientKeys,
  );
  const acceptKey = options.acceptKey ?? true;
  writeFileSync(join(dir, "host_key"), hostKeys.private, { mode: 0o600 });
  writeFileSync(join(dir, "authorized_keys"), acceptKey ? `${clientKeys.public}\n` : "");
  writeExecutable(join(dir, "login"), loginScript(options, dir, facts));
  writeFileSync(
    config,
    [
      ...(options.sshdConfig ?? []),
      `HostKey ${dir}/host_key`,
      `AuthorizedKeysFile ${dir}/authorized_keys`,
      // Shells such as dash would stay between.
      `ForceCommand exec ${dir}/login`,
      "PubkeyAuthentication yes",
      "PasswordAuthentication no",
      "KbdInteractiveAuthentication no",
      "UsePAM no",
      "StrictModes no",
      "LogLevel QUIET",
      ...(options.asInstalled ? [] : [CHEAP_KEYS]),
      NO_BASHRC,
      "",
    ].join("\n"),
  );
  return { ...facts, pids: async () => readPids(dir), stop: async () => cleanUp(dir) };
}

/** Stands between sshd and the command, so that the remote has the home, shell and environment of the test. */
function loginScript(options: SshHostOptions, dir: string, facts: SshHostFacts): string {
  const shell = options.shell ?? "/bin/sh";
  const environment = Object.entries({
    HOME: facts.home,
    USER: facts.user,
    LOGNAME: facts.user,
    SHELL: shell,
    PATH: remotePath(options, facts.home),
    ...options.env,
  }).map(([name, value]) => quote(`${name}=${value}`));
  return [
    `echo $$ >>${quote(join(dir, "pids"))}`,
    `cd ${quote(facts.home)} || exit`,
    `exec env -i ${environment.join(" ")} \\`,
    `  SSH_CLIENT="$SSH_CLIENT" SSH_CONNECTION="$SSH_CONNECTION" \\`,
    `  ${quote(shell)} -c "$SSH_ORIGINAL_COMMAND"`,
  ].join("\n");
}
