import { describe, expect, test } from "bun:test";
import { issuesOf, meaningOf, namesOf, textOf } from "./corpus.ts";

describe("a good file", () => {
  for (const name of namesOf("good")) {
    test(`${name}: means exactly what is beside it, and there is nothing to say about it`, async () => {
      expect(await issuesOf("good", name)).toBe("");
      expect(meaningOf("good", name)).toEqual(JSON.parse(textOf("good", `${name}.json`)));
    });
  }
});

describe("a bad file", () => {
  for (const name of namesOf("bad")) {
    test(`${name}: is refused with exactly these words`, async () => {
      const issues = await issuesOf("bad", name);
      expect(issues).toBe(textOf("bad", `${name}.txt`));
      expect(issues).toContain("error: ");
    });
  }
});

describe("a doubtful file", () => {
  for (const name of namesOf("doubtful")) {
    test(`${name}: is accepted with exactly these warnings`, async () => {
      const issues = await issuesOf("doubtful", name);
      expect(issues).toBe(textOf("doubtful", `${name}.txt`));
      expect(issues).toMatch(/^(?:(?:warning|note): .*\n)+$/);
    });
  }
});

test("the corpus is large enough to be one", () => {
  expect(namesOf("good").length).toBeGreaterThanOrEqual(20);
  expect(namesOf("bad").length).toBeGreaterThanOrEqual(40);
});
