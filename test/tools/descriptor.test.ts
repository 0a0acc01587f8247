/** What `tools/list` says of a tool, and what clients make of it. */

import { describe, expect, test } from "bun:test";
import { AUTONOMY, type Autonomy } from "../../src/arguments/autonomy.ts";
import { annotationsOf, describeTool, instructionsFor } from "../../src/tools/descriptor.ts";
import { toolOf } from "../spec/declared.ts";

const described = (inside: string, reader: "person" | "program" = "program") =>
  describeTool({ ...toolOf(inside), preset: new Map() }, reader);

type Hints = ReturnType<typeof annotationsOf>;
const hints = (
  readOnlyHint: boolean,
  destructiveHint: boolean,
  openWorldHint: boolean,
  idempotentHint = false,
): Hints => ({
  readOnlyHint,
  destructiveHint,
  idempotentHint,
  openWorldHint,
});

test.each<[declared: string, Hints]>([
  ['autonomy = "autonomous"', hints(false, false, false)],
  ['autonomy = "autonomous"\nopen-world = true', hints(false, false, true)],
  ['autonomy = "autonomous"\nidempotent = true', hints(false, false, false, true)],
  ['autonomy = "confirm"', hints(false, true, true)],
  ['autonomy = "supervised"', hints(false, true, true)],
  ['autonomy = "manual"', hints(false, true, true)],
  ['autonomy = "confirm"\nread-only = true', hints(true, false, false)],
  ['autonomy = "confirm"\nread-only = true\nopen-world = true', hints(true, false, true)],
  ['autonomy = "confirm"\nopen-world = false', hints(false, true, false)],
  ['autonomy = "confirm"\nread-only = false\nidempotent = true', hints(false, true, true, true)],
])("%s", (declared, annotations) => {
  expect(described(declared).annotations).toEqual({ title: "Tool", ...annotations });
});

/** Whether a client asks a person, by its own rule. */
const ASKS: Record<string, (hint: Hints) => boolean> = {
  // Codex, codex-rs/core/src/mcp_tool_call.rs at ca466061, requires_mcp_tool_approval; every hint is there.
  "codex, auto": (hint) => hint.destructiveHint || (!hint.readOnlyHint && hint.openWorldHint),
  "codex, writes": (hint) => !hint.readOnlyHint,
  "codex, prompt": () => true,
  // What lets a tool through while nothing is to be changed.
  "cursor, Ask mode": (hint) => !hint.readOnlyHint,
  "claude code, plan mode": (hint) => !hint.readOnlyHint,
};

describe("a client asks", () => {
  const levels = AUTONOMY.flatMap((level): [string, Autonomy, string][] => [
    [level, level, ""],
    [`${level}, read-only`, level, "read-only = true"],
    [`${level}, open-world`, level, "open-world = true"],
  ]);
  const asked: Record<string, string[]> = {
    "codex, auto": levels.map(([name]) => name).filter((name) => !/^autonomous$|read-only/.test(name)),
    "codex, writes": levels.map(([name]) => name).filter((name) => !name.includes("read-only")),
    "codex, prompt": levels.map(([name]) => name),
    "cursor, Ask mode": levels.map(([name]) => name).filter((name) => !name.includes("read-only")),
    "claude code, plan mode": levels.map(([name]) => name).filter((name) => !name.includes("read-only")),
  };
  test.each(Object.entries(ASKS))("%s", (client, asks) => {
    const found = levels.filter(([, level, more]) =>
      asks(annotationsOf(toolOf(`autonomy = "${level}"\n${more}`))),
    );
    expect(found.map(([name]) => name)).toEqual(asked[client] ?? []);
  });
});

test.each<[string, string, string]>([
  ["its own description", 'description = "Ships it"', "Ships it"],
  ["none", "", "Tool"],
  ["a blank one", 'description = "  "', "Tool"],
  ["none, and manual", 'autonomy = "manual"', "Tool\n\nManual: only a person may run this tool."],
])("a tool is described with %s", (_what, declared, text) => {
  expect(described(declared).description).toBe(text);
});

test("a tool that needs a secret which no variable has is for people", () => {
  const needs = (argument: string) => described(`description = "d"\nargs.token = ${argument}`).description;
  const manual = "d\n\nManual: only a person may run this tool.";
  expect(needs('{ autonomy = "manual", ui = "password" }')).toBe(manual);
  expect(needs('{ autonomy = "manual", env = "TOKEN" }')).toBe("d");
  expect(needs('{ autonomy = "manual", required = false }')).toBe("d");
});

describe("a secret", () => {
  const SECRET =
    'args.token = { autonomy = "manual", env = "TOKEN" }\nargs.name = "x"\nargs.key-file = {type = "path", autonomy = "manual", required = false}';
  const names = (reader: "person" | "program") =>
    Object.keys(Object(described(SECRET, reader).inputSchema.properties));
  test("that only a person may give is not shown to an agent", () => {
    expect(names("program")).toEqual(["name", "key-file"]);
  });
  test("that anybody may give is", () => {
    const { description, inputSchema } = described('description = "d"\nargs.token = { ui = "password" }');
    expect([description, Object.keys(Object(inputSchema.properties))]).toEqual(["d", ["token"]]);
  });
  test.each([
    [
      'exactly-one = true\nargs = ["user", "token"]',
      "Exactly one of user or a secret that only a person may give must be given.",
    ],
    [
      'if = "user"\nrequires = "token"',
      "When user is given, a secret that only a person may give must be given too.",
    ],
    [
      'if = "token"\nrequires = "user"',
      "When a secret that only a person may give is given, user must be given too.",
    ],
    [
      'exclusive = true\nargs = ["token", "user", "api-key"]',
      "At most one of a secret that only a person may give or user may be given.",
    ],
    ['at-least-one = true\nargs = ["token", "api-key"]', undefined],
  ])("is not named to an agent by a rule: %s", (rule, words) => {
    const secret = '{ autonomy = "manual", required = false }';
    const tool = `args.user = { required = false }\nargs.token = ${secret}\nargs.api-key = ${secret}\n[tool.groups.g]\n${rule}`;
    const { inputSchema, _meta } = described(tool);
    expect(inputSchema.description).toBe(words);
    expect(_meta["runspec/groups"]).toBeUndefined();
    const forPeople = described(tool, "person");
    expect(forPeople.inputSchema.description).toContain("token");
    expect(forPeople._meta["runspec/groups"]).toHaveLength(1);
  });
  test("is shown to a person", () => {
    expect(names("person")).toEqual(["token", "name", "key-file"]);
  });
});

test.each<[string, number | undefined]>([
  ["", 131_072],
  ['max-output = "20 KiB"', undefined],
  ['max-output = "64 KiB"', 131_072],
  ['max-output = "200 KiB"', 409_600],
  ['max-output = "2 MiB"', 500_000],
  ['max-output = "none"', 500_000],
])("%s is told to Claude Code as %p", (declared, characters) => {
  expect(described(declared)._meta["anthropic/maxResultSizeChars"]).toBe(characters);
});

test("the instructions name the host and the tools of each level", () => {
  const tool = (name: string, autonomy: Autonomy) => ({
    ...toolOf(""),
    name,
    autonomy,
    locate: () => ({ kind: "missing" as const, name, lookedIn: [], reason: "" }),
    user: { kind: "none" as const, why: "" },
    fileValues: new Map<string, string>(),
    preset: new Map<string, boolean>(),
  });
  const confirm = Array.from({ length: 42 }, (_, index) => tool(`t${index}`, "confirm"));
  const names = (of: typeof confirm) => of.map(({ name }) => name).join(", ");
  const some = [
    tool("look", "autonomous"),
    ...confirm,
    { ...tool("gone", "manual"), hidden: "hosts" as const },
  ];
  expect(instructionsFor(some, "web-01")).toBe(
    `These tools run on the host web-01. How far an agent is trusted with them:
- confirm (ask the person before you run one of these): ${names(confirm)}
- autonomous (run these unasked): look`,
  );
  // Claude Code shows a model no more than 2048 characters: the levels are all among them.
  const many = ["autonomous", "confirm", "supervised", "manual"].flatMap((level) =>
    Array.from({ length: 100 }, (_, at) => tool(`a-tool-of-the-kind-${level}-${at}`, level as Autonomy)),
  );
  const text = instructionsFor(many, "h".repeat(64));
  expect(text.length).toBeLessThan(2048);
  expect(text.length).toBeGreaterThan(1800);
  const shown = text.match(/^- \w+|\d+ more$/gm)?.map((one) => one.replace(/\d+/, "n"));
  expect(shown).toEqual(
    ["manual", "supervised", "confirm", "autonomous"].flatMap((one) => [`- ${one}`, "n more"]),
  );
});
