import { describe, expect, test } from "bun:test";
import Ajv from "ajv";
import Ajv2020 from "ajv/dist/2020";
import { specFileSchema } from "../../../packaging/file-schema.ts";
import { parseSpec } from "../../../src/spec/load.ts";
import { parseToml, plainTable } from "../../../src/spec/toml/parse.ts";
import { namesOf, textOf } from "../corpus.ts";

/** Bad files whose mistake JSON Schema has no words for, and why. */
const INEXPRESSIBLE: Record<string, string> = {
  "command-of-subcommand": "a subcommand and a tool are one definition",
  "default-not-an-option": "compares two fields",
  "default-outside-range": "compares two fields",
  "not-utf-8": "concerns bytes",
  "passing-lost": "depends on how become programs are called",
  "position-after-many": "compares two arguments",
  "position-twice": "compares two arguments",
  "range-backwards": "compares two numbers",
  "same-tool": "compares two tools",
  "same-variable": "compares two arguments",
  "same-variable-of-tool": "compares two arguments",
  "short-twice": "compares two arguments",
  "two-rests": "compares two arguments",
};

const validate = new Ajv2020({
  strict: true,
  strictTypes: false,
  strictRequired: false,
  strictTuples: false,
}).compile(specFileSchema());

function accepts(text: string): boolean {
  const parsed = parseToml(text);
  return "table" in parsed && validate(plainTable(parsed.table));
}

describe("the JSON Schema of runspec.toml", () => {
  test("has no pattern that editors cannot read: Taplo's engine, Rust's, knows no \\0", () => {
    expect(JSON.stringify(specFileSchema())).not.toMatch(/\\\\\d/);
  });

  test.each(namesOf("good"))("accepts %s", (name) => {
    const accepted = accepts(textOf("good", `${name}.toml`));
    expect({ accepted, errors: validate.errors ?? [] }).toEqual({ accepted: true, errors: [] });
  });

  test.each(namesOf("bad"))("rejects %s where it can", (name) => {
    expect(accepts(textOf("bad", `${name}.toml`))).toBe(name in INEXPRESSIBLE);
  });

  test("rejects unknown keys, which the loader only warns of", () => {
    expect(accepts(textOf("doubtful", "unknown-keys.toml"))).toBe(false);
    expect(accepts('[deploy]\ndescripton = "x"\n')).toBe(false);
  });

  test.each([
    ["[t.args.a]\ndeprecated = true\n", true],
    ['[t.args.a]\ndeprecated = "--b"\n', true],
    ["[t.args.a]\ndeprecated = 1\n", false],
    ["[config]\nversion = 1\n", true],
    ["[config]\nversion = 1.0\n", true],
    ["[config]\nversion = true\n", false],
    ['[config.logging]\nrotate = "Weekly"\n', true],
    ['[config.logging]\nrotate = "10 MB"\n', true],
    ['[config.logging]\nrotate = "Monthly"\n', false],
    ['[[t.examples]]\ncommand = "t --a"\n', true],
    ['[[t.examples]]\ncommand = "t --a"\ndescription = "x"\n', true],
    ['[[t.examples]]\ndescription = "x"\n', false],
    ['[t.args.a]\ntype = "int"\noptions = ["1"]\n', false],
    ['[t.args.a]\ntype = "path"\noptions = [1]\n', false],
    ['[t.args.a]\ntype = "float"\noptions = [1, 1.5]\n', true],
    ["[config.logging]\nrotate = 5\n", false],
    ["[config.logging]\nrotate = true\n", false],
    ['[t]\ntimeout = "0s"\n', false],
    ['[t]\nlease = "1m0s"\n', true],
    ['[t]\nmax-output = "0.0 MB"\n', false],
    ['[t]\nmax-output = "none"\n', true],
    ['[t]\nrun_as = "two words"\n', false],
    ['[t]\nrun_as = "machine$"\n', true],
    ['[t]\nrun_as = "$WHO"\n', true],
    ['[t]\nrun_as = "$1"\n', false],
    ['[t.run_as]\ndefault = "-x"\n', false],
    ['[t.run_as.hosts]\n"web-01" = "a b"\n', false],
    ['[t.run_as.hosts]\n"constructor" = "app"\n', false],
    ['[t.run_as.patterns]\n"web.*" = ""\n', true],
    ['[t.args.a.meta]\n"__proto__" = 1\n', false],
    ['[t]\ncommand = ["", "x"]\n', false],
    ['[t.args]\na = ["x", 2]\n', false],
    ["[t.args]\na = [1.5, 2]\n", true],
    ['[t.args]\na = "\\u0000"\n', false],
    ["[t.args]\na.default = true\na.options = [1]\n", false],
    ['[t.args]\na.default = "b"\na.options = [1]\n', false],
    ['[t.args]\na.default = "1,2"\na.options = [1, 2]\na.delimiter = ","\n', true],
    ['[t.args.a]\ntype = "int"\ndefault = true\ndelimiter = ","\n', false],
    ["[t.args.a]\ndefault = [1]\nmultiple = false\n", false],
    ['[t.args.a]\ndefault = [1]\nmultiple = false\ndelimiter = ","\n', true],
    ['[t.args.a]\ntype = "rest"\ndefault = ["x"]\nmultiple = false\n', true],
  ])("is of the loader's opinion: %j", (text, taken) => {
    const { issues } = parseSpec(text, "/spec/runspec.toml");
    const isTaken = issues.every(({ severity }) => severity === "note");
    expect([accepts(text), isTaken]).toEqual([taken, taken]);
  });

  test("explains every key", () => {
    const silent = ["config", "logging", "jumpHost", "tool", "argumentTable", "group"].flatMap((name) =>
      Object.entries(specFileSchema().$defs[name]?.properties ?? {})
        .filter(([, schema]) => !schema.description)
        .map(([key]) => `${name}.${key}`),
    );
    expect(silent).toEqual([]);
  });

  test("accepts the same files by the rules of draft 7, which is all that some editors know", () => {
    const { $schema: _, ...schema } = specFileSchema();
    const accepted = new Ajv({ strict: false }).compile(schema);
    const refused = namesOf("good").filter((name) => {
      const parsed = parseToml(textOf("good", `${name}.toml`));
      return !("table" in parsed && accepted(plainTable(parsed.table)));
    });
    expect(refused).toEqual([]);
  });

  test("is the same every time", () => {
    expect(JSON.stringify(specFileSchema())).toBe(JSON.stringify(specFileSchema()));
  });
});
