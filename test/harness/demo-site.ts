/** The two machines of the demo: one that offers examples/ over SSH, and a project here that knows how to reach it. */

import { existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { BASE_ENV, BIN } from "./binary.ts";
import { explicitJumpHost, type SshHost } from "./ssh-host.ts";
import { startSshServer } from "./ssh-server.ts";
import { copyOwn, onDisk, writeSpec } from "./temp.ts";

/** The group of the demo: the same machine, by four names. */
const APPS = ["app-1", "app-2", "app-3", "app-4"];

export interface DemoSite {
  remote: SshHost;
  /** Where commands are typed; it has a runspec.toml. */
  project: string;
  /** What has to stand before PATH: runspec, and an ssh that knows the demo's host. */
  binDirs: readonly [string, string];
  /** Everything a command needs of its environment. */
  env: Record<string, string>;
  stop(): Promise<void>;
}

/** Why there can be no demo here; undefined: there can. */
export function missingForDemo(): string | undefined {
  if (Bun.which("ssh") === null)
    return "the demo needs the OpenSSH client: no ssh on PATH (Debian: apt-get install openssh-client)";
  // In a container, the user may have no name, without which it connects to nothing.
  const ssh = Bun.spawnSync(["ssh", "-F", "/dev/null", "-G", "localhost"]);
  if (ssh.exitCode !== 0) return `ssh does not work here: ${ssh.stderr.toString().trim()}`;
  return existsSync(BIN) ? undefined : "dist/runspec is missing: run it as `bun run demo`, which builds it";
}

export async function startDemoSite(): Promise<DemoSite> {
  const remote = await startSshServer();
  const project = onDisk("rs-demo-");
  furnishRemote(remote);
  const binDirs = [furnishLocal(remote, project), remote.binDir] as const;
  return {
    remote,
    project,
    binDirs,
    env: { ...BASE_ENV, PATH: [...binDirs, BASE_ENV.PATH].join(delimiter) },
    async stop() {
      rmSync(project, { recursive: true, force: true });
      // A terminal that is closed ends the server, too.
      await remote.stop().catch(() => {});
    },
  };
}

/** The remote machine: runspec on its PATH, the examples where its user keeps tools. */
function furnishRemote(remote: SshHost): void {
  symlinkSync(BIN, join(remote.home, "bin", "runspec"));
  const config = join(remote.home, ".config", "runspec");
  mkdirSync(join(config, "tools"), { recursive: true });
  copyOwn(resolve(import.meta.dir, "../../examples"), config);
}

/** The local machine: a project with a runspec.toml that knows how to reach the other one. Gives where runspec is. */
function furnishLocal(remote: SshHost, project: string): string {
  const bin = join(project, "bin");
  mkdirSync(bin);
  symlinkSync(BIN, join(bin, "runspec"));
  writeSpec(
    project,
    [
      `[config.jump-hosts.${remote.alias}]\n# user, port and key come from the ssh-config\n`,
      explicitJumpHost(remote, "by-address"),
      ...APPS.map((alias) => explicitJumpHost(remote, alias)),
      '[config.jump-groups]\napp = ["app-{1..4}"]\n',
    ].join("\n"),
  );
  return bin;
}
