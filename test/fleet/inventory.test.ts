import { describe, expect, test } from "bun:test";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { askInventory, readAnsible } from "../../src/fleet/inventory.ts";
import { tempDir } from "../harness/temp.ts";

const ANSIBLE = JSON.stringify({
  _meta: {
    hostvars: {
      a: { ansible_host: "10.0.0.1", ansible_user: "deploy", ansible_port: 2222, other: true },
      b: { ansible_port: "22" },
      z: { ansible_port: null, ansible_host: "" },
      d: {
        ansible_host: "10.0.0.9",
        ansible_ssh_host: "10.0.0.4",
        ansible_ssh_user: "old",
        ansible_ssh_port: "23",
      },
    },
  },
  all: { children: ["ungrouped", "prod", "staging", "empty"] },
  ungrouped: { hosts: ["z"] },
  prod: { children: ["web", "prod"], hosts: ["a"] },
  web: { hosts: ["b", "a"] },
  staging: ["c"],
  apart: { hosts: ["d"] },
});
const reaching = (a: object) => JSON.stringify({ _meta: { hostvars: { a } }, all: ["a"] });
const A = { name: "a", host: "10.0.0.1", user: "deploy", port: 2222 };
// Where both names are given, Ansible takes the old one.
const D = { name: "d", host: "10.0.0.4", user: "old", port: 23 };
const B = { name: "b", port: 22 };

describe("Ansible's JSON", () => {
  test.each([
    ["web", [B, A]],
    ["prod", [A, B]],
    ["staging", [{ name: "c" }]],
    // Of one that has no hosts, ansible-inventory prints the name alone, with its parent.
    ["empty", []],
    // As in Ansible, all hosts are in it, also those of a group that it does not name.
    [undefined, [{ name: "z" }, A, B, { name: "c" }, D]],
    ["all", [{ name: "z" }, A, B, { name: "c" }, D]],
  ])("%s", (group, hosts) => expect(readAnsible(ANSIBLE, group, "@x")).toEqual(hosts));

  test("groups that lead to one another forty thousand times over", () => {
    const groups = Array.from({ length: 40_000 }, (_, at) => [`g${at}`, { children: [`g${at + 1}`] }]);
    const text = JSON.stringify({ ...Object.fromEntries(groups), g40000: ["z"] });
    expect(readAnsible(text, undefined, "@x")).toEqual([{ name: "z" }]);
    expect(readAnsible(text, "g0", "@x")).toEqual([{ name: "z" }]);
  });

  test.each([
    [ANSIBLE, "stagin", '@x has no group "stagin"; did you mean "staging"?'],
    [ANSIBLE, "_meta", '@x has no group "_meta"'],
    [ANSIBLE, "constructor", '@x has no group "constructor"'],
    [reaching({ ansible_port: "1e3" }), undefined, "@x: ansible_port of a is no number"],
    [reaching({ ansible_port: ["22"] }), undefined, "@x: ansible_port of a is no number"],
    [reaching({ ansible_port: { toString: 1 } }), undefined, "@x: ansible_port of a is no number"],
    [reaching({ ansible_host: 10 }), undefined, "@x: ansible_host of a is no text"],
    [reaching({ ansible_user: ["root"] }), undefined, "@x: ansible_user of a is no text"],
    [reaching({ ansible_ssh_port: "{{ p }}" }), undefined, "@x: ansible_ssh_port of a is no number"],
    ["{", "web", "@x printed JSON that cannot be read"],
    ['["a"]', "web", "@x printed JSON, but no groups"],
    ['{"web": {"hosts": {"a": {}}}}', "web", "@x: the hosts of web are no list of names"],
    ['{"web": {"hosts": ["a", {"b": {}}]}}', "web", "@x: the hosts of web are no list of names"],
    ['{"web": {"hosts": "a"}}', "web", "@x: the hosts of web are no list of names"],
    ['{"web": {"children": ["a", 7]}}', "web", "@x: the hosts of web are no list of names"],
    [
      '{"all": {"children": {"web": {"hosts": ["a"]}}}}',
      undefined,
      "@x: the hosts of all are no list of names",
    ],
  ])("%.10s %s", (text, group, message) => expect(() => readAnsible(text, group, "@x")).toThrow(message));
});

describe("a command", () => {
  const dir = tempDir();
  const OTHERS = join(dir, "others");
  writeFileSync(OTHERS, "#!/bin/sh\necho web-1\n");
  chmodSync(OTHERS, 0o777);
  const ask = (command: string[], limitMs = 20_000, group?: string) =>
    askInventory(
      "inv",
      { command, ...(group !== undefined && { group }) },
      {
        file: join(dir, "runspec.toml"),
        env: { PATH: "/usr/bin:/bin" },
        uid: process.getuid?.(),
        home: "/usr",
        limitMs,
        signal: new AbortController().signal,
        onStderr: async () => {},
      },
    );

  test("is no shell line, and is run beside its file", async () => {
    writeFileSync(join(dir, "hosts.txt"), "web-1\n web-2\tweb-1 root@h\n");
    expect(await ask(["cat", "hosts.txt"])).toEqual([
      { name: "web-1" },
      { name: "web-2" },
      { name: "root@h" },
    ]);
    expect(await ask(["seq", "10000"])).toHaveLength(10_000);
    expect(await ask(["printf", "%s", "$(id);x"])).toEqual([{ name: "$(id);x" }]);
    expect(await ask(["~/bin/printf", "~"])).toEqual([{ name: "~" }]);
    const marked = ["printf", '\\357\\273\\277{"web": {"hosts": ["web-1"]}}'];
    expect(await ask(marked, 20_000, "web")).toEqual([{ name: "web-1" }]);
  });

  test.each<[string[], string]>([
    [["printf", "a,b"], '@inv: printf a,b names a host "a,b", which is not a host name'],
    [["printf", "@x"], 'names a host "@x"'],
    [["printf", "a\\033[2J"], 'names a host "a\\x1b[2J", which is not a host name'],
    [["sh", "-c", "echo no inventory >&2; exit 3"], "failed with 3"],
    [["printf", "\\377"], "printed what is not UTF-8"],
    [[OTHERS], `@inv: ${OTHERS}: refused: anyone on this machine can write it; run: chmod o-w ${OTHERS}`],
    [["nowhere-at-all", "-x"], "@inv: nowhere-at-all -x: nowhere-at-all: no such program"],
    [["./nowhere"], "no such program"],
    [["sh", "-c", "yes | head -c 20000000"], "printed more than 16 MiB"],
    [["seq", "10001"], "seq 10001 names more than 10000 hosts"],
  ])("%j: %s", async (command, message) => {
    const failure = await ask(command).catch((error: unknown) => error);
    expect(failure).toMatchObject({ message: expect.stringContaining(message), exitCode: 125 });
  });

  test("that does not end is ended, with what it started", async () => {
    const failure = await ask(["sh", "-c", "echo Password: >&2; sleep 60 & sleep 60"], 200).catch(
      (error) => error,
    );
    expect(failure).toMatchObject({
      message: expect.stringContaining("did not end within 0.2 s"),
      hint: "it says: Password:",
    });
  });
});
