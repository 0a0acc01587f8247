import { describe, expect, test } from "bun:test";
import type { Value } from "../../src/arguments/model.ts";
import { resolveValues } from "../../src/arguments/resolve-values.ts";
import { BECOME_METHODS } from "../../src/become/methods.ts";
import type { Runnable } from "../../src/spec/model.ts";
import type { Tool } from "../../src/tools/catalog.ts";
import { type PlanRequest, planCall } from "../../src/tools/plan.ts";
import { toolOf } from "../spec/declared.ts";

type Over = Partial<
  Omit<PlanRequest, "tool"> & Pick<Tool, "becomes" | "fileValues"> & { runnable: Runnable }
>;

/** The plan of a call of `[tool]` with this inside. */
function plan(inside: string, call: Record<string, Value>, over: Over = {}) {
  const { becomes, fileValues = new Map(), runnable = toolOf(inside), ...others } = over;
  const { env = {} } = others;
  const given = new Map(Object.entries(call));
  const { values } = resolveValues(toolOf(inside), given, env, fileValues);
  return planCall({
    tool: { ...runnable, becomes, fileValues },
    executable: ["/opt/deploy", "now"],
    given,
    values,
    env,
    agent: false,
    loginShellOf: () => "/bin/sh",
    ...others,
  });
}

const ENV = 'args.env = { type = "str" }\n';
const TOKENS = 'args.token = { type = "str", delimiter = "," }\n';
const PIN = 'args.pin = { type = "int", ui = "password" }\n';
const LEVEL = "args.level = 3\n";
const CARRY = "become_env = true\n";

describe("as oneself", () => {
  test("argv holds what was given, the environment every value", () => {
    const env = { PATH: "/bin", RUNSPEC_ARG_OF_ANOTHER: "x" };
    expect(plan(ENV + LEVEL, { env: "prod" }, { env })).toEqual({
      argv: ["/opt/deploy", "now", "--env", "prod"],
      shown: ["/opt/deploy", "now", "--env", "prod"],
      env: {
        PATH: "/bin",
        RUNSPEC_CONFIG: "/spec/runspec.toml",
        RUNSPEC_TOOL_ARG_ENV: "prod",
        RUNSPEC_ARG_ENV: "prod",
        RUNSPEC_ARG_LEVEL: "3",
        RUNSPEC_GIVEN: "TOOL:ENV",
      },
    });
  });

  const FLAGS =
    'args.on = true\nargs.off = { default = false, env = "OFF" }\nargs.sure = { type = "bool" }\nargs.some = { type = "rest", default = ["x"] }\n';
  const reread: [what: string, call: Record<string, Value>, env: Record<string, string>, own: object][] = [
    ["a default is none", {}, {}, {}],
    ["false is empty", { on: false, sure: false }, {}, { ON: "", SURE: "" }],
    ["true is 1", { off: true, sure: true }, {}, { OFF: "1", SURE: "1" }],
    ["a variable that switches off does so there too", {}, { OFF: "no" }, { OFF: "" }],
    ["a variable that switches on speaks for itself", {}, { OFF: "yes" }, {}],
    ["a variable of its own is handed on", {}, { RUNSPEC_TOOL_ARG_SURE: "0" }, { SURE: "0" }],
    ["a rest that is empty in the place of its default says nothing", { some: [] }, {}, {}],
    ["a list stands there by lines", { some: ["a", "b"] }, {}, { SOME: "a\nb" }],
    ["what an outer call was given is not", { sure: true }, { RUNSPEC_ARG_ON: "0" }, { SURE: "1" }],
  ];
  test.each(reread)("a tool that reads its variables again: %s", (_, call, env, own) => {
    const found = Object.entries(plan(FLAGS, call, { env }).env).flatMap(([name, value]) => {
      const [, argument] = /^RUNSPEC_TOOL_ARG_(.+)$/.exec(name) ?? [];
      return argument === undefined ? [] : [[argument, value]];
    });
    expect(Object.fromEntries(found)).toEqual(own);
  });

  test("the names of checked values are not for what the .runspec_env says", () => {
    const fileValues = new Map([
      ["RUNSPEC_ARG_LEVEL", "99"],
      ["RUNSPEC_ARG_ENV", "x"],
      ["SITE", "db"],
    ]);
    const { env } = plan(`${LEVEL}args.env = { type = "str", required = false }\n`, {}, { fileValues });
    expect(env).toEqual({ RUNSPEC_CONFIG: "/spec/runspec.toml", RUNSPEC_ARG_LEVEL: "3", SITE: "db" });
  });

  test.each([
    ["the rest", { rest: [] }, ["--"]],
    ["what is split", { split: [] }, ["--split="]],
    ["what is split, by its place", { placed: [] }, [""]],
    ["what is repeated, which only its variable can say", { many: [] }, []],
  ])("an empty list in the place of a default is said: %s", (_, call, words) => {
    const inside = [
      'args.rest = { type = "rest", default = ["x"] }',
      'args.split = { type = "str", delimiter = ",", default = "a,b" }',
      'args.placed = { type = "str", delimiter = ",", default = "a", position = 1 }',
      'args.many = { type = "str", default = ["a"] }',
    ].join("\n");
    expect(plan(inside, call).argv.slice(2)).toEqual(words);
    expect(plan(inside, call).env.RUNSPEC_TOOL_ARG_MANY).toBe("many" in call ? "" : undefined);
  });

  test.each([
    ["a value", { a: "-5" }, ["--a=-5"]],
    ["a call for help", { a: "-h" }, ["--a=-h"]],
    ["a dash alone", { a: "-" }, ["--a=-"]],
    ["each of a list", { many: ["x", "-y"] }, ["--many", "x", "--many=-y"]],
    ["what is joined", { split: ["-1", "2"] }, ["--split=-1,2"]],
    ["a dash further on", { a: "x-y" }, ["--a", "x-y"]],
  ])("%s that begins with a dash is joined to its name", (_, call, words) => {
    const inside = [
      'args.a = { type = "str" }',
      'args.many = { type = "str", multiple = true }',
      'args.split = { type = "str", delimiter = "," }',
    ].join("\n");
    expect(plan(inside, call).argv.slice(2)).toEqual(words);
  });

  test.each([
    ["a list", 'args.items = { type = "str", multiple = true }', ["--items", "x"]],
    ["the rest", 'args.items = { type = "rest" }', ["x"]],
    ["words by place", 'args.items = { type = "str", multiple = true, position = 1 }', ["x"]],
  ])("two hundred thousand words in %s are the system's to refuse", (_, inside, last) => {
    const { argv } = plan(inside, { items: new Array(200_000).fill("x") });
    expect(argv.length).toBeGreaterThan(200_000);
    expect(argv.slice(-last.length)).toEqual(last);
  });

  test("a secret is masked by what it is, not by what it looks like", () => {
    const { argv, shown } = plan(ENV + TOKENS + PIN, { env: "a,b", token: ["a", "b"], pin: 7 });
    expect(argv).toEqual(["/opt/deploy", "now", "--env", "a,b", "--token", "a,b", "--pin", "7"]);
    expect(shown).toEqual(["/opt/deploy", "now", "--env", "a,b", "--token", "***,***", "--pin", "***"]);
  });
});

describe("method × flags × declared env × become_env × already that user → argv", () => {
  const DECLARED = 'args.token = { type = "str", env = ["SITE_TOKEN"], required = false }\n';
  const CARRIED = ["env", "RUNSPEC_CONFIG=/spec/runspec.toml"];
  const DECLARED_TOO = [...CARRIED, "RUNSPEC_ARG_TOKEN=s3", "SITE_TOKEN=s3"];
  const env = { SITE_TOKEN: "s3" };
  const command = ["/opt/deploy", "now"];
  const around = (method: string, flags: string[], words: string[]) =>
    method === "su"
      ? ["su", ...flags, "-c", words.join(" "), "oracle"]
      : [method, ...flags, "-u", "oracle", ...words];
  const rows = BECOME_METHODS.flatMap((method) =>
    [[], ["-n"]].flatMap((flags) =>
      [false, true].flatMap((declared) =>
        [undefined, true, ...(declared ? [] : [false])].map((becomeEnv) => {
          const said = becomeEnv === undefined ? "" : `become_env = ${becomeEnv}\n`;
          const inside = `become_method = "${method}"\nbecome_flags = "${flags.join(" ")}"\n${said}${declared ? DECLARED : ""}`;
          const prefix = declared ? DECLARED_TOO : becomeEnv === true ? CARRIED : [];
          return [
            inside.replaceAll("\n", "; "),
            inside,
            around(method, flags, [...prefix, ...command]),
          ] as const;
        }),
      ),
    ),
  );
  test.each(rows)("%s", (_, inside, argv) => {
    expect(plan(inside, {}, { becomes: "oracle", env }).argv).toEqual(argv);
    // Whoever is that user already becomes nobody.
    expect(plan(inside, {}, { env }).argv).toEqual(command);
  });
});

describe("as another user", () => {
  test("env carries runspec's own variables and the declared ones that have a value, and nothing else", () => {
    const site = 'args.site = { type = "str", env = ["SITE", "SITE_OLD", "SITE_NEW"] }\n';
    const { argv, env, become } = plan(
      ENV + site,
      { env: "prod" },
      {
        becomes: "oracle",
        agent: true,
        env: { PATH: "/bin", SITE_OLD: "old" },
        fileValues: new Map([
          ["SITE", "of the file"],
          ["OTHER", "x"],
        ]),
      },
    );
    expect(argv).toEqual([
      "sudo",
      "-u",
      "oracle",
      "env",
      "RUNSPEC_CONFIG=/spec/runspec.toml",
      "RUNSPEC_AGENT=1",
      "RUNSPEC_TOOL_ARG_ENV=prod",
      "RUNSPEC_ARG_ENV=prod",
      "RUNSPEC_ARG_SITE=of the file",
      "RUNSPEC_GIVEN=TOOL:ENV",
      "SITE=of the file",
      "SITE_OLD=old",
      "/opt/deploy",
      "now",
      "--env",
      "prod",
    ]);
    expect(env.PATH).toBe("/bin");
    expect(become).toMatchObject({ method: "sudo", user: "oracle", flags: "" });
  });

  test.each(["sudo", "su"])(
    "by %s: a script that reads its argv again takes the variables for its own",
    (method) => {
      const inside = `become_method = "${method}"\n${CARRY}${ENV}`;
      const runnable = { ...toolOf(inside), rereadsArgv: true as const };
      const { argv, env } = plan(inside, { env: "prod" }, { becomes: "oracle", runnable });
      expect(argv.join(" ")).toContain("RUNSPEC_TOOL_ARG_ENV=prod");
      expect([argv.join(" ").includes("RUNSPEC_GIVEN"), env.RUNSPEC_GIVEN]).toEqual([false, undefined]);
    },
  );

  test("a script that reads its argv again is given all by name", () => {
    const lines =
      'args.a = {position = 1}\nargs.b = {position = 2}\nargs.c = {type = "str", position = 3, delimiter = ","}';
    const call = { a: "x", b: "-y", c: ["1", "-2"] };
    const runnable = { ...toolOf(lines), rereadsArgv: true as const };
    const words = (over: Over) =>
      plan(lines, call, { runnable, ...over }).argv.slice(over.becomes === undefined ? 2 : 5);
    expect(words({})).toEqual(["x", "-y", "1,-2"]);
    expect(words({ becomes: "oracle" })).toEqual(["--a", "x", "--b=-y", "--c", "1,-2"]);
    const off = { ...toolOf("args.sure = true"), rereadsArgv: true as const };
    const plain = plan("", { sure: false }, { runnable: off }).argv;
    expect([plain, plan("", { sure: false }, { runnable: off, becomes: "oracle" }).argv.slice(3)]).toEqual([
      ["/opt/deploy", "now"],
      ["/opt/deploy", "now", "--sure=false"],
    ]);
    expect(words({ becomes: "oracle", runnable: toolOf(lines) })).toEqual(["x", "-y", "1,-2"]);
  });

  test("what may be shown differs in the secrets alone", () => {
    const { argv, shown } = plan(CARRY + TOKENS + LEVEL, { token: ["a b", "c"] }, { becomes: "oracle" });
    expect(argv).toContain("RUNSPEC_ARG_TOKEN=a b\nc");
    expect(shown).toEqual(argv.map((word) => word.replace("a b\nc", "***").replace("a b,c", "***,***")));
  });

  test("a caller is not told what a variable or the file says", () => {
    const site = 'args.site = { type = "str", env = ["SITE", "OLD"] }\n';
    const over = { becomes: "oracle", env: { OLD: "o" }, fileValues: new Map([["SITE", "db"]]) };
    const { shown, become } = plan(ENV + LEVEL + site, { env: "prod" }, over);
    const unsent = ["RUNSPEC_ARG_SITE=db", "SITE=db", "OLD=o"];
    const masked = (word: string) => (unsent.includes(word) ? word.replace(/=.*/, "=***") : word);
    expect(shown).toEqual(expect.arrayContaining([...unsent, "RUNSPEC_ARG_ENV=prod", "RUNSPEC_ARG_LEVEL=3"]));
    expect(become).toMatchObject({ shown: shown.map(masked), unsent });
  });

  test("in the one string of su, too", () => {
    const inside = `${CARRY}become_method = "su"\nbecome_flags = "-"\n${PIN}`;
    expect(plan(inside, { pin: 7 }, { becomes: "oracle" }).shown).toEqual([
      "su",
      "-",
      "-c",
      "env RUNSPEC_CONFIG=/spec/runspec.toml 'RUNSPEC_TOOL_ARG_PIN=***' 'RUNSPEC_ARG_PIN=***' RUNSPEC_GIVEN=TOOL:PIN /opt/deploy now --pin '***'",
      "oracle",
    ]);
  });

  test("a placeholder of a secret is none", () => {
    const over = { becomes: "oracle", placeholders: new Set(["token"]) };
    expect(plan(CARRY + TOKENS, { token: ["<token>"] }, over).shown.slice(5)).toEqual([
      "RUNSPEC_TOOL_ARG_TOKEN=<token>",
      "RUNSPEC_ARG_TOKEN=<token>",
      "RUNSPEC_GIVEN=TOOL:TOKEN",
      "/opt/deploy",
      "now",
      "--token",
      "<token>",
    ]);
  });

  test("a value that is too long for a variable is in argv alone", () => {
    const { argv, env } = plan(CARRY + ENV, { env: "x".repeat(131_072) }, { becomes: "oracle" });
    expect(argv.slice(4, -1)).toEqual([
      "RUNSPEC_CONFIG=/spec/runspec.toml",
      "RUNSPEC_GIVEN=TOOL:ENV",
      "/opt/deploy",
      "now",
      "--env",
    ]);
    expect(env).toEqual({ RUNSPEC_CONFIG: "/spec/runspec.toml", RUNSPEC_GIVEN: "TOOL:ENV" });
  });
});

test("of a tool without arguments, a call has words only where it gives a flag that logging adds", () => {
  const noWords = (call: Record<string, Value>) =>
    plan("[config.logging]", call, { becomes: "oracle" }).become?.noWords;
  expect([noWords({}), noWords({ debug: true })]).toEqual([true, false]);
});
