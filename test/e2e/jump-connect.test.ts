/** Where there is no connection to be had: what ssh says, what runspec says, and what the caller got wrong. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { BIN, run } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { recordingSsh } from "../harness/recording-ssh.ts";
import { tempDir } from "../harness/temp.ts";
import { furnish, localTo, printed, project, throughEachServer } from "./site.ts";

setDefaultTimeout(60_000);

throughEachServer("", ({ startHost }) => {
  test.concurrent("a key that is not accepted: 255, ssh's own words above", async () => {
    const closed = await startHost({ acceptKey: false });
    const { code, out, stderr } = await run(["jump", closed.alias], localTo(closed));
    await closed.stop();
    expect([code, out]).toEqual([255, ""]);
    expect(stderr).toBe(
      `${closed.user}@127.0.0.1: Permission denied (publickey).\r\n${printed(
        "runspec: demo-host: ssh could not connect (ssh's message is above)",
        "  runspec doctor demo-host",
      )}`,
    );
  });

  test.concurrent("a broken runspec.toml on the remote: its words, with the name of its machine, and ours", async () => {
    const broken = await startHost();
    const { cwd, env } = localTo(broken);
    furnish(broken, '[a]\nargs.x = { type = "integer" }\n');
    const { code, out, stderr } = await run(["jump", broken.alias, "a"], { cwd, env });
    await broken.stop();
    expect([code, out]).toEqual([125, ""]);
    expect(stderr).toStartWith(
      `runspec: ${hostname()}: an error in runspec.toml:\nerror: ${broken.home}/runspec.toml:2: [a] args.x.type: found "integer", `,
    );
    // It is runspec, and it did say something: its own words must not be followed by their opposite.
    expect(stderr).not.toContain("did not speak MCP");
    expect(stderr).not.toContain("said nothing");
  });
});

test.concurrent("connection refused: 255, ssh's own words above", async () => {
  const { cwd, env } = project(
    '[config.jump-hosts.a]\nhost = "127.0.0.1"\nport = 1\nuse-ssh-config = false\n',
  );
  const { code, out, stderr } = await run(["jump", "a", "tool"], { cwd, env });
  expect([code, out]).toEqual([255, ""]);
  expect(stderr).toBe(
    `ssh: connect to host 127.0.0.1 port 1: Connection refused\r\n${printed(
      "runspec: a: ssh could not connect (ssh's message is above)",
      "  try it by hand: ssh -o BatchMode=yes -F /dev/null -p 1 127.0.0.1 true",
      "  runspec doctor a",
    )}`,
  );
});

const HOSTS = "[config.jump-hosts.prod-app]\n[config.jump-hosts.staging]\n[config.jump-hosts.prod-db]\n";

test.concurrent.each([
  [
    "an unknown alias, with the nearest name",
    HOSTS,
    ["prod-dp"],
    printed(
      'runspec: unknown jump host "prod-dp"; did you mean "prod-db"?',
      "  known: prod-db, prod-app, staging",
    ),
  ],
  [
    "an unknown alias, unlike all others",
    HOSTS,
    ["box.example.com", "x"],
    printed(
      'runspec: unknown jump host "box.example.com"',
      "  known: prod-app, staging, prod-db",
      '  add [config.jump-hosts."box.example.com"] to runspec.toml, or name it as user@host',
    ),
  ],
  [
    "an unknown alias of a list, of which there may be many",
    HOSTS,
    ["box-{01..40}", "x"],
    printed(
      'runspec: unknown jump host "box-01"',
      "  known: prod-app, staging, prod-db",
      '  add a group under [config.jump-groups], such as web = ["web-{01..20}"], to runspec.toml, or name it as user@host',
    ),
  ],
])("%s: 125, and ssh is not run", async (_what, toml, words, said) => {
  const ssh = await recordingSsh(tempDir());
  const { code, out, stderr } = await runHere(["jump", ...words], project(toml, ssh.binDir));
  expect([code, out, stderr]).toEqual([125, "", said]);
  expect(await ssh.calls()).toEqual([]);
});

test.concurrent.each([
  ["prod", "add [config.jump-hosts.prod] to ~/.config/runspec/runspec.toml, or name it as user@host"],
  ["web[1-3]", "no name has brackets or braces; a range of hosts is written as 'web{1..3}'"],
])("the alias %s where none are configured: 125", async (alias, advice) => {
  const { code, stderr } = await runHere(["jump", alias]);
  expect([code, stderr]).toEqual([
    125,
    printed(
      `runspec: unknown jump host "${alias}": no jump hosts are configured (no runspec.toml was found)`,
      `  ${advice}`,
    ),
  ]);
});

const INSTALL =
  "  install the OpenSSH client (Debian: apt install openssh-client; Windows: Add-WindowsCapability -Online -Name OpenSSH.Client~~~~0.0.1.0)";

test.concurrent.each([
  ["an empty PATH", tempDir()],
  ["no PATH at all", undefined],
])("no ssh, with %s: 125", async (_what, path) => {
  const { cwd } = project("[config.jump-hosts.a]\n");
  const { code, out, stderr } = await runHere(["jump", "a"], { cwd, env: { PATH: path } });
  expect([code, out, stderr]).toEqual([
    125,
    "",
    printed("runspec: ssh was not found on PATH", `  PATH is ${path ?? "empty"}`, INSTALL),
  ]);
});

test.concurrent.each([
  ["whose interpreter is missing", "#!/nowhere/sh\n", "no such program (or its interpreter is missing)"],
  [
    "of another machine",
    "\x7fELF\x02\x01\x01",
    "cannot be executed: it is not a program for this machine, nor a script with a #! line",
  ],
])("an ssh %s is no tool that is missing there: 125 at every command", async (_what, text, why) => {
  const { cwd } = project("[config.jump-hosts.a]\n");
  const setsid = Bun.which("setsid") ?? "";
  const dir = tempDir();
  const path = join(dir, "ssh");
  writeFileSync(path, text, { mode: 0o755 });
  const said = printed(`runspec: ssh: ${why}`, `  it is ${path}, the first on PATH`, INSTALL);
  for (const words of [["a", "t"], ["a"], ["a", "--install"]]) {
    // Without a terminal: at one, a shell starts ssh, which looks further along PATH.
    const command = ["--wait", BIN, "jump", ...words];
    const { code, out, stderr } = await run(command, { program: setsid, cwd, env: { PATH: dir } });
    expect([code, out, stderr]).toEqual([125, "", said]);
  }
});

test.concurrent.each([
  [["jump"], "jump needs an alias", "runspec jump --list-jump-hosts lists them\n  see runspec jump --help"],
  [
    ["jump", "a", "b", "c"],
    'unexpected "c": a tool\'s arguments go after --',
    "runspec jump a b -- c\n  or, where it is a subcommand: runspec jump a b_c\n  or, for two hosts: runspec jump a,b c\n  see runspec jump --help",
  ],
  [
    ["jump", "a", "b", "--env", "x", "--", "y"],
    'unexpected "--env": a tool\'s arguments go after --',
    "runspec jump a b -- --env x y\n  see runspec jump --help",
  ],
  [
    ["jump", "a", "--prot", "22"],
    "unknown option --prot",
    "a tool's options go after its name and --\n  see runspec jump --help",
  ],
  [["jump", "--bin"], "--bin needs a value", "see runspec jump --help"],
  [["jump", "--human=yes", "a"], "--human takes no value", "see runspec jump --help"],
  [["sh", "./x"], 'unknown command "sh"', 'did you mean "script"?\n  runspec --help lists the commands'],
  [["hosts"], 'unknown command "hosts"', 'did you mean "jump"?\n  runspec --help lists the commands'],
  [["jmup", "a"], 'unknown command "jmup"', 'did you mean "jump"?\n  runspec --help lists the commands'],
  [
    ["constructor"],
    'unknown command "constructor"',
    "a tool is run by: runspec run TOOL, or runspec jump HOST TOOL\n  runspec --help lists the commands",
  ],
  ...(
    [
      ["validate", "local"],
      ["list", "local"],
      ["ssh", "jump"],
      ["mcp", "serve"],
    ] as const
  ).map(([word, meant]): [string[], string, string] => [
    [word, "x"],
    `unknown command "${word}"`,
    `did you mean "${meant}"?\n  runspec --help lists the commands`,
  ]),
  [
    ["serve --config x.toml"],
    'unknown command "serve --config x.toml"',
    'it is one word here; each is to be one of its own: "serve", "--config", "x.toml"\n  runspec --help lists the commands',
  ],
  [
    ["script sh", "./x"],
    'unknown command "script sh"',
    'it is one word here; each is to be one of its own (in a first line by /usr/bin/env -S before runspec): "script", "sh"\n  runspec --help lists the commands',
  ],
  [
    ["--config", "x.toml", "run"],
    'unknown option "--config"',
    "options come behind a command\n  runspec --help lists the commands",
  ],
  // A secret that came before the command is not repeated.
  ...[
    ["--token=s3cret", "option", "--token=…", "options come behind a command"],
    [
      "DB_PASSWORD=s3cret",
      "command",
      "DB_PASSWORD=…",
      "a tool is run by: runspec run TOOL, or runspec jump HOST TOOL",
    ],
    [
      "run t -- --token s3cret",
      "command",
      "run t -- --token …",
      'it is one word here; each is to be one of its own: "run", "t", "--", "--token", "…"',
    ],
  ].map(([word = "", kind, shown, hint]): [string[], string, string] => [
    [word],
    `unknown ${kind} "${shown}"`,
    `${hint}\n  runspec --help lists the commands`,
  ]),
  [["-v"], 'unknown option "-v"', 'did you mean "-V"?\n  runspec --help lists the commands'],
  [["--hlep"], 'unknown option "--hlep"', 'did you mean "--help"?\n  runspec --help lists the commands'],
  [
    ["version"],
    'unknown command "version"',
    'did you mean "--version"?\n  runspec --help lists the commands',
  ],
  ...[["--version", "x"], ["--version", "--json", "x"], ["--version=1"], ["-V", "--help"]].map(
    (words): [string[], string, string] => [
      words,
      "--version comes first, and nothing but --json may follow",
      "runspec --version, or runspec --version --json",
    ],
  ),
])("wrong usage: 2 (%j)", async (words, message, hint) => {
  // --version is answered before the other words are read.
  const by = /version|V/.test(words[0] ?? "") ? run : runHere;
  const { code, out, stderr } = await by(words);
  expect([code, out, stderr]).toEqual([2, "", printed(`runspec: ${message}`, `  ${hint}`)]);
});
