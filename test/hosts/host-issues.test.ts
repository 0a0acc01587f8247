/** What is said of names in files before anybody jumps. */

import { expect, test } from "bun:test";
import { plainHost } from "../../src/hosts/destination.ts";
import { nameIssues } from "../../src/hosts/host-issues.ts";
import type { Config, SpecFile } from "../../src/spec/model.ts";

type Source = "nearest" | "user";

function issues(
  files: Partial<Record<Source, { hosts?: string[]; groups?: Record<string, string[]> }>>,
): string[] {
  const found = (["nearest", "user"] as const).filter((source) => files[source] !== undefined);
  const specs = found.map((source): SpecFile => {
    const { hosts = [], groups = {} } = files[source] ?? {};
    const jumpGroups = Object.entries(groups).map(([name, members]) => ({ name, members }));
    const config: Config = { autonomyDefault: "confirm", jumpHosts: hosts.map(plainHost), jumpGroups };
    return { path: `/${source}`, config, runnables: [], issues: [] };
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
    ["a list of hosts", "a list of hosts", "a group", "an option", "a remark, in a file of hosts"].map(
      (what, at) =>
        `/user: [config.jump-hosts.${['"a,b"', '"x{1..2}"', '"@x"', "-d", '"a #1"'][at]}]: nobody can type this name: it is read as ${what}`,
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
      '/user: [config.jump-groups] a: names the host "x{1-5}", which jump refuses: it holds characters of a shell',
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
