/** With rules for the programs alone: what runs, who is nobody else, what local prints for sudoers, and what cannot be ended. */

import { beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { killProgram } from "../../src/become/kill.ts";
import { run } from "../harness/binary.ts";
import { alive, waitUntil } from "../harness/processes.ts";
import { writeSpec } from "../harness/temp.ts";
import { becomeSite, callTool, REPORT, readReport, runspec } from "./become-site.ts";
import { signal } from "./chaos-processes.ts";
import { withoutSsh } from "./site.ts";
import { canMakeUsers, demoted, users } from "./users.ts";

setDefaultTimeout(60_000);

const { invoker, target } = users;
const PAGE = join(import.meta.dir, "../../docs/privileges.md");

const site = becomeSite((script) => {
  const table = (name: string, path: string, user: string, ...more: string[]) =>
    [
      `[${name}]`,
      'autonomy = "autonomous"',
      `command = ${JSON.stringify([path])}`,
      `run_as = "${user}"`,
      ...more,
      "",
    ].join("\n");
  const note =
    'args.note = { type = "str", required = false }\nargs.more = { type = "rest", required = false }';
  const report = script("my report,x", REPORT);
  const reads = script("reads", 'echo "$RUNSPEC_ARG_NOTE"');
  const stubborn = script(
    "stubborn",
    "trap '' TERM\nsh -c 'trap \"\" TERM; sleep 600 & wait' &\nwait; sleep 600",
  );
  const own = script("said", "sudo -n true");
  const asks = script("asks", 'printf "Name: " >&2; read name; echo "$name"');
  // Stands in for su, and asks in a language that we do not know.
  script("su", "printf '密码：' >&2; read word || { echo 'su: 鉴定故障' >&2; exit 1; }");
  const forking = script(
    "forking",
    [
      "trap '' TERM",
      `setsid sh -c 'echo $$ >"$0.part"; mv "$0.part" "$0"; trap "exit 0" TERM; sleep 600 & wait' "$1" &`,
      "sleep 600 & wait; sleep 600",
    ].join("\n"),
  );
  return [
    table("report", report, target, note),
    table("carried", report, target, "become_env = true", note),
    table("reads", reads, target, note),
    table("oneself", report, invoker, note),
    table("flags", report, invoker, 'become_flags = "-n"', note),
    table("rootly", report, "root", note),
    table("stubborn", stubborn, target, 'timeout = "500ms"', 'stop-timeout = "300ms"'),
    table("said", own, target),
    table("asks", asks, target),
    table("prompts", report, target, 'become_method = "su"'),
    table(
      "forking",
      forking,
      target,
      'timeout = "1s"',
      'stop-timeout = "1s"',
      'args.pid = { type = "path", position = 1 }',
    ),
    table("secret", "/bin/true", target, "become_env = true", 'args.token = { type = "str" }'),
  ].join("\n");
});

const NOTE = "two words  'single' \"double\" $HOME `id` \\n\nnew line é漢😀 ;|&<>*?~#!";
const MORE = ["", " ", "'", "$(id)", "a\nb", "-n", "--", "A=b"];
const report = () => `${site.dir.replaceAll(",", "\\,")}/my\\ report\\,x`;
const rule = (user: string, ...programs: (string | undefined)[]) =>
  `${invoker} ALL=(${user}) NOPASSWD: ${programs.filter((one) => one !== undefined).join(", ")}`;
const kill = killProgram();

const here = (...words: string[]) => run(words, { program: site.bin(invoker), cwd: "/", timeoutMs: 20_000 });

/** What local says where a directory service does not answer, and what was asked of it: ten seconds are waited for that, while the other tests run. */
const askedInVain = canMakeUsers ? askInVain() : undefined;

async function askInVain(): Promise<{ out: string; asked: string[] }> {
  const cwd = join(site.dir, "silent");
  mkdirSync(cwd);
  const asked = join(cwd, "asked");
  const silent = join(cwd, "getent");
  writeFileSync(silent, `#!/bin/sh\necho "$2" >>${asked}\nexec sleep 60\n`, { mode: 0o755 });
  const tables = ["ldap-1", "ldap-2"].map((user) => `[${user}]\ncommand = "/bin/true"\nrun_as = "${user}"\n`);
  const config = writeSpec(cwd, tables.join(""));
  const script = `mount --bind ${silent} /usr/bin/getent && exec "$@"`;
  const words = ["-m", "sh", "-c", script, "sh", runspec, "local", "--config", config];
  const { out } = await run(words, { program: "unshare", cwd: "/", env: { HOME: cwd } });
  return { out, asked: readFileSync(asked, "utf8").trimEnd().split("\n") };
}

describe.skipIf(!canMakeUsers)("a rule for the program alone", () => {
  beforeEach(() => users.allow(rule(target, report()), rule(target, `${site.dir}/asks`, `${site.dir}/said`)));

  test("serve", async () => {
    await using client = await site.serve(invoker);
    const { texts, isError } = await callTool(client, "report", { note: NOTE, more: MORE });
    const { user, words } = readReport(texts.join(""));
    expect([isError, user, words]).toEqual([false, target, ["--note", NOTE, "--", ...MORE]]);
  });

  test("run", async () => {
    const { code, out, stderr } = await here("run", "report", "--", "--note", NOTE, "--", ...MORE);
    const { user, words } = readReport(out);
    expect([code, stderr, user, words]).toEqual([0, "", target, ["--note", NOTE, "--", ...MORE]]);
  });

  test("what a tool says is not the become program's, whatever it sounds like", async () => {
    await using client = await site.serve(invoker);
    for (let time = 0; time < 10; time++) {
      const { texts, exitCode } = await callTool(client, "said");
      expect([exitCode, texts]).toEqual([1, ["exit_code: 1\nstderr:\nsudo: a password is required\n"]]);
    }
  });

  test("a tool whose variables would be empty is refused, with the line and the ways out", async () => {
    const { code, out, stderr } = await here("run", "reads", "--", "--note", "x");
    expect([code, out, stderr]).toEqual([
      125,
      "",
      [
        `runspec: reads: ${site.dir}/reads:2 reads RUNSPEC_… variables, which do not reach ${target}: RUNSPEC_ARG_NOTE`,
        "  set become_env = true in [reads]: they are carried by env, which sudoers must then allow, and env starts any program",
        "  or let the tool read its arguments from argv, and set become_env = false",
        "",
      ].join("\n"),
    ]);
  });
});

withoutSsh("", ({ jumpHere: jump }) => {
  describe.skipIf(!canMakeUsers)("a rule for the program alone", () => {
    test("jump", async () => {
      users.allow(rule(target, report()));
      const { code, out, stderr } = await jump([
        "--bin",
        site.bin(invoker),
        "report",
        "--",
        "--note",
        NOTE,
        "--",
        ...MORE,
      ]);
      const { user, words } = readReport(out);
      expect([code, stderr, user, words]).toEqual([0, "", target, ["--note", NOTE, "--", ...MORE]]);
    });
  });
});

describe.skipIf(!canMakeUsers)("who is that user already", () => {
  beforeAll(() => users.allow());

  test("becomes nobody, and keeps its environment", async () => {
    const { code, out } = await here("run", "oneself", "--", "--note", NOTE);
    const { user, env } = readReport(out);
    expect([code, user, env.RUNSPEC_ARG_NOTE]).toEqual([0, invoker, NOTE]);
    expect((await here("run", "oneself", "--dry-run")).out).toBe(`'${site.dir}/my report,x'\n`);
  });

  test("unless there are flags", async () => {
    expect((await here("run", "flags", "--dry-run")).out).toBe(
      `sudo -n -u ${invoker} '${site.dir}/my report,x'\n`,
    );
  });

  test("root does not need a sudo", async () => {
    const bare = join(site.dir, "no-sudo");
    mkdirSync(bare);
    for (const name of ["sh", "id", "env"]) symlinkSync(Bun.which(name) ?? "", join(bare, name));
    const env = { PATH: bare, HOME: "/root", RUNSPEC_CONFIG: join(site.dir, "runspec.toml") };
    const { code, out } = await run(["run", "rootly"], {
      program: runspec,
      cwd: "/",
      env,
    });
    expect([code, readReport(out).user]).toEqual([0, "root"]);
  });
});

describe.skipIf(!canMakeUsers)("a script with a spec of its own", () => {
  /** Prints who it is and what it was given, also by variables, which only its own second reading can have set. */
  function ownScript(name: string, ...lines: string[]): string {
    const path = join(site.dir, name);
    const spec = [`run_as = "${target}"`, ...lines, "args.x.default = 5"].map((line) => `# ${line}`);
    const text = [
      `#!/usr/bin/env -S ${runspec} script sh`,
      "# /// runspec",
      ...spec,
      "# ///",
      'echo "$(id -un) $RUNSPEC_ARG_X $*"',
    ];
    writeFileSync(path, `${text.join("\n")}\n`, { mode: 0o755 });
    return path;
  }

  test("is run by its own path, and reads its argv again as the other user", async () => {
    const path = ownScript("again");
    users.allow(rule(target, path));
    const { code, out } = await run(
      ["-c", `exec setpriv --reuid=${invoker} --regid=${invoker} --init-groups ${path} --x 3`],
      { program: "/bin/sh", cwd: "/" },
    );
    expect([code, out]).toEqual([0, `${target} 3 --x 3\n`]);
  });

  test.each(["sudo", "su"])(
    "by %s: what only a variable holds reaches that second reading",
    async (method) => {
      const path = ownScript(
        `by-${method}`,
        `become_method = "${method}"`,
        "become_env = true",
        'args.x.pass = "env"',
      );
      expect((await run(["--x", "3"], { program: path, cwd: "/" })).out).toBe(`${target} 3 \n`);
    },
  );

  test("never becomes again, flags or not", async () => {
    const path = ownScript("flagged", 'become_flags = "-n"');
    expect((await run([], { program: path, cwd: "/" })).out).toBe(`${target} 5 \n`);
  });
});

test.skipIf(!canMakeUsers)(
  "somebody else of that name, as a directory service may have, is not that user",
  async () => {
    const cwd = join(site.dir, "namesake");
    mkdirSync(cwd);
    // Where a file has a name twice, the first is found by it, as where a directory service has it as well.
    const [passwd, namesake] = [join(cwd, "passwd"), "46001"];
    const line = `${target}:x:${namesake}:${namesake}::/:/bin/sh\n`;
    writeFileSync(passwd, `${readFileSync("/etc/passwd", "utf8")}${line}`);
    const theirs = join(cwd, "theirs");
    writeFileSync(theirs, "#!/bin/sh\n", { mode: 0o755 });
    Bun.spawnSync(["chown", namesake, theirs]);
    const tables = ["/usr/bin/id", theirs].map(
      (path, at) => `[t${at}]\ncommand = "${path}"\nrun_as = "${target}"\n`,
    );
    const config = writeSpec(cwd, tables.join(""));
    const local = async (...as: string[]) => {
      const script = `mount --bind ${passwd} /etc/passwd && exec "$@"`;
      const words = ["-m", "sh", "-c", script, "sh", ...as, runspec, "local", "--config", config];
      const { out } = await run(words, { program: "unshare", cwd: "/", env: { HOME: cwd } });
      return out;
    };
    const byNamesake = await local("setpriv", `--reuid=${namesake}`, "--clear-groups", "--");
    expect(byNamesake).toContain(`/usr/bin/id, as ${target} via sudo`);
    expect(await local()).toContain(`${theirs} is refused: it belongs to ${target}, not to root`);
  },
);

describe.skipIf(!canMakeUsers)("local --sudoers", () => {
  test("prints no kill for root under another name: it would reach every process", async () => {
    const cwd = join(site.dir, "toor");
    mkdirSync(cwd);
    const passwd = join(cwd, "passwd");
    writeFileSync(passwd, `${readFileSync("/etc/passwd", "utf8")}toor:x:0:0::/root:/bin/sh\n`);
    writeSpec(cwd, '[t]\ncommand = "/usr/bin/id"\nrun_as = "toor"\n');
    const argv = demoted(invoker, [runspec, "local", "--config", join(cwd, "runspec.toml"), "--sudoers"]);
    const script = `mount --bind ${passwd} /etc/passwd && exec "$@"`;
    const words = ["-m", "sh", "-c", script, "sh", ...argv];
    const { out } = await run(words, { program: "unshare", cwd: "/", env: { HOME: cwd } });
    expect(out).toEndWith(`${invoker} ALL=(toor) NOPASSWD: /usr/bin/id ""\n`);
  });

  test("prints a rule of what it cannot see, but none of a directory there, or below one of the caller's", async () => {
    const places = ["roots", "callers"].map((name) => join(site.dir, name));
    const [roots = "", callers = ""] = places.map((place) => join(place, "closed"));
    for (const closed of [roots, callers]) mkdirSync(closed, { recursive: true });
    Bun.spawnSync(["chown", invoker, join(site.dir, "callers")]);
    Bun.spawnSync(["chown", target, roots, callers]);
    for (const closed of [roots, callers]) chmodSync(closed, 0o700);
    const commands = [`${roots}//tool`, `${roots}/tools/`, `${callers}/tool`];
    const tables = commands.map((path, at) => `[t${at}]\ncommand = "${path}"\nrun_as = "${target}"\n`);
    const config = writeSpec(join(site.dir, "roots"), tables.join(""));
    const argv = demoted(invoker, [runspec, "local", "--config", config, "--sudoers"]);
    const { out } = await run(argv.slice(1), { program: argv[0] ?? "", cwd: "/" });
    expect(out.split("\n").slice(2)).toEqual([
      "# t0",
      rule(target, `${roots}//tool ""`, kill),
      `# t1: ${roots}/tools/ cannot be reached: permission denied`,
      `# t2: others than root and ${target} can exchange ${callers}/tool: with this line they may run anything as ${target}`,
      `# ${rule(target, `${callers}/tool ""`, kill)}`,
      "",
    ]);
  });

  test("prints what visudo accepts, and what lets every tool through but those that carry variables", async () => {
    users.allow();
    const { code, out } = await here("local", "--sudoers");
    expect([code, out]).toEqual([
      0,
      [
        `# What ${invoker} needs on ${hostname()} to run tools as other users; for: visudo -f /etc/sudoers.d/runspec`,
        "# sudo does not know what runspec.toml says of arguments: the line of a tool that takes any permits its program with any further words",
        "# report",
        rule(target, report(), kill),
        `# carried: carries variables, by env; env starts any program: with this line ${invoker} may run anything as ${target}`,
        `# ${rule(target, "/usr/bin/env", kill)}`,
        `# reads: ${site.dir}/reads:2 reads RUNSPEC_… variables, which do not reach ${target}: RUNSPEC_ARG_NOTE`,
        "# set become_env = true in [reads]: they are carried by env, which sudoers must then allow, and env starts any program",
        "# or let the tool read its arguments from argv, and set become_env = false",
        `# oneself: ${invoker} is its user already`,
        "# flags",
        rule(invoker, report(), kill),
        "# rootly",
        "# rootly: kill as root would reach every process, so a tool that ignores TERM cannot be ended",
        rule("root", report()),
        "# stubborn",
        rule(target, `${site.dir}/stubborn ""`, kill),
        "# said",
        rule(target, `${site.dir}/said ""`, kill),
        "# asks",
        rule(target, `${site.dir}/asks ""`, kill),
        `# prompts: becomes ${target} by su, which has rules of its own`,
        "# forking",
        rule(target, `${site.dir}/forking`, kill),
        `# secret: carries variables, by env; env starts any program: with this line ${invoker} may run anything as ${target}`,
        `# ${rule(target, "/usr/bin/env", kill)}`,
        "",
      ].join("\n"),
    ]);
    users.allow(...out.trimEnd().split("\n"));
    for (const [tool, user] of [
      ["report", target],
      ["flags", invoker],
      ["rootly", "root"],
    ] as const) {
      expect([tool, readReport((await here("run", tool)).out).user]).toEqual([tool, user]);
    }
    const permits = async (...words: string[]) => {
      const [program = "", ...asked] = demoted(invoker, ["sudo", "-n", "-l", "-u", target, ...words]);
      return (await run(asked, { program, cwd: "/" })).code === 0;
    };
    const [takesNone, takesSome] = [`${site.dir}/said`, `${site.dir}/forking`];
    expect([await permits(takesNone), await permits(takesNone, "more")]).toEqual([true, false]);
    expect(await permits(takesSome, "more")).toBe(true);
  });
});

describe.skipIf(!canMakeUsers)("a rule that names a directory, as the page has it", () => {
  const [, line = ""] = /`(app ALL=\(oracle\) CWD=\S+ NOPASSWD: .*?)`/.exec(readFileSync(PAGE, "utf8")) ?? [];
  const elsewhere = becomeSite((script) =>
    ["", "-D /"]
      .map(
        (flags, at) =>
          `[where${at}]\ncommand = "${script("where", "pwd")}"\nrun_as = "${target}"\nbecome_flags = "${flags}"\n`,
      )
      .join("\n"),
  );
  const names = { app: invoker, oracle: target, "/opt/tools/deploy": `${elsewhere.dir}/where` };
  const written = Object.entries(names).reduce((text, [name, own]) => text.replace(name, own), line);

  test.each([
    ["where0", written],
    ["where1", written.replace("CWD=/", "CWD=*")],
  ])("%s", async (tool, rule) => {
    users.allow(rule);
    const { out, stderr } = await run(["run", tool], { program: elsewhere.bin(invoker), cwd: "/" });
    expect([out, stderr]).toEqual(["/\n", ""]);
  });
});

describe.skipIf(!canMakeUsers)("a tool that ignores TERM", () => {
  // The number of a user may have been another's before, whose processes an interrupted test has left.
  let before: number[] = [];
  beforeAll(() => {
    before = all();
  });
  const pids = () => all().filter((pid) => !before.includes(pid));
  const all = () =>
    Bun.spawnSync(["ps", "-u", target, "-o", "pid=,stat=,args="])
      .stdout.toString()
      .split("\n")
      .filter((line) => /stubborn|sleep 600|trap/.test(line) && !/^\s*\d+\s+Z/.test(line))
      .map((line) => Number(line.trim().split(/\s+/)[0]));

  test.skipIf(kill === undefined)("is ended by kill", async () => {
    users.allow(rule(target, `${site.dir}/stubborn`, kill));
    const { code, stderr } = await here("run", "stubborn");
    expect([code, pids()]).toEqual([124, []]);
    expect(stderr).toContain(
      "stubborn was ended: it ran longer than its timeout of 500ms; it was killed 300ms after TERM",
    );
  });

  test("cannot be ended without a rule for kill, and is said to run on", async () => {
    users.allow(rule(target, `${site.dir}/stubborn`));
    const text = await served();
    expect(text).toContain(
      "stubborn could not be ended: it ran longer than its timeout of 500ms, and sudo (pid ",
    );
    const said = [...text.matchAll(/\(pid (\d+)\)/g)].map(([, pid]) => Number(pid));
    expect(said.filter(alive)).toEqual(said);
    expect(pids().filter((pid) => !said.includes(pid))).toEqual([]);
    for (const pid of said) signal(pid, "SIGKILL");
    await waitUntil(() => !said.some(alive), 10_000, "the end of what was left");
  });

  async function served(): Promise<string> {
    const client = await site.serve(invoker);
    const { texts, exitCode } = await callTool(client, "stubborn");
    expect(exitCode).toBe(124);
    await client.close();
    return texts.join("\n");
  }

  // A namespace of its own, in which the next pid can be said.
  test("by root: whoever has been given a pid of it meanwhile is not touched", async () => {
    const file = join(site.dir, "pids", "child");
    mkdirSync(join(site.dir, "pids"), { mode: 0o777 });
    chmodSync(join(site.dir, "pids"), 0o777);
    const body = `${site.bin("root")} run forking -- ${file} </dev/null >/dev/null 2>&1 & ours=$!
while [ ! -s ${file} ]; do sleep 0.02; done
child=$(cat ${file})
while kill -0 "$child" 2>/dev/null; do sleep 0.02; done
echo $((child - 1)) >/proc/sys/kernel/ns_last_pid
setsid sleep 60 & stranger=$!
wait "$ours"
code=$?
kill -0 "$stranger" && echo "$code $((stranger - child)) lives"`;
    const reused = Bun.spawn(["unshare", "-pfm", "--mount-proc", "sh", "-c", body], {
      stdout: "pipe",
      stderr: "pipe",
    });
    expect([await new Response(reused.stdout).text(), await new Response(reused.stderr).text()]).toEqual([
      "124 0 lives\n",
      "",
    ]);
  });
});

describe.skipIf(!canMakeUsers)("what the become program says", () => {
  test("has no secret in it, live or captured", async () => {
    users.allow(`Defaults:${invoker} !authenticate`, rule(target, "/bin/false"));
    await using client = await site.serve(invoker);
    const { texts } = await callTool(client, "secret", { token: "hunter2-hunter2" });
    expect(texts.join("")).toContain("is not allowed to execute '/usr/bin/env ");
    expect(texts.join("")).not.toContain("hunter2");
    const params = {
      name: "secret",
      arguments: { token: "hunter2-hunter2" },
      _meta: { "runspec/stream": true },
    };
    await client.request("tools/call", params);
    expect(JSON.stringify(client.notifications)).toContain("is not allowed to execute");
    expect(JSON.stringify(client.notifications)).not.toContain("hunter2");
  });

  test("su that asks in any language, with an input that stays open, is not waited for", async () => {
    await using client = await site.serve(invoker);
    const params = { name: "prompts", arguments: {}, _meta: { "runspec/stdin": true } };
    const { result } = await client.request("tools/call", params);
    const wants = `su wants a password from ${invoker} to be ${target} on ${hostname()}, and nobody is there to type it`;
    expect(JSON.stringify(result?.content)).toContain(`${wants}: su: 鉴定故障`);
  });

  test.each([
    ["su", "prompts", "su: 鉴定故障"],
    ["sudo", "asks", "sudo: no password was provided"],
  ])("%s takes no input for a password before its tool is there, whoever guesses", async (_, name, said) => {
    users.allow(`Defaults:${invoker} visiblepw`, `${invoker} ALL=(${target}) ${site.dir}/asks`);
    await using client = await site.serve(invoker);
    const call = { jsonrpc: "2.0", id: "guess", method: "tools/call" };
    await client.send({ ...call, params: { name, _meta: { "runspec/stdin": true } } });
    await client.notify("notifications/runspec/input", { requestId: "guess", data: "a guess\n", end: true });
    let answer = await client.next();
    while (answer.id !== "guess") answer = await client.next();
    const { result } = answer;
    expect([result?.isError, JSON.stringify(result?.content)]).toEqual([true, expect.stringContaining(said)]);
    expect(client.stderr()).not.toContain("try again");
  });

  test("a tool that asks gets its input", async () => {
    users.allow(rule(target, `${site.dir}/asks`));
    const { out } = await run(["run", "asks"], { program: site.bin(invoker), cwd: "/", stdin: "me\n" });
    expect(out).toBe("me\n");
  });
});

test.skipIf(!canMakeUsers)(
  "a directory service that does not answer is asked once, and not taken for one without that user",
  async () => {
    const { out, asked } = (await askedInVain) ?? { out: "", asked: [] };
    for (const user of ["ldap-1", "ldap-2"])
      expect(out).toContain(
        `${user} is to run as ${user}, and no such user is known here; the directory service does not answer\n`,
      );
    expect(asked).toHaveLength(1);
  },
);
