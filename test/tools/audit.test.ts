import { expect, test } from "bun:test";
import { createAudit } from "../../src/tools/audit.ts";

test("where there is no place for a trail, it is told of once", () => {
  const told: string[] = [];
  const audit = createAudit({
    loggingsOf: () => [{ rotate: "daily", keep: 1 }],
    defaultDir: undefined,
    uid: process.getuid?.(),
    onProblem: (message) => told.push(message),
  });
  const record = {
    tool: undefined,
    name: "tool",
    arguments: {},
    asker: () => ({ user: null, sudo_user: null, ssh_connection: null, client: null, human: false }),
    runAs: undefined,
    outcome: "refused",
    exitCode: null,
    durationMs: 0,
  } as const;
  audit(record);
  audit(record);
  expect(told).toEqual(["the audit trail cannot be written: neither HOME nor [config.logging] dir is set"]);
});
