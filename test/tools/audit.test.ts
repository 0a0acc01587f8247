import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createAudit } from "../../src/tools/audit.ts";
import { tempDir } from "../harness/temp.ts";
import { toolOf } from "../spec/declared.ts";

const record = {
  tool: undefined,
  name: "tool",
  arguments: {},
  asker: () => ({ user: "me", sudo_user: null, ssh_connection: null, client: null, human: false }),
  runAs: undefined,
  outcome: "refused",
  exitCode: null,
  durationMs: 0,
} as const;

test("where there is no place for a trail, it is told of once", () => {
  const told: string[] = [];
  const audit = createAudit({
    loggingsOf: () => [{ rotate: "daily", keep: 1 }],
    defaultDir: undefined,
    uid: process.getuid?.(),
    onProblem: (message) => told.push(message),
  });
  audit(record);
  audit(record);
  expect(told).toEqual(["the audit trail cannot be written: neither HOME nor [config.logging] dir is set"]);
});

const names = Array.from({ length: 1500 }, (_, at) => `argument-with-a-name-${at}`);
test.each([
  ["the user that the tool runs as", { runAs: "oracle" }, { run_as: "oracle", arguments: {} }],
  ["runspec's own user where it is no other", {}, { run_as: "me", arguments: {} }],
  [
    "no arguments where their names alone are too long for a line",
    { arguments: Object.fromEntries(names.map((name) => [name, "x"])) },
    { arguments: null, arguments_left_out: true },
  ],
])("a line has %s", (_what, more, told) => {
  const dir = tempDir();
  const [loggingsOf, onProblem] = [() => [{ dir, rotate: "daily", keep: 1 } as const], expect.unreachable];
  const audit = createAudit({ loggingsOf, defaultDir: undefined, uid: process.getuid?.(), onProblem });
  audit({ ...record, tool: toolOf(names.map((name) => `args.${name} = {}`).join("\n")), ...more });
  expect(JSON.parse(readFileSync(join(dir, "audit.jsonl"), "utf8"))).toMatchObject(told);
});
