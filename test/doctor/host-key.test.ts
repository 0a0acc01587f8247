/** Whether a host's key is known, by files and a real ssh-keygen. */

import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { lookUpKey, nameInKnownHosts } from "../../src/doctor/host-key.ts";
import { readSshConfig } from "../../src/hosts/ssh-config.ts";
import { plainHost } from "../../src/spec/config.ts";
import { BASE_ENV } from "../harness/binary.ts";
import { generateKeys } from "../harness/ssh-host.ts";
import { tempDir } from "../harness/temp.ts";

const around = { env: BASE_ENV, limitMs: 60_000, signal: new AbortController().signal };
const { public: KEY } = generateKeys();

const lookUp = (lines: string) => {
  const destination = { ...plainHost("box.example"), bin: { path: "runspec", source: "path" } as const };
  const config = { stdout: `hostname box.example\n${lines}\n` };
  return lookUpKey(readSshConfig(config, destination, "/home/me"), around);
};

test.each([
  ["[box.example]:2222", "port 2222", "ok", "[box.example]:2222 is known in FILE"],
  ["box.example", "port 2222", "ok", "box.example is known in FILE"],
  ["[box.example]:22", "port 2222", "fail", "the key of [box.example]:2222 is not known: it is not in FILE"],
  ["box.example", "port 22", "ok", "box.example is known in FILE"],
  ["box.example", "port 2222\nhostkeyalias b", "fail", "the key of b is not known: it is not in FILE"],
  ["b", "port 2222\nhostkeyalias b", "ok", "b is known in FILE"],
  ["@revoked box.example", "port 22", "fail", "the key of box.example is not known: it is not in FILE"],
])("a key of %s, for %s: %s", async (known, lines, status, summary) => {
  const file = join(tempDir(), "known");
  writeFileSync(file, `${known} ${KEY}\n`);
  const found = await lookUp(`${lines}\nuserknownhostsfile ${file}`);
  expect([found.status, found.summary]).toEqual([status, summary.replace("FILE", file)]);
});

test.each([
  ["/nowhere/known", "connect once by hand"],
  ["/dev/null", "no key that is confirmed would be kept"],
  ["/etc/ssh/no-such-file", "no key that is confirmed would be kept"],
])("what helps where %s is to know it", async (file, help) => {
  expect((await lookUp(`userknownhostsfile ${file}`)).remedy).toStartWith(help);
});

test("ssh takes no key on trust where it has no file of the user's for it", async () => {
  const found = await lookUp("userknownhostsfile none\nstricthostkeychecking accept-new");
  expect([found.status, found.remedy]).toEqual([
    "fail",
    expect.stringMatching(/^no key that is confirmed would be kept: /),
  ]);
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
