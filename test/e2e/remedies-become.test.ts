/** What is printed where a tool cannot run as another user is typed, or written where it says, and the tool runs. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, chownSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { uidOf } from "../../src/files/accounts.ts";
import { waitUntil } from "../harness/processes.ts";
import { writeExecutable } from "../harness/ssh-host.ts";
import { becomeSite, callTool, runspec } from "./become-site.ts";
import { signal } from "./chaos-processes.ts";
import { canMakeUsers, demoted, users } from "./users.ts";

setDefaultTimeout(60_000);

const { invoker, target } = users;
const ANYTHING = `${invoker} ALL=(${target}) NOPASSWD: ALL`;
/** With this an argument's value reaches the tool as a variable, so that sudo sees env. */
const BY_ENV = 'args.note.env = "SITE_NOTE"';

/** A site for one test with one tool, `t`, which says who it is. */
function becoming(more: readonly string[] = [], { body = "id -un", user = target } = {}) {
  const site = becomeSite(
    (script) =>
      [
        "[t]",
        'description = "Say who it is"',
        `command = ["${script("my-tool", body)}"]`,
        `run_as = "${user}"`,
        'args.note.default = "n"',
        ...more,
        "",
      ].join("\n"),
    { promptSu: more.some((line) => line.includes('"su"')) },
  );
  const file = join(site.dir, "runspec.toml");
  return {
    ...site,
    tool: join(site.dir, "my-tool"),
    /** Through serve, as jump calls it: all that the answer says. */
    async call(server = invoker, given: object = {}) {
      const client = await site.serve(server);
      const { texts } = await callTool(client, "t", given);
      await client.close();
      return texts.join("\n");
    },
    /** At a shell of the invoker's. */
    type(...words: string[]) {
      const { stdout, stderr, exitCode } = Bun.spawnSync([site.bin(invoker), ...words], { cwd: "/" });
      return { out: stdout.toString(), stderr: stderr.toString(), code: exitCode };
    },
    edit: (from: string, to: string) => writeFileSync(file, readFileSync(file, "utf8").replace(from, to)),
  };
}

/** As root, at a shell of that machine. */
function typeAsRoot(line: string): void {
  expect(Bun.spawnSync(["/bin/sh", "-c", line]).exitCode).toBe(0);
}

/** The line for sudoers among what was said. */
const toAdd = (said: string): string => /add to sudoers \(visudo\): (.*)/.exec(said)?.[1] ?? "";
const IT_IS = `${target}\n`;

// One after the other: there is one file of rules, and one account of each.
describe.skipIf(!canMakeUsers)("as another user", () => {
  test.each<[string, string[], string[]]>([
    ["no rule", [], []],
    ["no rule, and variables to carry", [BY_ENV], []],
    ["requiretty", [], [`Defaults:${invoker} requiretty`, ANYTHING]],
    ["a rule that asks for a password", [], [`${invoker} ALL=(${target}) ALL`]],
    ["a secure_path without env", [BY_ENV], [`Defaults:${invoker} secure_path=/nowhere`, ANYTHING]],
    ["NOEXEC for env", [BY_ENV], [`${invoker} ALL=(${target}) NOPASSWD: NOEXEC: /usr/bin/env`]],
    ["NOEXEC for all", [BY_ENV], [`Defaults:${invoker} noexec`, ANYTHING]],
  ])("sudo has %s: the line is added", async (_what, more, rules) => {
    const { call } = becoming(more);
    const lecture = `Defaults:${invoker} !lecture`;
    users.allow(lecture, ...rules);
    const refused = await call();
    expect(refused).not.toContain(IT_IS);
    users.allow(lecture, ...rules, toAdd(refused));
    expect(await call()).toBe(IT_IS);
  });

  test("what sudo must allow is printed by local --sudoers", async () => {
    const { call, type } = becoming();
    users.allow(`Defaults:${invoker} !lecture`);
    expect(await call()).not.toContain(IT_IS);
    users.allow(...type("local", "--sudoers").out.split("\n"));
    expect(await call()).toBe(IT_IS);
  });

  test.each([
    ["sudo: the account of whoever calls has expired", invoker, "", "chage -E 0"],
    ["sudo: its password has, long ago", invoker, "", "chage -d 2020-01-01 -M 10 -I 5"],
    ["su: the account of the user has expired", target, 'become_method = "su"', "chage -E 0"],
    ["su: its password has", target, 'become_method = "su"', "chage -d 0"],
    ["su: its password has, long ago", target, 'become_method = "su"', "chage -d 2020-01-01 -M 10 -I 5"],
  ])("%s: it is renewed", async (_what, account, method, expire) => {
    const { call } = becoming([method]);
    const server = method === "" ? invoker : "root";
    users.allow(ANYTHING);
    typeAsRoot(`echo '${account}:secret' | chpasswd -c SHA256 && ${expire} ${account}`);
    const refused = await call(server);
    expect(refused).toContain(`the account of ${account} on `);
    const [, look = "false", renew = "false"] = /(chage -l \S+) shows .*: (chage -E .*)/.exec(refused) ?? [];
    typeAsRoot(look);
    typeAsRoot(renew);
    expect(await call(server)).toBe(IT_IS);
    typeAsRoot(`chage -d -1 -M -1 -I -1 ${account} && usermod -p '!' ${account}`);
  });

  test("variables that would be missing are carried, or left alone", async () => {
    const { type, edit } = becoming([], { body: 'echo "got $RUNSPEC_ARG_NOTE"' });
    users.allow(ANYTHING);
    const refused = type("run", "t");
    const [, carry = "", table = ""] = /set (become_env = true) in (\[t\])/.exec(refused.stderr) ?? [];
    const [leave = ""] = /become_env = false/.exec(refused.stderr) ?? [];
    expect(refused.code).toBe(125);
    edit(table, `${table}\n${carry}`);
    expect(type("run", "t")).toEqual({ out: "got n\n", stderr: "", code: 0 });
    edit(carry, leave);
    expect(type("run", "t")).toEqual({ out: "got \n", stderr: "", code: 0 });
  });

  test("a program that is closed to the user is opened", async () => {
    const { call, tool } = becoming();
    users.allow(ANYTHING);
    chmodSync(tool, 0o700);
    expect(await call()).toContain(`let ${target} read and execute it`);
    chmodSync(tool, 0o755);
    expect(await call()).toBe(IT_IS);
  });

  test("a user who is not there: the host is given another", async () => {
    const nobody = "runspec-nobody";
    const { call, edit } = becoming([], { user: nobody });
    users.allow(`${invoker} ALL=(ALL) NOPASSWD: ALL`);
    const told =
      /give (run_as\.hosts\.".*?") another user; a plain (run_as) = "…" is (run_as\.default) = "…" then/;
    const [, host = "", plain = "", all = ""] = told.exec(await call()) ?? [];
    edit(`${plain} = "${nobody}"`, `${all} = "${nobody}"\n${host} = "${target}"`);
    expect(await call()).toBe(IT_IS);
  });

  test("a user without a login shell is given one by the flags of su", async () => {
    const { call, edit, type } = becoming(['become_method = "su"']);
    expect(type("local").out).toContain("1 tool: 1 callable");
    typeAsRoot(`usermod -s /usr/sbin/nologin ${target}`);
    expect(type("local").out).toContain("/usr/sbin/nologin, the shell that su starts, runs nothing");
    const [, set = ""] = /set (become_flags = ".*?"),/.exec(await call("root")) ?? [];
    edit('become_method = "su"', `become_method = "su"\n${set}`);
    expect(await call("root")).toBe(IT_IS);
    typeAsRoot(`usermod -s /bin/sh ${target}`);
  });

  test.each<[string, string[], object, RegExp, string]>([
    ["su, which only root may use", ['become_method = "su"'], {}, /set (become_method = "sudo"), or/, ""],
    [
      "su, which takes all words as one",
      ['become_method = "su"', 'args.more.default = ""'],
      { note: "n".repeat(70_000), more: "m".repeat(70_000) },
      /set (become_method = "sudo"), or/,
      "root",
    ],
    ["dzdo, which is not there", ['become_method = "dzdo"'], {}, /name another (become_method)/, ""],
  ])("%s: sudo is named instead", async (_what, more, given, advice, server) => {
    const { call, edit } = becoming(more);
    users.allow(ANYTHING);
    const [, set = ""] = advice.exec(await call(server || invoker, given)) ?? [];
    expect(set).toStartWith("become_method");
    edit(more[0] ?? "", 'become_method = "sudo"');
    expect(await call(server || invoker, given)).toBe(IT_IS);
  });

  // Nobody can install these here: they read a policy as the true ones do, and turn into sudo.
  test.each([
    ["pbrun", "pbrun8.0.3[123]: 3106.7 Request rejected by pbmasterd on host."],
    ["dzdo", "Sorry, user is not allowed to execute it as that user."],
  ])(
    "%s, whose policy does not let it: whoever keeps it lets the user that is named",
    async (method, said) => {
      const { call, script, dir } = becoming([`become_method = "${method}"`]);
      users.allow(ANYTHING);
      const policy = join(dir, "policy");
      writeFileSync(policy, "");
      script(method, `grep -qx "$(id -un) $2" ${policy} || { echo "${said}" >&2; exit 1; }; exec sudo "$@"`);
      const [, who, whom] =
        /ask whoever keeps \w+'s \w+ to let (\S+) run it as (\S+)/.exec(await call()) ?? [];
      writeFileSync(policy, `${who} ${whom}\n`);
      expect(await call()).toBe(IT_IS);
    },
  );

  test("what kill may not end is ended with the rules that local --sudoers prints", async () => {
    const { call, type, tool, edit } = becoming(['timeout = "500ms"', 'stop-timeout = "300ms"'], {
      body: "trap '' TERM; while :; do sleep 0.1; done",
    });
    users.allow(`${invoker} ALL=(${target}) NOPASSWD: ${tool}`);
    const left = await call();
    const [, command = "false"] = /: (runspec local --sudoers) prints the rule that lets it/.exec(left) ?? [];
    expect(left).toContain(`kill may not be run as ${target}`);
    const alive = () =>
      Bun.spawnSync(["ps", "-o", "stat=,pid=", "-u", target])
        .stdout.toString()
        .split("\n")
        .filter((line) => /^[^Z]/.test(line));
    const gone = () => waitUntil(() => alive().length === 0, 20_000, "the end of what is the user's");
    // One of them may have ended since it was seen.
    for (const line of alive()) signal(Number(line.trim().split(/\s+/)[1]), "SIGKILL");
    await gone();
    users.allow(...type(...command.split(" ").slice(1)).out.split("\n"));
    edit("500ms", "501ms");
    expect(await call()).toContain("it was killed 300ms after TERM");
    await gone();
  });

  test("a flag with which sudo runs a shell is taken out", async () => {
    const { call, edit } = becoming(['become_flags = "-i"']);
    users.allow(ANYTHING);
    expect(await call(invoker, { note: "a $ in it" })).toContain("take -i or -s out of become_flags");
    edit('become_flags = "-i"', "");
    expect(await call(invoker, { note: "a $ in it" })).toBe(IT_IS);
  });

  /** A script with its own spec, which reads its words again as the other user; `run` is the invoker, who types its name. */
  function ownSpec(owner: string, firstLine: string) {
    const { dir, type } = becoming();
    const path = join(dir, "own");
    const block = ["# /// runspec", '# description = "Say who it is"', `# run_as = "${target}"`, "# ///"];
    writeExecutable(path, "");
    writeFileSync(path, [firstLine, ...block, "id -un", ""].join("\n"));
    chownSync(path, uidOf(owner) ?? 0, -1);
    const env = { PATH: `${dirname(runspec)}:/usr/bin:/bin` };
    const run = () => Bun.spawnSync(demoted(invoker, [path]), { cwd: "/", env }).stdout.toString();
    return { path, type, run };
  }

  test("a script of whoever calls, which the other user does not trust, is given to root", async () => {
    const { path, type, run } = ownSpec(invoker, `#!/usr/bin/env -S ${runspec} script sh`);
    users.allow(ANYTHING);
    const [, why, command = "false"] =
      /would refuse it, (.*?); run: (.*)/.exec(type("local", path).out) ?? [];
    expect([run(), why]).toEqual(["", `since it belongs to ${invoker}`]);
    typeAsRoot(command);
    expect(run()).toBe(IT_IS);
    expect(type("local", path).out).not.toContain("would refuse");
  });

  test("one in a directory of whoever calls is moved to where root's are", async () => {
    const { path, type } = ownSpec("root", `#!/usr/bin/env -S ${runspec} script sh`);
    const inside = join(users.dir, invoker, "own");
    typeAsRoot(`mv ${path} ${inside}`);
    // Not followed: it would lie on this machine for everybody. Root's directory is tried by the test above.
    expect(type("local", inside).out).toContain(
      `own: ${target} would refuse it, since the directory ${users.dir}/${invoker} belongs to ${invoker}; run: sudo mkdir -p /etc/runspec/tools && sudo mv -n ${inside} /etc/runspec/tools/ && sudo chown root /etc/runspec/tools/own\n`,
    );
    typeAsRoot(`rm ${inside}`);
  });

  test("a first line whose runspec sudo would not find is given the whole path", async () => {
    const { path, type, run } = ownSpec("root", "#!/usr/bin/env -S runspec script sh");
    users.allow(ANYTHING);
    expect([run(), type("local", path).out]).toEqual([
      "",
      expect.stringContaining("put it into /usr/local/bin, or its whole path into the first line"),
    ]);
    writeFileSync(path, readFileSync(path, "utf8").replace(" runspec ", ` ${runspec} `));
    expect(run()).toBe(IT_IS);
    expect(type("local", path).out).not.toContain("would not find");
  });
});
