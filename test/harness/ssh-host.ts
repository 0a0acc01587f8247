/** What every SSH server of the harness offers to a test, and the client files that reach it. */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { utils } from "ssh2";

export interface SshHostOptions {
  /** The `Host` of the generated ssh-config; "demo-host" if not given. */
  alias?: string;
  /** The remote user's login shell, run as `shell -c command`; /bin/sh if not given. */
  shell?: string;
  /** PATH on the remote; the remote's `~/bin` and the system's directories if not given. */
  path?: string;
  /** More variables for remote commands. */
  env?: Record<string, string>;
  /** False refuses the client's key. */
  acceptKey?: boolean;
  /** Milliseconds to wait before the client is let in. */
  delayMs?: number;
  /** The embedded server alone: a process of its own, to be killed or stopped by its `serverPid`. */
  ownProcess?: boolean;
  /** sshd has the keys, and agrees on them, as where nobody configured it, which takes most of a connection. */
  asInstalled?: boolean;
  /** More lines for the configuration of sshd, which count before the others. */
  sshdConfig?: readonly string[];
}

export interface SshHost {
  alias: string;
  host: string;
  port: number;
  user: string;
  keyPath: string;
  knownHostsPath: string;
  sshConfigPath: string;
  /** What a connection needs beyond host, port, user and key: `KEY=VALUE`, for `-o` and `ssh-options`. */
  sshOptions: string[];
  /** The remote user's home; its `bin` is on the remote's PATH. */
  home: string;
  /** Holds an `ssh` that reads `sshConfigPath`: put it first on PATH, and the alias alone connects. */
  binDir: string;
  /** The server's process, if it has one of its own; sshd has one a connection. STOP makes the network silent. */
  serverPid?: number;
  /** The session leaders started so far, alive or not. */
  pids(): Promise<number[]>;
  /** Ends the server, what its sessions left running, and its files. */
  stop(): Promise<void>;
}

/** The part of an {@link SshHost} that is plain data: it crosses a pipe as JSON. */
export type SshHostFacts = Omit<SshHost, "serverPid" | "pids" | "stop">;

export interface KeyPair {
  private: string;
  public: string;
}

/**
 * A throw-away pair in OpenSSH's own formats, on the curve that OpenSSH leaves to OpenSSL: its own ed25519, which is what people
 * have, is several times as slow, and each end of a connection signs.
 */
export function generateKeys(asInstalled = false): KeyPair {
  if (!asInstalled) return utils.generateKeyPairSync("ecdsa", { bits: 256 });
  for (;;) {
    const pair = utils.generateKeyPairSync("ed25519");
    // ssh2 1.17 drops leading zero bytes of the public key: one pair in 256 is unusable.
    if (Buffer.from(pair.public.split(" ")[1] ?? "", "base64").length === 51) return pair;
  }
}

/** Writes key, known_hosts, ssh_config, the `ssh` wrapper and an empty list of pids below `dir` and says where they are. */
export function writeClientFiles(
  dir: string,
  remote: { alias: string; port: number; user: string; hostKey: string; proxyCommand?: string },
  clientKey: KeyPair,
): SshHostFacts {
  const host = "127.0.0.1";
  const keyPath = join(dir, "client_key");
  const knownHostsPath = join(dir, "known_hosts");
  const sshConfigPath = join(dir, "ssh_config");
  const home = join(dir, "home");
  const binDir = join(dir, "bin");
  mkdirSync(join(home, "bin"), { recursive: true });
  mkdirSync(binDir);
  writeFileSync(join(dir, "pids"), "");

  const sshOptions = [
    `UserKnownHostsFile=${knownHostsPath}`,
    "GlobalKnownHostsFile=/dev/null",
    "StrictHostKeyChecking=yes",
    "IdentitiesOnly=yes",
    "LogLevel=ERROR",
    ...(remote.proxyCommand === undefined ? [] : [`ProxyCommand=${remote.proxyCommand}`]),
  ];
  writeFileSync(keyPath, clientKey.private, { mode: 0o600 });
  writeFileSync(knownHostsPath, `${host},[${host}]:${remote.port},${remote.alias} ${remote.hostKey}\n`);
  writeFileSync(
    sshConfigPath,
    [
      `Host ${remote.alias}`,
      `  HostName ${host}`,
      `  Port ${remote.port}`,
      `  User ${remote.user}`,
      `  IdentityFile ${keyPath}`,
      ...sshOptions.map((option) => `  ${option.replace("=", " ")}`),
      "",
    ].join("\n"),
  );
  const ssh = Bun.which("ssh");
  if (ssh === null) throw new Error("no ssh on PATH: the harness drives the system's OpenSSH client");
  // A later -F, as with use-ssh-config = false, wins over this one.
  writeExecutable(join(binDir, "ssh"), `exec ${quote(ssh)} -F ${quote(sshConfigPath)} "$@"`);
  return {
    alias: remote.alias,
    host,
    port: remote.port,
    user: remote.user,
    keyPath,
    knownHostsPath,
    sshConfigPath,
    sshOptions,
    home,
    binDir,
  };
}

/** The pids noted in `dir`, one a line. */
export function readPids(dir: string): number[] {
  return readFileSync(join(dir, "pids"), "utf8").split("\n").filter(Boolean).map(Number);
}

/** Kills the process groups of the sessions noted in `dir`, then removes `dir`: nothing outlives a test. */
export function cleanUp(dir: string): void {
  for (const pid of readPids(dir)) {
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // It ended by itself, as it should.
    }
  }
  rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
}

/** Tells the ssh that shares its connection at `socket`; what is said of it, and whether there was one. */
export function tellMaster(socket: string, command: "exit" | "check"): { said: string; isThere: boolean } {
  // Without the developer's ~/.ssh/config, which ssh finds whatever HOME is.
  const argv = ["ssh", "-F", "/dev/null", "-O", command, "-o", `ControlPath=${socket}`, "any"];
  const { stderr, exitCode } = Bun.spawnSync(argv, { env: { PATH: process.env.PATH } });
  return { said: stderr.toString(), isThere: exitCode === 0 };
}

/** The PATH a remote command gets. */
export function remotePath(options: SshHostOptions, home: string): string {
  return options.path ?? `${join(home, "bin")}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin`;
}

/** A `[config.jump-hosts.ALIAS]` table that spells everything out, for use without any ssh-config. */
export function explicitJumpHost(host: SshHost, alias: string): string {
  return [
    `[config.jump-hosts.${alias}]`,
    `host = "${host.host}"`,
    `port = ${host.port}`,
    `user = "${host.user}"`,
    `ssh-key = ${JSON.stringify(host.keyPath)}`,
    "use-ssh-config = false",
    `ssh-options = ${JSON.stringify(host.sshOptions)}`,
    "",
  ].join("\n");
}

/** A POSIX sh script at `path`, executable. */
export function writeExecutable(path: string, body: string): void {
  writeFileSync(path, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
}

/** One word for a POSIX shell, whatever is in it. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
