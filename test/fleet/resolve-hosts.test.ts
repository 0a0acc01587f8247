import { describe, expect, test } from "bun:test";
import type { InventoryHost } from "../../src/fleet/inventory.ts";
import { resolveHosts } from "../../src/fleet/resolve-hosts.ts";
import { findDestination, openHostBook } from "../../src/hosts/destination.ts";
import { specDir, tempDir, writeSpec } from "../harness/temp.ts";

const TOML = `
[config.jump-hosts.web-01]
host = "10.0.0.1"
[config.jump-hosts.db]
[config.jump-hosts."bad host"]
[config.jump-groups]
web = ["web-01", "web-{02..03}"]
data = ["db", "root@10.1.1.1"]
prod = ["@web,@data"]
empty = []
loop = ["@pool"]
pool = ["db", "@loop"]
wrong = ["web-$x"]
inv = { command = ["unused"], group = "g" }
again = { command = ["unused"], group = "h" }
twice-0 = ["db"]
deep-0 = ["db"]
${Array.from({ length: 200 }, (_, index) => `deep-${index + 1} = ["@deep-${index}"]`).join("\n")}
${Array.from({ length: 40 }, (_, index) => `twice-${index + 1} = ["@twice-${index}", "@twice-${index}"]`).join("\n")}
`;
const INVENTORY: InventoryHost[] = [
  { name: "db" },
  { name: "app-1", host: "10.9.9.1", user: "deploy", port: 2222 },
  { name: "app-2" },
  { name: "ops@app-3", host: "10.9.9.3" },
  { name: "ops@app-4" },
];

async function choose(hosts: string[], except: string[] = [], more = "") {
  const cwd = specDir(TOML + more);
  const book = openHostBook({ cwd, env: {}, home: undefined, uid: process.getuid?.() }, undefined);
  const asked: string[] = [];
  const chosen = await resolveHosts({ hosts, except }, book, async (_, { name }) => {
    asked.push(name);
    return INVENTORY;
  });
  return { chosen, asked, typed: chosen.map(({ typed }) => typed) };
}

test("one host may be any that a group names; one of the nearest file stays known as that", async () => {
  const cwd = specDir(TOML);
  const where = { cwd, env: {}, home: undefined, uid: process.getuid?.() };
  expect(findDestination("web-03", where, undefined)).toMatchObject({ alias: "web-03", nearest: true });
  expect(findDestination("root@10.1.1.1", where, undefined)).toMatchObject({ user: "root" });
  expect(() => findDestination("web-04", where, undefined)).toThrow('unknown jump host "web-04"');
  expect(() => findDestination("web-3", where, undefined)).toThrow('did you mean "web-03"?');
  // As of a variable that is not set: no table of that name is advised.
  expect(() => findDestination("", where, undefined)).toThrow("the host is empty");
  for (const [name, why] of [
    ["a b", "it has white space: a list has commas, a file lines, and an option is a word of its own"],
    ["-oProxyCommand=x", "ssh would read it as an option"],
    ["elsewhere:2222", "put the port in the field port"],
  ] as const)
    expect(() => findDestination(name, where, undefined)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining(`\n${why}`) }),
    );
});

test("what lists them is told with the file that was named", async () => {
  const cwd = tempDir();
  const config = writeSpec(cwd, TOML);
  const book = openHostBook({ cwd, env: {}, home: undefined, uid: process.getuid?.(), config }, undefined);
  const hint = `runspec jump --list-jump-hosts --config ${config} lists the hosts and groups there are`;
  await expect(resolveHosts({ hosts: ["@empty"], except: [] }, book, async () => [])).rejects.toMatchObject({
    hint,
  });
});

describe("hosts", () => {
  test.each<[string[], string[], string[]]>([
    [["web-01"], [], ["web-01"]],
    [["db", "web-01", "db"], [], ["db", "web-01"]],
    [["@web"], [], ["web-01", "web-02", "web-03"]],
    // Each once, or a few lines would come to more than memory holds.
    [["@twice-40"], [], ["db"]],
    // What a group names may be typed by itself; what is printed must be.
    [["web-03"], [], ["web-03"]],
    [["@prod"], [], ["web-01", "web-02", "web-03", "db", "root@10.1.1.1"]],
    [["@prod"], ["@web"], ["db", "root@10.1.1.1"]],
    [["@prod"], ["db", "web-02"], ["web-01", "web-03", "root@10.1.1.1"]],
    [["@web/web-02", "db"], [], ["web-02", "db"]],
    [["a@b", "c@d"], [], ["a@b", "c@d"]],
    [["@inv"], [], ["db", "@inv/app-1", "@inv/app-2", "@inv/ops@app-3", "ops@app-4"]],
    [["@inv"], ["app-1", "ops@app-3"], ["db", "@inv/app-2", "ops@app-4"]],
    [["@inv/app-1"], [], ["@inv/app-1"]],
    [["@inv/app-1", "app-2"], [], ["@inv/app-1", "@inv/app-2"]],
    [["@inv", "@again"], [], ["db", "@inv/app-1", "@inv/app-2", "@inv/ops@app-3", "ops@app-4"]],
  ])("%j except %j", async (hosts, except, typed) => {
    expect((await choose(hosts, except)).typed).toEqual(typed);
  });

  test("that are no alias are the inventory's, wherever it stands, also where a group lists them", async () => {
    const more = '\nown = ["app-1"]\nboth = ["app-1", "@inv"]\n';
    const { typed } = await choose(["@inv"]);
    for (const hosts of [["@inv", "@own"], ["@own", "@inv"], ["@inv", "app-1"], ["app-1", "@inv"], ["@both"]])
      expect((await choose(hosts, [], more)).typed.toSorted()).toEqual(typed.toSorted());
    expect((await choose(["app-1", "@own/app-1", "db"], ["@inv/app-2", "db"], more)).typed).toEqual([
      "@inv/app-1",
    ]);
    // A destination says itself how it is reached.
    for (const hosts of [
      ["ops@app-3", "@inv"],
      ["@inv", "ops@app-3"],
    ])
      await expect(choose(hosts)).rejects.toThrow("ops@app-3 is two different hosts");
  });

  test("are reached as the files, or the inventory, say", async () => {
    const plain = { "use-ssh-config": true, "ssh-options": [], multiplex: false };
    const bin = { path: "runspec", source: "path" as const };
    const { chosen } = await choose(["web-01", "web-02", "@inv"]);
    expect(chosen.map(({ destination: { nearest, table, listedIn, ...rest } }) => rest)).toEqual([
      { alias: "web-01", host: "10.0.0.1", ...plain, bin },
      { alias: "web-02", host: "web-02", ...plain, bin },
      { alias: "db", host: "db", ...plain, bin },
      { alias: "@inv/app-1", host: "10.9.9.1", user: "deploy", port: 2222, ...plain, bin },
      { alias: "@inv/app-2", host: "app-2", ...plain, bin },
      { alias: "@inv/ops@app-3", host: "10.9.9.3", user: "ops", ...plain, bin },
      { alias: "ops@app-4", host: "app-4", user: "ops", ...plain, bin },
    ] as never);
  });

  test("an inventory is asked once, and only where its group is named", async () => {
    expect((await choose(["@web", "db"])).asked).toEqual([]);
    expect((await choose(["@inv", "@inv/app-1", "@inv"])).asked).toEqual(["inv"]);
  });

  test.each<[string[], string[], string]>([
    [[], [], "the list of hosts is empty: nothing was run"],
    [["@empty"], [], "the list of hosts is empty: nothing was run"],
    [["db"], ["db"], "the list of hosts is empty once --except is taken from it: nothing was run"],
    [["@loop"], [], "the groups go in a circle: @loop → @pool → @loop"],
    [["@pool"], [], "the groups go in a circle: @pool → @loop → @pool"],
    [["@wbe"], [], 'unknown group "@wbe"; did you mean "@web"?'],
    [["@deep-200"], [], "@deep-100: more than 100 groups stand in one another"],
    [["web-04"], [], 'unknown jump host "web-04"; did you mean "web-01"?'],
    [["@web", "!web-01"], [], 'unknown jump host "!web-01"; hosts to leave out are named by --except'],
    [["db"], ["web-04"], 'unknown jump host "web-04"; did you mean "web-01"?'],
    [["app-1"], [], 'unknown jump host "app-1"'],
    // The @ is what makes it a group.
    [["prod", "web"], [], 'unknown jump host "prod"; did you mean "@prod"?'],
    [["@web/db"], [], '@web has no host "db"'],
    [["@web/web-2"], [], '@web has no host "web-2"; did you mean "web-02"?'],
    [["bad host"], [], 'bad host: host "bad host" is refused: it holds white space or control characters'],
    [["@wrong"], [], 'web-$x: host "web-$x" is refused: it holds characters of a shell'],
    [["root@-oProxyCommand=x"], [], "is refused: ssh would read it as an option"],
  ])("%j except %j: %s", async (hosts, except, message) => {
    await expect(choose(hosts, except)).rejects.toThrow(message);
  });
});
