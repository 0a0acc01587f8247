import { expect, test } from "bun:test";
import { usageAdvice } from "../../src/mcp/tool-host.ts";

const STRANGE = "t: --fold: there is no such flag; see --help for those there are";

test.each([
  ["runspec jump @web t --", STRANGE, ["runspec's own options go before the --"]],
  ["runspec jump @web t --", 't: --nam: there is no such flag; did you mean "--name"?', []],
  ["runspec jump @web t --", "t: <file> is required", []],
  ["runspec jump @web t --", STRANGE.replace("--fold", "-y"), ["runspec's own options go before the --"]],
  ["runspec jump @web t --", STRANGE.replace("--fold", "-z"), []],
  ["./t", STRANGE, []],
])("wrong words behind %j, told %j", (typed, text, more) => {
  expect(usageAdvice(text, typed)).toEqual([`usage: ${typed} --help`, ...more]);
});
