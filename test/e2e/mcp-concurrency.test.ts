import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitUntil } from "../harness/processes.ts";
import { tempDir } from "../harness/temp.ts";
import { BOTH_KINDS, connect, type McpClient, texts } from "./mcp-site.ts";
import { script, tool } from "./site.ts";

setDefaultTimeout(120_000);

/** How many calls `serve` runs at once. */
const LIMIT = 64;

/** A tool that says it runs by a file of its own in `running`, and ends when there is a file named `go`. */
const GATE = tool(
  "gate",
  script(
    'echo "$RUNSPEC_ARG_N" >"running/$RUNSPEC_ARG_N"; until [ -e go ]; do sleep 0.5; done; echo "$RUNSPEC_ARG_N"',
  ),
  "[gate.args]\nn = 0",
);

async function openGate(): Promise<{ client: McpClient; running: () => string[]; go: () => void }> {
  const cwd = tempDir();
  mkdirSync(join(cwd, "running"));
  const client = await connect(GATE, "2025-11-25", { cwd, timeoutMs: 60_000 });
  return {
    client,
    running: () => readdirSync(join(cwd, "running")),
    go: () => writeFileSync(join(cwd, "go"), ""),
  };
}

describe("calls at the same time", () => {
  test("run up to a limit, sent in one piece or not; the others wait, in order, and all are answered", async () => {
    const { client, running, go } = await openGate();
    const names = Array.from({ length: LIMIT + 20 }, (_, n) => n);
    const lines = names.map((n) =>
      JSON.stringify(client.draft(n, "tools/call", { name: "gate", arguments: { n } })),
    );
    await client.write(`${lines.join("\n")}\n`);
    await waitUntil(() => running().length >= LIMIT, 60_000, "the calls");
    // Time for those past the limit to start, too, if nothing held them back.
    await Bun.sleep(500);
    expect(
      running()
        .map(Number)
        .sort((a, b) => a - b),
    ).toEqual(names.slice(0, LIMIT));
    expect((await client.ask("ping")).result).toEqual({});
    go();
    const answers = new Map<unknown, unknown>();
    for (const _ of names) {
      const message = await client.next();
      answers.set(message.id, texts(message)[0]);
    }
    expect(answers).toEqual(new Map(names.map((n) => [n, `${n}\n`])));
    expect((await client.close()).code).toBe(0);
  });

  test("one that waits can be cancelled, and never runs; the next has the place of one that is cancelled while it runs", async () => {
    const { client, running, go } = await openGate();
    const names = Array.from({ length: LIMIT + 2 }, (_, n) => n);
    for (const n of names)
      await client.send(client.draft(n, "tools/call", { name: "gate", arguments: { n } }));
    await waitUntil(() => running().length >= LIMIT, 60_000, "the calls");
    expect((await client.ask("ping")).result).toEqual({});
    for (const requestId of [LIMIT, 0]) await client.notify("notifications/cancelled", { requestId });
    await waitUntil(() => running().includes(String(LIMIT + 1)), 60_000, "the next");
    go();
    const rest = names.filter((n) => n !== LIMIT && n !== 0);
    const answered = new Set<unknown>();
    for (const _ of rest) answered.add((await client.next()).id);
    expect(answered).toEqual(new Set(rest));
    expect(running()).not.toContain(String(LIMIT));
    expect((await client.close()).code).toBe(0);
  });
});

describe("an id that is in use", () => {
  test.concurrent.each(BOTH_KINDS)(
    "%s: the second request is refused without it, the first answered under it",
    async (revision) => {
      const client = await connect(tool("slow", script("sleep 0.5; echo done")), revision);
      const draft = client.draft("same", "tools/call", { name: "slow" });
      await client.send(draft);
      await client.send(draft);
      await client.send({ ...draft, jsonrpc: "1.0" });
      const refused = [await client.next(), await client.next()];
      const shown = refused.map(({ id, error }) => [id ?? null, error?.code, error?.message]);
      expect(new Set(shown)).toEqual(
        new Set([
          [null, -32600, 'request id "same" is already in use'],
          [null, -32600, 'a message must have "jsonrpc": "2.0"'],
        ]),
      );
      const answer = await client.next();
      expect([answer.id, texts(answer)]).toEqual(["same", ["done\n"]]);
      await client.send(draft);
      expect((await client.next()).id).toBe("same");
      expect((await client.close()).code).toBe(0);
    },
  );

  test('1 and "1" are two ids', async () => {
    await using client = await connect(tool("slow", script("sleep 0.2; echo done")));
    await client.send(client.draft(1, "tools/call", { name: "slow" }));
    await client.send(client.draft("1", "tools/call", { name: "slow" }));
    const ids = [(await client.next()).id, (await client.next()).id];
    expect(new Set(ids)).toEqual(new Set([1, "1"]));
  });
});
