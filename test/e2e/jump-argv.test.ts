/** The argv of ssh, as an ssh that records it sees it, and where what is in it comes from. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { run } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { recordingSsh } from "../harness/recording-ssh.ts";
import { explicitJumpHost } from "../harness/ssh-host.ts";
import { startSshServer } from "../harness/ssh-server.ts";
import { tempDir } from "../harness/temp.ts";
import { BATCH, furnish, project, recordedArgv, script, tool } from "./site.ts";

setDefaultTimeout(60_000);

const PROD_APP =
  "[config.jump-hosts.prod-app]\n# everything (user, port, key, ProxyJump) comes from ssh-config\n";

// What each field comes to alone is test/hosts/argv's and bin's.
const table: [name: string, toml: string, words: string[], argv: string[]][] = [
  ["the alias alone", PROD_APP, ["prod-app"], [...BATCH, "prod-app", "runspec", "serve"]],
  [
    "all of it, in the one order there is",
    `[config.jump-hosts.all]
ssh-options = ["Port=99", "ForwardAgent=no"]
bin = "/opt/runspec/bin/runspec"
use-ssh-config = false
ssh-key = "~/.ssh/with space"
port = 2222
user = "DOM.user-1_x"
host = "fe80::1%eth0"
`,
    ["all"],
    [
      ...[...BATCH, "-F", "/dev/null", "-p", "2222", "-i", "~/.ssh/with space"],
      ...[
        "-o",
        "Port=99",
        "-o",
        "ForwardAgent=no",
        "DOM.user-1_x@fe80::1%eth0",
        "/opt/runspec/bin/runspec",
        "serve",
      ],
    ],
  ],
  ["a destination that is in no file", "", ["me@box"], [...BATCH, "me@box", "runspec", "serve"]],
  [
    "an alias that looks like a destination is an alias first",
    '[config.jump-hosts."me@box"]\nhost = "10.0.0.5"\n',
    ["me@box"],
    [...BATCH, "10.0.0.5", "runspec", "serve"],
  ],
  [
    "a bin with a space, quoted for the remote's shell",
    '[config.jump-hosts.a]\nbin = "/opt/my tools/runspec"\n',
    ["a"],
    [...BATCH, "a", "'/opt/my tools/runspec'", "serve"],
  ],
  [
    "--bin before the field",
    '[config.jump-hosts.a]\nbin = "/field/runspec"\n',
    ["a", "--bin", "/flag/runspec"],
    [...BATCH, "a", "/flag/runspec", "serve"],
  ],
];

test.concurrent.each(table)("%s", async (_name, toml, words, argv) => {
  expect(await recordedArgv(toml, words)).toEqual(argv);
});

test.concurrent("--dry-run prints the command and runs nothing", async () => {
  const ssh = await recordingSsh(tempDir());
  const { cwd, env } = project(
    '[config.jump-hosts.a]\nssh-key = "/my keys/id"\nbin = "/my bin/runspec"\n',
    ssh.binDir,
  );
  const { code, out, stderr } = await runHere(["jump", "a", "--dry-run"], { cwd, env });
  expect([code, out, stderr]).toEqual([
    0,
    `ssh -o BatchMode=yes -i '/my keys/id' a \\''/my bin/runspec'\\' serve\n`,
    "",
  ]);
  expect(await ssh.calls()).toEqual([]);
});

test.concurrent("port = 2222 beats Port=99 in a real connection", async () => {
  const host = await startSshServer();
  furnish(host, tool("hello", script("echo hello")));
  const toml = explicitJumpHost(host, "a").replace("ssh-options = [", 'ssh-options = ["Port=99", ');
  const { code, out, stderr } = await run(["jump", "a", "hello"], project(toml));
  await host.stop();
  expect([toml.includes('"Port=99"'), code, out, stderr]).toEqual([true, 0, "hello\n", ""]);
});
