import { expect, test } from "bun:test";
import { readTool } from "../../src/mcp/client/tool-list.ts";
import { mayHoldSecret } from "../../src/session/secret-words.ts";

const [KEPT] = readTool({
  name: "t",
  inputSchema: {
    properties: {
      user: { type: "string", "x-position": 1 },
      pin: { type: "integer", "x-position": 2, "x-secret": true },
      code: { type: "string", "x-short": "c", "x-secret": true },
      key: { type: "string", "x-autonomy": "manual", "x-env": ["KEY"] },
      "db-token": { type: "string", "x-short": "t" },
      more: { type: "array", items: { type: "string" }, "x-rest": true, "x-secret": true },
    },
  },
});

test.each<[string[], boolean, boolean]>([
  // Words, whether they wait where nothing is kept, and where the tool is.
  [[], false, false],
  [["--user", "ada"], false, false],
  [["--password", "x"], true, true],
  [["--password=x"], true, true],
  [["--db_password=x"], true, true],
  [["--API-KEY", "x"], true, true],
  [["-token=x"], true, true],
  [["--no-token"], true, true],
  [["--", "--secret", "x"], true, true],
  [["password"], false, false],
  [["--passage", "x"], false, false],
  [["--user", "--code"], false, false],
  [["ada"], false, false],
  [["ada", "1234"], false, true],
  [["ada", "not a number"], false, true],
  [["--code", "x"], false, true],
  [["-cx"], false, true],
  [["-t", "x"], false, true],
  [["--key", "x"], false, true],
  [["--", "x"], false, true],
])("%j", (words, unknown, known) => {
  expect([mayHoldSecret(words, undefined), mayHoldSecret(words, KEPT)]).toEqual([unknown, known]);
});
