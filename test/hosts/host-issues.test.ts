/** What is said of names in files before anybody jumps. */

import { describe, expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkHosts, nameIssues } from "../../src/hosts/host-issues.ts";
import { hostsIn, warningAt } from "../../src/hosts/names.ts";
import { loadConfig, NO_CONFIG, plainHost } from "../../src/spec/config.ts";
import type { Config, JumpHost, SpecFile } from "../../src/spec/model.ts";
import { tempDir } from "../harness/temp.ts";

type Source = "nearest" | "user";

function issues(
  files: Partial<Record<Source, { hosts?: string[]; groups?: Record<string, string[]> }>>,
): string[] {
  const found = (["nearest", "user"] as const).filter((source) => files[source] !== undefined);
  const specs = found.map((source): SpecFile => {
    const { hosts = [], groups = {} } = files[source] ?? {};
    const jumpGroups = Object.entries(groups).map(([name, members]) => ({ name, members }));
    const config: Config = { autonomyDefault: "confirm", jumpHosts: hosts.map(plainHost), jumpGroups };
    return { path: `/${source}`, config, runnables: [], issues: [], lineOf: () => undefined };
  });
  const places = found.map((source) => ({ path: `/${source}`, source, via: [] }));
  return nameIssues(places, specs).map(({ file, key, message }) => `${file}: ${key}: ${message}`);
}

test.each([
  ["nothing", {}, []],
  [
    "an alias and a group of the user's that a checkout redefines",
    {
      nearest: { hosts: ["prod", "new"], groups: { web: ["a"] } },
      user: { hosts: ["prod"], groups: { web: ["b"] } },
    },
    [
      "/nearest: [config.jump-hosts.prod]: takes the place of the one in /user",
      "/nearest: [config.jump-groups] web: takes the place of the one in /user",
    ],
  ],
  [
    "aliases that cannot be typed",
    { user: { hosts: ["a,b", "x{1..2}", "@x", "-d", "a #1", "a#1", "", "we ird'$", "u@h", "x{1"] } },
    ['"a,b"', '"x{1..2}"', '"@x"', "-d", '"a #1"'].map(
      (name) =>
        `/user: [config.jump-hosts.${name}]: nobody can type this name: it is read as an option, a group, a list of hosts or a remark`,
    ),
  ],
  [
    "a destination that a checkout leads elsewhere",
    {
      nearest: { hosts: ["me@box", "you@box", "box"], groups: { web: ["a"] } },
      user: { hosts: ["you@box"] },
    },
    [
      '/nearest: [config.jump-hosts."me@box"]: takes the place of the destination that is typed so',
      '/nearest: [config.jump-hosts."you@box"]: takes the place of the one in /user',
    ],
  ],
  [
    "a host that a group of the user's names, and a checkout has a table for",
    { nearest: { hosts: ["a", "b", "c"] }, user: { groups: { web: ["{a,b}"] } } },
    ["a", "b"].map((name) => `/nearest: [config.jump-hosts.${name}]: takes the place of the one in /user`),
  ],
  ["an alias is no group", { nearest: { hosts: ["web"] }, user: { groups: { web: ["b"] } } }, []],
  [
    "groups that go in a circle",
    { user: { groups: { a: ["@b"], b: ["x", "@c"], c: ["@a"], d: ["@a"] } } },
    ["a", "b", "c"].map(
      (name) => `/user: [config.jump-groups] ${name}: contains itself, by way of the groups that it names`,
    ),
  ],
  [
    "a circle that the nearest file breaks",
    { nearest: { groups: { a: ["x"] } }, user: { groups: { a: ["@b"], b: ["@a"] } } },
    ["/nearest: [config.jump-groups] a: takes the place of the one in /user"],
  ],
  [
    "members that no host is called by, but where a table is",
    { user: { hosts: ["odd;"], groups: { a: ["me@x", "x{1-5}", "y{1-5}"], b: ["odd;"] } } },
    [
      "/user: [config.jump-groups] a: names the host \"x{1-5}\", which jump refuses: no name has brackets or braces; a range of hosts is written as 'x{1..5}'",
    ],
  ],
  [
    "a group that is not there, and one of too many hosts",
    { user: { groups: { a: ["@nope/x"], b: ["x{1..20000}"] } } },
    [
      "/user: [config.jump-groups] a: names the group @nope, which is not there",
      "/user: [config.jump-groups] b: {1..20000}: that is more than 10000 hosts",
    ],
  ],
])("%s", (_name, files, expected) => {
  expect(issues(files)).toEqual(expected);
});

describe("what is said of a table", () => {
  const said = (host: Partial<JumpHost>, isOwn: boolean) =>
    checkHosts({ ...NO_CONFIG, jumpHosts: [{ ...plainHost("box"), ...host }] }, isOwn).map(
      ({ path, severity, message }) => `${severity}: ${path.slice(1).join(" ")}: ${message}`,
    );

  const refused = (rows: [Partial<JumpHost>, ...string[]][]) =>
    rows.map(([host, ...all]): [Partial<JumpHost>, string[], string[]] => {
      const warnings = all.map((what) => `warning: ${what}`);
      return [host, warnings, warnings];
    });

  test.each<[Partial<JumpHost>, string[], string[]]>([
    [{ "ssh-options": ["ServerAliveInterval=5"] }, [], []],
    [
      { "ssh-options": ["ProxyCommand=nc %h"] },
      ['note: box ssh-options: found "ProxyCommand=nc %h", which runs a program here'],
      ['warning: box ssh-options: found "ProxyCommand=nc %h", which runs a program here'],
    ],
    [
      { "ssh-options": ["UserKnownHostsFile=hosts"] },
      ['note: box ssh-options: found "UserKnownHostsFile=hosts", which says which hosts are known'],
      ['note: box ssh-options: found "UserKnownHostsFile=hosts", which says which hosts are known'],
    ],
    ...refused([
      [{ user: "-x" }, 'box user: found "-x", which jump refuses: ssh would read it as an option'],
      [{ alias: "-x", host: "-x" }, '-x: found "-x", which jump refuses: ssh would read it as an option'],
      [{ host: "-x" }, 'box host: found "-x", which jump refuses: ssh would read it as an option'],
      [
        { bin: "a\u001bb", user: "-x", "ssh-options": ["-J b", "ProxyJump"] },
        'box bin: found "a\\x1bb", which jump refuses: it holds control characters',
        'box user: found "-x", which jump refuses: ssh would read it as an option',
        'box ssh-options: found "-J b", which jump refuses: it is KEY=VALUE, without -o',
        'box ssh-options: found "ProxyJump", which jump refuses: it is not KEY=VALUE',
      ],
    ]),
  ])("%j", (host, own, others) => expect([said(host, true), said(host, false)]).toEqual([own, others]));

  test("of a group, that it runs a program", () => {
    const jumpGroups = [
      { name: "web", members: { command: ["./hosts", "a b"] } },
      { name: "db", members: ["a"] },
    ];
    const config: Config = { autonomyDefault: "confirm", jumpHosts: [], jumpGroups };
    const message = "found the command ./hosts 'a b', which is run for a call that names @web";
    const path = ["jump-groups", "web"];
    expect(checkHosts(config, true)).toEqual([{ path, severity: "note", message }]);
    expect(checkHosts(config, false)).toEqual([{ path, severity: "warning", message }]);
  });
});

test.each(["warnings", "tables"])(
  "a file is read once, also for the lines of all its %s: there may be thousands",
  (kind) => {
    const file = join(tempDir(), "runspec.toml");
    writeFileSync(file, "[config.jump-hosts.a]\n[config.jump-hosts.b]\n");
    const read = { ...loadConfig(file), source: "nearest" as const };
    rmSync(file);
    const lineIn = (alias: string) => {
      const path = ["config", "jump-hosts", alias];
      if (kind === "tables") return hostsIn([read]).get(alias)?.lineOf(path);
      return warningAt({ file, lineOf: read.lineOf }, path, "").line;
    };
    expect(["a", "b", "c"].map(lineIn)).toEqual([1, 2, undefined]);
  },
);
