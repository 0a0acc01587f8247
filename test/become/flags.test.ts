import { describe, expect, test } from "bun:test";
import { handsOnEnvironment, readBecomeFlags } from "../../src/become/flags.ts";
import type { BecomeMethod } from "../../src/become/methods.ts";
import { problemOf } from "../../src/errors.ts";

describe("flags that are flags", () => {
  const rows: [BecomeMethod, string, Partial<ReturnType<typeof readBecomeFlags>>][] = [
    ["sudo", "", { words: [], throughShell: false }],
    ["sudo", "-H", { words: ["-H"], throughShell: false }],
    ["sudo", "-nH -E", { words: ["-nH", "-E"], throughShell: false }],
    ["sudo", "-g dba -H", { words: ["-g", "dba", "-H"], throughShell: false }],
    ["sudo", "-gdba", { words: ["-gdba"], throughShell: false }],
    ["sudo", "-Hp ''", { words: ["-Hp", ""], throughShell: false }],
    ["sudo", "-p -u", { words: ["-p", "-u"], throughShell: false }],
    ["sudo", "--group dba", { words: ["--group", "dba"], throughShell: false }],
    ["sudo", "--group=dba", { words: ["--group=dba"], throughShell: false }],
    ["sudo", "--gr dba", { words: ["--gr", "dba"], throughShell: false }],
    ["sudo", "--preserve-env=PATH,X", { words: ["--preserve-env=PATH,X"], throughShell: false }],
    ["sudo", "-i", { words: ["-i"], throughShell: true }],
    ["sudo", "-nHi", { words: ["-nHi"], throughShell: true }],
    ["sudo", "-s", { words: ["-s"], throughShell: true }],
    ["sudo", "-H -S -n", { words: ["-H", "-S", "-n"], throughShell: false }],
    ["dzdo", "--std --non", { words: ["--std", "--non"], throughShell: false }],
    ["sudo", "-pis", { words: ["-pis"], throughShell: false }],
    ["dzdo", "--login", { words: ["--login"], throughShell: true }],
    ["dzdo", "--sh", { words: ["--sh"], throughShell: true }],
    ["su", "-", { words: ["-"], throughShell: false }],
    ["su", "-l -m", { words: ["-l", "-m"], throughShell: false }],
    ["su", "-s /bin/sh", { words: ["-s", "/bin/sh"], throughShell: false }],
    ["su", "--shell=/bin/sh -", { words: ["--shell=/bin/sh", "-"], throughShell: false }],
    ["pbrun", "-h db1 -l", { words: ["-h", "db1", "-l"], throughShell: false }],
  ];
  test.each(rows)("%s %j", (method, flags, read) => {
    expect(readBecomeFlags(method, flags)).toMatchObject(read);
    expect(problemOf(() => readBecomeFlags(method, flags))).toBeUndefined();
  });
});

test.each<[BecomeMethod, string, boolean]>([
  ["su", "", true],
  ["su", "-s /bin/sh", true],
  ["su", "-", false],
  ["su", "-l", false],
  ["su", "--log", false],
  ["sudo", "-E", false],
  ["pbrun", "", false],
])("%s %j hands on the environment as it is: %p", (method, flags, expected) => {
  expect(handsOnEnvironment(method, flags)).toBe(expected);
});

describe("flags that are more", () => {
  const rows: [BecomeMethod, string, string][] = [
    ["sudo", "deploy", 'sudo would take "deploy" or what follows it for the command'],
    ["sudo", "-H deploy", 'sudo would take "deploy" or what follows it for the command'],
    ["sudo", "-gdba deploy", 'sudo would take "deploy" or what follows it for the command'],
    ["sudo", "A=b", 'sudo would take "A=b" or what follows it for the command'],
    ["sudo", "--", 'sudo would take "--" or what follows it for the command'],
    ["sudo", "-", 'sudo would take "-" or what follows it for the command'],
    ["sudo", "''", 'sudo would take "" or what follows it for the command'],
    ["sudo", "-p", '"-p" lacks its value and would take the next word of the command for it'],
    ["sudo", "-Hg", '"-Hg" lacks its value and would take the next word of the command for it'],
    ["sudo", "--prompt", '"--prompt" lacks its value and would take the next word of the command for it'],
    ["sudo", "-u root", '"-u" cannot be given: run_as says who the user is'],
    ["sudo", "-nuroot", '"-nuroot" cannot be given: run_as says who the user is'],
    ["sudo", "--user=root", '"--user=root" cannot be given: run_as says who the user is'],
    ["dzdo", "--us root", '"--us" cannot be given: run_as says who the user is'],
    ["sudo", "-b", '"-b" cannot be given: the tool would run on unseen after its call has ended'],
    ["sudo", "-HS", "with -S, sudo would take the tool's input for a password: add -n, or take -S out"],
    ["dzdo", "--stdin", "with -S, dzdo would take the tool's input for a password: add -n, or take -S out"],
    ["sudo", "--st", "with -S, sudo would take the tool's input for a password: add -n, or take -S out"],
    ["su", "root", 'su would take "root" or what follows it for the user'],
    ["sudo", "-nl", '"-nl" cannot be given: the tool would not be run'],
    ["sudo", "--lis", '"--lis" cannot be given: the tool would not be run'],
    ["dzdo", "-e", '"-e" cannot be given: the tool would not be run'],
    ["sudo", "-V", '"-V" cannot be given: the tool would not be run'],
    ["sudo", "--help", '"--help" cannot be given: the tool would not be run'],
    ["su", "--ver", '"--ver" cannot be given: the tool would not be run'],
    ["su", "-h", '"-h" cannot be given: the tool would not be run'],
    ["su", "-c id", '"-c" cannot be given: the tool is the command'],
    ["su", "--command=id", '"--command=id" cannot be given: the tool is the command'],
    ["su", "-s", '"-s" lacks its value and would take the next word of the command for it'],
    ["pbrun", "deploy", 'pbrun would take "deploy" or what follows it for the command'],
    ["pbrun", "-h x --", 'pbrun would take "--" or what follows it for the command'],
  ];
  test.each(rows)("%s %j", (method, flags, reason) => {
    expect(problemOf(() => readBecomeFlags(method, flags))).toBe(reason);
  });

  test("flags that no shell would split", () => {
    expect(problemOf(() => readBecomeFlags("sudo", "-p 'x"))).toBe(
      '"-p \'x" cannot be split into words: a single quote is never closed',
    );
  });
});
