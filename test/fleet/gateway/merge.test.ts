/** What hosts offer as one list: the tools of all, and in words where they are not the same. */

import { describe, expect, test } from "bun:test";
import { mergeTools } from "../../../src/fleet/gateway/merge.ts";
import { tool } from "./tools.ts";

const NAMES = ["web-1", "web-2", "db"];
const CONTEXT = { names: NAMES, listTool: "list_hosts" };
const WEB = ["web-1", "web-2"];
const DB = ["db"];
const input = (properties: object, required: string[] = []) => ({
  inputSchema: { type: "object", properties, ...(required.length > 0 && { required }) },
});

describe("the description of a tool", () => {
  const choice = (...options: string[]) => ({ type: "string", enum: options });
  const cases: [
    how: string,
    web: Record<string, unknown>,
    db: Record<string, unknown> | undefined,
    lines: string[],
  ][] = [
    ["of hosts that agree", {}, {}, []],
    ["that one host lacks", {}, undefined, ["not on db"]],
    [
      "with other choices",
      input({ env: choice("a", "b") }),
      input({ env: choice("c") }),
      ['env: one of "a", "b" on web-{1..2}; one of "c" on db'],
    ],
    [
      "with an argument that one lacks",
      input({ x: {} }),
      input({}),
      ["x: any value on web-{1..2}; not taken on db"],
    ],
    [
      "with a type that there is not, of an object's own names",
      input({ x: { type: "constructor" } }),
      input({}),
      ["x: any value on web-{1..2}; not taken on db"],
    ],
    [
      "with other types",
      input({
        x: { type: "integer", minimum: 1, maximum: 9 },
        y: { type: "array", items: { type: "string" } },
        z: { type: "array" },
      }),
      input({ x: { type: "string" }, y: { type: "boolean" }, z: { type: "null" } }),
      [
        "x: an integer from 1 up to 9 on web-{1..2}; text on db",
        "y: a list (text) on web-{1..2}; true or false on db",
        "z: a list (any value) on web-{1..2}; any value on db",
      ],
    ],
    [
      "with an argument that one requires",
      input({ x: { type: "string" } }, ["x"]),
      input({ x: { type: "string" } }),
      ["x: text, required on web-{1..2}; text on db"],
    ],
    [
      "of another level",
      { "x-autonomy": "confirm" },
      { "x-autonomy": "manual" },
      ["level: confirm on web-{1..2}; manual on db"],
    ],
    [
      "of a host whose words would be lines about another",
      {},
      { "x-autonomy": "manual\n- not on web-1", ...input({ "x\ny": choice("a\nb") }) },
      [
        "level: none on web-{1..2}; manual\\n- not on web-1 on db",
        'x\\ny: not taken on web-{1..2}; one of "a\\nb" on db',
      ],
    ],
    [
      "with an argument that one has in a branch alone",
      { inputSchema: { type: "object", anyOf: [{ properties: { x: { type: "string" } } }] } },
      input({ x: { type: "string" } }),
      [],
    ],
    ["in other words alone", { description: "one" }, { description: "two" }, []],
  ];
  for (const [how, web, db, lines] of cases)
    test(how, () => {
      const offers = [
        { hosts: WEB, tools: [tool("t", { description: "What it does", ...web })] },
        { hosts: DB, tools: db === undefined ? [] : [tool("t", { description: "What it does", ...db })] },
      ];
      const [first = ""] = "description" in web ? [String(web.description)] : ["What it does"];
      const told =
        lines.length === 0 ? [] : ["Not the same on all hosts:", ...lines.map((line) => `- ${line}`)];
      expect(mergeTools(offers, CONTEXT).get("t")?.descriptor.description).toBe([first, ...told].join("\n"));
    });

  test("stays short, and is there at once, however much differs", () => {
    const names = Array.from({ length: 8000 }, (_, index) => `a${index}`);
    const many = (type: string) => input(Object.fromEntries(names.map((name) => [name, { type }])), names);
    const offers = [
      { hosts: WEB, tools: [tool("t", many("string"))] },
      { hosts: DB, tools: [tool("t", many("integer"))] },
    ];
    const lines = mergeTools(offers, CONTEXT).get("t")?.descriptor.description.split("\n") ?? [];
    expect([lines.length, lines.at(-1)]).toEqual([15, "- and 7988 more"]);
  });
});

test("a tool that no client could be sent is left out, and the others stay", () => {
  const description = "é".repeat(2 * 1024 * 1024);
  const enumerated = input({ a: { type: "string", enum: [description] } });
  const tools = [tool("told", { description }), tool("taken", enumerated), tool("t", { description: "d" })];
  expect([...mergeTools([{ hosts: DB, tools }], CONTEXT).keys()]).toEqual(["t"]);
});

test("a host that lists too much of a tool takes it away from no other, and is as strict as any", () => {
  const enumerated = (choice: string) => input({ a: { type: "string", enum: [choice] } });
  for (const length of [3, 1.5])
    for (const order of [0, 1]) {
      const large = "é".repeat(length * 1024 * 1024);
      const more = ["x", "y"].map((letter) => ({
        hosts: [letter],
        tools: [tool("t", { ...enumerated(letter + large), "x-autonomy": "manual" })],
      }));
      const plain = [
        { hosts: DB, tools: [tool("t", { ...enumerated("b"), annotations: { readOnlyHint: true } })] },
      ];
      const offers = order === 0 ? [...plain, ...more] : [...more, ...plain];
      const merged = mergeTools(offers, CONTEXT).get("t")?.descriptor;
      expect(merged).toMatchObject({
        inputSchema: { properties: { a: { enum: ["b"] } } },
        annotations: { readOnlyHint: false },
        "x-autonomy": "manual",
      });
      expect(merged?.description).toContain("manual on x,y");
    }
});

test("what differs is told in whole lines as long as models' APIs take the description, and counted after that", () => {
  const choices = (first: string) => ({ type: "string", enum: [first, "x".repeat(40), "y".repeat(40)] });
  const names = Array.from({ length: 10 }, (_, at) => `argument-${at}`);
  const taking = (first: string) =>
    input(Object.fromEntries(names.map((name) => [name, choices(`${name}-${first}`)])));
  const description = `${"words ".repeat(50)}end`;
  const offers = [
    { hosts: WEB, tools: [tool("t", { description, ...taking("here") })] },
    { hosts: DB, tools: [tool("t", { description, ...taking("there") })] },
  ];
  const told = mergeTools(offers, CONTEXT).get("t")?.descriptor.description ?? "";
  expect(told.length).toBeLessThan(1024);
  const [own, heading, ...lines] = told.split("\n");
  expect([own, heading]).toEqual([description, "Not the same on all hosts:"]);
  expect(lines).toHaveLength(3);
  expect(lines.at(-1)).toBe("- and 8 more");
  // Nor is there room for one.
  const long = offers.map(({ hosts, tools: [only] }) => ({
    hosts,
    tools: only === undefined ? [] : [{ ...only, description: "d".repeat(2000) }],
  }));
  expect(mergeTools(long, CONTEXT).get("t")?.descriptor.description).toEndWith(
    "d\nNot the same on all hosts:\n- and 10 more",
  );
});

test("a tool that describes itself with an empty text is described by its name", () => {
  const offers = [{ hosts: WEB, tools: [tool("t", { description: "" })] }];
  expect(mergeTools(offers, CONTEXT).get("t")?.descriptor.description).toBe("t");
});

test("tools of one form on several lists are one", () => {
  const offers = [
    { hosts: WEB, tools: [tool("t"), tool("u")] },
    { hosts: DB, tools: [tool("v"), tool("t")] },
  ];
  const merged = mergeTools(offers, CONTEXT);
  expect([...merged.keys()]).toEqual(["t", "u", "v"]);
  expect(merged.get("t")?.descriptor.description).toBe("About t");
  expect(merged.get("t")?.descriptor.inputSchema.required).toEqual(["hosts"]);
  expect(merged.get("u")?.descriptor.description).toBe("About u\nNot the same on all hosts:\n- not on db");
});

describe("the hints of a tool", () => {
  const hints = (readOnly: boolean, destructive: boolean, idempotent: boolean, open: boolean) => ({
    readOnlyHint: readOnly,
    destructiveHint: destructive,
    idempotentHint: idempotent,
    openWorldHint: open,
  });
  const careful = hints(false, true, false, true);
  const cases: [how: string, web: object, db: object, shown: Record<string, unknown>][] = [
    [
      "are those of all",
      hints(true, false, true, false),
      hints(true, false, true, false),
      hints(true, false, true, false),
    ],
    ["are those of the strictest", hints(true, false, true, false), careful, careful],
    [
      "are mixed where each is stricter in one",
      hints(true, true, true, false),
      hints(false, false, true, true),
      hints(false, true, true, true),
    ],
    ["are what MCP presumes where a host gives none", hints(true, false, true, false), {}, careful],
  ];
  for (const [how, web, db, shown] of cases)
    test(how, () => {
      const offers = [
        { hosts: WEB, tools: [tool("t", { annotations: web })] },
        { hosts: DB, tools: [tool("t", { annotations: db })] },
      ];
      expect(mergeTools(offers, CONTEXT).get("t")?.descriptor.annotations).toEqual(shown);
    });
});

test("what the tool requires stays required, beside where it runs", () => {
  const offers = [{ hosts: NAMES, tools: [tool("t", input({ x: { type: "string" } }, ["x"]))] }];
  const { inputSchema } = mergeTools(offers, CONTEXT).get("t")?.descriptor ?? {};
  expect(inputSchema).toMatchObject({
    properties: { hosts: {}, x: { type: "string" } },
    required: ["hosts", "x"],
  });
});

test("the strictest level is that of the tool", () => {
  const offers = [
    { hosts: WEB, tools: [tool("t", { "x-autonomy": "autonomous" })] },
    { hosts: DB, tools: [tool("t", { _meta: { "runspec/autonomy": "supervised" } })] },
  ];
  expect(mergeTools(offers, CONTEXT).get("t")?.descriptor).toMatchObject({
    "x-autonomy": "supervised",
    _meta: { "runspec/autonomy": "supervised" },
  });
});

test("a long result is shown as far as the host wants it that wants most", () => {
  const shown = (most?: number) =>
    tool("t", most === undefined ? {} : { _meta: { "anthropic/maxResultSizeChars": most } });
  const metaOf = (web: ReturnType<typeof tool>, db: ReturnType<typeof tool>) =>
    mergeTools(
      [
        { hosts: WEB, tools: [web] },
        { hosts: DB, tools: [db] },
      ],
      CONTEXT,
    ).get("t")?.descriptor._meta;
  expect([
    metaOf(shown(200_000), shown(300_000)),
    metaOf(shown(), shown(200_000)),
    metaOf(shown(), shown()),
  ]).toEqual([{ "anthropic/maxResultSizeChars": 300_000 }, { "anthropic/maxResultSizeChars": 200_000 }, {}]);
});

test("a host that says nothing of a level counts as confirm, where others say one", () => {
  const levelsOf = (web: object, db: object) =>
    mergeTools(
      [
        { hosts: WEB, tools: [tool("t", { ...web })] },
        { hosts: DB, tools: [tool("t", { ...db })] },
      ],
      CONTEXT,
    ).get("t")?.descriptor["x-autonomy"];
  expect([
    levelsOf({ "x-autonomy": "autonomous" }, {}),
    levelsOf({ "x-autonomy": "manual" }, {}),
    levelsOf({}, { a: 1 }),
  ]).toEqual(["confirm", "manual", undefined]);
  // Nor is it trusted for a word that is not known here.
  expect([
    levelsOf({ "x-autonomy": "autonomous" }, { "x-autonomy": "never" }),
    levelsOf({ "x-autonomy": "never" }, { "x-autonomy": "never" }),
    levelsOf({ "x-autonomy": "supervised" }, { "x-autonomy": "never" }),
  ]).toEqual(["confirm", "confirm", "supervised"]);
});

test("an argument for hosts that a tool has in a branch keeps its name, and ours gives way", () => {
  const branched = { type: "object", anyOf: [{ properties: { hosts: { type: "integer" } } }] };
  const merged = mergeTools([{ hosts: WEB, tools: [tool("t", { inputSchema: branched })] }], CONTEXT).get(
    "t",
  );
  expect([merged?.hostsArgument, merged?.descriptor.inputSchema]).toMatchObject([
    "runspec_hosts",
    {
      properties: { hosts: { type: "integer" }, runspec_hosts: { type: "array" } },
      required: ["runspec_hosts"],
    },
  ]);
});

test("an argument for hosts that a tool asks for without describing it keeps its name, too", () => {
  const asking = { type: "object", required: ["hosts"] };
  const merged = mergeTools([{ hosts: WEB, tools: [tool("t", { inputSchema: asking })] }], CONTEXT).get("t");
  expect(merged?.descriptor.inputSchema.required).toEqual(["runspec_hosts", "hosts"]);
});

test("a tool whose name no client can pass on is left out, and the others stay", () => {
  const names = [
    "a",
    "déploie",
    "x".repeat(128),
    "x".repeat(129),
    "",
    "new\nline",
    "sp ace",
    "hid\u200bden",
    "half\ud83d",
  ];
  const merged = mergeTools([{ hosts: WEB, tools: names.map((name) => tool(name)) }], CONTEXT);
  expect([...merged.keys()]).toEqual(["a", "déploie", "x".repeat(128)]);
});

test("half a character in what a host says, as of a text that was cut, is none in the list", () => {
  const half = "\ud83d";
  const schema = input({ [`p${half}`]: { type: "string", description: `\\ud83d ${half}`, enum: [half] } });
  const one = tool("t", { ...schema, title: `T${half}`, description: `${"x".repeat(10)}${half}` });
  const merged = mergeTools([{ hosts: WEB, tools: [one] }], CONTEXT).get("t");
  const text = JSON.stringify(merged?.descriptor);
  expect([text.match(/(?<!\\)\\ud83d/), text.match(/\ufffd/g)?.length]).toEqual([null, 6]);
  expect(text).toContain('"description":"\\\\ud83d \ufffd"');
});

test("a list of a hundred hosts is hardly longer than that of one", () => {
  const tools = Array.from({ length: 12 }, (_, index) =>
    tool(`tool-${index}`, {
      ...input({ env: { type: "string", enum: ["a", "b"] } }, ["env"]),
      title: "Title",
    }),
  );
  const bytes = (count: number) => {
    const names = Array.from({ length: count }, (_, index) => `host-${index}`);
    const merged = mergeTools([{ hosts: names, tools }], { names, listTool: "list_hosts" });
    return JSON.stringify([...merged.values()].map(({ descriptor }) => descriptor)).length;
  };
  expect(bytes(100) / bytes(1)).toBeLessThan(1.2);
});

test("the title and the words of the most hosts are shown, and the title stands where clients look for it", () => {
  const offers = [
    { hosts: DB, tools: [tool("t", { title: "Few", description: "of one" })] },
    { hosts: WEB, tools: [tool("t", { title: "Many", description: "of two" })] },
  ];
  const shown = mergeTools(offers, CONTEXT).get("t")?.descriptor;
  expect([shown?.title, shown?.annotations?.title, shown?.description]).toEqual(["Many", "Many", "of two"]);
  const plain = mergeTools([{ hosts: DB, tools: [tool("t")] }], CONTEXT).get("t")?.descriptor;
  expect([Object.keys(plain ?? {}).includes("title"), Object.keys(plain?.annotations ?? {})]).toEqual([
    false,
    ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"],
  ]);
});
