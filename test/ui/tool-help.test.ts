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

test("a rest that must be given is no option of the usage", () => {
  const style = { width: 80, colour: false, heading: (text: string) => text };
  const args = argsOf('words = { type = "rest", required = true }');
  const help = renderToolHelp({ name: "d", invocation: "./d", args, groups: [], examples: [] }, style);
  expect(help).toContain('  ./d -- <words…>\n\nArguments:\n  words  (required; everything after "--")\n');
});

test("what is to be known of an argument stands behind its description", () => {
  const style = { width: Number.POSITIVE_INFINITY, colour: false, heading: (text: string) => text };
  const args = argsOf(`
file = { type = "path", position = 1, description = "What to read" }
mode = { options = ["fast", "slow"], position = 2, required = false }
plain = { type = "str", required = false, description = "Nothing more" }
most = { type = "int", range = [1, 9], required = false }
tags = { type = "str", multiple = true, required = false, autonomy = "confirm" }
cut = { type = "str", delimiter = ":", default = ["a", " "] }
token = { type = "str", env = ["TOKEN", "KEY"], deprecated = "use --key" }
bare = { type = "str", required = false }
`);
  const help = renderToolHelp({ name: "d", invocation: "./d", args, groups: [], examples: [] }, style);
  const lines = help.split("\n").filter((line) => /^ +\S/.test(line) && !line.startsWith("  ./d"));
  expect(lines.map((line) => line.trim().replace(/ {2,}/g, "  "))).toEqual([
    "file  What to read (required; path)",
    "mode  (one of: fast, slow)",
    "--plain <str>  Nothing more",
    "--most <int>  (from 1 to 9)",
    "--tags <str>  (may be repeated; confirm)",
    '--cut <str>  (several with ":" between; default: a, " ")',
    "--token <str>  (required; or from $TOKEN, $KEY; deprecated: use --key)",
    "--bare <str>",
  ]);
});
