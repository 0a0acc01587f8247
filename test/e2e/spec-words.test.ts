/** The words after `--`, through `run` and `jump`: what of them reaches the tool's argv and environment. */

import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EVERY_KIND } from "../spec/declared.ts";
import { type Jumper, jumper } from "./spec-jump.ts";
import { REPORT, readReport, serveTools } from "./spec-site.ts";

setDefaultTimeout(60_000);

const TOOL = `[t]
autonomy = "autonomous"
${REPORT}

[t.args]
${EVERY_KIND}`;

/** One of each kind; what each spelling comes to is in test/tools/words. */
const ROWS: [words: string[], argv: string[], values: Record<string, string>][] = [
  [["--name", "a", "--name", "-x"], ["--name=-x"], { NAME: "-x" }],
  [
    ["--name=$(touch x); `y` 'z' \"ü\" 日本 🙂\nlines\t"],
    ["--name", "$(touch x); `y` 'z' \"ü\" 日本 🙂\nlines\t"],
    { NAME: "$(touch x); `y` 'z' \"ü\" 日本 🙂\nlines\t" },
  ],
  [["--no-on", "-c-5"], ["--count=-5", "--on", "false"], { COUNT: "-5", ON: "0" }],
  [["-dvnx", "--no-verbose"], ["--name", "x", "--dry-run"], { NAME: "x", DRY_RUN: "1" }],
  [["--tag", "a", "-tb", "--tag=-c"], ["--tag", "a", "--tag", "b", "--tag=-c"], { TAG: "a\nb\n-c" }],
  [["--list", "1", "--list", "2"], ["--list", "1,2"], { LIST: "1\n2" }],
  [["a", "-v", "b c", ""], ["--verbose", "a", "b c", ""], { VERBOSE: "1", FILE: "a", MORE: "b c\n" }],
  [["--", "-x", "", "--", "--name=y"], ["--", "-x", "", "--", "--name=y"], { EXTRA: "-x\n\n--\n--name=y" }],
];

describe("words that fit", () => {
  let host: Jumper;
  beforeAll(async () => {
    host = await jumper(TOOL);
  });
  const rows = ROWS.map(([words, argv, values]) => ({ words, argv, values }));
  test.concurrent.each(rows)("$words", async ({ words, argv, values }) => {
    for (const { code, out, stderr } of [await host.here("t", words), await host.jump("t", words)]) {
      const notes = stderr.replace("runspec: --name is given 2 times; the last one counts\n", "");
      expect([code, notes]).toEqual([0, ""]);
      const report = readReport(out);
      expect(report.argv).toEqual(argv);
      expect(report.values).toEqual({ VERBOSE: "0", DRY_RUN: "0", ...values });
    }
  });
});

describe("a flag that is given as false", () => {
  const TOOL = `[clean]
autonomy = "autonomous"
command = ["/bin/sh", "-c", """
for word; do [ "$word" != --delete ] || rm -f precious; done
[ "$RUNSPEC_ARG_DELETE" != 1 ] || rm -f precious
""", "sh"]
[clean.args]
delete = {type = "flag", default = true, short = "d"}
`;
  const precious = (dir: string): string => join(dir, "precious");

  test.each([["--delete=false"], ["--no-delete"], ["--delete=no"], ["-d=0"]])(
    "%s deletes nothing",
    async (word) => {
      const { remote, jump } = await jumper(TOOL);
      writeFileSync(precious(remote), "");
      expect(await jump("clean", [word])).toMatchObject({ code: 0, stderr: "" });
      expect(existsSync(precious(remote))).toBe(true);
    },
  );

  test.each([["--delete"], ["-d"]])("but %s does delete", async (word) => {
    const { remote, jump } = await jumper(TOOL);
    writeFileSync(precious(remote), "");
    expect(await jump("clean", [word])).toMatchObject({ code: 0, stderr: "" });
    expect(existsSync(precious(remote))).toBe(false);
  });

  test("deletes nothing for an agent either, who gives true to delete", async () => {
    await using server = await serveTools(TOOL);
    writeFileSync(precious(server.cwd), "");
    expect(await server.call("clean", { delete: false })).toMatchObject({ isError: false });
    expect(existsSync(precious(server.cwd))).toBe(true);
    expect(await server.call("clean", { delete: true })).toMatchObject({ isError: false });
    expect(existsSync(precious(server.cwd))).toBe(false);
  });
});
