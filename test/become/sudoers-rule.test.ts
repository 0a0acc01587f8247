import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { basename, join } from "node:path";
import { ruleWarning, sudoersRule } from "../../src/become/sudoers-rule.ts";
import { tempDir } from "../harness/temp.ts";

const KILL = "/usr/bin/kill";

describe("the narrowest rule", () => {
  const rule = (over: Partial<Parameters<typeof sudoersRule>[0]>, kill: string | undefined = KILL) =>
    sudoersRule({ invoker: "app", user: "oracle", fixed: ["/opt/deploy"], throughEnv: false, ...over }, kill);
  const grants = (what: string) => `app ALL=(oracle) NOPASSWD: ${what}, ${KILL}`;
  const rows: [string, string, string][] = [
    ["the program, and kill", rule({}), grants("/opt/deploy")],
    [
      "for what starts other programs, which NOEXEC would forbid",
      rule({ mayStartOthers: true }),
      grants("EXEC: /opt/deploy"),
    ],
    ["for root no kill", rule({ user: "root" }), "app ALL=(root) NOPASSWD: /opt/deploy"],
    [
      "first words that every call has",
      rule({ fixed: ["/usr/bin/python3", "/opt/x.py"] }),
      grants("/usr/bin/python3 /opt/x.py, /usr/bin/python3 /opt/x.py *"),
    ],
    ["for a tool that takes no words, none", rule({ noWords: true }), grants(`/opt/deploy ""`)],
    [
      "and none behind those that every call has",
      rule({ fixed: ["/usr/bin/systemctl", "restart", "nginx"], noWords: true, user: "root" }),
      "app ALL=(root) NOPASSWD: /usr/bin/systemctl restart nginx",
    ],
    [
      "a word that would be a regular expression",
      rule({ fixed: ["/bin/x", "^.$"] }),
      grants(`/bin/x \\^.$, /bin/x \\^.$ *`),
    ],
    [
      "an empty word among them",
      rule({ fixed: ["/bin/x", "a", "", "b"] }),
      grants(`/bin/x a\\ \\ b, /bin/x a\\ \\ b\\ *`),
    ],
    [
      "an empty word alone: not all words, which the bare program would be",
      rule({ fixed: ["/bin/x", ""] }),
      grants(`/bin/x \\ *`),
    ],
    ["env, where it carries variables", rule({ throughEnv: true }), grants("/usr/bin/env")],
    [
      "a user of a directory",
      rule({ invoker: "CORP\\alice" }),
      `CORP\\\\alice ALL=(oracle) NOPASSWD: /opt/deploy, ${KILL}`,
    ],
    [
      "users whose names would be aliases, ALL among them",
      rule({ invoker: "DEPLOY_1", user: "ALL" }),
      `"DEPLOY_1" ALL=("ALL") NOPASSWD: /opt/deploy, ${KILL}`,
    ],
    [
      "another",
      rule({ invoker: "al@corp.example" }),
      `al\\@corp.example ALL=(oracle) NOPASSWD: /opt/deploy, ${KILL}`,
    ],
    [
      "what sudoers reads as its own",
      rule({ fixed: ["/opt/my tools/a,b:c#d=e"] }),
      grants(`/opt/my\\ tools/a\\,b\\:c\\#d\\=e`),
    ],
    ["its wildcards", rule({ fixed: ["/opt/a*b?c[d]e\\f\n"] }), grants("/opt/a[*]b[?]c[[]d]e?f?")],
    [
      "a backslash, which only its words may hold",
      rule({ fixed: ["/opt/a\\b", "CORP\\alice", "\\"] }),
      grants(`/opt/a?b CORP\\\\\\\\alice \\\\\\\\, /opt/a?b CORP\\\\\\\\alice \\\\\\\\ *`),
    ],
    ["what stands for no words", rule({ fixed: ["/opt/a", '""'] }), grants(`/opt/a ["]", /opt/a ["]" *`)],
    ["what it does not", rule({ fixed: [`/opt/(a)'b"$!`] }), grants(`/opt/(a)'b"$!`)],
  ];
  test.each(rows)("%s", (_, written, expected) => {
    expect(written).toBe(expected);
  });

  const visudo = Bun.which("visudo");
  test.skipIf(visudo === null).each(rows)("%s: visudo accepts it", async (_, written) => {
    const checking = Bun.spawn([visudo ?? "", "-cf", "-"], {
      stdin: new Blob([`${written}\n`]),
      stdout: "ignore",
      stderr: "pipe",
    });
    expect([await new Response(checking.stderr).text(), await checking.exited]).toEqual(["", 0]);
  });
});

describe("a rule permits anything", () => {
  const isRoot = process.getuid?.() === 0;
  const dir = tempDir();
  chmodSync(dir, 0o777);
  const open = join(dir, "deploy");
  for (const path of [open, join(dir, "__main__.py")]) writeFileSync(path, "");
  // Root's, where root runs the tests.
  const closed = join(tempDir(), "deploy.sh");
  writeFileSync(closed, `#!${open} -x\n`);
  const byEnv = join(tempDir(), "by-env");
  writeFileSync(byEnv, `#!/usr/bin/env -S ${open} script sh\n`);
  const [link = "", applet = "", busybox = ""] = ["deploy", "df", "busybox"].map((name) =>
    join(tempDir(), name),
  );
  symlinkSync("/bin/sh", link);
  writeFileSync(busybox, "");
  symlinkSync(busybox, applet);
  const byName = join(tempDir(), "by-name");
  writeFileSync(byName, "#!python3 -u\n");
  const fromHere = join(tempDir(), "from-here");
  writeFileSync(fromHere, "#!/usr/bin/env -S A=/bin ./python3 -I/bin\n");
  /** A script of root's with that first line. */
  const script = (line: string, name = "tool") => {
    const path = join(tempDir(), name);
    writeFileSync(path, `#!${line}\n`);
    return path;
  };
  const own = script("/bin/sh");
  const stub = script(
    "/opt/venv/bin/python3\nimport sys\nfrom celery.__main__ import main\nif __name__ == '__main__':\n    sys.exit(main())",
    "celery",
  );
  const gemStub = script("/usr/bin/ruby\n#\n# This file was generated by RubyGems.\n#", "rake");
  const longScript = script(`/bin/sh${"\n#".repeat(4096)}\n# This file was generated by RubyGems.`);
  const shims = join(tempDir(), "shims");
  mkdirSync(shims);
  const shim = join(shims, "python3");
  writeFileSync(shim, '#!/usr/bin/env bash\nexec pyenv exec python3 "$@"\n');
  const spaced = script("/usr/bin/python3", "a job.py");
  const unreadable = join(tempDir(), "backup");
  writeFileSync(unreadable, "");
  const compiled = join(tempDir(), "backup");
  writeFileSync(compiled, "\x7fELF");
  const packaged = join(tempDir(), "restart");
  symlinkSync("/usr/sbin/service", packaged);
  const ownSort = join(dir, "sort");
  writeFileSync(ownSort, "#!/bin/sh\n");
  const exchanged = (who: string, what: string, user: string) =>
    `others than ${who} can exchange ${what}: with this line they may run anything as ${user}`;

  const unknown = (name: string) =>
    `runspec does not know what further words, or the directory where it is started, make ${name} do: it may write files or start programs, so find that out first`;
  const linked = (name: string) =>
    `${name} seeks modules where it is called, which may be by a link of app's: with this line app may run anything as oracle`;
  const code = (name: string) =>
    `${name} takes code from its words, whose end sudo does not see: with this line app may run anything as oracle`;

  test.each<[what: string, fixed: string[], user: string, warning: string | undefined]>([
    ["not for a program of root's", ["/bin/true"], "oracle", undefined],
    ["for one that others can exchange", [open], "oracle", exchanged("root and oracle", open, "oracle")],
    ["also as root", [open], "root", exchanged("root", open, "root")],
    [
      "for a script that such a one runs",
      [closed],
      "root",
      exchanged("root", isRoot ? open : closed, "root"),
    ],
    [
      "for one that env starts by such a one",
      [byEnv],
      "root",
      exchanged("root", isRoot ? open : byEnv, "root"),
    ],
    [
      "for one whose interpreter is looked for where the caller stands",
      [byName],
      "root",
      exchanged("root", isRoot ? "python3" : byName, "root"),
    ],
    ["also behind env", [fromHere], "root", exchanged("root", isRoot ? "./python3" : fromHere, "root")],
    ["for a script of theirs", ["/bin/sh", open], "root", exchanged("root", open, "root")],
    [
      "for a directory of theirs, which Python runs",
      ["/usr/bin/python3", dir],
      "root",
      exchanged("root", join(dir, "__main__.py"), "root"),
    ],
    [
      "for one of where the caller stands",
      ["/bin/cat", "build.ts"],
      "root",
      `${exchanged("root", "build.ts", "root")}, if cat runs it`,
    ],
    [
      "for what another program may only read",
      ["/usr/bin/wc", open],
      "oracle",
      `${exchanged("root and oracle", open, "oracle")}, if wc runs it`,
    ],
    ["for what writes where its words say", ["/usr/bin/dd", "if=/etc/hostname"], "oracle", unknown("dd")],
    [
      "also where others can exchange what it may run",
      ["/usr/bin/tee", open],
      "oracle",
      `${exchanged("root and oracle", open, "oracle")}, if tee runs it`,
    ],
    ["for what chooses an interpreter's version", [shim], "oracle", code("python3")],
    ["for a package's script", ["/usr/sbin/service"], "oracle", unknown("service")],
    ["also by its interpreter", ["/bin/sh", "/usr/sbin/service"], "oracle", unknown("service")],
    ["for what removes", ["/bin/rm", "-rf", "/var/cache/x"], "oracle", unknown("rm")],
    ["not for what is out of sight", ["/opt/none/backup"], "oracle", undefined],
    ["though others can exchange it", [ownSort], "oracle", exchanged("root and oracle", ownSort, "oracle")],
    ["for a become program", ["/usr/bin/pbrun"], "oracle", unknown("pbrun")],
    ["for what has others pack", ["/usr/bin/sort"], "oracle", unknown("sort")],
    ["for one that shows pages", ["/usr/bin/systemctl", "status"], "oracle", unknown("systemctl")],
    [
      "also where options can follow a unit",
      ["/usr/bin/systemctl", "restart", "db"],
      "oracle",
      unknown("systemctl"),
    ],
    ["for all of ip", ["/sbin/ip"], "oracle", unknown("ip")],
    ["also for its addresses, which it changes", ["/sbin/ip", "addr"], "oracle", unknown("ip")],
    [
      "for a script that is still to come",
      ["/bin/sh", join(dir, "later")],
      "root",
      exchanged("root", join(dir, "later"), "root"),
    ],
    ["not for what is neither a file nor missing", ["/bin/echo", "/dev/null", tempDir()], "root", undefined],
    ["not for a word that is no file", ["/bin/sleep", "--", "deploy"], "root", undefined],
    ["for a shell's own words", ["/bin/sh", "-c", "id"], "oracle", code("sh")],
    ["for a module of Python's", ["/usr/bin/python3.12", "-m", "deploy"], "oracle", code("python3.12")],
    ["for commands of apt-get's", ["/usr/bin/apt-get", "update"], "oracle", unknown("apt-get")],
    ["for another playbook", ["/usr/bin/ansible-playbook", "/bin/true"], "oracle", code("ansible-playbook")],
    ["for another package of npm's", ["/usr/bin/npm", "run", "x"], "oracle", code("npm")],
    ["for Perl's code", ["/usr/bin/perl", "-e", "/x/"], "oracle", code("perl")],
    ["for a flag behind which Perl reads on", ["/usr/bin/perl", "-w", "/bin/true"], "oracle", code("perl")],
    ["for one with a value", ["/usr/bin/python3", "-Wignore", "/bin/true"], "oracle", code("python3")],
    ["for code on a shell's input", ["/bin/bash", "-s", "/bin/true"], "oracle", code("bash")],
    ["for what starts other programs", ["/bin/tar", "-tf", "/bin/true"], "oracle", unknown("tar")],
    ["for what any other program is named to", ["/usr/bin/timeout", "60"], "oracle", unknown("timeout")],
    ["also with one behind it", ["/usr/bin/nice", "-n", "5", "/bin/true"], "oracle", unknown("nice")],
    [
      "for what reads on behind its limit",
      ["/usr/bin/prlimit", "-n=9", "/bin/true"],
      "oracle",
      unknown("prlimit"),
    ],
    [
      "for expect, which reads on behind its script",
      ["/usr/bin/expect", "/bin/true"],
      "oracle",
      unknown("expect"),
    ],
    ["for a shell of script's", ["/usr/bin/script", "-q"], "oracle", unknown("script")],
    ["for what visudo takes by no path", ["/usr/bin/sudoedit"], "oracle", unknown("sudoedit")],
    ["for what a container starts its programs by", ["/usr/bin/tini", "--"], "oracle", unknown("tini")],
    ["for scripts in a package", ["/usr/bin/dpkg", "-i"], "oracle", unknown("dpkg")],
    [
      "for an editor under the name of its build",
      ["/usr/bin/vim.basic", "-R"],
      "oracle",
      unknown("vim.basic"),
    ],
    ["for what times another program", ["/usr/bin/time", "-v", "/bin/true"], "oracle", unknown("time")],
    ["for an interpreter alone", ["/bin/bash"], "oracle", code("bash")],
    ["for one under the name of its build", ["/x/perl5.36-x86_64"], "oracle", code("perl5.36-x86_64")],
    ["also of others that have one", ["/x/pip3", "install"], "oracle", code("pip3")],
    ["for a link to one", [link], "oracle", code(basename(realpathSync(link)))],
    ["not for one to many programs in one", [applet], userInfo().username, undefined],
    ["for what env starts", ["/usr/bin/env", "A=1", "/bin/true"], "oracle", code("env")],
    [
      "for a lone empty word",
      ["/opt/x", ""],
      "oracle",
      'sudoers cannot say a lone empty word: this line refuses a call of no further words; take "" out of command',
    ],
    ["not for one that is not alone", ["/opt/x", "", "a"], "oracle", undefined],
    ["for Node, which normalises a path", ["/usr/bin/node", "/bin/true"], "oracle", code("node")],
    ["not for a name that only looks so", ["/opt/refresh.sh", "now"], "oracle", undefined],
  ])("%s", (_, fixed, user, warning) => {
    expect(ruleWarning({ invoker: "app", user, fixed, throughEnv: false })).toBe(warning);
  });

  test.skipIf(!isRoot).each([
    ["backup", [compiled]],
    ["sh", ["/bin/sh", "-c", "id"]],
    ["apt-get", ["/usr/bin/apt-get", "update"]],
  ])("where no words follow, they are not what is unknown of %s", (name, fixed) => {
    const known = { invoker: "app", user: "oracle", fixed, throughEnv: false };
    expect(ruleWarning({ ...known, noWords: true })).toBe(
      `runspec does not know what its input, or the directory where it is started, makes ${name} do: it may write files or start programs, so find that out first`,
    );
  });

  test("not where no words follow what sets what it shows", () => {
    const known = { invoker: "app", user: "root", throughEnv: false };
    for (const name of ["date", "hostname"]) {
      const fixed = [`/usr/bin/${name}`];
      expect(ruleWarning({ ...known, fixed, noWords: true })).toBeUndefined();
      expect(ruleWarning({ ...known, fixed })).toBe(unknown(name));
    }
  });

  test("not where no words follow a unit", () => {
    const known = { invoker: "app", user: "root", throughEnv: false, noWords: true };
    expect(ruleWarning({ ...known, fixed: ["/usr/bin/systemctl", "restart", "db"] })).toBeUndefined();
    for (const words of [["--help"], ["db", "--help"], ["db", "-H", "x"], []])
      expect(ruleWarning({ ...known, fixed: ["/usr/bin/systemctl", "restart", ...words] })).toBeDefined();
    expect(ruleWarning({ ...known, fixed: ["/usr/bin/systemctl", "stop", "a", "b"] })).toBeUndefined();
  });

  // Whose files are nobody else's only where root wrote them.
  test.skipIf(!isRoot).each<[what: string, fixed: string[], warning: string | undefined]>([
    [
      "for a script elsewhere with the name of an interpreter, as far as can be known",
      [script("/bin/sh", "npm")],
      unknown("npm"),
    ],
    ["not for a script elsewhere with the name of a program", [script("/bin/sh", "install")], undefined],
    ["for a compiled program of one's own", [compiled], unknown("backup")],
    ["also by a link elsewhere", [packaged], unknown("restart")],
    ["also with the name of a packaged one", [script("/usr/bin/sed -f", "test")], unknown("sed")],
    ["not for a shell's script with such a name", [script("/bin/sh", "test")], undefined],
    ["for what pip wrote, wherever that is", [stub], unknown("celery")],
    ["also by its interpreter", ["/bin/sh", stub], unknown("celery")],
    ["for what gem wrote", [gemStub], unknown("rake")],
    ["not by what stands far behind the beginning of a file, which may be huge", [longScript], undefined],
    [
      "for code that is sought where the caller stands",
      [script("/usr/bin/env -S PYTHONPATH=lib python3")],
      exchanged("root and oracle", "lib", "oracle"),
    ],
    ["not for a variable of another kind", [script("/usr/bin/env -S LC_ALL=C python3 -u")], undefined],
    [
      "for a script of Node's, which takes code from whoever may signal it",
      [script("/usr/bin/env node")],
      "kill may send USR1, on which Node opens its inspector: with this line app may run anything as oracle",
    ],
    ["for half a path, where it has a space", ["/usr/bin/python3", spaced], code("python3")],
    ["not for what cannot be read, and so looks empty", [unreadable], undefined],
    ["not for a shell's script with flags", ["/bin/bash", "-eu", own], undefined],
    ["not for Perl's by its path", ["/usr/bin/perl", own], undefined],
    ["for a line that ksh takes for a script's name", ["/bin/ksh93", own], code("ksh93")],
    ["for a flag behind which BSD's csh reads on", ["/bin/csh", "-f", own], code("csh")],
    ["not for csh's script by its path", ["/bin/csh", own], undefined],
    ["not for mksh's, which opens what it is given", ["/bin/mksh", "-e", own], undefined],
    [
      "for Python's script, which a link of its caller's can give modules",
      ["/usr/bin/python3", "-I", own],
      linked("python3"),
    ],
    ["also where nothing is known of its build", ["/opt/none/python3.11-dbg", own], linked("python3.11-dbg")],
    ["not for Python's own first line, which is no caller's", [script("/usr/bin/python3 -u")], undefined],
  ])("%s", (_, fixed, warning) => {
    expect(ruleWarning({ invoker: "app", user: "oracle", fixed, throughEnv: false })).toBe(warning);
  });

  test.skipIf(!isRoot).each<[line: string, name: string | undefined]>([
    ["/usr/bin/sed -f", "sed"],
    ["/usr/bin/awk  -f", "awk"],
    ["/usr/bin/make -rf", "make"],
    ["/usr/bin/env -S jq -r --from-file", "jq"],
    ["/usr/bin/env -S A=b just --justfile", "just"],
    ["/usr/bin/env bun", "bun"],
    ["/usr/bin/env -S /usr/bin/runspec script bun", "bun"],
    ["/usr/bin/env -S runspec script awk -f", "awk"],
    ["/usr/bin/Rscript", "Rscript"],
    ["/usr/bin/env tsx", "tsx"],
    ["/usr/bin/env -S npx tsx", "npx"],
    ["/usr/bin/env -S uv run", "uv"],
    ["/usr/bin/python3 -m deploy", "python3"],
    ["/usr/bin/python3 -um deploy", "python3"],
    ["/usr/bin/env -S python3 -mdeploy", "python3"],
    ["/usr/bin/python3 -X dev", "python3"],
    ["/usr/bin/env deno", "deno"],
    ["/usr/bin/lua", "lua"],
    ["/usr/bin/php", "php"],
    ["/bin/sh -f", undefined],
    ["/bin/csh -f", undefined],
    ["/usr/bin/perl -w", undefined],
    ["/bin/bash -l", undefined],
    ["/usr/bin/python3 -u", undefined],
    ["/usr/bin/env node", undefined],
    ["/usr/bin/env -S runspec script sh", undefined],
  ])("for a script of %s: %p", (line, name) => {
    const path = script(line);
    const warning = ruleWarning({ invoker: "app", user: "root", fixed: [path], throughEnv: false });
    expect(warning).toBe(name && unknown(name));
  });
});
