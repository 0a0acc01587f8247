/** A newer Debian with sudo-rs, furnished with users and tools, whose runspec a test can start from outside. */

import { chmodSync, cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { REPORT } from "../e2e/become-site.ts";
import { BIN } from "../harness/binary.ts";
import { quote, writeExecutable } from "../harness/ssh-host.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";

/** Seconds that nobody else waits for, by which what is left of a tool is found. */
export const FOR_TOO_LONG = String(200_000 + process.pid);
const TOOLS = {
  report: REPORT,
  stubborn: `trap '' TERM\nsh -c 'trap "" TERM; sleep ${FOR_TOO_LONG} & wait' &\nwait; sleep ${FOR_TOO_LONG}`,
  closed: "id",
};
const table = (name: string, program: keyof typeof TOOLS, ...lines: string[]) =>
  [`[${name}]`, 'autonomy = "autonomous"', `command = "/opt/tools/${program}"`, ...lines, ""].join("\n");
const SPEC = [
  table(
    "report",
    "report",
    'run_as = "oracle"',
    'args.note = { type = "str", required = false }\nargs.more = { type = "rest", required = false }',
  ),
  table("flagged", "report", 'run_as = "oracle"', 'become_flags = "-n"'),
  table("ghost", "report", 'run_as = "no-such-user"'),
  table("closed", "closed", 'run_as = "oracle"'),
  table("stubborn", "stubborn", 'run_as = "oracle"', 'timeout = "500ms"', 'stop-timeout = "300ms"'),
  table("endless", "stubborn", 'run_as = "oracle"', 'stop-timeout = "300ms"'),
].join("\n");

export interface SudoRsRoot {
  /** The runspec that `app` serves with there. */
  bin: string;
  /** Replaces the rules, which sudo-rs's own visudo must accept. */
  allow(...rules: string[]): void;
}

/** Puts users, tools and this build into `root`. */
export function furnishSudoRs(root: string): SudoRsRoot {
  const inside = (...argv: string[]) => Bun.spawnSync(["chroot", root, ...argv]);
  chmodSync(root, 0o755);
  for (const [user, uid] of Object.entries({ app: "60901", oracle: "60902" })) {
    if (inside("id", user).exitCode !== 0) inside("useradd", "-u", uid, "-m", "-s", "/bin/sh", user);
  }
  // Debian calls it sudo-rs, so that it can stand beside sudo.
  for (const [name, path] of Object.entries({ sudo: "usr/bin/sudo", visudo: "usr/sbin/visudo" })) {
    rmSync(join(root, path), { force: true });
    symlinkSync(`/usr/lib/cargo/bin/${name}`, join(root, path));
  }
  for (const dir of ["opt/tools", "opt/runspec", "etc/runspec"])
    mkdirSync(join(root, dir), { recursive: true });
  for (const [name, body] of Object.entries(TOOLS)) writeExecutable(join(root, "opt/tools", name), body);
  chmodSync(join(root, "opt/tools/closed"), 0o700);
  writeSpec(join(root, "etc/runspec"), SPEC);
  cpSync(BIN, join(root, "opt/runspec/runspec"));
  const enter = `mount -t proc proc ${root}/proc && mount --bind /dev ${root}/dev && exec /usr/sbin/chroot ${root} setpriv --reuid=app --regid=app --init-groups \
env -i HOME=/home/app PATH=/usr/sbin:/usr/bin:/sbin:/bin RUNSPEC_CONFIG=/etc/runspec/runspec.toml /opt/runspec/runspec "$@"`;
  const path = join(tempDir(), "runspec");
  writeExecutable(path, `exec unshare -m /bin/sh -c ${quote(enter)} runspec "$@"`);
  return {
    bin: path,
    allow(...rules) {
      writeFileSync(join(root, "etc/sudoers"), rules.map((line) => `${line}\n`).join(""), { mode: 0o440 });
      const { exitCode, stdout, stderr } = inside("visudo", "-c", "-f", "/etc/sudoers");
      if (exitCode !== 0) throw new Error(`visudo: ${stdout}${stderr}`);
    },
  };
}
