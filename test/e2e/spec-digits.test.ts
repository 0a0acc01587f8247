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

const tool = (name: string, argument: string) =>
  `[${name}]\nautonomy = "autonomous"\n${REPORT}\nrunspec_env = "${name}.env"\n[${name}.args]\nx = ${argument}\n`;

const cwd = tempDir();
let server: ToolServer;
/** Of one call that has every number, on its command line and in its variables. */
let typed: Report;
let fromVariables: Report;
beforeAll(async () => {
  const defaults = ALL.map(([type, text], index) =>
    tool(`default-${index}`, `{type = "${type}", default = ${text}}`),
  );
  const files = EVERY.map(([type], index) => tool(`file-${index}`, `{type = "${type}"}`));
  const plain = ["int", "float", "str"].map((type) =>
    tool(`take-${type}`, `{type = "${type}", required = false}`),
  );
  const every = EVERY.map(([type], index) => `x${index} = {type = "${type}", required = false}\n`).join("");
  const all = `[all]\nautonomy = "autonomous"\n${REPORT}\n[all.args]\n${every}`;
  writeSpec(cwd, [...defaults, ...files, ...plain, all].join("\n"));
  EVERY.forEach(([, text], index) => {
    writeFileSync(join(cwd, `file-${index}.env`), `RUNSPEC_FILE_${index}_ARG_X=${text}\n`, { mode: 0o600 });
  });
  server = await serveHere({ cwd });
  const words = EVERY.map(([, text], index) => `--x${index}=${text}`);
  typed = readReport((await run(["run", "all", "--", ...words], { cwd })).out);
  const env = Object.fromEntries(EVERY.map(([, text], index) => [`RUNSPEC_ALL_ARG_X${index}`, text]));
  fromVariables = readReport((await run(["run", "all"], { cwd, env })).out);
});
afterAll(() => server.client.close());

const both = ({ argv, values }: { argv: string[]; values: Record<string, string> }) => ({
  word: argv.join(" ").replace(/^--x[ =]/, ""),
  variable: values.X,
});

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

describe.each(ALL.map(([type, text], index) => ({ type, text, index })))(
  "$type $text",
  ({ type, text, index }) => {
    const exactly = { word: text, variable: text };
    test("as a JSON number", async () => {
      const report = readReport(await textOfCall(`{"name":"take-${type}","arguments":{"x":${text}}}`));
      expect(both(report)).toEqual(exactly);
    });
    test("as JSON text", async () => {
      expect(both(await server.report(`take-${type}`, { x: text }))).toEqual(exactly);
    });
    test("in .runspec_env", async () => {
      expect((await server.report(`file-${index}`)).values.X).toBe(text);
    });
    test("as a default", async () => {
      expect((await server.report(`default-${index}`)).values.X).toBe(text);
    });
  },
);

describe.each(EVERY.map(([type, text], index) => ({ type, text, index })))(
  "$type $text",
  ({ text, index }) => {
    test("on the command line", () => {
      expect(wordOf(typed.argv, `--x${index}`)).toBe(text);
      expect(typed.values[`X${index}`]).toBe(text);
    });
    test("in a variable", () => {
      expect(fromVariables.values[`X${index}`]).toBe(text);
    });
    test("in .runspec_env", async () => {
      expect((await server.report(`file-${index}`)).values.X).toBe(text);
    });
  },
);

test.each([
  ["5.0", "5"],
  ["5e0", "5"],
  ["1e3", "1000"],
  ["-0.0", "0"],
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
