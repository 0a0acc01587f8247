/** Programs whose first line cannot work: named, with what fixes it, by the call and by local. */

import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../harness/binary.ts";
import { project, tool } from "./site.ts";

test.concurrent.each([
  [
    "ends in a carriage return",
    "#!/bin/sh\r\necho\r\n",
    126,
    "has a first line that ends in a carriage return (Windows line ends); run: tr -d '\\r' <PATH >PATH.new && cat PATH.new >PATH && rm PATH.new",
  ],
  [
    "begins with a byte order mark",
    "\ufeff#!/bin/sh\necho\n",
    126,
    "begins with a byte order mark; run: tail -c +4 <PATH >PATH.new && cat PATH.new >PATH && rm PATH.new",
  ],
  [
    "names a program that is not there",
    "#!/usr/bin/env no-such-python\n",
    127,
    "has #!/usr/bin/env no-such-python as its first line, and there is no no-such-python on PATH",
  ],
])("a script whose first line %s, and whose remedy works", async (what, body, expected, said) => {
  const local = project(tool("odd", ["./odd"]));
  const place = join(local.cwd, "odd");
  writeFileSync(place, body, { mode: 0o755 });
  const { code, stderr } = await run(["run", "odd"], local);
  expect((await run(["local"], local)).out).toContain(place);
  const shown = said.replaceAll("PATH", what.startsWith("names") ? "PATH" : place);
  expect([code, stderr]).toEqual([expected, `runspec: odd: ${place} ${shown}\n`]);
  const fix = /run: (.*)/.exec(stderr)?.[1];
  if (fix !== undefined) {
    Bun.spawnSync(["sh", "-c", fix]);
    const fixed = await run(["run", "odd"], local);
    expect([fixed.code, fixed.out, fixed.stderr]).toEqual([0, "\n", ""]);
  }
});
