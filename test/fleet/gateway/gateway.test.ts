/** Many hosts as one tool host: what it lists and when, and which hosts a call reaches. */

import { afterEach, describe, expect, setSystemTime, test } from "bun:test";
import { RunspecError } from "../../../src/errors.ts";
import { withoutAnswer } from "../../../src/fleet/gateway/call-on-one.ts";
import { createGateway, type GatewayContext } from "../../../src/fleet/gateway/gateway.ts";
import { ServerFailure } from "../../../src/hosts/connection-failure.ts";
import { diagnose } from "../../../src/hosts/diagnose.ts";
import { malformedParams } from "../../../src/mcp/server/call-request.ts";
import type { CallIo } from "../../../src/mcp/tool-host.ts";
import { answer, host, remembering, sites, tool } from "./tools.ts";

const IO: CallIo = {
  client: { name: "agent", version: "1" },
  signal: new AbortController().signal,
  onOutput: async () => {},
  onStart() {},
};

function gatewayTo(names: string[], more: Partial<GatewayContext> = {}) {
  const there = sites(names);
  const gateway = createGateway({
    ...there,
    cacheOf: () => remembering(),
    firstListMs: 60_000,
    lookMs: 60_000,
    gatherMs: 1,
    idleMs: 60_000,
    lookAgainMs: 60_000,
    freshMs: 60_000,
    backOff: () => 60_000,
    now: () => performance.now(),
    ...more,
  });
  const list = async () => (await gateway.list()).map(({ name }) => name);
  const call = (name: string, given: Record<string, unknown>, human = false, io = IO) =>
    gateway.call({ name, arguments: given, human }, io);
  return { gateway, list, call, at: there.at };
}

const until = async (condition: () => boolean) => {
  while (!condition()) await Bun.sleep(1);
};

describe("the list", () => {
  test("is waited for where nothing is known of any host", async () => {
    const { list, at } = gatewayTo(["a", "b"]);
    at("b").tools = [tool("b")];
    expect(await list()).toEqual(["a", "b", "list_hosts"]);
    expect([at("a").dialled, at("b").dialled]).toEqual([1, 1]);
  });

  test("is what came, where a host takes too long or is down", async () => {
    const { list, at } = gatewayTo(["a", "b", "c"], { firstListMs: 30 });
    at("b").gate = new Promise(() => {});
    at("c").up = false;
    expect(await list()).toEqual(["a", "list_hosts"]);
  });

  test("is there at once where something was kept, and brought up to date behind it", async () => {
    const { gateway, list, at } = gatewayTo(["a", "b"], { cacheOf: () => remembering(tool("old")) });
    let changes = 0;
    gateway.onChange(() => changes++);
    at("a").tools = [tool("new")];
    at("b").tools = [tool("new")];
    expect(await list()).toEqual(["old", "list_hosts"]);
    expect([at("a").dialled, at("b").dialled]).toEqual([0, 0]);
    await until(() => changes > 0);
    expect(await list()).toEqual(["new", "list_hosts"]);
  });

  describe("where nine hosts do not answer, and one does", () => {
    const NAMES = Array.from("abcdefghij");
    const muteBut = (last: string, more: Partial<GatewayContext>) => {
      const made = gatewayTo(NAMES, { cacheOf: () => remembering(tool("a")), ...more });
      for (const name of NAMES) if (name !== last) made.at(name).gate = new Promise(() => {});
      return made;
    };

    test("is brought up to date by that", async () => {
      const { list, at } = muteBut("j", {});
      await list();
      await until(() => at("j").dialled === 1);
    });

    test("does not keep us from knowing that this is reachable", async () => {
      const { list, call, at } = muteBut("j", { lookMs: 50 });
      await list();
      await until(() => at("a").dialled === 1);
      expect(await call("list_hosts", {})).toMatchObject({
        structured: {
          hosts: expect.arrayContaining([expect.objectContaining({ host: "j", reachable: true })]),
        },
      });
    });
  });

  test("does not change for hosts that offer what they offered", async () => {
    const { gateway, list, at } = gatewayTo(["a", "b"], { cacheOf: () => remembering(tool("a")) });
    let changes = 0;
    gateway.onChange(() => changes++);
    await list();
    await until(() => at("b").dialled === 1);
    await Bun.sleep(20);
    expect(changes).toBe(0);
  });

  test("that changes is told of to who asked for none here: it may have one from an earlier process", async () => {
    const { gateway, call, at } = gatewayTo(["a"], { cacheOf: () => remembering(tool("a")) });
    const changed = new Promise<void>((resolve) => gateway.onChange(resolve));
    at("a").tools = [tool("a"), tool("new")];
    await call("a", { hosts: ["a"] });
    await changed;
    expect(gateway.known().list.map(({ name }) => name)).toEqual(["a", "new", "list_hosts"]);
  });

  test("keeps the tools of a host that is down", async () => {
    const { list, at } = gatewayTo(["a", "b"], { cacheOf: ({ name }) => remembering(tool(`of-${name}`)) });
    at("b").up = false;
    expect(await list()).toEqual(["of-a", "of-b", "list_hosts"]);
    await until(() => at("b").dialled === 1);
    expect(await list()).toContain("of-b");
  });

  test("has ours under a prefix where a host's tool has its name", async () => {
    const { gateway, list, at } = gatewayTo(["a"]);
    at("a").tools = [tool("list_hosts")];
    expect(await list()).toEqual(["list_hosts", "runspec_list_hosts"]);
    expect(gateway.known().listTool).toBe("runspec_list_hosts");
  });
});

describe("a call", () => {
  test("reaches the hosts that it names, without their names, and nobody else", async () => {
    const { list, call, at } = gatewayTo(["a", "b", "c"]);
    await list();
    expect(await call("a", { hosts: ["c", "a"], x: 1 })).toMatchObject({
      kind: "answered",
      text: "a succeeded on all 2 hosts\nc (1 host)\n  c\na (1 host)\n  a\n",
      isError: false,
      exitCode: 0,
    });
    const called = ["a", "b", "c"].map((name) => at(name).called.map(({ arguments: given }) => given));
    expect(called).toEqual([[{ x: 1 }], [], [{ x: 1 }]]);
    expect(at("a").called[0]).toMatchObject({ human: false, client: { name: "agent", version: "1" } });
  });

  test("connects to its hosts alone", async () => {
    const { call, at } = gatewayTo(["a", "b"], { cacheOf: () => remembering(tool("a")) });
    await call("a", { hosts: ["b"] });
    expect([at("a").dialled, at("b").dialled]).toEqual([0, 1]);
  });

  test("is refused before anybody is reached where it names no host, or one that is none", async () => {
    const { gateway, call, at } = gatewayTo(["a", "b"], { cacheOf: () => remembering(tool("a")) });
    for (const given of [{}, { hosts: [] }, { hosts: ["a", "z"] }])
      expect(await call("a", given)).toMatchObject({ kind: "refused", objections: ["words"], exitCode: 125 });
    expect(await call("z", { hosts: ["a"] })).toMatchObject({ kind: "refused", objections: ["tool"] });
    const unread = malformedParams("arguments must be an object");
    expect(await gateway.call({ name: "a", unread, human: false }, IO).catch((error) => error)).toBe(unread);
    expect(at("a").called).toEqual([]);
  });

  test("of a tool that nobody is known to offer says where it is not known what they offer", async () => {
    const { call, at } = gatewayTo(["a", "b"]);
    at("b").up = false;
    expect(await call("zzzz", { hosts: ["a"] })).toMatchObject({
      kind: "refused",
      reasons: [
        "none of the hosts is known to offer it",
        "",
        "what some hosts offer is not known: list_hosts tells why",
      ],
    });
  });

  test("waits for a host that offers its tool where nothing is known of any, and for no other", async () => {
    const { call, at } = gatewayTo(["a", "b"]);
    at("b").gate = new Promise(() => {});
    expect(await call("a", { hosts: ["a"] })).toMatchObject({ text: "a\n" });
  });

  test("finds a tool that its host has come to offer since", async () => {
    const { call, at } = gatewayTo(["a", "b"], { cacheOf: () => remembering(tool("old")) });
    at("b").gate = new Promise(() => {});
    expect(await call("a", { hosts: ["a"] })).toMatchObject({ text: "a\n" });
  });

  test("is held up by no other host's", async () => {
    const { list, call, at } = gatewayTo(["a", "b"]);
    await list();
    at("a").onCall = () => new Promise(() => {});
    // More than run at once on all hosts together.
    for (let count = 0; count < 600; count++) void call("a", { hosts: ["a"] });
    expect(await call("a", { hosts: ["b"] })).toMatchObject({ text: "b\n" });
  });

  test("says how many are done, and which still run", async () => {
    const { list, call, at } = gatewayTo(["a", "b", "c"]);
    await list();
    const ends = new Map<string, () => void>();
    for (const name of ["a", "b", "c"])
      at(name).onCall = async ({ onProgress }) => {
        onProgress?.("begun");
        await new Promise<void>((resolve) => ends.set(name, resolve));
        return answer(name);
      };
    const told: string[] = [];
    const called = call("a", { hosts: ["a", "b", "c"] }, false, {
      ...IO,
      onProgress: (text) => void told.push(text),
    });
    await until(() => ends.size === 3);
    expect(told.at(-1)).toBe("0 of 3 done, running on a,b,c; c: begun");
    ends.get("b")?.();
    await until(() => told.at(-1) === "1 of 3 done, running on a,c");
    ends.get("a")?.();
    ends.get("c")?.();
    await called;
  });

  test("that is refused says what can be typed here", async () => {
    const { list, call, at } = gatewayTo(["a-1", "a-2"]);
    await list();
    for (const name of ["a-1", "a-2"]) {
      const { host } = answer(name);
      const error = "by a person: runspec jump <alias> a";
      at(name).onCall = async () => withoutAnswer(host, { because: "refused", exitCode: 125, error });
    }
    expect(await call("a", { hosts: ["a-1"] })).toMatchObject({
      text: "a-1: by a person: runspec jump a-1 a",
    });
    expect(await call("a", { hosts: ["a-1", "a-2"] })).toMatchObject({
      text: expect.stringContaining("a-{1..2} (2 hosts)\n  by a person: runspec jump 'a-{1..2}' a\n"),
    });
  });

  test("that one host of several refuses says what can be typed for that one alone", async () => {
    const { list, call, at } = gatewayTo(["a-1", "a-2", "b"]);
    await list();
    for (const [name, words] of [
      ["a-1", ""],
      ["a-2", ""],
      ["b", " -- --wipe"],
    ] as const) {
      const error = `by a person: runspec jump <alias> a${words}`;
      const refused = { because: "refused", exitCode: 125, error } as const;
      at(name).onCall = async () => withoutAnswer(answer(name).host, refused);
    }
    const told = JSON.stringify(await call("a", { hosts: ["a-1", "a-2", "b"] }));
    expect(told).toContain("  by a person: runspec jump 'a-{1..2}' a\\n");
    expect(told).toContain("  by a person: runspec jump b a -- --wipe\\n");
  });

  test("that is refused by a host of an inventory says how that is typed", async () => {
    const [own, b] = [host("a"), host("b")];
    // In a list of the gateway it has its plain name, by which an agent calls it.
    const of = { ...b, destination: { ...b.destination, alias: "@g/b" } };
    const { list, call, at } = gatewayTo(["a", "b"], { hosts: [own, { ...of, typed: "@g/b" }] });
    await list();
    const error = "by a person: runspec jump <alias> a";
    for (const there of [own, of])
      at(there.name).onCall = async () => withoutAnswer(there, { because: "refused", exitCode: 125, error });
    expect(await call("a", { hosts: ["b"] })).toMatchObject({
      text: "b: by a person: runspec jump @g/b a",
    });
    expect(await call("a", { hosts: ["a", "b"] })).toMatchObject({
      text: expect.stringContaining("a,b (2 hosts)\n  by a person: runspec jump a,@g/b a\n"),
    });
  });

  const levels: [
    how: string,
    of: Record<string, string>,
    hosts: string[],
    human: boolean,
    refused: boolean,
  ][] = [
    [
      "a person's on one of its hosts runs on none",
      { a: "autonomous", b: "manual" },
      ["a", "b"],
      false,
      true,
    ],
    [
      "a person's on all of its hosts is for these to refuse",
      { a: "manual", b: "manual" },
      ["a", "b"],
      false,
      false,
    ],
    ["a person's on a host that it does not name runs", { a: "confirm", b: "manual" }, ["a"], false, false],
    ["that a person asked for runs", { a: "autonomous", b: "manual" }, ["a", "b"], true, false],
  ];
  for (const [how, of, hosts, human, refused] of levels)
    test(how, async () => {
      const { list, call, at } = gatewayTo(["a", "b"]);
      for (const [name, level] of Object.entries(of)) at(name).tools = [tool("t", { "x-autonomy": level })];
      await list();
      expect((await call("t", { hosts }, human)).kind).toBe(refused ? "refused" : "answered");
      expect(at("a").called.length).toBe(refused ? 0 : 1);
    });

  test("is a person's where an argument that it gives is", async () => {
    const { list, call, at } = gatewayTo(["a", "b"]);
    const flag = { type: "boolean", "x-autonomy": "manual" };
    const properties = {
      force: flag,
      verify: { ...flag, default: true },
      "skip-tests": flag,
      sure: { ...flag, "x-type": "bool" },
    };
    at("a").tools = [tool("t", { inputSchema: { type: "object", properties } })];
    at("b").tools = [tool("t")];
    await list();
    const hosts = ["a", "b"];
    expect((await call("t", { hosts })).kind).toBe("answered");
    expect((await call("t", { hosts, force: false })).kind).toBe("answered");
    expect((await call("t", { hosts, force: true })).kind).toBe("refused");
    expect((await call("t", { hosts, verify: false })).kind).toBe("refused");
    expect((await call("t", { hosts, sure: false })).kind).toBe("refused");
    // As the host will read it.
    expect((await call("t", { hosts, skip_tests: true })).kind).toBe("refused");
  });
});

// The clock goes on.
afterEach(() => setSystemTime());

test("the hosts are told with what each lacks, and which cannot be reached", async () => {
  const { list, call, at } = gatewayTo(["a", "b", "c", "d", "e", "f", "g", "h", "i"]);
  setSystemTime(Date.UTC(2026, 0, 2, 3, 4, 5));
  const seen = { alias: "d", destination: host("d").destination, handshake: false, noise: undefined };
  const evidence = { ...seen, end: { exitCode: 127 }, stderr: "", gaveUp: undefined, patience: 30 };
  at("d").gate = Promise.reject(diagnose(evidence));
  at("e").gate = Promise.reject(diagnose({ ...evidence, alias: "e", end: undefined, gaveUp: "silent" }));
  at("f").gate = Promise.reject(new RunspecError("ssh cannot be started"));
  at("g").gate = Promise.reject(new ServerFailure("g", "the server refused: no licence"));
  const killed = { ...evidence, alias: "h", end: { exitCode: 137, signal: "SIGKILL" } };
  at("h").gate = Promise.reject(diagnose(killed));
  at("i").gate = Promise.reject(diagnose({ ...killed, alias: "i", end: { exitCode: 255 } }));
  at("b").tools = [tool("a"), tool("b")];
  at("c").up = false;
  await list();
  const since = "2026-01-02T03:04:05Z";
  const notOnPath =
    "runspec is not on PATH there, or what it needs to run is missing (no bin is set, so the remote's PATH was tried)";
  const endedHere = "ssh was ended on this side by SIGKILL before the server answered";
  const endedThere =
    "ssh ended without a word before runspec answered: it did not connect, the connection broke, or a signal ended runspec";
  const noLicence = "the server refused: no licence";
  const silent = "e did not answer the MCP handshake within 30 s";
  expect(await call("list_hosts", {})).toMatchObject({
    text: [
      `a: reachable since ${since}; lacks b`,
      `b: reachable since ${since}`,
      `c: out of reach since ${since}: nobody is there; its tools are not known`,
      `d: reachable since ${since}; cannot be used: ${notOnPath}; its tools are not known`,
      `e: cannot be used since ${since}: ${silent}; its tools are not known`,
      `f: cannot be used since ${since}: ssh cannot be started; its tools are not known`,
      `g: reachable since ${since}; cannot be used: ${noLicence}; its tools are not known`,
      `h: cannot be used since ${since}: ${endedHere}; its tools are not known`,
      `i: cannot be used since ${since}: ${endedThere}; its tools are not known`,
      "",
    ].join("\n"),
    structured: {
      hosts: [
        { host: "a", reachable: true, since, lacks: ["b"], error: null },
        { host: "b", reachable: true, since, lacks: [], error: null },
        { host: "c", reachable: false, since, lacks: null, error: "c: nobody is there" },
        { host: "d", reachable: true, since, lacks: null, error: `d: ${notOnPath}` },
        { host: "e", reachable: null, since, lacks: null, error: silent },
        { host: "f", reachable: null, since, lacks: null, error: "f: ssh cannot be started" },
        { host: "g", reachable: true, since, lacks: null, error: `g: ${noLicence}` },
        { host: "h", reachable: null, since, lacks: null, error: `h: ${endedHere}` },
        { host: "i", reachable: null, since, lacks: null, error: `i: ${endedThere}` },
      ],
    },
  });
});

test("hosts are not listed as reachable by what was known before their connections ended", async () => {
  const { list, call, at } = gatewayTo(["a", "b"], { lookMs: 30 });
  await list();
  for (const name of ["a", "b"]) at(name).events?.onEnd();
  at("a").up = false;
  at("b").gate = new Promise(() => {});
  expect(await call("list_hosts", {})).toMatchObject({
    text: expect.stringMatching(/^a: out of reach since [^ ]*: nobody is there\nb: no answer yet\n$/),
    structured: {
      hosts: [
        { reachable: false, error: "a: nobody is there" },
        { reachable: null, since: null, error: null },
      ],
    },
  });
});

test("a call starts nothing while its client takes no answers, which would fill the memory", async () => {
  const { call, at } = gatewayTo(["a"], { cacheOf: () => remembering(tool("a")) });
  const reader = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const room = () => {
    asked.resolve();
    return reader.promise;
  };
  const called = call("a", { hosts: ["a"] }, false, { ...IO, room });
  await asked.promise;
  expect([at("a").dialled, at("a").called]).toEqual([0, []]);
  reader.resolve();
  await called;
  expect(at("a").called).toHaveLength(1);
});

test("of thousands of tools that a host lacks, some are named and the others counted", async () => {
  const { list, call, at } = gatewayTo(["a", "b"], {});
  at("b").tools = Array.from({ length: 5002 }, (_, index) => tool(`t${index}`));
  await list();
  const answer = await call("list_hosts", {});
  if (answer.kind !== "answered") throw new Error(answer.kind);
  expect(answer.text).toMatch(/lacks t0, [^;]*, t4999 and 2 more\n/);
  expect(answer.structured).toMatchObject({ hosts: [{ lacks: { length: 5000 }, lacks_more: 2 }, {}] });
});

test("what a host offers now is known before a call runs on others, unless it takes too long", async () => {
  const autonomous = tool("a", { "x-autonomy": "autonomous" });
  const { call, at } = gatewayTo(["a", "b"], { cacheOf: () => remembering(autonomous), firstListMs: 200 });
  at("a").tools = [autonomous];
  at("b").tools = [tool("a", { "x-autonomy": "manual" })];
  expect(await call("a", { hosts: ["a", "b"] })).toMatchObject({ kind: "refused", manual: true });
  expect([at("a").called.length, at("b").called.length]).toEqual([0, 0]);

  const slow = gatewayTo(["a", "b"], { cacheOf: () => remembering(autonomous), firstListMs: 5 });
  slow.at("b").gate = new Promise(() => {});
  void slow.call("a", { hosts: ["a", "b"] });
  await until(() => slow.at("a").called.length === 1);
});

test("a call by a list of before, where ours was called otherwise, is not taken for one on the hosts that were meant for the tool", async () => {
  const { call, at } = gatewayTo(["a", "b"]);
  const given = { runspec_hosts: ["a"], hosts: ["b"] };
  for (const name of ["a", "b"]) at(name).tools = [tool("t")];
  expect(await call("t", given)).toMatchObject({ kind: "refused", objections: ["words"] });
  expect([at("a").called.length, at("b").called.length]).toEqual([0, 0]);

  const own = gatewayTo(["a", "b"]);
  const inputSchema = { type: "object", properties: { runspec_hosts: { type: "array" } } };
  for (const name of ["a", "b"]) own.at(name).tools = [tool("t", { inputSchema })];
  expect((await own.call("t", given)).kind).toBe("answered");
  expect([own.at("a").called.length, own.at("b").called.length]).toEqual([0, 1]);
});

test("what a host offers now is known before a call runs on others, also where that host was never reached and is there by now", async () => {
  const { call, at } = gatewayTo(["a", "b"], { backOff: () => 600_000 });
  at("a").tools = [tool("t", { "x-autonomy": "confirm" })];
  at("b").tools = [tool("t", { "x-autonomy": "manual" })];
  at("b").up = false;
  expect((await call("t", { hosts: ["a", "b"] })).kind).toBe("answered");
  at("b").up = true;
  expect(await call("t", { hosts: ["a", "b"] })).toMatchObject({ kind: "refused", manual: true });
  expect([at("a").called.length, at("b").called.length]).toEqual([1, 0]);
});

test("a host whose tools are known and that is out of reach is waited for once, and then holds up no call on others", async () => {
  const { call, at } = gatewayTo(["a", "b"], {
    cacheOf: () => remembering(tool("a")),
    backOff: () => 600_000,
  });
  at("b").up = false;
  await call("a", { hosts: ["a", "b"] });
  const before = at("b").dialled;
  at("b").gate = new Promise(() => {});
  void call("a", { hosts: ["a", "b"] });
  await until(() => at("a").called.length === 2);
  // By the call itself.
  expect(at("b").dialled).toBe(before + 1);
});

test("a call begins on the others at once where a host that was there does not say whether it still is", async () => {
  const { call, at } = gatewayTo(["a", "b"]);
  await call("a", { hosts: ["a", "b"] });
  at("b").asked = Promise.withResolvers<boolean>().promise;
  void call("a", { hosts: ["a", "b"] });
  await until(() => at("a").called.length === 2);
  expect(at("b").called.length).toBe(1);
});
