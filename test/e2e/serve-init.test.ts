/** As process 1 of a container: what loses its parent is ours, and is reaped. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { BIN } from "../harness/binary.ts";
import { waitUntil } from "../harness/processes.ts";
import { serveClient } from "../harness/serve-client.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";
import { script, tool } from "./site.ts";

setDefaultTimeout(60_000);

const OWN_PIDS = ["--pid", "--fork", "--mount-proc"];
const may = process.platform === "linux" && Bun.spawnSync(["unshare", ...OWN_PIDS, "true"]).success;

test.skipIf(!may)("a server that is process 1 leaves no zombies of what its tools lose", async () => {
  const cwd = tempDir();
  const orphans = 'for i in 1 2 3 4 5; do (sh -c "exit 3" >/dev/null 2>&1 &); done; echo done';
  const zombies = 'cat /proc/[0-9]*/stat 2>/dev/null | grep -c "^[0-9]* (.*) Z 1 "';
  writeSpec(cwd, `${tool("lose", script(orphans))}\n${tool("zombies", script(zombies))}`);
  const client = serveClient({ cwd, program: "unshare", args: [...OWN_PIDS, BIN, "serve"] });
  await client.open();
  const says = async (name: string) => {
    const { result } = await client.request("tools/call", { name, arguments: {} });
    return JSON.stringify(result?.content);
  };
  for (let n = 0; n < 5; n++) expect(await says("lose")).toContain("done");
  await waitUntil(
    async () => (await says("zombies")).includes("0\\n"),
    20_000,
    "the last of them to be reaped",
  );
  // And what we have started ourselves is not taken from whoever waits for it.
  expect(await says("lose")).toContain("done");
  expect(await client.close()).toEqual({ code: 0, signal: null });
});
