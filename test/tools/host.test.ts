/** This machine's tools as a server offers them. */

import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { CallIo } from "../../src/mcp/tool-host.ts";
import type { Audit } from "../../src/tools/audit.ts";
import { createToolHost } from "../../src/tools/host.ts";
import { tempDir } from "../harness/temp.ts";
import { toolOf } from "../spec/declared.ts";

test("a call that is cancelled before it has started starts nothing, and leaves a line in the trail", async () => {
  const marker = join(tempDir(), "marker");
  const records: Parameters<Audit>[0][] = [];
  const tool = {
    ...toolOf('autonomy = "autonomous"'),
    locate: () => ({ kind: "found" as const, argv: ["/usr/bin/touch", marker] }),
    user: { kind: "none" as const, why: "" },
    fileValues: new Map<string, string>(),
    preset: new Map<string, boolean>(),
  };
  const host = createToolHost({
    tools: [tool],
    env: {},
    hostname: () => "here",
    asker: () => ({ user: null, sudo_user: null, ssh_connection: null }),
    audit: (record) => void records.push(record),
    watchdog: () => () => {},
    onProblem() {},
  });
  const io: CallIo = {
    client: undefined,
    signal: AbortSignal.abort(),
    onStart() {},
    onOutput: async () => {},
  };
  expect(await host.call({ name: "tool", arguments: {}, human: false }, io)).toMatchObject({
    kind: "refused",
    reasons: ["cancelled before it was started"],
  });
  expect([existsSync(marker), records.map(({ outcome }) => outcome)]).toEqual([false, ["cancelled"]]);
});
