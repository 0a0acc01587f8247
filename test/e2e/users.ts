/** Two users and their sudoers rules on this machine, gone when the test process is, however it ends. */

import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { diskDir } from "../harness/temp.ts";

const NEEDED = ["useradd", "userdel", "sudo", "su", "setpriv", "visudo", "flock"];

/** Before what changes the users of this machine: the files of tests run side by side. */
const ALONE = ["flock", "/etc/sudoers.d"];

/** Why no users can be made here; undefined: they can. */
const obstacle = findObstacle();

/** Only root can make users; where it cannot, the tests that need them are shown as skipped. */
export const canMakeUsers = obstacle === undefined;

if (obstacle !== undefined) console.warn(`Nothing that runs as another user is tested here: ${obstacle}.`);

function findObstacle(): string | undefined {
  if (process.getuid?.() !== 0) return "only root can make users";
  const missing = NEEDED.filter((program) => Bun.which(program) === null);
  if (missing.length > 0) return `there is no ${missing.join(", no ")}`;
  const included = /^[@#]includedir \/etc\/sudoers\.d$/m.test(readFileSync("/etc/sudoers", "utf8"));
  return included ? undefined : "/etc/sudoers does not include /etc/sudoers.d";
}

export interface Users {
  /** Without any rights of its own. */
  invoker: string;
  target: string;
  /** A directory that everybody can enter. */
  dir: string;
  /** Replaces the rules of these users. */
  allow(...rules: string[]): void;
  /** A service of PAM's, for sudo's `pam_service`, which runs `program` as root before a command. */
  pamService(program: string): string;
}

function makeUsers(): Users {
  // Not of the pid, which in a PID namespace is the same as in the next.
  const name = `runspec-t${randomBytes(3).toString("hex")}`;
  const [invoker, target] = [`${name}a`, `${name}b`];
  const [rules, pam] = [`/etc/sudoers.d/${name}`, `/etc/pam.d/${name}`];
  const dir = diskDir();
  leaveBehind(
    `rm -rf -- ${rules} ${rules}.new ${pam}; ${ALONE.join(" ")} userdel -f ${invoker}; ${ALONE.join(" ")} userdel -f ${target}`,
  );
  for (const user of [invoker, target]) {
    const home = join(dir, user);
    mkdirSync(home);
    must([...ALONE, "useradd", "--no-create-home", "--home-dir", home, "--shell", "/bin/sh", user]);
    must(["chown", `${user}:`, home]);
  }
  const allow = (...lines: string[]) => {
    // Beside it, and by a name that sudo passes over: others' sudo must see all of it or nothing.
    const draft = `${rules}.new`;
    writeFileSync(draft, lines.map((line) => `${line}\n`).join(""), { mode: 0o440 });
    must(["visudo", "-c", "-q", "-f", draft]);
    must(["mv", draft, rules]);
  };
  const pamService = (program: string) => {
    const lines = ["account", "session"].map((kind) => `${kind} required pam_permit.so\n`);
    writeFileSync(pam, `${lines.join("")}session required pam_exec.so ${program}\n`);
    return name;
  };
  return { invoker, target, dir, allow, pamService };
}

const NOBODY: Users = { invoker: "nobody", target: "nobody", dir: "/", allow() {}, pamService: () => "" };

/** The same two for every test of this process. */
export const users: Users = canMakeUsers ? makeUsers() : NOBODY;

/** `argv` as `user`, who then has no rights but its own. */
export function demoted(user: string, argv: readonly string[]): string[] {
  return ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--init-groups", "--", ...argv];
}

/** Has `script` run when this process is gone: it sees the end of our pipe. */
function leaveBehind(script: string): void {
  const janitor = Bun.spawn(["/bin/sh", "-c", `cat >/dev/null; ${script}`], {
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    stdin: "pipe",
    stdout: "ignore",
    stderr: "ignore",
    detached: true,
  });
  janitor.unref();
}

function must(argv: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(argv);
  if (exitCode !== 0) throw new Error(`${argv.join(" ")}: ${stderr.toString()}`);
}
