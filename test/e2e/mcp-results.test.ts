import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { BOTH_KINDS, connect, facts, texts } from "./mcp-site.ts";
import { fixture, script, tool } from "./site.ts";

setDefaultTimeout(60_000);

describe("the result of a call", () => {
  const TOOLS = [
    tool("ok", script("echo out; echo err >&2")),
    tool("silent", ["true"]),
    tool("fails", [fixture("exit-with"), "7", "out", "err"]),
    tool("fails-silently", ["false"]),
    tool("dies", [fixture("die-of"), "SEGV"]),
    tool("late", script("echo before; sleep 60"), 'timeout = "3s"'),
    tool(
      "deaf",
      script("trap '' TERM; echo before; while :; do sleep 0.1; done"),
      'timeout = "2s"\nstop-timeout = "500ms"',
    ),
    tool("leaver", script("sleep 3 & echo left")),
    tool(
      "typed",
      ["true"],
      '[typed.args]\nn = { type = "int", range = [1, 9] }\nkind = { options = ["a", "b"] }',
    ),
  ].join("\n");

  const late = (name: string, timeout: number) =>
    `${name} was ended: it ran longer than its timeout of ${timeout}s`;

  test.concurrent.each<[string, string[], boolean, object]>([
    ["ok", ["out\n"], false, { exit_code: 0 }],
    ["silent", ["exit_code: 0"], false, { exit_code: 0 }],
    ["fails", ["exit_code: 7\nstdout:\nout\nstderr:\nerr"], true, { exit_code: 7 }],
    ["fails-silently", ["exit_code: 1"], true, { exit_code: 1 }],
    [
      "dies",
      ["exit_code: 139\nstdout:\nabout to die of SEGV\n"],
      true,
      { exit_code: 139, signal: "SIGSEGV" },
    ],
    [
      "late",
      [`exit_code: 124\n${late("late", 3)}\nstdout:\nbefore\n`],
      true,
      { exit_code: 124, signal: "SIGTERM", timed_out: true },
    ],
    [
      "deaf",
      [
        `exit_code: 124\n${late("deaf", 2)}; it was killed 500ms after TERM, before its clean-up was over\nit has longer with stop-timeout in its table (now 500ms)\nstdout:\nbefore\n`,
      ],
      true,
      { exit_code: 124, signal: "SIGKILL", timed_out: true },
    ],
    ["leaver", ["left\n"], false, { exit_code: 0 }],
    [
      "typed",
      ["n is required\nkind is required"],
      true,
      { exit_code: 125, refused: true, refused_for: ["words"] },
    ],
  ])("%s", async (name, content, isError, rest) => {
    const client = await connect(TOOLS, "2025-11-25", { timeoutMs: 30_000 });
    const call = await client.call(name);
    expect([texts(call), call.result?.isError, facts(call)]).toEqual([
      content,
      isError,
      { tool: name, ...rest },
    ]);
    expect(Object(Object(call.result?._meta).runspec).duration_ms).toBeNumber();
    expect((await client.close()).code).toBe(0);
  });

  test.concurrent.each(BOTH_KINDS)(
    "%s: streamed, the content is empty and the output came before it",
    async (revision) => {
      await using client = await connect(TOOLS, revision);
      const ok = await client.call("ok", {}, { "runspec/stream": true });
      const of = (stream: string) =>
        client.notifications
          .flatMap(({ params }) => (params?.stream === stream ? [params.data] : []))
          .join("");
      expect([ok.result?.content, of("stdout"), of("stderr")]).toEqual([[], "out\n", "err\n"]);
      const timedOut = await client.call("late", {}, { "runspec/stream": true });
      expect(texts(timedOut)).toEqual([late("late", 3)]);
      expect(client.stderr()).toBe("");
    },
  );

  test.concurrent("a mistake in every argument: all of them told at once, nothing run", async () => {
    await using client = await connect(TOOLS);
    const call = await client.call("typed", { n: 10, kind: "c", extra: true });
    const told = String(texts(call)[0]).split("\n");
    expect(told.map((line) => line.split(":")[0])).toEqual(["extra", "n", "kind"]);
  });

  test.concurrent("not streamed, the tool's stderr goes to the server's while it runs", async () => {
    const client = await connect(TOOLS);
    await client.call("ok");
    await client.close();
    expect(client.stderr()).toBe("err\n");
  });
});
