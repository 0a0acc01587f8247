/** Where a call runs: what the argument is called, what it may say, and what is told about what it may not. */

import { describe, expect, test } from "bun:test";
import { free, hostsSchema, readHosts } from "../../../src/fleet/gateway/hosts-argument.ts";

const NAMES = ["web-01", "web-02", "web-03", "db"];
const ALL = 'the hosts are "web-01", "web-02", "web-03", "db"';

describe("the hosts of a call", () => {
  const read: [given: unknown, hosts: string[]][] = [
    [["web-01"], ["web-01"]],
    [
      ["db", "web-01"],
      ["db", "web-01"],
    ],
    [["db", "db"], ["db"]],
    ["db", ["db"]],
    ['["db", "web-02"]', ["db", "web-02"]],
    [[" db "], ["db"]],
  ];
  for (const [given, hosts] of read)
    test(JSON.stringify(given), () => {
      expect(readHosts(given, "hosts", NAMES)).toEqual({ hosts });
    });

  const refused: [given: unknown, problem: string][] = [
    [undefined, `hosts is missing: it says where the tool runs; ${ALL}`],
    [null, `hosts is missing: it says where the tool runs; ${ALL}`],
    [[], `hosts is empty: nothing was run; ${ALL}`],
    [7, `hosts: expected an array of host names; ${ALL}`],
    [[7], `hosts: expected an array of host names; ${ALL}`],
    [{ a: 1 }, `hosts: expected an array of host names; ${ALL}`],
    [["web-1"], 'hosts: "web-1": is none of the hosts; did you mean "web-01"?'],
    [["nowhere", "nobody", "db"], `hosts: "nowhere", "nobody": are none of the hosts; ${ALL}`],
    [["root@web-01"], `hosts: "root@web-01": is none of the hosts; ${ALL}`],
    [["@web"], `hosts: "@web": is none of the hosts; nothing is expanded here: ${ALL}`],
    [
      ["web-{01..02}"],
      'hosts: "web-{01..02}": is none of the hosts; nothing is expanded here: write "web-01", "web-02"',
    ],
    ["web-01,db", 'hosts: "web-01,db": is none of the hosts; nothing is expanded here: write "web-01", "db"'],
    [["a\u001b[2Jb"], `hosts: "a\\x1b[2Jb": is none of the hosts; ${ALL}`],
  ];
  for (const [given, problem] of refused)
    test(`not ${JSON.stringify(given)}`, () => {
      expect(readHosts(given, "hosts", NAMES)).toEqual({ problem });
    });
});

test("of many names twenty are told, of the given and of the hosts", () => {
  const named = (letter: string) => Array.from({ length: 22 }, (_, index) => `${letter}${index}`);
  const first = (letter: string) =>
    named(letter)
      .slice(0, 20)
      .map((name) => `"${name}"`)
      .join(", ");
  expect(readHosts(named("x"), "hosts", named("h"))).toEqual({
    problem: `hosts: ${first("x")} and 2 more: are none of the hosts; the hosts are ${first("h")} and 2 more`,
  });
});

test("the argument gives way to one of the tool's own", () => {
  const nameBeside = (...names: string[]) => free("hosts", new Set(names));
  expect(nameBeside("a")).toBe("hosts");
  expect(nameBeside("a", "hosts")).toBe("runspec_hosts");
  expect(nameBeside("hosts", "runspec_hosts")).toBe("runspec_runspec_hosts");
  expect(free("list_hosts", new Set(["list_hosts"]))).toBe("runspec_list_hosts");
});

test("up to 20 hosts are named, of more a tool tells", () => {
  const twenty = Array.from({ length: 20 }, (_, index) => `h${index}`);
  expect(hostsSchema(twenty, "list_hosts")).toEqual({
    type: "array",
    items: { type: "string", enum: twenty },
    minItems: 1,
    description: "Where to run it",
  });
  expect(hostsSchema([...twenty, "h20"], "list_hosts")).toEqual({
    type: "array",
    items: { type: "string" },
    minItems: 1,
    description: "Where to run it: names as list_hosts gives them",
  });
});
