import { expect, test } from "bun:test";
import { fromInputSchema } from "../../src/arguments/from-json-schema.ts";
import { readJsonArguments } from "../../src/arguments/json-arguments.ts";
import { toInputSchema } from "../../src/arguments/to-json-schema.ts";
import { readCommandLine } from "../../src/arguments/words.ts";
import { parseSpec } from "../../src/spec/load.ts";
import { KINDS, namesOf, textOf } from "./corpus.ts";

/** The same pseudo-random numbers every time (a linear congruential generator). */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    return (state >> 8) % below;
  };
}

const PIECES = [
  "=",
  "[",
  "]",
  "{",
  "}",
  '"',
  "'",
  "\n",
  ",",
  "1",
  "-5",
  "true",
  '"x"',
  "[1]",
  "{a = 1}",
  "2024-01-01",
];
const MORE = [
  "__proto__",
  "type",
  "default",
  "options",
  "range",
  "rest",
  "flag",
  "\0",
  "\ud800",
  "#",
  ".",
  "inf",
  "[[",
];
const WORDS = ["--", "-v", "-5", "x", "", "--help", "-", "=", "--=", "--no-x", "-vn", "--x=y", "--verbose"];

test("no file, and no call of what it declares, ever throws", () => {
  const sources = KINDS.flatMap((kind) => namesOf(kind).map((name) => textOf(kind, `${name}.toml`)));
  const pieces = [...PIECES, ...MORE];
  const random = createRandom(7);
  let tools = 0;
  let issues = 0;
  for (let round = 0; round < 1000; round++) {
    let source = sources[random(sources.length)] ?? "";
    for (let change = random(3); change >= 0; change--) {
      const at = random(source.length);
      source = source.slice(0, at) + (pieces[random(pieces.length)] ?? "") + source.slice(at + random(4));
    }
    const spec = parseSpec(source, "/spec/runspec.toml");
    issues += spec.issues.length;
    for (const { args, groups } of spec.runnables) {
      tools++;
      const wire: unknown = JSON.parse(JSON.stringify(toInputSchema(args, groups, new Map())));
      expect(
        fromInputSchema(wire)
          .map(({ name }) => name)
          .sort(),
      ).toEqual(
        args
          .filter(({ hidden }) => !hidden)
          .map(({ name }) => name)
          .sort(),
      );
      const words = Array.from({ length: random(6) }, () => WORDS[random(WORDS.length)] ?? "");
      readCommandLine(words, { args, groups }, new Map());
      readJsonArguments(
        Object.fromEntries(args.map(({ name }) => [name, words])),
        { args, groups },
        new Map(),
      );
    }
  }
  expect(tools).toBeGreaterThan(150);
  expect(issues).toBeGreaterThan(250);
});
