/** `runspec jump ALIAS`: the tools of the remote, as an agent connected to it would see them. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { hostname } from "node:os";
import { run } from "../harness/binary.ts";
import { script, tool, withoutSsh } from "./site.ts";

setDefaultTimeout(60_000);

const TOOLS = [
  tool("zeta", script("true"), 'description = "Comes first in the file"'),
  tool("alpha", script("true"), 'description = """\nFirst line\ngoes on.\n\nSecond paragraph."""').replace(
    '"autonomous"',
    '"manual"',
  ),
  tool("secretive", script("true"), 'args.token = { autonomy = "manual", env = "TOKEN" }'),
  tool("here", script("true"), `hosts = [${JSON.stringify(hostname())}, "elsewhere"]`),
  tool("elsewhere", script("true"), 'hosts = ["elsewhere"]'),
  tool("remote-only", script("true"), 'serve = ["remote"]'),
  tool("local-only", script("true"), 'serve = ["local"]'),
  tool("loud", script("true"), 'description = "a\\u001b[31mb"'),
].join("\n");

withoutSsh(TOOLS, ({ host, jumpHere: jump }) => {
  test.concurrent("as text: in the order of the file, what is offered there and nothing else", async () => {
    const { code, out, stderr } = await jump([]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(out).toBe(`Tools on demo-host:

  zeta         autonomous  Comes first in the file
  alpha        manual      First line goes on.
  secretive    autonomous
  here         autonomous
  remote-only  autonomous
  loud         autonomous  a\\x1b[31mb
`);
  });

  test.concurrent("as JSON: to the byte what tools/list answers there", async () => {
    const { code, out, stderr } = await jump(["--format", "json"]);
    expect([code, stderr]).toEqual([0, ""]);
    const there = await run(["local", "--format", "mcp"], {
      cwd: host().home,
      env: { RUNSPEC_SERVE_CONTEXT: "remote" },
    });
    expect(out).toBe(`${JSON.stringify(JSON.parse(there.out), undefined, 2)}\n`);
  });

  test.concurrent.each([["elsewhere"], ["local-only"]])("%s cannot be called either", async (name) => {
    const { code, out } = await jump([name]);
    expect([code, out]).toEqual([127, ""]);
  });
});
