/** Calls that a tool cannot take: every reason in one answer, and nothing is started. Each reason by itself is test/arguments'. */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Jumper, jumper } from "./spec-jump.ts";
import { serveTools, type ToolServer } from "./spec-site.ts";

setDefaultTimeout(60_000);

/** Whatever else happens, a tool that was started leaves `started` beside its runspec.toml. */
const TOOLS = `
[t]
autonomy = "autonomous"
command = ["/bin/sh", "-c", "touch started", "sh"]
[t.args]
env     = {options = ["staging", "production"], short = "e"}
count   = {default = 3, range = [1, 10]}
ratio   = {type = "float", range = [0.0, 1.0], required = false}
on      = {type = "bool", required = false}
dry-run = {type = "flag"}
tags    = {type = "int", multiple = true, required = false}
list    = {delimiter = ",", options = ["a", "b"], required = false}
file    = {type = "path", position = 1}
extra   = {type = "rest"}

[nothing]
autonomy = "autonomous"
command = ["/bin/sh", "-c", "touch started", "sh"]

[needs]
autonomy = "autonomous"
command = ["/bin/sh", "-c", "touch started", "sh"]
args.words = {type = "rest", required = true}
`;

type Args = Record<string, unknown>;

const GIVEN: [what: string, tool: string, args: Args, reasons: string[]][] = [
  ["nothing that is required", "t", {}, ["env is required", "file is required"]],
  [
    "the wrong type of everything",
    "t",
    {
      env: 1,
      count: "five",
      ratio: "half",
      on: 1,
      "dry-run": "perhaps",
      tags: ["x"],
      list: [1],
      file: {},
      extra: {},
    },
    [
      'env: found 1, expected one of "staging", "production"',
      'count: found "five", expected an integer from 1 to 10',
      'ratio: found "half", expected a number from 0 to 1',
      "on: found 1, expected true or false",
      'dry-run: found "perhaps", expected true or false',
      'tags: found "x", expected an integer',
      'list: found 1, expected one of "a", "b"',
      "file: found an object, expected a path",
      'extra: found an object, expected a list such as ["a", "b"]',
    ],
  ],
  ["nothing for a rest that is required", "needs", {}, ["words is required"]],
  ["an empty list for it", "needs", { words: [] }, ["words is required"]],
];

describe("serve refuses", () => {
  let server: ToolServer;
  beforeAll(async () => {
    server = await serveTools(TOOLS);
  });
  afterAll(() => server.client.close());

  test.each(GIVEN)("%s", async (_what, tool, args, reasons) => {
    expect(await server.refusal(tool, args)).toEqual({ refused: reasons.join("\n"), code: 125 });
    expect(existsSync(join(server.cwd, "started"))).toBe(false);
  });
});

const TYPED: [what: string, tool: string, words: string[], reasons: string[]][] = [
  ["nothing that is required", "t", [], ["--env is required", "<file> is required"]],
  [
    "the wrong type of everything",
    "t",
    [
      "--env",
      "1",
      "--count",
      "x",
      "--ratio=1/2",
      "--on",
      "maybe",
      "--dry-run=2",
      "--tags",
      "1",
      "--tags=y",
      "f",
    ],
    [
      '--env: found "1", expected one of "staging", "production"',
      '--count: found "x", expected an integer from 1 to 10',
      '--ratio: found "1/2", expected a number from 0 to 1',
      '--on: found "maybe", expected true or false',
      '--dry-run: found "2", expected true or false',
      '--tags: item 2: found "y", expected an integer',
    ],
  ],
  [
    "values out of bounds, and one that is missing",
    "t",
    ["-e", "production", "--count=0", "--list", "a,c,d"],
    [
      "--count: found 0, expected an integer from 1 to 10",
      '--list: item 2: found "c", expected one of "a", "b"; item 3: found "d", expected one of "a", "b"',
      "<file> is required",
    ],
  ],
  ["nothing for a rest that is required", "needs", ["--"], ["<words> is required"]],
];

describe("jump refuses, before the tool starts,", () => {
  let host: Jumper;
  beforeAll(async () => {
    host = await jumper(TOOLS);
  });

  test.each(TYPED)("%s", async (_what, tool, words, reasons) => {
    const { code, out, stderr } = await host.jump(tool, words);
    expect([code, out]).toEqual([125, ""]);
    const said = reasons.map((reason) => `${tool}: ${reason}\n`).join("");
    expect(stderr).toBe(`runspec: ${said}  usage: runspec jump far ${tool} -- --help\n`);
    const here = await host.here(tool, words);
    expect([here.code, here.out, here.stderr]).toEqual([code, out, stderr]);
    expect(existsSync(join(host.remote, "started"))).toBe(false);
  });

  test("but not what fits", async () => {
    expect(await host.jump("nothing")).toMatchObject({ code: 0, stderr: "" });
    expect(existsSync(join(host.remote, "started"))).toBe(true);
  });
});
