import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { peakMemory } from "../attack/bounds.ts";
import { lines, type Running, start } from "../harness/binary.ts";
import { waitUntil, waitUntilStill, within } from "../harness/processes.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";
import { envelope } from "./mcp-site.ts";
import { tool } from "./site.ts";

setDefaultTimeout(180_000);

describe("a client that does not read", () => {
  function silentClient(): Running {
    const cwd = tempDir();
    // A few long ones: each list of many would take the server most of its time.
    const described = `description = ${JSON.stringify("a description without an end ".repeat(350))}`;
    writeSpec(cwd, Array.from({ length: 30 }, (_, n) => tool(`filler-${n}`, ["true"], described)).join("\n"));
    return start(["serve"], { cwd });
  }

  /** A request of 8 KiB, so that few of them fit into the pipe, and an answer of about 300. */
  const list = (id: number) => ({
    jsonrpc: "2.0",
    id,
    method: "tools/list",
    params: { filler: "x".repeat(8192), _meta: envelope() },
  });

  test.concurrent("is not read either, so that its answers do not fill the memory; once it reads, they all come", async () => {
    const server = silentClient();
    const COUNT = 300;
    let sent = 0;
    const writing = (async () => {
      while (sent < COUNT && (await server.write(`${JSON.stringify(list(sent))}\n`))) sent++;
    })();
    await waitUntilStill(() => sent, 500, 60_000, "the end of what is read");
    expect(sent).toBeLessThan(COUNT);
    expect(peakMemory(server.pid)).toBeLessThan(300 * 1024 * 1024);

    const ids = new Set<string | undefined>();
    const reading = (async () => {
      for await (const line of lines(server.stdout)) ids.add(/"id":\d+/.exec(line.slice(0, 100))?.[0]);
    })();
    await within(writing, 120_000, "the rest of the requests");
    await waitUntil(
      () => ids.size === COUNT,
      120_000,
      () => `${COUNT - ids.size} answers`,
    );
    server.closeStdin();
    expect(await server.exited).toEqual({ code: 0, signal: null });
    await reading;
  });

  test.concurrent("can still end the server by TERM", async () => {
    const server = silentClient();
    // Once it has answered, it listens for signals; that answer is all that is read of it.
    await server.write(`${JSON.stringify(list(-1))}\n`);
    const reader = server.stdout.getReader();
    await reader.read();
    reader.releaseLock();
    let sent = 0;
    let stopped = false;
    const writing = (async () => {
      while (!stopped && (await server.write(`${JSON.stringify(list(sent))}\n`))) sent++;
    })();
    await waitUntilStill(() => sent, 500, 60_000, "the end of what is read");
    server.kill("SIGTERM");
    await Bun.sleep(500);
    stopped = true;
    for await (const _ of server.stdout);
    expect(await within(server.exited, 20_000, "the end of serve")).toEqual({ code: 0, signal: null });
    await writing;
  });
});
