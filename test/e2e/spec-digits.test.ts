/** What a caller wrote for a number is what the tool gets, digit for digit, whichever way it came. */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../harness/binary.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";
import { REPORT, type Report, readReport, serveHere, type ToolServer } from "./spec-site.ts";

setDefaultTimeout(60_000);

/** Numerals of JSON, TOML and the command line alike. */
const FLOATS = [
  ..."0 1 -1 1.0 1.10 -1.10 0.1 0.10 0.1000000000000000055511151231257827 3.14159265358979323846264338327950288".split(
    " ",
  ),
  ..."1e3 1E3 1e+3 1.0e-3 5e-324 -0.0 1.7976931348623157e308 0.000001 0.0000001 100000000000000000000000.0".split(
    " ",
  ),
  ..."2.50 12345678901234567.0 9007199254740993.0 1e21 123456789012345680000.0 0.30000000000000004".split(
    " ",
  ),
];
const INTS = "0 7 -7 42 9007199254740991 -9007199254740991 1000000 -1 2147483648 10".split(" ");
/** Only the command line and variables have these. */
const TEXTS: [type: string, text: string][] = [
  ["int", "007"],
  ["int", "+5"],
  ["int", "-0"],
  ["int", "000000000000000000000009"],
  ["float", ".5"],
  ["float", "5."],
  ["float", "+1.50"],
  ["float", "12345678901234567890"],
  ["str", "12345678901234567890"],
  ["str", "1.10"],
];
const ALL = [
  ...FLOATS.map((text): [string, string] => ["float", text]),
  ...INTS.map((text): [string, string] => ["int", text]),
];

const EVERY = [...ALL, ...TEXTS];

const tool = (name: string, args: string, more = "") =>
  `[${name}]\nautonomy = "autonomous"\n${REPORT}\n${more}\n[${name}.args]\n${args}`;
/** An argument for each, `x0` and on. */
const argsOf = (numbers: typeof EVERY, more: (text: string) => string) =>
  numbers.map(([type, text], index) => `x${index} = {type = "${type}", ${more(text)}}\n`).join("");
const OPTIONAL = () => "required = false";

const cwd = tempDir();
let server: ToolServer;
/** Of one call each that has every number. */
let reports: Record<"number" | "text" | "default" | "quoted" | "file" | "word" | "variable", Report>;
beforeAll(async () => {
  const plain = ["int", "float", "str"].map((type) =>
    tool(`take-${type}`, `x = {type = "${type}", required = false}\n`),
  );
  const defaults = tool(
    "defaults",
    argsOf(ALL, (text) => `default = ${text}`),
  );
  const quoted = tool(
    "quoted",
    argsOf(EVERY, (text) => `default = "${text}"`),
  );
  const file = tool("file", argsOf(EVERY, OPTIONAL), 'runspec_env = "numbers.env"');
  const pick = tool("pick", "x = {options = [3.9, 3.10, 1.0], default = 3.10}\n");
  writeSpec(cwd, [pick, ...plain, tool("all", argsOf(EVERY, OPTIONAL)), defaults, quoted, file].join("\n"));
  const lines = EVERY.map(([, text], index) => `RUNSPEC_FILE_ARG_X${index}=${text}\n`);
  writeFileSync(join(cwd, "numbers.env"), lines.join(""), { mode: 0o600 });
  server = await serveHere({ cwd });
  const numbers = ALL.map(([, text], index) => `"x${index}":${text}`).join();
  const texts = Object.fromEntries(ALL.map(([, text], index) => [`x${index}`, text]));
  const words = EVERY.map(([, text], index) => `--x${index}=${text}`);
  const env = Object.fromEntries(EVERY.map(([, text], index) => [`RUNSPEC_ALL_ARG_X${index}`, text]));
  reports = {
    number: readReport(await textOfCall(`{"name":"all","arguments":{${numbers}}}`)),
    text: await server.report("all", texts),
    default: await server.report("defaults"),
    quoted: await server.report("quoted"),
    file: await server.report("file"),
    word: readReport((await run(["run", "all", "--", ...words], { cwd })).out),
    variable: readReport((await run(["run", "all"], { cwd, env })).out),
  };
});
afterAll(() => server.client.close());

/** What a flag is followed by, in the same word or the next. */
function wordOf(argv: readonly string[], flag: string): string | undefined {
  const joined = argv.find((word) => word.startsWith(`${flag}=`));
  return joined === undefined ? argv[argv.indexOf(flag) + 1] : joined.slice(flag.length + 1);
}

/** What a call answers whose parameters are written as they stand here. */
async function textOfCall(params: string): Promise<string> {
  await server.client.send(
    `{"jsonrpc":"2.0","id":${JSON.stringify(params)},"method":"tools/call","params":${params}}`,
  );
  const { result } = await server.client.next();
  const [content] = Array.isArray(result?.content) ? result.content : [];
  return String(Object(content).text);
}

const named = (numbers: typeof EVERY) => numbers.map(([type, text], index) => ({ type, text, index }));
const both = ({ argv, values }: Report, index: number | "" = "") => ({
  word: wordOf(argv, `--x${index}`),
  variable: values[`X${index}`],
});

describe.each(named(ALL))("$type $text", ({ text, index }) => {
  const exactly = { word: text, variable: text };
  test("as a JSON number", () => expect(both(reports.number, index)).toEqual(exactly));
  test("as JSON text", () => expect(both(reports.text, index)).toEqual(exactly));
  test("as a default", () => expect(reports.default.values[`X${index}`]).toBe(text));
});

describe.each(named(EVERY))("$type $text", ({ type, text, index }) => {
  const exactly = { word: text, variable: text };
  test("on the command line", () => expect(both(reports.word, index)).toEqual(exactly));
  test("in a variable", () => expect(reports.variable.values[`X${index}`]).toBe(text));
  // An integer of the file has no zeros in front, and no sign.
  const ofFile = type === "int" ? String(Number(text) || 0) : text;
  test("as a default in quotes", () => expect(reports.quoted.values[`X${index}`]).toBe(ofFile));
  test("in .runspec_env", () => expect(reports.file.values[`X${index}`]).toBe(text));
});

test("choices are the numbers that the file has, as it has them", async () => {
  expect((await server.report("pick")).values.X).toBe("3.10");
  for (const x of ["3.10", "1.0", "1"]) {
    const given = { word: x, variable: x };
    expect(both(await server.report("pick", { x }))).toEqual(given);
    expect(both(readReport((await run(["run", "pick", "--", "--x", x], { cwd })).out))).toEqual(given);
  }
  const { stderr } = await run(["run", "pick", "--", "--x=3"], { cwd });
  expect(stderr).toContain("--x: found 3, expected one of 3.9, 3.10, 1.0");
});

test.each([
  ["5.0", "5"],
  ["5e0", "5"],
  ["1e3", "1000"],
  ["-0.0", "0"],
  ["-0", "0"],
])("an int that JSON writes as %s is %s", async (text, value) => {
  const report = readReport(await textOfCall(`{"name":"take-int","arguments":{"x":${text}}}`));
  expect(both(report)).toEqual({ word: value, variable: value });
});

test.each(["1.00000000000000000001", "4503599627370497.5", "1e-400", "5.5"])(
  "JSON's %s is no int",
  async (text) => {
    expect(await textOfCall(`{"name":"take-int","arguments":{"x":${text}}}`)).toContain(
      `x: found ${text}, expected an integer`,
    );
  },
);

test.each(["9007199254740992", "-9007199254740992", "12345678901234567890"])("no int is %s", async (text) => {
  const { stderr } = await run(["run", "take-int", "--", `--x=${text}`], { cwd });
  expect(stderr).toContain(`--x: found ${text}, expected an integer from -(2^53 - 1) to 2^53 - 1`);
});
