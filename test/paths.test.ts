/** src/paths.ts against what it stands for, with every path of a few odd segments. */

import { describe, expect, test } from "bun:test";
import * as node from "node:path";
import * as ours from "../src/paths.ts";

const SEGMENTS = ["", ".", "..", "a", ".b", "c.d", "..e", "f.", "\u00e9 g"];

function pathsOf(segments: number): string[] {
  if (segments === 0) return [""];
  return pathsOf(segments - 1).flatMap((path) => SEGMENTS.map((segment) => `${path}/${segment}`));
}

/** Absolute and relative ones. */
const PATHS = [1, 2, 3].flatMap(pathsOf).flatMap((path) => [path, path.slice(1)]);
const SHORT = [1, 2].flatMap(pathsOf).flatMap((path) => [path, path.slice(1)]);

/** What differs, if anything does. */
function differences<T extends string[]>(
  cases: readonly T[],
  mine: (...given: T) => unknown,
  theirs: (...given: T) => unknown,
): string[] {
  return cases
    .filter((given) => mine(...given) !== theirs(...given))
    .map((given) => `${JSON.stringify(given)}: ${mine(...given)}, not ${theirs(...given)}`);
}

const alone = PATHS.map((path): [string] => [path]);
const pairs = SHORT.flatMap((first) => SHORT.map((second): [string, string] => [first, second]));

describe("paths are those of node:path", () => {
  test("dirname", () => expect(differences(alone, ours.dirname, node.dirname)).toEqual([]));
  test("basename", () =>
    expect(differences(alone, ours.basename, (path) => node.basename(path))).toEqual([]));
  test("isAbsolute", () => expect(differences(alone, ours.isAbsolute, node.isAbsolute)).toEqual([]));
  test("stem", () =>
    expect(differences(alone, ours.stem, (path) => node.basename(path, node.extname(path)))).toEqual([]));
  test("resolve, from the working directory", () =>
    expect(differences(alone, ours.resolve, node.resolve)).toEqual([]));
  test("resolve, from another one", () =>
    expect(differences(pairs, ours.resolve, (base, path) => node.resolve(base, path))).toEqual([]));
  test("join", () => expect(differences(pairs, ours.join, node.join)).toEqual([]));
  test("join of three", () => {
    const threes = pairs.map(([first, second]): [string, string, string] => [first, "m", second]);
    expect(differences(threes, ours.join, node.join)).toEqual([]);
  });
  test("what stands between", () => expect([ours.sep, ours.delimiter]).toEqual([node.sep, node.delimiter]));
});
