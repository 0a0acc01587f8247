/** Remedies as they are typed here, and as the shells on both ends read them. */

import { expect, test } from "bun:test";
import type { RemoteBin } from "../../src/hosts/bin.ts";
import {
  askingSsh,
  byHand,
  copyToWindows,
  correctPlace,
  installCommand,
  setField,
  sshOptions,
  wordsFor,
} from "../../src/hosts/remedy.ts";
import { readSshConfig } from "../../src/hosts/ssh-config.ts";
import type { Target } from "../../src/hosts/target.ts";
import { plainHost } from "../../src/spec/config.ts";

const BOX = { ...plainHost("box"), user: "me" };

test.each([
  [["true"], "ssh -o BatchMode=yes me@box true"],
  [["chmod", "+x", "/opt/runspec"], "ssh -o BatchMode=yes me@box chmod +x /opt/runspec"],
  [["~/bin/runspec", "--version"], "ssh -o BatchMode=yes me@box '~/bin/runspec --version'"],
  [["~/my bin/runspec", "local"], `ssh -o BatchMode=yes me@box '~/'\\''my bin/runspec'\\'' local'`],
  [["rm", "/a b/runspec"], `ssh -o BatchMode=yes me@box 'rm '\\''/a b/runspec'\\'`],
  [["C:/tools/runspec.exe", "--version"], "ssh -o BatchMode=yes me@box C:/tools/runspec.exe --version"],
  [[], "ssh -o BatchMode=yes me@box"],
])("by hand, %j", (words, typed) => {
  expect(byHand(BOX, words)).toBe(typed);
});

test.skipIf(Bun.which("sh") === null)("what is typed reaches the other shell as it was meant", () => {
  // Joins its words as ssh does, and gives them to a shell.
  const ssh = ["sh", "-c", 'HOME=/there; eval "$*"'];
  const typed = askingSsh(plainHost("sh"), ssh, [
    "printf",
    "[%s]",
    "a b",
    "~/it's/runspec".replace("'", ""),
    "$HOME",
    "'",
  ]);
  const { stdout } = Bun.spawnSync(["sh", "-c", typed], { env: { HOME: "/here", PATH: process.env.PATH } });
  expect(stdout.toString()).toBe("[a b][/there/its/runspec][$HOME][']");
});

test.each([
  [{ alias: "box" }, "box"],
  [{ alias: "box", config: "/a b/runspec.toml" }, "box --config '/a b/runspec.toml'"],
  [{ alias: "box", bin: { path: "~/bin/runspec", source: "--bin" } }, "box --bin '~/bin/runspec'"],
  [{ alias: "box", bin: { path: "/o/runspec", source: "bin" } }, "box"],
] as const)("a host is typed with what was typed for it: %j", (host, words) => {
  expect(wordsFor(host)).toBe(words);
});

const TARGET: Target = {
  alias: "box",
  host: "box",
  "use-ssh-config": true,
  "ssh-options": ["ConnectTimeout=5"],
};
const AT = { ...TARGET, table: { alias: "box", at: () => "[config.jump-hosts.box] (FILE:1)" } };

test("one line is set in the table that is there; several are listed; without one, it is written whole", () => {
  expect(setField(AT, "port = 22")).toBe("set port = 22 in [config.jump-hosts.box] (FILE:1)");
  expect(setField(AT, "a = 1", "b = 2")).toBe("set in [config.jump-hosts.box] (FILE:1):\na = 1\nb = 2");
  expect(setField(TARGET, "a = 1", "b = 2")).toBe(
    'write into runspec.toml:\n[config.jump-hosts.box]\nhost = "box"\na = 1\nb = 2',
  );
});

test("a table of the same user that user@host does not go by needs its own name said; a new one has all", () => {
  const target = { ...AT, alias: "me@box", user: "me" };
  expect(setField(target, "bin = 1")).toBe(
    "set in [config.jump-hosts.box] (FILE:1), and say box instead of me@box:\nbin = 1",
  );
  expect(setField({ ...target, port: 2222, table: { alias: "me@box" } }, "bin = 1")).toBe(
    'write into runspec.toml:\n[config.jump-hosts."me@box"]\nhost = "box"\nuser = "me"\nport = 2222\nbin = 1',
  );
});

test("ssh-options keep what is there, but for what is said anew", () => {
  expect(sshOptions(AT, ["IdentitiesOnly=yes"])).toBe(
    'ssh-options = ["ConnectTimeout=5", "IdentitiesOnly=yes"]',
  );
  expect(sshOptions(AT, ["connecttimeout=9"])).toBe('ssh-options = ["connecttimeout=9"]');
});

test.each<[RemoteBin, string]>([
  [{ path: "runspec", source: "path" }, "runspec jump box --install --write"],
  [{ path: "runspec", source: "bin" }, "runspec jump box --install --write"],
  [{ path: "runspec", source: "--bin" }, "runspec jump box --install --write"],
  [{ path: "/opt/runspec", source: "bin" }, "runspec jump box --install"],
  [{ path: "/opt/runspec", source: "$RUNSPEC_JUMP_BIN" }, "runspec jump box --install"],
  [{ path: "~/my bin/runspec", source: "--bin" }, "runspec jump box --bin '~/my bin/runspec' --install"],
])("installing for %j", (bin, command) => {
  expect(installCommand({ ...plainHost("box"), bin })).toBe(command);
});

test("ssh may ask where a person types it", () => {
  const target = { ...TARGET, user: "me", port: 2222, "ssh-options": [] };
  expect(askingSsh(target, ["ssh"], ["true"])).toBe("ssh -p 2222 me@box true");
  expect(askingSsh(target, ["ssh-copy-id"])).toBe("ssh-copy-id -p 2222 me@box");
});

// No Windows machine is here; that scp reads such a line is tried at sshd, in e2e/remedies-login.test.ts.
test.each<[Partial<Target>, string | undefined, string[]]>([
  [
    {},
    undefined,
    [
      `ssh -o ConnectTimeout=5 box 'mkdir "C:/tools"'`,
      "scp -o ConnectTimeout=5 runspec.exe box:C:/tools/runspec.exe",
    ],
  ],
  [
    { user: "alice@corp.example", port: 2222, "ssh-options": [], "ssh-key": "/k", "use-ssh-config": false },
    "D:\\my tools\\runspec.exe",
    [
      `ssh -F /dev/null -p 2222 -i /k alice@corp.example@box 'mkdir "D:/my tools"'`,
      "scp -F /dev/null -i /k -o Port=2222 runspec.exe 'alice@corp.example@box:D:/my tools/runspec.exe'",
    ],
  ],
  [{ "ssh-options": [] }, "runspec.exe", ["scp runspec.exe box:runspec.exe"]],
  [
    { "ssh-options": [], host: "fe80::1%eth0", user: "me" },
    "runspec.exe",
    ["scp runspec.exe 'me@[fe80::1%eth0]:runspec.exe'"],
  ],
])("copying to a Windows machine: %j, to %j", (target, path, lines) => {
  expect(copyToWindows({ ...TARGET, ...target }, path)).toEqual(["copy runspec.exe there:", ...lines]);
});

test.each<[string, Partial<Target>, string, "host" | "port", string]>([
  ["the field", { port: 5 }, "port 5", "port", "correct port in TABLE"],
  ["nobody", {}, "port 22", "port", "set port in TABLE"],
  [
    "nobody, of me@box",
    { table: { alias: "box" } },
    "",
    "port",
    "give ~/.ssh/config a Host box with its Port",
  ],
  [
    "an inventory",
    { alias: "@web/a", port: 5, table: { alias: "a" } },
    "port 5",
    "port",
    "have its inventory name another port for @web/a",
  ],
  ["~/.ssh/config", {}, "port 5", "port", "correct Port of box in ~/.ssh/config"],
  [
    "~/.ssh/config, where the field is 22",
    { port: 22 },
    "port 5",
    "port",
    "correct Port of box in ~/.ssh/config",
  ],
  ["an option", { "ssh-options": ["port 5"] }, "port 5", "port", "correct ssh-options in TABLE"],
  [
    "the field",
    { host: "b" },
    "hostname b",
    "host",
    "correct host in TABLE; or give ~/.ssh/config a Host b with its HostName",
  ],
  [
    "the alias",
    {},
    "hostname box",
    "host",
    "set host in TABLE; or give ~/.ssh/config a Host box with its HostName",
  ],
  ["the alias alone", { "use-ssh-config": false }, "hostname box", "host", "set host in TABLE"],
  ["~/.ssh/config", {}, "hostname b.example", "host", "correct HostName of box in ~/.ssh/config"],
  ["an option", { "ssh-options": ["HostName=b"] }, "hostname b", "host", "correct ssh-options in TABLE"],
])("what %s says, %j, is corrected there", (_who, fields, ssh, field, told) => {
  const destination = {
    ...AT,
    multiplex: false,
    bin: { path: "runspec", source: "path" } as const,
    ...fields,
  };
  const effective = readSshConfig({ stdout: ssh }, destination, undefined);
  expect(correctPlace(effective, field)).toBe(told.replace("TABLE", "[config.jump-hosts.box] (FILE:1)"));
});
