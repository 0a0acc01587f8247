import { describe, expect, test } from "bun:test";
import { parseArgs } from "citty";
import { readArguments } from "../../src/cli/read-arguments.ts";
import { COMMANDS } from "../../src/cli/tree.ts";

const WORDS = ["zsh", "two", "three"];

/** What was declared and has a value; citty repeats it under other names. */
const given = (args: object, declared: object) =>
  Object.fromEntries(Object.entries(args).filter(([key, value]) => key in declared && value !== undefined));

describe("words without flags are read as citty reads them", () => {
  for (const [name, { load }] of Object.entries(COMMANDS)) {
    test(name, async () => {
      const { definition } = (await load()).command;
      const declared = definition.args ?? {};
      if (typeof declared === "function" || declared instanceof Promise) throw new Error("not plain");
      const places = Object.values(declared).filter(({ type }) => type === "positional").length;
      for (let count = 0; count <= places; count++) {
        const words = WORDS.slice(0, count);
        const ours = given(await readArguments(name, words, definition), declared);
        expect(ours).toEqual(given(parseArgs([...words], declared), declared));
      }
    });
  }
});

test("a word that has to be there and is not, is asked for", async () => {
  const definition = { args: { shell: { type: "positional", description: "A shell" } } } as const;
  expect(await readArguments("completion", [], definition).catch(({ message }) => message)).toMatch(/SHELL/);
});
