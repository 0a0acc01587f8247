/** What containers are without: a name for the user, a file system to write to, a directory for temporary files. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { BASE_ENV, BIN, run } from "../harness/binary.ts";
import { writeSpec } from "../harness/temp.ts";
import { canMakeUsers, users } from "./users.ts";

setDefaultTimeout(60_000);

const canUnshare = canMakeUsers && Bun.spawnSync(["unshare", "-m", "true"]).exitCode === 0;
const NOBODY_KNOWN = "54321";
const TOOLS = `
[hi]
description = "Says hi"
autonomy = "autonomous"
command = ["/bin/echo", "hi"]
[slow]
description = "Takes too long"
autonomy = "autonomous"
timeout = "300ms"
command = ["/bin/sleep", "99"]
[left]
description = "Leaves something behind"
timeout = "300ms"
stop-timeout = "300ms"
command = ["/bin/sh", "-c", "sleep 99 & exec sleep 98"]
`;
const REQUESTS = [
  {
    id: 1,
    method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "1" } },
  },
  { id: 2, method: "tools/call", params: { name: "hi", arguments: {} } },
];

/** A directory that everybody can enter, with the program and the tools. */
function furnished(): string {
  const dir = join(users.dir, "container");
  mkdirSync(dir);
  chmodSync(dir, 0o755);
  copyFileSync(BIN, join(dir, "runspec"));
  writeSpec(dir, TOOLS);
  return dir;
}

const asNobody = `setpriv --reuid=${NOBODY_KNOWN} --regid=${NOBODY_KNOWN} --clear-groups`;

describe.skipIf(!canUnshare)("in a container", () => {
  const dir = canUnshare ? furnished() : "";
  /** Nobody can write there any more; what is to be run stays. */
  const taken = (place: string) =>
    dir.startsWith(`${place}/`)
      ? `mkdir -p /run/rs && mount --bind ${dir} /run/rs && mount -t tmpfs -o mode=711 none ${place} && mkdir -p ${dir} && mount --move /run/rs ${dir}`
      : `mount -t tmpfs -o mode=000 none ${place}`;
  /** Shell lines that change what there is, and then run `$@`. */
  const CONTAINERS: Record<string, string> = {
    "the user has no name": `exec ${asNobody} "$@"`,
    "nothing can be written": `mount --rbind / /mnt && mount -o remount,ro,bind /mnt && exec chroot /mnt sh -c 'cd "$0" && exec "$@"' ${dir} "$@"`,
    "there is no place for temporary files": `${["/dev/shm", "/tmp"].map(taken).join("\n")}
exec ${asNobody} "$@"`,
  };

  for (const [name, lines] of Object.entries(CONTAINERS)) {
    const inside = (words: string[], stdin = "") =>
      run(["-m", "/bin/sh", "-c", lines, "sh", join(dir, "runspec"), ...words], {
        program: "/usr/bin/unshare",
        cwd: dir,
        env: { ...BASE_ENV, HOME: undefined, PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
        stdin,
      });

    test.concurrent(`where ${name}, tools run, are ended, and are served`, async () => {
      expect(await inside(["run", "hi"])).toMatchObject({ code: 0, out: "hi\n", stderr: "" });
      const slow = await inside(["run", "slow"]);
      expect([slow.code, slow.out, slow.stderr.replace(/^runspec: stopping .*\n/, "")]).toEqual([
        124,
        "",
        "runspec: slow was ended: it ran longer than its timeout of 300ms\n",
      ]);
      const lines = REQUESTS.map((request) => `${JSON.stringify({ jsonrpc: "2.0", ...request })}\n`);
      const served = await inside(["serve"], lines.join(""));
      const [, answer] = served.out.trim().split("\n");
      expect([served.code, JSON.parse(answer ?? "{}").result?.content]).toEqual([
        0,
        [{ type: "text", text: "hi\n" }],
      ]);
    });
  }

  test.concurrent("where /proc is that of another, what is not seen of a tool is not taken for gone", async () => {
    const words = ["-pf", "--kill-child", join(dir, "runspec"), "run", "left"];
    const { code, stderr } = await run(words, { program: "/usr/bin/unshare", cwd: dir, env: BASE_ENV });
    expect(code).toBe(124);
    expect(stderr).toContain("what it started may still run, as this system does not show all processes");
  });

  /** What is typed there by a user whom the lines `before` may have given a name; the /etc/passwd is a copy. */
  const nameless = (words: string[], before = "") =>
    run(
      [
        "-m",
        "/bin/sh",
        "-c",
        `mount -t tmpfs none /mnt && cp /etc/passwd /mnt && mount --bind /mnt/passwd /etc/passwd || exit
${before}
exec ${asNobody} "$@"`,
        "sh",
        join(dir, "runspec"),
        ...words,
      ],
      {
        program: "/usr/bin/unshare",
        cwd: dir,
        env: { ...BASE_ENV, HOME: "/no where", PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
      },
    );

  test.concurrent("ssh does nothing for a user without a name: jump and doctor say so, and what doctor prints helps", async () => {
    const jump = await nameless(["jump", "a@127.0.0.1", "hi"]);
    expect([jump.code, jump.stderr.replaceAll("\r", "")]).toEqual([
      255,
      `No user exists for uid ${NOBODY_KNOWN}
runspec: a@127.0.0.1: ssh could not connect (ssh's message is above)
  try it by hand: ssh -o BatchMode=yes a@127.0.0.1 true
  runspec doctor a@127.0.0.1
`,
    ]);
    const doctor = await nameless(["doctor", "--format", "json"]);
    const ssh = JSON.parse(doctor.out).checks.find(({ name }: { name: string }) => name === "ssh");
    const [advice, command] = ssh.remedy.split("\n");
    expect([doctor.code, ssh.status, ssh.summary, advice, command]).toEqual([
      1,
      "fail",
      `No user exists for uid ${NOBODY_KNOWN}: ssh runs for nobody without a line in /etc/passwd`,
      "give it one, as root, with the directory that holds its .ssh:",
      `echo 'u${NOBODY_KNOWN}:x:${NOBODY_KNOWN}:${NOBODY_KNOWN}::/no where:/bin/sh' >> /etc/passwd`,
    ]);
    const named = await nameless(["doctor", "--format", "json"], command);
    const after = JSON.parse(named.out).checks.map(({ name, status }: Record<string, string>) => [
      name,
      status,
    ]);
    expect(after).toContainEqual(["ssh", "ok"]);
    expect(after).toContainEqual(["ssh-config", "ok"]);
  });
});
