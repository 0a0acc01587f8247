import { expect, test } from "bun:test";
import { readMarkedLines } from "../../src/process/marked-lines.ts";

test("the remote shell's answers, with noise around and before them", () => {
  const text = `Welcome!
runspec-doctor PATH /usr/bin:/opt/my tools/bin\r
prompt> runspec-doctor machine Linux aarch64
runspec-doctor elsewhere /home/me/bin/runspec
runspec-doctor elsewhere /usr/local/bin/runspec
`;
  const said = readMarkedLines(text, "runspec-doctor");
  expect(["PATH", "machine", "found", "exists"].map(said.one)).toEqual([
    ...["/usr/bin:/opt/my tools/bin", "Linux aarch64", undefined, undefined],
  ]);
  expect(said.all("elsewhere")).toEqual(["/home/me/bin/runspec", "/usr/local/bin/runspec"]);
});

test("a line of marks without end is read from the first of them", () => {
  const { all } = readMarkedLines(`${"runspec-doctor PATH ".repeat(3000)}\rx`, "runspec-doctor");
  expect(all("PATH")).toEqual([`${"runspec-doctor PATH ".repeat(2999)}\rx`]);
});
