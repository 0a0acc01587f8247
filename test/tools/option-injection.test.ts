import { expect, test } from "bun:test";
import type { Value } from "../../src/arguments/model.ts";
import { withStandardFlags } from "../../src/spec/tool-arguments.ts";
import { injectedOptions } from "../../src/tools/option-injection.ts";
import { toolOf } from "../spec/declared.ts";

const ARGS = `
[tool.args]
file = {type = "str", position = 1, required = false}
token = {type = "str", position = 2, required = false}
more = {type = "str", position = 4, multiple = true, required = false}
dashed = {type = "str", position = 3, delimiter = "-", required = false}
dry-run = {type = "flag", short = "-d"}
name = {type = "str", required = false}
calm = {type = "flag", short = "-q"}
rest = {type = "rest"}
`;

const rows: [given: Record<string, Value>, problems: string[]][] = [
  [{ file: "a", name: "--dry-run", rest: ["--dry-run", "--"] }, []],
  [{ rest: ["--dry-run", "--"] }, []],
  [{ file: "-" }, []],
  [{ file: "-5" }, []],
  [{ file: "--unknown" }, []],
  [{ file: "--name-of-it" }, []],
  [{ file: "--dry-run" }, ['file: found "--dry-run", which the tool would take for --dry-run']],
  [{ file: "--dry_run" }, ['file: found "--dry_run", which the tool would take for --dry-run']],
  [{ file: "--name=x" }, ['file: found "--name=x", which the tool would take for --name']],
  [{ file: "--dry" }, ['file: found "--dry", which the tool would take for --dry-run']],
  [{ file: "--no-dry-run" }, ['file: found "--no-dry-run", which the tool would take for --dry-run']],
  [{ file: "-name=x" }, ['file: found "-name=x", which the tool would take for --name']],
  ...[
    "--DRY-RUN",
    "-dr",
    "+dry",
    "+Dry_Run=1",
    "--nodry-run",
    "-no",
    "+nodry",
    "-xd",
    "-5d",
    "-D",
    "--dryRun",
    "--dry-run.x",
    "--dry-run:true",
  ].map((file): (typeof rows)[number] => [
    { file },
    [`file: found "${file}", which the tool would take for --dry-run`],
  ]),
  ...["+", "+5", "+x", "-xy", "-x=d", "--x-d", "a-d"].map((file): (typeof rows)[number] => [{ file }, []]),
  ...["-q", "--q", "+q", "--Q", "-Q=1", "--noq", "-calm+"].map((file): (typeof rows)[number] => [
    { file },
    [`file: found "${file}", which the tool would take for --calm`],
  ]),
  [{ file: "-dx" }, ['file: found "-dx", which the tool would take for --dry-run']],
  [{ file: "--" }, ['file: found "--", which the tool would take for the end of its flags']],
  [{ file: "--token=x" }, ['file: found "--token=x", which the tool would take for --token']],
  [{ file: "-t" }, []],
  [{ token: "--name" }, ["token: found a word, which the tool would take for --name"]],
  [{ dashed: ["a", "d"] }, []],
  [{ dashed: ["", "d"] }, ['dashed: found "-d", which the tool would take for --dry-run']],
  [
    { dashed: ["", "", "dry", "run"] },
    ['dashed: found "--dry-run", which the tool would take for --dry-run'],
  ],
  [{ more: ["a", "-d"] }, ['more: found "-d", which the tool would take for --dry-run']],
];
test.each(rows)("%j: %j", (given, problems) => {
  const unfit = injectedOptions(toolOf(ARGS), new Map(Object.entries(given)));
  expect(unfit.map(([{ name }, why]) => `${name}: ${why}`)).toEqual(problems);
});

test.each([
  ['command = ["tool", "--"]\nargs.to = {position = 2, required = false}\n', { file: "--to" }],
  ['argv = "none"\nargs.dry-run = false\n', { file: "--dry-run" }],
  ['args.dry-run = { type = "flag", pass = "env" }\n', { file: "--" }],
])("where nothing is taken for a flag, nothing is refused: %s", (inside, given) => {
  const tool = toolOf(`${inside}args.file = {type = "str", position = 1}\n`);
  expect(injectedOptions(tool, new Map(Object.entries(given)))).toEqual([]);
});

test("a command that ends in -- and is given flags behind it hands these, and the words, to another program", () => {
  const tool = toolOf(
    'command = ["sh", "-c", "exec wipe \\"$@\\"", "--"]\nargs.force = false\nargs.file = {type = "str", position = 1}\n',
  );
  expect(injectedOptions(tool, new Map([["file", "--force"]]))).toHaveLength(1);
});

test("a flag that runspec gives in the environment alone may be one of the tool's words all the same", () => {
  const tool = toolOf(
    'args.force = { type = "flag", pass = "env" }\nargs.file = {type = "str", position = 1}\n',
  );
  expect(injectedOptions(tool, new Map([["file", "--force"]]))).toHaveLength(1);
});

test("a flag that every tool of a file takes, and that nobody has declared, is known by two dashes alone", () => {
  const tool = toolOf('args.file = {type = "str", position = 1}\n');
  const withStandard = { ...tool, args: withStandardFlags(tool.args) };
  const refused = ["-n", "-d", "+debug", "--debug", "--no-s"].filter(
    (file) => injectedOptions(withStandard, new Map([["file", file]])).length > 0,
  );
  expect(refused).toEqual(["--debug", "--no-s"]);
});

test("many words cost no look at each flag: a caller may send 65,536, and one of megabytes", () => {
  const tool = toolOf(ARGS);
  let looks = 0;
  const args = tool.args.map((argument) => ({
    ...argument,
    get name() {
      looks++;
      return argument.name;
    },
  }));
  const looksAt = (words: number) => {
    looks = 0;
    const more = Array.from({ length: words }, (_, index) => `--x${index}`);
    expect(injectedOptions({ ...tool, args }, new Map([["more", more]]))).toEqual([]);
    return looks;
  };
  expect(looksAt(100)).toBe(looksAt(1));
});
