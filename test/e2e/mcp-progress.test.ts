import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Message } from "../harness/serve-client.ts";
import { BOTH_KINDS, connect } from "./mcp-site.ts";
import { script, tool } from "./site.ts";

setDefaultTimeout(60_000);

describe("progress", () => {
  const TOOLS = [
    tool("steps", script("i=0; while [ $i -lt 24 ]; do i=$((i+1)); echo step $i; sleep 0.05; done")),
    tool("quiet", script("sleep 1; echo")),
    tool("colours", script("printf '\\033[32mgreen\\033[0m\\a\\n'; sleep 1")),
    tool("bar", script("printf 'a\\r10%%\\r20%%'; sleep 1")),
    tool("long", script(`yes 𝄞 | tr -d '\\n' | head -c 4000; echo; sleep 1`)),
  ].join("\n");

  const reports = (client: { notifications: Message[] }) =>
    client.notifications.flatMap(({ method, params }) =>
      method === "notifications/progress" ? [params ?? {}] : [],
    );

  test.concurrent.each(BOTH_KINDS)(
    "%s: the token, seconds that only rise, the last line; a few a second",
    async (revision) => {
      await using client = await connect(TOOLS, revision);
      await client.call("steps", {}, { progressToken: "token" });
      const said = reports(client);
      const numbers = said.map(({ progress }) => Number(progress));
      expect(said.length).toBeGreaterThanOrEqual(2);
      // At most one in 300 ms of a call of about 1.2 s, which a busy machine draws out.
      expect(said.length).toBeLessThanOrEqual(Math.ceil((numbers.at(-1) ?? 0) / 0.28));
      expect(numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0))).toBe(true);
      expect(
        said.every(
          ({ progressToken, message }) => progressToken === "token" && /^step \d+$/.test(String(message)),
        ),
      ).toBe(true);
      await Bun.sleep(700);
      expect(reports(client).length).toBe(said.length);
    },
  );

  test.concurrent.each([
    ["a token that is 0", "steps", { progressToken: 0 }, /^step/],
    ["colours are left out", "colours", { progressToken: 1 }, /^green\\x07$/],
    ["a line that is drawn over and over", "bar", { progressToken: 1 }, /^20%$/],
    ["a long line is cut between characters", "long", { progressToken: 1 }, /^(𝄞){100}$/u],
  ])("%s", async (_what, name, meta, message) => {
    await using client = await connect(TOOLS);
    await client.call(name, {}, meta);
    expect(String(reports(client)[0]?.message)).toMatch(message);
  });

  test.concurrent.each([
    ["nobody asked", "steps", {}],
    ["the token is no token", "steps", { progressToken: { a: 1 } }],
    ["the tool says nothing", "quiet", { progressToken: 1 }],
  ])("none where %s", async (_what, name, meta) => {
    await using client = await connect(TOOLS);
    await client.call(name, {}, meta);
    expect(client.notifications).toEqual([]);
  });

  test.concurrent("a tool that is silent for long is reported alive", async () => {
    await using client = await connect(tool("still", ["sleep", "6"]));
    await client.call("still", {}, { progressToken: 1 });
    expect(reports(client).map(({ message }) => message)).toEqual(["running"]);
  });

  test.concurrent("of a silent tool, and of a call that waits for its turn, is that it is alive", async () => {
    await using client = await connect(`${TOOLS}\n${tool("still", script("sleep 1.5"))}`, "2025-11-25", {
      env: { RUNSPEC_HEARTBEAT_MS: "200" },
    });
    const calls = Array.from({ length: 65 }, (_, index) =>
      client.call("still", {}, { progressToken: index }),
    );
    await Promise.all(calls);
    const ofLast = reports(client).filter(({ progressToken }) => progressToken === 64);
    expect(ofLast.length).toBeGreaterThanOrEqual(3);
    expect(new Set(ofLast.map(({ message }) => message))).toEqual(new Set(["running"]));
  });
});
