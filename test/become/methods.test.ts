import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BECOME_METHODS, METHODS } from "../../src/become/methods.ts";

const SRC = join(import.meta.dir, "../../src");

test.each(BECOME_METHODS)(
  "%s is started by its own name, with its flags first, and knows its own words",
  (method) => {
    const { argv, ownWords } = METHODS[method];
    const line = argv({ flags: ["-x", "-y"], user: "oracle", command: ["/opt/deploy"] });
    expect(line.slice(0, 3)).toEqual([method, "-x", "-y"]);
    expect(line.join(" ")).toContain("/opt/deploy");
    expect([ownWords.test(`${method}: no`), ownWords.test("the tool's own")]).toEqual([true, false]);
  },
);

test.each(BECOME_METHODS)(
  "%s: what it says in its own name is its failure, also where it is new",
  (method) => {
    const { messages } = METHODS[method];
    const [, reason] = messages.find(([said]) => said.test(`${method}: no`)) ?? [];
    expect([reason, messages.at(-1)?.[1]]).toEqual(["other", "other"]);
    expect(messages.map(([, cause]) => cause)).toContain("refused");
  },
);

test("a method is asked for by its name nowhere: what sets it apart stands in its row", () => {
  const names = BECOME_METHODS.join("|");
  const asked = new RegExp(`[=!]==? "(?:${names})"|"(?:${names})" [=!]==?|case "(?:${names})"`);
  const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  expect(files.filter((name) => asked.test(readFileSync(join(SRC, name), "utf8")))).toEqual([]);
});
