/** Groups that somebody's inventory makes: the real programs where they are installed, and what runs them. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { run } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { alive, linesOf, waitUntil } from "../harness/processes.ts";
import { quote, writeExecutable } from "../harness/ssh-host.ts";
import { specDir } from "../harness/temp.ts";
import { alike, fleet, sorted } from "./fleet-site.ts";

setDefaultTimeout(90_000);

const TOOLS = '[where]\nautonomy = "autonomous"\ncommand = ["/bin/sh", "-c", "echo $NAME", "sh"]\n';
const HOSTS = alike(["n1", "n2", "n3"], TOOLS);

describe("an inventory", () => {
  const printed = (words: string) => `[config.jump-groups]\ng = ${words}\n`;

  test("is asked only by a call that names its group", async () => {
    const site = fleet({ withoutSsh: true, hosts: HOSTS, toml: printed('{command = ["./list"]}') });
    writeExecutable(join(site.cwd, "list"), "echo asked >>asked; echo n1 n3");
    const asked = () => existsSync(join(site.cwd, "asked"));
    for (const words of [["--list-jump-hosts"], ["n1", "where"], ["n1,n2", "where"]])
      expect((await site.jumpHere(words)).code).toBe(0);
    const local = await runHere(["local"], { cwd: site.cwd, env: site.env });
    expect(local.out).toContain("g: found the command ./list, which is run for a call that names @g");
    for (const words of [
      ["runspec", "jump", "@"],
      ["runspec", "jump", "@g", ""],
    ])
      await runHere(["__complete", "zsh", "--", ...words], { cwd: site.cwd, env: site.env });
    expect(asked()).toBe(false);
    const { code, out } = await site.jump(["@g", "where"]);
    expect([code, sorted(out), asked()]).toEqual([0, ["n1 │ n1", "n3 │ n3"], true]);
  });

  test("that fails, or is not to be trusted, stops the call", async () => {
    const site = fleet({ withoutSsh: true, hosts: HOSTS, toml: printed('{command = ["./list"]}') });
    writeExecutable(join(site.cwd, "list"), "echo no such thing >&2; exit 4");
    const failed = await site.jumpHere(["@g,n1", "where"]);
    expect([failed.code, failed.out]).toEqual([125, ""]);
    expect(failed.stderr).toBe("runspec: @g: ./list failed with 4\n  it says: no such thing\n");
    // As Ansible's, of a source that cannot be read.
    writeExecutable(join(site.cwd, "list"), "echo '[WARNING]: half of it' >&2; echo n1");
    const warned = await site.jumpHere(["@g,n1", "where"]);
    expect([warned.code, warned.stderr]).toEqual([
      0,
      "runspec: @g: ./list says:\n  [WARNING]: half of it\nrunspec: where succeeded on 1 host\n",
    ]);
  });

  test.concurrent.each([[["@g", "where"]], [["@g"]], [["@g", "--install"]], [["@g", "--mcp"]]])(
    "that is being asked by jump %j is ended with it",
    async (words) => {
      const site = fleet({ withoutSsh: true, hosts: {}, toml: printed('{command = ["./list"]}') });
      writeExecutable(join(site.cwd, "list"), "echo $$ >pid.new; mv pid.new pid; exec sleep 3712");
      const running = site.startJump(words);
      const [pid] = await linesOf(join(site.cwd, "pid"), 20_000);
      running.kill("SIGINT");
      expect(await running.exited).toEqual({ code: 130, signal: null });
      await waitUntil(() => !alive(Number(pid)), 20_000, "the inventory to be gone");
    },
  );

  test("names hosts whose remedies can be pasted", async () => {
    const site = fleet({ withoutSsh: true, hosts: HOSTS, down: ["gone"] });
    const cwd = specDir(printed('{command = ["echo", "gone"]}'));
    const { code, stderr } = await run(["jump", "@g", "where"], { cwd, env: site.env });
    const [remedy = ""] = /runspec doctor .*/.exec(stderr) ?? [];
    expect([code, remedy]).toEqual([255, "runspec doctor @g/gone"]);
    const doctor = await run(remedy.split(" ").slice(1), { cwd, env: site.env, timeoutMs: 60_000 });
    expect([doctor.code, doctor.out]).toEqual([1, expect.stringMatching(/^FAIL {2}gone /)]);
  });

  test("names a host that cannot be one: it is for the inventory to name another", async () => {
    const site = fleet({ withoutSsh: true, hosts: HOSTS, toml: printed('{command = ["cat", "list"]}') });
    writeFileSync(join(site.cwd, "list"), "n1\n# n2\n");
    const { code, stderr } = await site.jumpHere(["@g", "where"]);
    expect([code, stderr]).toEqual([
      125,
      'runspec: @g/#: host "#" is refused: it holds characters of a shell\n  have its inventory name another host for @g/#\n',
    ]);
  });

  test.skipIf(Bun.which("nodeset") === null)("of ClusterShell", async () => {
    const site = fleet({
      withoutSsh: true,
      hosts: HOSTS,
      toml: printed('{command = ["nodeset", "-e", "n[1-2]"]}'),
    });
    const { code, out } = await site.jumpHere(["@g", "where"]);
    expect([code, sorted(out)]).toEqual([0, ["n1 │ n1", "n2 │ n2"]]);
  });

  test.skipIf(Bun.which("ansible-inventory") === null)("of Ansible", async () => {
    const group = '{command = ["./list"], group = "staging"}';
    const site = fleet({ withoutSsh: true, hosts: HOSTS, toml: printed(group) });
    writeFileSync(
      join(site.cwd, "hosts.yml"),
      "all:\n  children:\n    staging:\n      children:\n        web: {}\n      hosts:\n        n3: {}\n    web:\n      hosts:\n        app-1: {ansible_host: n1, ansible_port: 22}\n        app-2: {ansible_host: n2}\n    other:\n      hosts:\n        x: {}\n",
    );
    // It takes half a second each time.
    const once = "[ -e said ] || ansible-inventory -i hosts.yml --list >said || exit; cat said";
    writeExecutable(join(site.cwd, "list"), once);
    const env = { HOME: site.env.HOME, ANSIBLE_LOCAL_TEMP: join(site.cwd, "tmp") };
    const { code, out } = await site.jumpHere(["@g", "where", "--fold"], { env });
    expect([code, out]).toEqual([0, "n3 (1 host)\n  n3\n@g/app-1 (1 host)\n  n1\n@g/app-2 (1 host)\n  n2\n"]);
    const one = await site.jumpHere(["@g/app-2", "where"], { env });
    expect([one.code, one.out]).toEqual([0, "app-2 │ n2\n"]);
  });
});

describe("hosts whose server", () => {
  test("takes no words are checked by what it lists", async () => {
    const site = fleet({ withoutSsh: true, hosts: HOSTS });
    const standIn = resolve(import.meta.dir, "../harness/stand-in-server.ts");
    for (const name of ["n1", "n2"]) {
      const program = join(site.home(name), "bin/runspec");
      await Bun.file(program).delete();
      writeExecutable(program, `exec ${quote(process.execPath)} ${quote(standIn)} 'a plain one'`);
    }
    const good = await site.jumpHere(["n{1..3}", "t", "--", "--n", "3"]);
    expect([good.code, sorted(good.out)]).toEqual([127, ['n1 │ {"n":3}', 'n2 │ {"n":3}']]);
    expect(good.stderr).toContain("  no such tool (127): n3 (1 host)\n");
    const bad = await site.jumpHere(["n{1..2}", "t", "--", "--n", "x"]);
    expect([bad.code, bad.out]).toEqual([125, ""]);
    expect(bad.stderr).toContain('n{1..2} (2 hosts)\n    t: --n: found "x", expected an integer\n');
    expect(site.lines("n1", "runs")).toHaveLength(1);
  });
});
