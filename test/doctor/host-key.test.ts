/** Whether a host's key is known, by what ssh says of it. */

import { expect, test } from "bun:test";
import { keyIn, nameInKnownHosts, unknownKey } from "../../src/doctor/host-key.ts";
import { readSshConfig } from "../../src/hosts/ssh-config.ts";
import { plainHost } from "../../src/spec/config.ts";

const configured = (lines: string) => {
  const destination = { ...plainHost("box.example"), bin: { path: "runspec", source: "path" } as const };
  return readSshConfig({ stdout: `hostname box.example\n${lines}\n` }, destination, "/home/me");
};

const known = (name: string, what = "key") =>
  `debug1: Host '${name}' is known and matches the ED25519 host ${what}.\r\ndebug1: Found ${what === "key" ? "key" : "CA key"} in /k/${name}:3\r\n`;
const ADDED = "Warning: Permanently added '[box.example]:22' (ED25519) to the list of known hosts.\r\n";
const TRUSTED = "the key of box.example is not known, and was taken on trust (StrictHostKeyChecking)";

test.each([
  [known("box"), "ok", "box is known in /k/box"],
  [known("box", "certificate"), "ok", "box is known in /k/box"],
  [known("bastion") + known("box"), "ok", "box is known in /k/box"],
  [ADDED, "warn", TRUSTED],
  ["Failed to add the host to the list of known hosts (/k/none).\r\n", "warn", TRUSTED],
  [known("bastion") + ADDED, "warn", TRUSTED],
  [ADDED + known("box"), "ok", "box is known in /k/box"],
  ["debug1: Forcing accepting of host key for loopback/localhost.\r\n", undefined, undefined],
])("%j", (log, status, summary) => {
  const found = keyIn(log, configured("stricthostkeychecking no"), undefined);
  expect([found?.status, found?.summary]).toEqual([status, summary]);
});

test.each([
  ["userknownhostsfile /nowhere/known", "/nowhere/known", "connect once by hand"],
  ["userknownhostsfile /dev/null", "/dev/null", "no key that is confirmed would be kept"],
  ["userknownhostsfile /etc/ssh/no", "/etc/ssh/no", "no key that is confirmed would be kept"],
  ["userknownhostsfile none", "any file, as ssh is configured to have none", "no key that is confirmed"],
])("what helps with an unknown key: %s", (lines, files, help) => {
  const { summary, remedy } = unknownKey(configured(lines));
  expect(summary).toBe(`the key of box.example is not known: it is not in ${files}`);
  expect(remedy).toStartWith(help);
});

const PROD = { ...plainHost("prod"), bin: { path: "runspec", source: "path" } } as const;

test.each([
  ["hostname H.example.com\nport 22\n", "h.example.com"],
  ["hostname H.example.com\nport 2222\n", "[h.example.com]:2222"],
  ["hostname h\nport 2222\nhostkeyalias The-Alias\n", "The-Alias"],
])("the name among the known hosts: %j → %s", (text, name) => {
  const effective = readSshConfig({ stdout: text }, PROD, undefined);
  expect(nameInKnownHosts(effective)).toBe(name);
});
