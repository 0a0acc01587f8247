/** A tool's help: what its author wrote over several lines, or with tabs. */

import { expect, test } from "bun:test";
import { renderToolHelp } from "../../src/ui/tool-help.ts";
import { argsOf } from "../spec/declared.ts";

test("a tab is white space, and a line break in what stands in a list is none", () => {
  const help = {
    name: "d",
    description: "Does\ta thing.\n\n\t- one\n",
    invocation: "runspec run d --",
    args: [],
    groups: [],
    examples: [{ cmd: "d now", description: "with\ta tab,\nand a line" }],
  };
  const style = { width: 80, colour: false, heading: (text: string) => text };
  expect(renderToolHelp(help, style)).toBe(`Does  a thing.

  - one

Usage:
  runspec run d

Examples:
  runspec run d -- now  with a tab, and a line
`);
});

test("an example is what is typed here, where it calls the tool by its name", () => {
  const style = { width: Number.POSITIVE_INFINITY, colour: false, heading: (text: string) => text };
  const examples = ["d", "d --x 'a b'", "dd now", "date | d now"].map((cmd) => ({ cmd, description: "" }));
  const shown = (invocation: string) =>
    renderToolHelp({ name: "d", description: "", invocation, args: [], groups: [], examples }, style)
      .split("Examples:\n")[1]
      ?.split("\n");
  expect(shown("runspec jump box d --")).toEqual([
    "  runspec jump box d",
    "  runspec jump box d -- --x 'a b'",
    "  dd now",
    "  date | d now",
    "",
  ]);
  expect(shown("./d")?.slice(0, 2)).toEqual(["  ./d", "  ./d --x 'a b'"]);
});

test.each([
  ["runspec run d --", "  runspec run d -- [-- words…]", '  words  (everything after a second "--")'],
  ["runspec script sh ./d", "  runspec script sh ./d [-- words…]", '  words  (everything after "--")'],
  ["./d", "  ./d [-- words…]", '  words  (everything after "--")'],
])("behind what the words of a rest stand: %s", (invocation, usage, words) => {
  const style = { width: 80, colour: false, heading: (text: string) => text };
  const args = argsOf('words = { type = "rest" }');
  const help = renderToolHelp({ name: "d", invocation, args, groups: [], examples: [] }, style);
  expect(help.split("\n").filter((line) => line.startsWith(" "))).toEqual([usage, words]);
});
