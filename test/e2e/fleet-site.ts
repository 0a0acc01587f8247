/** Many hosts behind real sshd, one `sshd -i` a connection, or behind none; and a project here that knows them as `web-01` and so on. */

import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BIN, type RunOptions, run, start } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { generateKeys, quote, writeExecutable } from "../harness/ssh-host.ts";
import { available, CHEAP_KEYS, NO_BASHRC } from "../harness/sshd.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";

export { available };

export interface Fleet {
  dir: string;
  /** The home of a host. */
  home(name: string): string;
  /** The lines of a file there; none where it is not there. */
  lines(name: string, file: string): string[];
  jump(words: readonly string[], options?: RunOptions): ReturnType<typeof run>;
  /** The same in the test's own process, with the binary on the hosts. */
  jumpHere(words: readonly string[], options?: Pick<RunOptions, "env">): ReturnType<typeof runHere>;
  startJump(words: readonly string[], options?: RunOptions): ReturnType<typeof start>;
  cwd: string;
  env: Record<string, string>;
}

export interface FleetOptions {
  /** Of each host; its runspec.toml. */
  hosts: Readonly<Record<string, string>>;
  /** More of the runspec.toml here: groups. */
  toml?: string;
  /** Hosts where nobody listens. */
  down?: readonly string[];
  /** Lines of the ssh-config for all. */
  ssh?: readonly string[];
  /** More of each host's table. */
  table?: string;
  /** What a shell runs at each login; NAME is the host's. */
  login?: string;
  /** The port of a bastion on loopback, on which the hosts' sshd is started. */
  through?: number;
  /** For what ssh has no say in: what stands for it runs the command itself, at a third of the cost. */
  withoutSsh?: boolean;
}

export function fleet({
  hosts,
  toml = "",
  down = [],
  ssh: more = [],
  table = "",
  login = ":",
  through,
  withoutSsh = false,
}: FleetOptions): Fleet {
  const dir = tempDir();
  const keys = { host: generateKeys(), client: generateKeys() };
  writeFileSync(join(dir, "host_key"), keys.host.private, { mode: 0o600 });
  writeFileSync(join(dir, "client_key"), keys.client.private, { mode: 0o600 });
  writeFileSync(join(dir, "authorized_keys"), `${keys.client.public}\n`);
  const home = (name: string) => join(dir, "hosts", name, "home");
  const sections = Object.entries(hosts).map(([name, tools]) => {
    const place = join(dir, "hosts", name);
    mkdirSync(join(home(name), "bin"), { recursive: true });
    mkdirSync(join(home(name), ".config/runspec"), { recursive: true });
    symlinkSync(BIN, join(home(name), "bin/runspec"));
    writeSpec(join(home(name), ".config/runspec"), tools);
    const environment = `HOME=${home(name)} NAME=${name} PATH=${home(name)}/bin:/usr/bin:/bin`;
    writeExecutable(
      join(place, "login"),
      `cd ${quote(home(name))} || exit\nNAME=${name}\n${login}\nexec env -i ${environment} SSH_CONNECTION="$SSH_CONNECTION" /bin/sh -c "$SSH_ORIGINAL_COMMAND"`,
    );
    const config = [
      `HostKey ${dir}/host_key`,
      `AuthorizedKeysFile ${dir}/authorized_keys`,
      `ForceCommand ${place}/login`,
      "PasswordAuthentication no",
      "UsePAM no",
      "StrictModes no",
      "LogLevel QUIET",
      CHEAP_KEYS,
      NO_BASHRC,
      "",
    ];
    writeFileSync(join(place, "sshd_config"), config.join("\n"));
    const sshd = `/usr/sbin/sshd -i -f ${place}/sshd_config`;
    // What is typed at a terminal here is for nobody there.
    const way = through === undefined ? `setsid ${sshd}` : `ssh -F ${dir}/ssh_config bastion ${sshd}`;
    return `Host ${name}\n  ProxyCommand ${way}\n`;
  });
  const user = Bun.spawnSync(["id", "-un"]).stdout.toString().trim();
  if (through !== undefined) sections.push(`Host bastion\n  Port ${through}\n  ProxyCommand none\n`);
  const common = [
    "Host *",
    "  HostName 127.0.0.1",
    `  User ${user}`,
    `  IdentityFile ${dir}/client_key`,
    "  IdentitiesOnly yes",
    "  StrictHostKeyChecking no",
    "  UserKnownHostsFile /dev/null",
    "  LogLevel ERROR",
    ...more,
    "",
  ];
  const away = down.map((name) => `Host ${name}\n  ProxyCommand none\n  Port 1\n`);
  writeFileSync(join(dir, "ssh_config"), [...sections, ...away, ...common].join("\n"));
  mkdirSync(join(dir, "bin"));
  const ssh = withoutSsh
    ? standIn(join(dir, "hosts"))
    : `exec ${quote(Bun.which("ssh") ?? "ssh")} -F ${quote(join(dir, "ssh_config"))} "$@"`;
  writeExecutable(join(dir, "bin/ssh"), ssh);
  const cwd = join(dir, "project");
  mkdirSync(cwd);
  const aliases = [...Object.keys(hosts), ...down].map((name) => `[config.jump-hosts.${name}]\n${table}`);
  writeSpec(cwd, `${aliases.join("")}${toml}`);
  // Shared connections are looked for by their command line, which is the same in other tests.
  const env = { PATH: `${dir}/bin:/usr/bin:/bin`, HOME: tempDir(), XDG_RUNTIME_DIR: tempDir() };
  const options = (more: RunOptions = {}) => ({ cwd, ...more, env: { ...env, ...more.env } });
  return {
    dir,
    cwd,
    env,
    home,
    lines(name, file) {
      const path = join(home(name), file);
      return existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : [];
    },
    jump: (words, more) => run(["jump", ...words], { timeoutMs: 60_000, ...options(more) }),
    jumpHere: (words, more) => runHere(["jump", ...words], options(more)),
    startJump: (words, more) => start(["jump", ...words], options(more)),
  };
}

/** Takes what jump calls ssh with: `-o`s, the host, the command. */
const standIn = (hosts: string): string => `while [ "$1" = -o ]; do shift 2; done
login=${quote(hosts)}/$1/login
shift
if [ -e "$login" ]; then SSH_CONNECTION=none SSH_ORIGINAL_COMMAND=$* exec "$login"; fi
echo "ssh: connect to host 127.0.0.1 port 1: Connection refused" >&2
exit 255`;

/** In the place of the runspec in `home`, one that is a few bytes: the sum of a whole build takes a second of the processor. */
export function placeSmallBuild(home: string): void {
  const path = join(home, "bin/runspec");
  rmSync(path);
  writeExecutable(path, "echo runspec 9");
}

/** The same tools on each of `names`. */
export function alike(names: readonly string[], tools: string): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, tools]));
}

/** Lines without an order, as an order. */
export function sorted(text: string): string[] {
  return text.split("\n").slice(0, -1).sort();
}
