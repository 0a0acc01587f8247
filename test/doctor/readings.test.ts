/** What doctor reads: `ssh -G`, the answers of the remote shell, version numbers. */

import { expect, test } from "bun:test";
import { nameInKnownHosts } from "../../src/doctor/host-key.ts";
import { compareVersions, versionIn } from "../../src/doctor/remote-program.ts";
import { readSshConfig } from "../../src/hosts/ssh-config.ts";
import { readMarkedLines } from "../../src/process/marked-lines.ts";
import { plainHost } from "../../src/spec/config.ts";

const destination = {
  ...plainHost("Prod.Example.com"),
  alias: "prod",
  bin: { path: "runspec", source: "path" },
} as const;

const SSH_G = `user deploy
hostname prod.example.com
port 2222
identitiesonly yes
stricthostkeychecking accept-new
proxyjump bastion.example.com
proxycommand none
canonicalizehostname false
identityagent SSH_AUTH_SOCK
identityfile ~/.ssh/id_ed25519
identityfile %d/.ssh/other
identityfile /secrets/key
userknownhostsfile /root/.ssh/known_hosts /root/.ssh/known_hosts2
globalknownhostsfile /etc/ssh/ssh_known_hosts
`;

test("ssh -G, whole: its home is that of the known hosts", () => {
  expect(readSshConfig({ stdout: SSH_G }, destination, "/elsewhere")).toEqual({
    destination,
    hostname: "prod.example.com",
    port: 2222,
    user: "deploy",
    proxy: "ProxyJump bastion.example.com",
    hostKeyAlias: undefined,
    controlPath: undefined,
    localCommand: undefined,
    knownHostsFiles: ["/root/.ssh/known_hosts", "/root/.ssh/known_hosts2", "/etc/ssh/ssh_known_hosts"],
    knownHostsCommand: undefined,
    canonicalizes: false,
    strictHostKeyChecking: "accept-new",
    identityFiles: ["/root/.ssh/id_ed25519", "/root/.ssh/other", "/secrets/key"],
    identitiesOnly: true,
    keysOn: undefined,
    inaccessibleKey: undefined,
    identityAgent: undefined,
    channelTaken: [],
  });
});

test("ssh -G: a home with spaces is in the paths as it is", () => {
  const text =
    "userknownhostsfile /home/a b c/.ssh/known_hosts /home/a b c/.ssh/known_hosts2 ~/other\nidentityfile ~/k\n";
  expect(readSshConfig({ stdout: text }, destination, undefined)).toMatchObject({
    knownHostsFiles: ["/home/a b c/.ssh/known_hosts", "/home/a b c/.ssh/known_hosts2", "/home/a b c/other"],
    identityFiles: ["/home/a b c/k"],
  });
});

test("what ssh -G leaves out is read as ssh's own default", () => {
  expect(
    readSshConfig({ stdout: "identityfile ~/.ssh/a\nidentityagent none\n" }, destination, "/home/me"),
  ).toMatchObject({
    hostname: "Prod.Example.com",
    port: 22,
    user: "",
    proxy: undefined,
    identityFiles: ["/home/me/.ssh/a"],
    identityAgent: "none",
    strictHostKeyChecking: "ask",
  });
});

test.each([
  ["hostname H.example.com\nport 22\n", "h.example.com"],
  ["hostname H.example.com\nport 2222\n", "[h.example.com]:2222"],
  ["hostname h\nport 2222\nhostkeyalias The-Alias\n", "The-Alias"],
])("the name among the known hosts: %j → %s", (text, name) => {
  const effective = readSshConfig({ stdout: text }, destination, undefined);
  expect(nameInKnownHosts(effective)).toBe(name);
});

test("the remote shell's answers, with noise around and before them", () => {
  const text = `Welcome!
runspec-doctor PATH /usr/bin:/opt/my tools/bin\r
prompt> runspec-doctor machine Linux aarch64
runspec-doctor elsewhere /home/me/bin/runspec
runspec-doctor elsewhere /usr/local/bin/runspec
`;
  const said = readMarkedLines(text, "runspec-doctor");
  expect(["PATH", "machine", "found", "exists"].map(said.one)).toEqual([
    ...["/usr/bin:/opt/my tools/bin", "Linux aarch64", undefined, undefined],
  ]);
  expect(said.all("elsewhere")).toEqual(["/home/me/bin/runspec", "/usr/local/bin/runspec"]);
});

test("a line of marks without end is read from the first of them", () => {
  const { all } = readMarkedLines(`${"runspec-doctor PATH ".repeat(3000)}\rx`, "runspec-doctor");
  expect(all("PATH")).toEqual([`${"runspec-doctor PATH ".repeat(2999)}\rx`]);
});

test.each([
  ["0.1.0", "0.1.0", 0],
  ["0.1", "0.1.0", 0],
  ["0.9.0", "0.10.0", -1],
  ["1.0.0", "0.10.9", 1],
  ["0.1.0-rc.1", "0.1.0", -1],
  ["0.1.0", "0.1.0-rc.1", 1],
  ["0.1.0+build.7", "0.1.0", 0],
  ["0.1.0+1a582a578b76-dirty", "0.1.0", 0],
  ["0.1.0-rc.1+1a-dirty", "0.1.0+1a", -1],
])("version %s beside %s: %d", (a, b, sign) => {
  expect(Math.sign(compareVersions(a, b))).toBe(sign);
});

test.each([
  ["runspec 0.2.0\n", "0.2.0"],
  ["Welcome!\r\n  runspec, version v1.2.3-rc.1+abc \r\n", "1.2.3-rc.1+abc"],
  ["runspec version 2", "2"],
  ["runspec 1.2 beta\n", undefined],
  ["my runspec 1.2\n", undefined],
  ["\n".repeat(1_000_000), undefined],
  [`runspec ${"1".repeat(1_000_000)} x`, undefined],
])("what %.50j says of its version", (said, version) => expect(versionIn(said)).toBe(version));
