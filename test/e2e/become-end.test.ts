/** However a call under another user is ended, no process of its tool is left: checked by pid. */

import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { start } from "../harness/binary.ts";
import { runsWith, waitUntil } from "../harness/processes.ts";
import type { ServeClient } from "../harness/serve-client.ts";
import { startInTerminal } from "../harness/terminal.ts";
import { type Kind, pidFile, pidsIn, RULE, rows, site, unprivileged, WAYS } from "./become-family.ts";
import { gone } from "./processes.ts";
import { canMakeUsers, users } from "./users.ts";

setDefaultTimeout(60_000);

beforeAll(() => users.allow(RULE));

/** The plain one is cancelled at the end, at once. */
const HARD: Kind[] = ["orphaning", "stubborn", "grouped", "stopped"];
/** Where sudo's own part is tried without rights, and root's with su. */
const apart = (kinds: readonly Kind[]) =>
  rows(kinds).filter(([, method, server]) => method === "su" || server !== "root");

describe.skipIf(!canMakeUsers)("serve", () => {
  async function started(tool: string, server: string) {
    const file = pidFile();
    const client = await site.serve(server);
    await client.send({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: tool, arguments: { pids: file } },
    });
    return { client, file, pids: await pidsIn(file) };
  }

  // A cancelled call is ended in each way and of each kind; how the end comes about makes no difference to each of these.
  const events: [string, ReturnType<typeof rows>, (client: ServeClient) => unknown][] = [
    ["is cancelled", rows(HARD), (client) => client.notify("notifications/cancelled", { requestId: 1 })],
    ["loses its client", unprivileged(["orphaning"]), (client) => client.close()],
    ["gets TERM", unprivileged(["stubborn"]), (client) => client.kill("SIGTERM")],
    [
      "gets KILL",
      [...apart(["orphaning", "stubborn"]), ...unprivileged(["grouped", "stopped"])],
      (client) => client.kill("SIGKILL"),
    ],
  ];
  describe.each(events)("%s", (_, each, end) => {
    test.concurrent.each(each)("%s, through %s by %s", async (kind, method, server) => {
      const { client, pids, file } = await started(`${kind}-${method}`, server);
      await Promise.all([end(client), gone(pids)]);
      if (kind === "grouped") expect(readFileSync(`${file}.end`, "utf8")).toBe("cleaned up\n");
      await client.close();
    });
  });

  test.concurrent.each(unprivileged(["stubborn"]))(
    "a timeout: %s, through %s by %s",
    async (kind, method, server) => {
      const { client, pids } = await started(`${kind}-${method}-timeout`, server);
      await gone(pids);
      const { result } = await client.next();
      expect(result).toMatchObject({
        isError: true,
        _meta: { runspec: { exit_code: 124, timed_out: true } },
      });
      expect(JSON.stringify(result?.content)).toContain(
        `${kind}-${method}-timeout was ended: it ran longer than its timeout of 3s`,
      );
      await client.close();
    },
  );

  test.concurrent.each([...unprivileged(["orphaning"]), ...apart(["stubborn"])])(
    "a timeout of run: %s, through %s by %s",
    async (kind, method, server) => {
      const file = pidFile();
      const running = start(["run", `${kind}-${method}-timeout`, "--", file], {
        program: site.bin(server),
        cwd: "/",
      });
      const pids = await pidsIn(file);
      expect(await running.exited).toEqual({ code: 124, signal: null });
      await gone(pids);
    },
  );

  // The terminal sends INT to su alone, which then ends the shell that it has started, but not what that runs.
  test.concurrent("Ctrl-C at the terminal of run: orphaning, through su by root", async () => {
    const file = pidFile();
    await using running = startInTerminal([site.bin("root"), "run", "orphaning-su", "--", file], {
      cwd: "/",
    });
    const pids = await pidsIn(file);
    running.type("\x03");
    await gone(pids);
  });

  // Whatever has been started by then, and however far the become program has come.
  test.concurrent.each(WAYS)("is cancelled at once: by %s, through %s", async (server, method) => {
    const client = await site.serve(server);
    // Each way begins elsewhere, so that together they come by every few milliseconds.
    const first = 7 * WAYS.findIndex(([who, how]) => who === server && how === method);
    for (let delay = first; delay < 100; delay += 21) {
      const file = pidFile();
      const params = { name: `plain-${method}`, arguments: { pids: file } };
      await client.send({ jsonrpc: "2.0", id: file, method: "tools/call", params });
      await Bun.sleep(delay);
      await client.notify("notifications/cancelled", { requestId: file });
      // An answer to what came after says that the call had been started.
      await client.request("ping");
      await waitUntil(() => !runsWith(file), 20_000, `the end of what was started with ${file}`);
    }
    expect(await client.close()).toEqual({ code: 0, signal: null });
  });
});
