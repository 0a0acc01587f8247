/** Where the value of an argument comes from when the caller gives none: shown by a tool that reports what it got. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { specDir } from "../harness/temp.ts";
import { jumper } from "./spec-jump.ts";
import { REPORT, type Report, serveHere } from "./spec-site.ts";

setDefaultTimeout(60_000);

const TOOL = `[my-tool]
autonomy = "autonomous"
runspec_env = "tool.env"
${REPORT}
[my-tool.args]
dry-x = {type = "int", default = 7, env = ["FIRST", "SECOND"]}
`;

interface Layers {
  toml?: string;
  env?: Record<string, string>;
  /** Files beside the runspec.toml. */
  files?: Record<string, string>;
  given?: Record<string, unknown>;
}

async function reportOf({ toml = TOOL, env = {}, files = {}, given = {} }: Layers): Promise<Report> {
  const cwd = specDir(toml);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text, { mode: 0o600 });
  const deep = join(cwd, "a/b");
  mkdirSync(deep, { recursive: true });
  await using server = await serveHere({ cwd: deep, env });
  return await server.report("my-tool", given);
}

/** Every layer, the strongest first: what gives the value, and which value it gives. */
const LAYERS: [what: string, layer: Layers, value: string][] = [
  ["the caller", { given: { "dry-x": 1 } }, "1"],
  ["RUNSPEC_<RUNNABLE>_ARG_<ARG>", { env: { RUNSPEC_MY_TOOL_ARG_DRY_X: "2" } }, "2"],
  [
    "RUNSPEC_<RUNNABLE>_ARG_<ARG> in .runspec_env",
    { files: { "tool.env": "RUNSPEC_MY_TOOL_ARG_DRY_X=5\n" } },
    "5",
  ],
  ["the first env alias", { env: { FIRST: "3" } }, "3"],
  ["the first env alias in .runspec_env", { files: { "tool.env": "FIRST=6\n" } }, "6"],
  ["the second env alias", { env: { SECOND: "4" } }, "4"],
  ["the second env alias in .runspec_env", { files: { "tool.env": "SECOND='8' # a comment\n" } }, "8"],
  ["the default", { files: { "tool.env": "" } }, "7"],
];

function merged(layers: readonly Layers[]): Layers {
  const text = layers.map(({ files }) => files?.["tool.env"] ?? "").join("");
  return {
    given: Object.assign({}, ...layers.map(({ given }) => given)),
    env: Object.assign({}, ...layers.map(({ env }) => env)),
    files: { "tool.env": text },
  };
}

describe("the value comes from", () => {
  test.concurrent.each(LAYERS.map(([what, , value], index) => ({ what, value, index })))(
    "$what, before all that come after it",
    async ({ value, index }) => {
      const { argv, values } = await reportOf(merged(LAYERS.slice(index).map(([, layer]) => layer)));
      expect({ argv, values }).toEqual({
        argv: index === 0 ? ["--dry-x", value] : [],
        values: { DRY_X: value },
      });
    },
  );
});

const ENV_FILES: [what: string, layers: Layers, value: string][] = [
  ["the runnable's, relative to the file", { files: { "tool.env": "FIRST=1" } }, "1"],
  [
    "[config]'s, where the runnable names none",
    {
      toml: `[config]\nrunspec_env = "all.env"\n${TOOL.replace(/runspec_env.*\n/, "")}`,
      files: { "all.env": "export FIRST=2", "tool.env": "FIRST=1" },
    },
    "2",
  ],
  [
    "the runnable's before [config]'s",
    {
      toml: `[config]\nrunspec_env = "all.env"\n${TOOL}`,
      files: { "all.env": "FIRST=2", "tool.env": 'FIRST="3"' },
    },
    "3",
  ],
  [
    "RUNSPEC_ENV_FILE's before both, relative to the working directory",
    {
      env: { RUNSPEC_ENV_FILE: "../../other.env" },
      files: { "other.env": "FIRST=4", "tool.env": "FIRST=1" },
    },
    "4",
  ],
  [
    "the environment's own before any",
    { env: { FIRST: "5" }, files: { "tool.env": "FIRST=1\nSECOND=2" } },
    "5",
  ],
  ["an empty one is none for a number", { env: { FIRST: "", SECOND: "6" } }, "6"],
];

describe("the file with values is", () => {
  test.concurrent.each(ENV_FILES)("%s", async (_what, layers, value) => {
    expect((await reportOf(layers)).values).toEqual({ DRY_X: value });
  });

  test.concurrent("read for the tool's own environment too, which it never overrides", async () => {
    const { env } = await reportOf({
      env: { KEPT: "mine" },
      files: { "tool.env": "KEPT=file\nADDED=file\nFIRST=1\n" },
    });
    expect([env.KEPT, env.ADDED, env.FIRST, env.RUNSPEC_AGENT]).toEqual(["mine", "file", "1", "1"]);
  });
});

describe("a text in the environment that does not fit", () => {
  const toml = `[t]\nautonomy = "autonomous"\n${REPORT}
[t.args]
a = {type = "int", env = "A", range = [1, 5]}
b = {type = "flag", env = "B"}
c = {options = ["x", "y"], env = "C"}
`;
  const env = { A: "9", B: "perhaps", RUNSPEC_T_ARG_C: "z" };

  test.concurrent("is refused by the name of its variable, with all others", async () => {
    const cwd = specDir(toml);
    await using server = await serveHere({ cwd, env });
    expect(await server.refusal("t", { a: 1 })).toEqual({
      code: 125,
      refused: [
        "b: the environment variable B: found something else (not shown), expected true or false",
        'c: the environment variable RUNSPEC_T_ARG_C: found something else (not shown), expected one of "x", "y"',
      ].join("\n"),
    });
  });

  test.concurrent("is refused in run beside what is wrong with the words", async () => {
    const cwd = specDir(toml);
    const { code, stderr } = await run(["run", "t", "--", "--a=7"], { cwd, env });
    expect(code).toBe(125);
    expect(stderr).toBe(
      [
        "runspec: t: --a: found 7, expected an integer from 1 to 5",
        "t: b: the environment variable B: found something else (not shown), expected true or false",
        't: c: the environment variable RUNSPEC_T_ARG_C: found something else (not shown), expected one of "x", "y"',
        "  usage: runspec run t -- --help\n",
      ].join("\n"),
    );
  });

  test.concurrent("counts for nothing once the caller gives a value", async () => {
    const { jump } = await jumper(toml, env);
    const { code, stderr } = await jump("t", ["--a=1", "--no-b", "--c=x"]);
    expect([code, stderr]).toEqual([0, ""]);
  });
});

test.concurrent("an empty list that replaces no default leaves an argument to its variable", async () => {
  const toml = `[t]\nautonomy = "autonomous"\n${REPORT}\n[t.args]\na = {type = "int", delimiter = ",", env = "A"}\nb = {type = "rest"}\n`;
  const cwd = specDir(toml);
  await using server = await serveHere({ cwd, env: { A: "1,2" } });
  const { argv, values } = await server.report("t", { a: [], b: [] });
  expect({ argv, values }).toEqual({ argv: [], values: { A: "1\n2" } });
});

test.concurrent("a required argument that the remote's environment has is not asked for", async () => {
  const { jump } = await jumper(
    `[t]\nautonomy = "autonomous"\ncommand = ["/bin/sh", "-c", "echo $RUNSPEC_ARG_KEY"]\n[t.args]\nkey = {env = "API_KEY"}\n`,
    { API_KEY: "k1" },
  );
  expect(await jump("t")).toMatchObject({ code: 0, out: "k1\n", stderr: "" });
});

test.concurrent("a file with values that anyone could have written is not read, and that is said", async () => {
  const cwd = specDir(TOOL);
  const values = join(cwd, "tool.env");
  writeFileSync(values, "FIRST=1\n");
  chmodSync(values, 0o666);
  const { code, out } = await runHere(["local"], { cwd });
  expect(code).toBe(0);
  expect(out).toContain(
    `  warning: ${values}: not read as an environment file: refused: anyone on this machine can write it; run: chmod o-w ${values}\n`,
  );
});
