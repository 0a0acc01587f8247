import { expect, test } from "bun:test";
import { join } from "node:path";

test("what fails and nobody waits for is told as anything else, without a stack trace", async () => {
  const script = join(import.meta.dir, "program-rejected.ts");
  const child = Bun.spawn([process.execPath, script], { stdio: ["ignore", "ignore", "pipe"] });
  const said = await new Response(child.stderr).text();
  expect([said, await child.exited]).toEqual(["runspec: no space left on device\n", 0]);
});
