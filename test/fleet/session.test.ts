/** A call on one host of many, by an ssh that is a server of three answers. */

import { expect, test } from "bun:test";
import { delimiter } from "node:path";
import { reachOf } from "../../src/fleet/connection.ts";
import { createSession } from "../../src/fleet/session.ts";
import { BASE_ENV } from "../harness/binary.ts";
import { recordingSsh } from "../harness/recording-ssh.ts";
import { quote } from "../harness/ssh-host.ts";
import { tempDir } from "../harness/temp.ts";
import { contextOf, host } from "./gateway/tools.ts";

const answer = (id: number, result: object) => JSON.stringify({ jsonrpc: "2.0", id, result });
const ran = (facts: object) => ({
  content: [],
  isError: false,
  _meta: { runspec: { tool: "t", exit_code: 0, duration_ms: 1, ...facts } },
});
const HELLO = {
  protocolVersion: "2025-11-25",
  capabilities: { experimental: { "runspec/run": {}, "runspec/stream": {} } },
  serverInfo: { name: "s", version: "1" },
};
const WORDS = JSON.stringify({
  jsonrpc: "2.0",
  method: "notifications/runspec/output",
  params: { requestId: 3, stream: "stdout", data: "done\n" },
});

test("a signal while the last words are shown makes nothing of the call unknown", async () => {
  const says = (lines: string) => `read -r line; printf '%s\\n' ${quote(lines)}`;
  const script = [
    says(answer(1, HELLO)),
    // `notifications/initialized`
    "read -r line",
    says(answer(2, ran({ checked: true }))),
    says(`${WORDS}\n${answer(3, ran({}))}`),
    "read -r line",
  ].join("\n");
  const ssh = await recordingSsh(tempDir(), { script });
  const path = [ssh.binDir, BASE_ENV.PATH].join(delimiter);
  const reach = reachOf(contextOf({ PATH: path, HOME: tempDir(), RUNSPEC_HANDSHAKE_TIMEOUT: "600" }));
  const session = createSession(host("h"), {
    ...reach,
    call: { tool: "t", words: [], human: true },
    onWords: async () => {},
    wantsAutonomy: false,
  });
  expect(await session.check()).toMatchObject({ kind: "ready" });
  const taken = Promise.withResolvers<void>();
  const shown = Promise.withResolvers<void>();
  const start = () => async () => {
    taken.resolve();
    await shown.promise;
  };
  const running = session.run({ start, limitMs: undefined });
  await taken.promise;
  // What came with it has been read by then.
  await new Promise(setImmediate);
  session.stop("SIGINT");
  shown.resolve();
  expect(await running).toMatchObject({ because: "succeeded", exitCode: 0 });
  await session.close();
});
