/** Help: what it says, and that it fits. */

import { describe, expect, test } from "bun:test";
import { renderCommandHelp, renderHelp } from "../../src/cli/help.ts";
import type { Helpable } from "../../src/cli/reference.ts";
import { COMMANDS } from "../../src/cli/tree.ts";
import { styleOf } from "../../src/ui/layout.ts";
import { runHere } from "../harness/in-process.ts";

const style = (width: number, terminal = false) =>
  styleOf({ isTerminal: () => terminal, columns: () => width }, { TERM: "xterm" });

const fetch: Helpable = {
  description: "Fetch a thing.",
  args: {
    url: { type: "positional", description: "What to fetch" },
    file: { type: "positional", required: false, description: "Where to put it" },
    retries: { type: "string", alias: "r", valueHint: "N", default: "3", description: "How often" },
    format: { type: "enum", options: ["a", "b"], description: "Which of the two formats it is to be in" },
    quiet: { type: "boolean", description: "Say nothing" },
  },
  examples: [["runspec fetch x", "just that"]],
};

test("a command's help is in columns, and wrapped to the width", () => {
  expect(renderCommandHelp("fetch", fetch, style(50))).toBe(`\
Fetch a thing.

Usage:
  runspec fetch [options] <url> [file]

Arguments:
  url                  What to fetch
  file                 Where to put it

Options:
  -r, --retries N      How often (3 if not given)
      --format FORMAT  Which of the two formats it
                       is to be in
      --quiet          Say nothing
  -h, --help           Show this help

Examples:
  runspec fetch x  just that
`);
});

test("examples that do not all fit beside their texts have them below", () => {
  const examples = [
    ["runspec fetch x", "just that"],
    ["runspec fetch https://example.com/a-long-way", "more"],
  ] as const;
  const text = renderCommandHelp("fetch", { ...fetch, examples }, style(50));
  expect(text.slice(text.indexOf("Examples:"))).toBe(`\
Examples:
  runspec fetch x
    just that
  runspec fetch https://example.com/a-long-way
    more
`);
});

test("the words of a tool are part of the usage", () => {
  const args = { alias: { type: "positional" }, tool: { type: "positional", required: false } } as const;
  expect(renderCommandHelp("jump", { ...fetch, args }, style(80))).toContain(
    "  runspec jump <alias> [tool] [-- args…]\n",
  );
});

test("headings are bold on a terminal, and nothing else is", () => {
  const plain = renderCommandHelp("fetch", fetch, style(50));
  const marked = renderCommandHelp("fetch", fetch, style(50, true));
  expect(marked).toBe(plain.replaceAll(/^\w+:$/gm, (heading) => `\x1b[1m${heading}\x1b[22m`));
});

test("the overview lists every command once, under its heading", () => {
  const text = renderHelp(COMMANDS, style(80));
  const headings = text.match(/^[A-Z][a-z ]+:$/gm);
  expect(headings).toEqual([
    "Usage:",
    "Using tools:",
    "Offering tools:",
    "Setting up:",
    "Environment:",
    "Exit codes:",
  ]);
  const listed = text.slice(text.indexOf("Using tools:"), text.indexOf("Environment:"));
  expect(listed.match(/(?<=^ {2})[a-z]+/gm)?.toSorted()).toEqual(Object.keys(COMMANDS).toSorted());
});

describe.each([60, 80, 120, 300])("at %d columns", (width) => {
  const longest = (text: string) => Math.max(...text.split("\n").map((line) => line.length));

  test("the overview fits", () => {
    expect(longest(renderHelp(COMMANDS, style(width)))).toBeLessThanOrEqual(Math.min(width, 110));
  });

  test.each(Object.entries(COMMANDS))("runspec %s --help fits", async (name, { load }) => {
    const { command } = await load();
    const text = renderCommandHelp(name, command, style(width));
    expect(longest(text)).toBeLessThanOrEqual(Math.min(width, 110));
  });

  test.each(Object.entries(COMMANDS))("runspec %s has an example", async (_name, { load }) => {
    const { command } = await load();
    expect(command.examples).not.toEqual([]);
  });
});

test.each([["doctor --help"], ["doctor box -h"], ["help doctor"]])(
  "%s: the help of the command, on stdout",
  async (line) => {
    const { command } = (await COMMANDS.doctor?.load()) ?? {};
    const out = command && renderCommandHelp("doctor", command, style(80));
    expect(await runHere(line.split(" "))).toEqual({ code: 0, out: String(out), stderr: "" });
  },
);
