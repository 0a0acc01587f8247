/** A tool's help: what its author wrote over several lines, or with tabs. */

import { expect, test } from "bun:test";
import { renderToolHelp } from "../../src/ui/tool-help.ts";

test("a tab is white space, and a line break in what stands in a list is none", () => {
  const help = {
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
  d now  with a tab, and a line
`);
});
