/** When headings are bold. */

import { expect, test } from "bun:test";
import { styleOf } from "../../src/ui/layout.ts";

const BOLD = "\x1b[1mUsage:\x1b[22m";

test.each([
  ["a terminal", true, {}, BOLD],
  ["a pipe", false, {}, "Usage:"],
  ["NO_COLOR", true, { NO_COLOR: "1" }, "Usage:"],
  ["NO_COLOR that is 0", true, { NO_COLOR: "0" }, "Usage:"],
  ["NO_COLOR that is empty", true, { NO_COLOR: "" }, BOLD],
  ["a dumb terminal", true, { TERM: "dumb" }, "Usage:"],
])("%s", (_name, terminal, env, expected) => {
  expect(styleOf({ isTerminal: () => terminal, columns: () => 80 }, env).heading("Usage:")).toBe(expected);
});
