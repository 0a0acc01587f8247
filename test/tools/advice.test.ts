import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BECOME_METHODS } from "../../src/become/methods.ts";
import { SECURE_PATH } from "../../src/become/sudoers-rule.ts";
import { mayExecute } from "../../src/files/look.ts";
import { adviseOnClients, adviseOnOtherUsers } from "../../src/tools/advice.ts";
import { asksForPresence } from "../../src/tools/script-advice.ts";
import { tempDir } from "../harness/temp.ts";
import { toolOf } from "../spec/declared.ts";

const toolWith = (inside: string, script = "", by: string[] = []) => {
  const path = join(tempDir(), "tool");
  writeFileSync(path, script);
  return {
    ...toolOf(inside),
    locate: () => ({ kind: "found" as const, argv: [...by, path] }),
    user: { kind: "none" as const, why: "" },
    fileValues: new Map<string, string>(),
    preset: new Map<string, boolean>(),
  };
};
const said = (inside: string, script?: string) =>
  adviseOnClients([toolWith(inside, script)]).map(({ message }) => message);

test("a tool that does not say what it does", () => {
  const none = "no description: tool; agents choose tools by their descriptions, and see only the name";
  expect([said(""), said('description = " "'), said('description = "Does it"')]).toEqual([
    [none],
    [none],
    [],
  ]);
});

test("what holds for several subcommands of one command is said once", () => {
  const tool = toolWith(
    'description = "d"\ncommand = ["echo", "{x}", "{x}"]\nargs.x = { type = "str", position = 1 }',
  );
  const advice = adviseOnClients([tool, { ...tool, name: "tool_stop" }]);
  expect(advice.map(({ message }) => message)).toEqual([
    'found "{x}", which is passed as it stands: the values follow the command, and are in variables',
  ]);
});

test("a script without a first line that says how it is run, which a shell runs", () => {
  const advice = (inside: string, by: string[]) =>
    adviseOnClients([toolWith(`description = "d"\n${inside}`, "print(1)\n", by)]).map(
      ({ severity, message }) => `${severity}: ${message}`,
    );
  const note = "note: does not begin with #!, so /bin/sh runs it; for Python: #!/usr/bin/env python3";
  expect([
    advice("", ["/bin/sh"]),
    advice('command = "bin/tool"', ["/bin/sh"]),
    advice('command = ["/bin/sh", "bin/tool"]', ["/bin/sh"]),
    advice('command = ["sh", "bin/tool"]', ["/bin/sh"]),
    advice("", []),
  ]).toEqual([[note], [note], [], [], []]);
});

test("a command with an argument's name where its value was meant", () => {
  const by = (command: string[]) =>
    said(`description = "d"\ncommand = ${JSON.stringify(command)}\nargs.to-host = {}`).map(
      (message) => /^found (".*"), which is passed as it stands: /.exec(message)?.[1],
    );
  for (const word of ["{to-host}", "{{to-host}}", "$to-host", "<to-host>", "%to-host%", "--to={to-host}"])
    expect(by(["cp", "a", word])).toEqual([`"${word}"`]);
  for (const word of ["to-host", "{}", "{other}", "{to-host}/x", "$HOME"])
    expect(by(["cp", word])).toEqual([]);
});

test("a command whose words a shell reads, where a text is among them", () => {
  const by = (command: string[], arg = 'type = "str"') =>
    said(`description = "d"\ncommand = ${JSON.stringify(command)}\nargs.x = { ${arg} }`).map((message) =>
      message.replace(/ has a shell read its words, so a text that is given can be a command: .*/, ""),
    );
  const read = [
    ["ssh", "db", "cat"],
    ["/usr/bin/ssh"],
    ["sshpass", "-e", "/usr/bin/ssh", "db"],
    ["watch", "ls"],
    ["bash", "-lc"],
    ["su", "-", "oracle", "-c"],
    ["docker", "exec", "web", "sh", "-c"],
    ["pwsh", "-NoProfile", "-Command", "Get-Item"],
    ["cmd.exe", "/C", "type"],
    ["powershell", "-NoProfile", "Get-Item"],
    ["sudo", "-u", "app", "LANG=C", "ssh", "db"],
  ];
  expect(read.map((command) => by(command))).toEqual(
    ["ssh", "ssh", "ssh", "watch", "bash", "su", "sh", "pwsh", "cmd", "powershell", "ssh"].map((program) => [
      program,
    ]),
  );
  for (const method of BECOME_METHODS.filter((one) => one !== "su"))
    expect(by([method, "-u", "app", "/usr/bin/ssh", "db"])).toEqual(["ssh"]);
  const others = [
    ["systemctl", "restart", "ssh"],
    ["journalctl", "-u", "ssh", "--since"],
    ["sudo", "systemctl", "status", "ssh", "--no-pager"],
    ["pwsh", "-NoProfile", "-File", "x.ps1", "-ComputerName"],
    ["powershell", "-NoProfile", "-File", "x.ps1"],
    ["bash", "-c", "id"],
    ["npm", "watch", "x"],
    ["tar", "-c"],
    ["pwsh", "-File", "x.ps1"],
    ["docker", "exec", "web", "sh", "-c", "id"],
    ["ssh-add", "x"],
  ];
  expect(others.map((command) => by(command))).toEqual(others.map(() => []));
  const dotted = {
    ...toolWith('command = ["ssh", "db"]\nargs.x = "a"'),
    path: ["my.tool", "sub"],
  };
  expect(adviseOnClients([dotted]).map(({ key }) => key)).toContain('["my.tool"] command');
  const harmless = ['type = "int"', "options = ['a']", 'type = "flag"', 'type = "str", pass = "env"'];
  expect(harmless.map((arg) => by(["ssh", "db"], arg))).toEqual(harmless.map(() => []));
});

test("a command of many words is looked at once, as a checkout may have it", () => {
  const words = ["-a=b", "-a b=c", "a==b", "-a 1=b"].map((word) => `${word} `.repeat(100).trim().split(" "));
  const by = (command: string[]) =>
    said(`description = "d"\ncommand = ${JSON.stringify(command)}\nargs.x = { type = "str", position = 1 }`);
  for (const many of words) expect(by(["echo", ...many, "ssh", "find", "x"])).toEqual([]);
});

test("a program that runs what one of its words names, where a text has a place", () => {
  const PLACED = 'type = "str", position = 1';
  const by = (command: string[] | undefined, arg = PLACED, script = "") => {
    const named = command && `command = ${JSON.stringify(command)}\n`;
    return said(`description = "d"\n${named ?? ""}args.x = { ${arg} }`, script).map(
      (message) => / runs what its words name, so a text .*/.exec(message) && message.replace(/ .*/, ""),
    );
  };
  const run = [
    ["make", "-C", "/srv"],
    ["/usr/bin/sed", "-n"],
    ["find", "/etc"],
    ["mawk", "-f", "/x"],
    ["git", "log"],
    ["awk", "-F", ":", "-v", "x=1"],
    ["gawk"],
    // `.shell id`, and `\\! id`.
    ["sqlite3", "-json", "/x.db"],
    ["psql", "-d", "app", "-c"],
    // `-cimport os`
    ["/usr/bin/python3.11", "-u"],
    ["bash"],
    ["sudo", "-u", "postgres", "psql", "-c"],
    ["timeout", "-k", "5", "60", "/usr/bin/find", "/etc"],
    // `-oAPT::Update::Pre-Invoke::=id`, and `-TTid #`
    ["apt-get", "install", "-y"],
    ["zip", "-T", "/x.zip"],
  ];
  const named = "make sed find mawk git awk gawk sqlite3 psql python3.11 bash psql find apt-get zip";
  const names = named.split(" ");
  expect(run.map((command) => by(command))).toEqual(names.map((name) => [name]));
  const texts = [
    ["awk", "{print $1}"],
    ["/usr/bin/awk", "-F", ":", "{s += $1} END {print s}"],
  ];
  expect(texts.map((command) => by(command))).toEqual([[], []]);
  expect(by(["perl", "-ne", "print"])).toEqual(["perl"]);
  expect(by(undefined, PLACED, "#!/usr/bin/sed -f\n")).toEqual(["tool"]);
  const others = [
    ["df"],
    ["git", "log", "--"],
    ["perl", "/x.pl"],
    ["python3", "-m", "x"],
    ["git-log"],
    ["sqlite3", "-safe", "/x.db"],
    ["bash", "/x"],
  ];
  expect(others.map((command) => by(command))).toEqual(others.map(() => []));
  const harmless = [
    'type = "int", position = 1',
    "options = ['a'], position = 1",
    'type = "str"',
    'type = "rest"',
  ];
  expect(harmless.map((arg) => by(["make"], arg))).toEqual(harmless.map(() => []));
  expect(by(undefined, PLACED, "#!/bin/sh -f\n")).toEqual([]);
  // The team's own script of that name; what its first line starts reads on all the same.
  expect([by(["git", "log"], PLACED, "#!/bin/sh\n"), by(["ssh", "db"], PLACED, "#!/bin/sh\n")]).toEqual([
    [],
    [],
  ]);
  expect(by(["git"], PLACED, "#!/usr/bin/sed -f\n")).toEqual(["git"]);
  // There is no command that could be another.
  const sed = toolWith(`description = "d"\nargs.x = { ${PLACED} }`, "#!/usr/bin/sed -f\n");
  const script = {
    ...toolWith(`description = "d"\nargs.x = { ${PLACED} }`),
    command: ["/usr/bin/make", "-f", "/x"],
  };
  const advised = [sed, { ...script, file: "/x" }].flatMap((one) => adviseOnClients([one]));
  const so =
    "runs what its words name, so a text that is given can be a command: have a shell script start it instead, or set options";
  expect(advised.map(({ key, message }) => [key, message])).toEqual([
    ["[tool] first line", `tool ${so}`],
    ["[tool] first line", `make ${so}`],
  ]);
  // Behind --, which git ends its options with, -m would be a word.
  const placed = `description = "d"\ncommand = ["git", "tag"]\nargs.x = { ${PLACED} }`;
  const help = [placed, `${placed}\nargs.m = { pass = "env" }`, `${placed}\nargs.m = "x"`].map((tool) =>
    said(tool).map((message) => message.replace(/.* instead, /, "")),
  );
  const ended = 'end the command with "--" if that ends them, or set options';
  expect(help).toEqual([[ended], [ended], ["or set options"]]);
});

describe("a flag that a script takes for given when it is not empty", () => {
  const FLAG = 'description = "d"\nargs.dry-run = { type = "flag" }';
  test.each([
    'if [ -n "$RUNSPEC_ARG_DRY_RUN" ]; then',
    `[ -z "\${RUNSPEC_ARG_DRY_RUN}" ] || echo dry`,
    '[ "$RUNSPEC_ARG_DRY_RUN" ] && echo dry',
    "if [[ -n $RUNSPEC_ARG_DRY_RUN ]]; then",
    `test -n "\${RUNSPEC_ARG_DRY_RUN:-}" && echo dry`,
    `rsync \${RUNSPEC_ARG_DRY_RUN:+--dry-run} a b`,
    'if os.environ.get("RUNSPEC_ARG_DRY_RUN"):',
    'dry = "RUNSPEC_ARG_DRY_RUN" in os.environ',
    "if (process.env.RUNSPEC_ARG_DRY_RUN) {",
    "const dry = !!process.env.RUNSPEC_ARG_DRY_RUN;",
    "if ($ENV{RUNSPEC_ARG_DRY_RUN}) {",
  ])("%s", (line) => {
    expect(said(FLAG, `#!/bin/sh\n${line}\n`)).toEqual([
      'takes "RUNSPEC_ARG_DRY_RUN" for given when it is not empty, but a flag that is not given is 0: compare it with 1',
    ]);
  });
  test.each([
    'if [ "$RUNSPEC_ARG_DRY_RUN" = 1 ]; then',
    `if [ "\${RUNSPEC_ARG_DRY_RUN:-0}" -eq 1 ]; then`,
    `dry_run=\${RUNSPEC_ARG_DRY_RUN:-0}`,
    '# [ -n "$RUNSPEC_ARG_DRY_RUN" ]',
    'dry = os.environ.get("RUNSPEC_ARG_DRY_RUN") == "1"',
    'if os.environ.get("RUNSPEC_ARG_DRY_RUN") == "1":',
    'if (process.env.RUNSPEC_ARG_DRY_RUN === "1") {',
    '[ -n "$RUNSPEC_ARG_OTHER" ]',
  ])("and not: %s", (line) => {
    expect(said(FLAG, `#!/bin/sh\n${line}\n`)).toEqual([]);
  });
});

describe("a script that reads its options by getopts", () => {
  const NAMED = 'description = "d"\nargs.max-age = { type = "int", required = false }';
  const advice =
    'reads its options by getopts, which knows single letters, and is given --max-age: set argv = "none" and read RUNSPEC_ARG_MAX_AGE and the like instead';
  const asAnother =
    "reads its options by getopts, which knows single letters, and is given --max-age: have it read long options instead";
  const GETOPTS = 'while getopts "m:v" opt; do\n';
  test.each([
    ["in a shell", NAMED, `#!/bin/sh\n${GETOPTS}`, [advice]],
    ["in Perl", NAMED, '#!/usr/bin/perl\nuse Getopt::Std;\ngetopts("m:v", \\my %opts);\n', [advice]],
    ["that knows long ones by a trick", NAMED, '#!/bin/sh\nwhile getopts ":m:-:" opt; do\n', []],
    [
      "that makes long ones short",
      NAMED,
      `#!/bin/sh\ncase $1 in --max-age) set -- -m "$2";; esac\n${GETOPTS}`,
      [],
    ],
    ["that also reads the variables", NAMED, `#!/bin/sh\nm=$RUNSPEC_ARG_MAX_AGE\n${GETOPTS}`, []],
    [
      "and gets no variables as another user",
      `${NAMED}\nrun_as = "oracle"`,
      `#!/bin/sh\n${GETOPTS}`,
      [asAnother],
    ],
    ["in a comment", NAMED, `#!/bin/sh\n# ${GETOPTS}`, []],
    ["without words", `${NAMED}\nargv = "none"`, `#!/bin/sh\n${GETOPTS}`, []],
    [
      "that is given it by a variable",
      `description = "d"\nargs.max-age = { pass = "env", required = false }`,
      `#!/bin/sh\n${GETOPTS}`,
      [],
    ],
    [
      "with places alone",
      'description = "d"\nargs.x = { type = "int", position = 1 }',
      `#!/bin/sh\n${GETOPTS}`,
      [],
    ],
  ])("%s", (_, table, script, advised) => expect(said(table, script)).toEqual(advised));
});

describe("a shell script that takes $1 for its first place", () => {
  const PLACE = 'description = "d"\nargs.log-file = { position = 1 }';
  const DEFAULT = 'description = "d"\nargs.log-file = { position = 1, default = "main" }';
  const NAMED = `${PLACE}\nargs.top = 5`;
  const missing =
    "takes $1 for <log-file>, where nothing stands when its default does: read RUNSPEC_ARG_LOG_FILE";
  const other = "takes $1 for <log-file>, where --top stands when a call has it: read RUNSPEC_ARG_LOG_FILE";
  test.each([
    ["and has a default", DEFAULT, "set -eu\nfile=$1\n", [missing]],
    ["and has an option", NAMED, 'export FILE="$1"\n', [other]],
    ["which it demands", NAMED, `readonly file="\${1:?usage}"\n`, [other]],
    [
      "as another user, with a default",
      `${DEFAULT}\nrun_as = "oracle"`,
      "file=$1\n",
      [missing.replace(/read .*/, "give it a default of its own")],
    ],
    [
      "as another user, with an option",
      `${NAMED}\nrun_as = "oracle"`,
      "file=$1\n",
      [other.replace(/read .*/, "have it read long options")],
    ],
    ["which is always there", PLACE, "file=$1\n", []],
    ["which is always there, where calls are logged", `${PLACE}\n[config.logging]`, "file=$1\n", []],
    ["and has a default of its own", DEFAULT, `file=\${1:-main}\n`, []],
    [
      "beside options that are in no word",
      `${NAMED.replace("5", '{ default = 5, pass = "env" }')}`,
      "file=$1\n",
      [],
    ],
    ["once it has read its options", NAMED, 'while [ "$1" = --top ]; do\n  shift 2\ndone\nfile=$1\n', []],
    ["and reads the variable", DEFAULT, "other=$1\nfile=$RUNSPEC_ARG_LOG_FILE\n", []],
    [
      "and a default of its own behind it",
      DEFAULT,
      '[ -n "$1" ] && file=x\nfile=$1\n[ -n "$file" ] || file=main\n',
      [],
    ],
    ["and counts its words", DEFAULT, "[ $# -gt 0 ] || exit 2\nfile=$1\n", []],
    ["of a function that is not indented", NAMED, "say() {\nlocal text=$1\n}\n", []],
    [
      "in a line with another command",
      NAMED,
      "while true; do case $1 in -*) shift 2;; esac; done\nfile=$1\n",
      [],
    ],
    ["of a function or of awk", NAMED, "say() {\n  text=$1\n}\ntotal=$(awk '{print $1}')\n", []],
    ["behind a word of its command", `${NAMED}\ncommand = ["bin/tool", "add"]`, "verb=$1\n", []],
    [
      "for the path of a subcommand",
      `description = "d"\n[tool.commands.add]\ndescription = "d"\nargs.x = { position = 1, default = "a" }`,
      "verb=$1\n",
      [],
    ],
  ])("%s", (_, table, script, advised) => {
    const words = table.includes("add") ? ["add"] : [];
    const { locate, ...rest } = toolWith(table, `#!/bin/sh\n${script}`);
    const led = { ...rest, locate: () => ({ ...locate(), argv: [...locate().argv, ...words] }) };
    expect(adviseOnClients([led]).map(({ message }) => message)).toEqual(advised);
  });
});

describe("a script whose argparse reads our words as another value", () => {
  const wait = 'description = "d"\nargs.wait = { type = "bool", required = false }';
  const tags = 'description = "d"\nargs.tags = { multiple = true, required = false }';
  const alone = '"--wait" stands alone here, and is given true or false behind it: declare it as a flag';
  const anyText = '"--wait" has type=bool, for which any text is True, "false" as well: compare the text';
  const last = '"--tags" has nargs, by which of several the last alone counts: add action="extend"';
  test.each([
    [wait, 'p.add_argument("-w", "--wait", action=argparse.BooleanOptionalAction)', [alone]],
    [wait, "p.add_argument('--wait', action='store_true')", [alone]],
    [wait, 'p.add_argument("--wait", type=bool)', [anyText]],
    [wait, 'p.add_argument("--wait", type=boolean_text)', []],
    [wait, 'p.add_argument("--wait", choices=["true", "false"])', []],
    [wait, 'p.add_argument("--wait-for", action="store_true")', []],
    [wait, '# p.add_argument("--wait", action="store_true")', []],
    [wait.replace("bool", "flag"), 'p.add_argument("--wait", action="store_true")', []],
    [tags, 'p.add_argument("--tags", nargs="+")', [last]],
    [tags, "p.add_argument('--tags', type=str, nargs = '*')", [last]],
    [tags, 'p.add_argument("--tags", nargs="+", action="extend")', []],
    [tags, 'p.add_argument("--tags", action="append")', []],
    [tags, 'p.add_argument(\n    "--tags",\n    nargs="+",  # (one or more)\n)', [last]],
    [tags, 'p.add_argument(\n    "--tags",\n    nargs="+",\n    action="extend",\n)', []],
    [tags, 'p.add_argument("--tags")\np.parse(nargs="+")', []],
    [tags, 'p.add_argument("--tags", action="append"); p.add_argument("x", nargs="*")', []],
    [tags.replace("multiple = true", 'delimiter = ","'), 'p.add_argument("--tags", nargs="+")', []],
  ])("%s: %s", (table, line, advised) =>
    expect(said(table, `#!/usr/bin/python3\n${line}\n`)).toEqual(advised),
  );
});

describe("a flag that is on by default, and a script that cannot know that it was switched off", () => {
  const ON = 'description = "d"\nargs.strip-it = { default = true }';
  const advice = expect.stringMatching(
    /^--no-strip-it is said by RUNSPEC_ARG_STRIP_IT = 0 alone, which .*tool does not name: it has no effect, unless what that starts reads it$/,
  );
  test.each([
    ["reads its words", ON, '#!/bin/sh\n[ "$1" = --strip-it ] && strip=1\n', [advice]],
    ["reads the variable", ON, '#!/bin/sh\n[ "$RUNSPEC_ARG_STRIP_IT" = 1 ] && strip=1\n', []],
    ["reads all variables by a library", ON, "#!/usr/bin/python3\nfrom runspec import parse\n", []],
    ["is too long to be read", ON, `#!/bin/sh\n${"# and so on\n".repeat(30_000)}`, []],
    ["is on by nobody", ON.replace("true", "false"), "#!/bin/sh\n", []],
    [
      "is a bool, which is given as false",
      `${ON.replace("default", 'type = "bool", default')}`,
      "#!/bin/sh\n",
      [],
    ],
    ["is no script", ON, "\0ELF", []],
  ])("%s", (_, table, script, advised) => expect(said(table, script)).toEqual(advised));
});

/** `$V` and V stand for the variable. */
const asks = (line: string) => asksForPresence("RUNSPEC_ARG_GO", line.replaceAll(/\bV\b/g, "RUNSPEC_ARG_GO"));

test.each([
  '[ "$V" != "" ] && x',
  "if [ \"$V\" != '' ]; then",
  '[ "$V" = "" ] || x',
  '[ x"$V" != x ] && x',
  'if [ "x$V" != "x" ]; then',
  "[[ -v V ]] && x",
  'while [ -n "$V" ]; do',
  'case "$V" in "") ;; *) x ;; esac',
  `cmd \${V+--force}`,
  'go = bool(os.environ.get("V"))',
  'x = 1 if os.environ.get("V") else 2',
  'if os.environ["V"]:',
  'if not os.environ.get("V", ""):',
  'if x and os.environ.get("V") and y:',
  'if os.getenv("V") is not None:',
  'if os.environ.get("V") != "":',
  "const a = process.env.V ? 1 : 2;",
  "if (process.env.V !== undefined) {",
  'if (process.env["V"] && y)',
  "const go = Boolean(process.env.V);",
  'if ("V" in process.env) {',
  'if "V" not in os.environ:',
  "unless (defined $ENV{V}) {",
  'if ENV["V"]',
])("asks whether it is there: %s", (line) => {
  expect(asks(line)).toBe(true);
});

test.each([
  'if [ "$V" != "0" ]; then',
  'if [ "$V" = "$OTHER" ]; then',
  `[ -n "\${V}X" ]`,
  'case "$V" in 1) x ;; esac',
  "(( V )) && x",
  'cmd "$V"',
  'echo "V is set"',
  'if os.environ.get("V", "0") in ("1", "true"):',
  'go = (os.environ.get("V") or "0") == "1"',
  'if x and os.environ.get("V") == "1":',
  'const go = process.env.V ?? "0";',
  'const go = (process.env.V || "0") === "1";',
  "const go = !!Number(process.env.V);",
  'return process.env.V === "1" ? a : b;',
  'if ($ENV{V} eq "1") {',
])("asks what it says: %s", (line) => {
  expect(asks(line)).toBe(false);
});

const HEAD = "#!/usr/bin/env -S runspec script sh\n";

describe.skipIf(process.platform !== "linux")("what is told of a tool's other user", () => {
  /** Of a tool that is run as `becomes`; `script`: its text, where it is a script that runspec reads. */
  const told = (inside: string, becomes: string, script?: string, hidden?: "hosts") => {
    const file = join(tempDir(), "script");
    writeFileSync(file, script ?? "");
    const rereadsArgv = script === undefined ? undefined : (true as const);
    const found = adviseOnOtherUsers([{ ...toolWith(inside), file, rereadsArgv, becomes, hidden }]);
    return found.map(({ message }) => message);
  };
  const NOBODY = "runspec-nobody-has-this-name";

  test("that it is not known here, unless the tool is started elsewhere", () => {
    const none = [`tool is to run as ${NOBODY}, and no such user is known here`];
    expect(told("", NOBODY)).toEqual(none);
    expect(told('become_method = "su"', NOBODY)).toEqual(none);
    expect(told('become_method = "pbrun"', NOBODY)).toEqual([]);
    expect(told("", NOBODY, undefined, "hosts")).toEqual([]);
    expect(told("", "root")).toEqual([]);
  });

  test.skipIf(
    process.getuid?.() !== 0 || SECURE_PATH.some((directory) => mayExecute(`${directory}/runspec`)),
  )("that sudo would not find runspec for it, where a script's first line seeks it on PATH", () => {
    const why = expect.stringMatching(/^root would not find runspec, which is in no directory of sudo's/);
    expect(told("", "root", HEAD)).toEqual([why]);
    expect(told('become_method = "su"', "root", HEAD)).toEqual([]);
    expect(told("", "root", "#!/usr/local/bin/runspec script sh\n")).toEqual([]);
    expect(told("", "root")).toEqual([]);
  });
});
