/** Programs whose first line cannot work: named, with what fixes it, by the call and by local. */

import { expect, test } from "bun:test";
import { chmodSync, linkSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BASE_ENV, BIN, run } from "../harness/binary.ts";
import { project, tool } from "./site.ts";

/** In any shell; what lies beside the file, its mode and its other names stay. */
const rewritten = (filter: string) =>
  `sh -c 't=$(mktemp) && ${filter} <"$0" >"$t" && cat "$t" >"$0" && rm "$t"' PATH`;

test.concurrent.each<[string, string | Buffer, number, string]>([
  [
    "ends in a carriage return",
    "#!/bin/sh\r\necho\r\n",
    126,
    `has a first line that ends in a carriage return (Windows line ends); run: ${rewritten('tr -d "\\r"')}`,
  ],
  [
    "begins with a byte order mark",
    "\ufeff#!/bin/sh\necho\n",
    126,
    `begins with a byte order mark; run: ${rewritten("tail -c +4")}`,
  ],
  [
    "is in UTF-16, as PowerShell's redirection writes it",
    Buffer.from("\ufeff#!/bin/sh\necho\n", "utf16le"),
    126,
    `is text in UTF-16; run: ${rewritten("iconv -f UTF-16 -t UTF-8")}`,
  ],
  [
    "is in UTF-16 with the high byte first",
    Buffer.from("\ufeff#!/bin/sh\necho\n", "utf16le").swap16(),
    126,
    `is text in UTF-16; run: ${rewritten("iconv -f UTF-16 -t UTF-8")}`,
  ],
  [
    "names a program that is not there",
    "#!/usr/bin/env no-such-python\n",
    127,
    "has #!/usr/bin/env no-such-python as its first line, and there is no no-such-python on PATH",
  ],
  [
    "gives env words, which is one word to Linux",
    "#!/usr/bin/env sh -u\n",
    127,
    'has #!/usr/bin/env sh -u as its first line, and env takes "sh -u" for one name: write -S behind /usr/bin/env',
  ],
  [
    "gives runspec words without env, which is one word to Linux",
    `#!${BIN} script sh\n`,
    126,
    `has #!${BIN} script sh as its first line, and runspec takes "script sh" for one name: write /usr/bin/env -S before it`,
  ],
  [
    "names env alone, which would start it again for ever",
    "#!/usr/bin/env\n",
    126,
    "has #!/usr/bin/env as its first line, and env has no name to look for: it would start the script again, for ever",
  ],
  ["names a directory", "#!/usr/bin\n", 126, "has #!/usr/bin as its first line, and /usr/bin is a directory"],
  [
    "names a program without its path",
    "#!sh\n",
    127,
    "has #!sh as its first line, and sh is not a whole path",
  ],
])("a script whose first line %s, and whose remedy works", async (what, body, expected, said) => {
  const local = project(tool("odd", ["./odd"]));
  const place = join(local.cwd, "odd");
  writeFileSync(place, body, { mode: 0o755 });
  const { code, stderr } = await run(["run", "odd"], local);
  expect((await run(["local"], local)).out).toMatch(/^ {2}odd .* not callable /m);
  const shown = said.replaceAll("PATH", what.startsWith("names") ? "PATH" : place);
  expect([code, stderr]).toEqual([expected, `runspec: odd: ${place} ${shown}\n`]);
  const fix = /run: (.*)/.exec(stderr)?.[1];
  if (fix !== undefined) {
    writeFileSync(`${place}.new`, "keep me");
    chmodSync(place, 0o751);
    linkSync(place, `${place}.linked`);
    const shell = Bun.which(what.startsWith("ends") ? "fish" : "tcsh") ?? "sh";
    Bun.spawnSync([shell, "-c", fix], { env: BASE_ENV });
    const [{ mode, nlink }, kept] = [statSync(place), readFileSync(`${place}.new`, "utf8")];
    expect([mode & 0o777, nlink, kept]).toEqual([0o751, 2, "keep me"]);
    const fixed = await run(["run", "odd"], local);
    expect([fixed.code, fixed.out, fixed.stderr]).toEqual([0, "\n", ""]);
  }
});

test.concurrent.each([
  ["the system", "#!bin/sh", "bin/sh"],
  ["env", "#!/usr/bin/env -S ./bin/sh -u", "./bin/sh"],
  ["env behind a variable", "#!/usr/bin/env -S A=/b bin/sh", "bin/sh"],
])(
  "a relative interpreter is not taken from where the tool is started: named to %s",
  async (_, line, named) => {
    const local = project(tool("odd", ["./odd"]));
    const [place, here] = [join(local.cwd, "odd"), join(local.cwd, "here")];
    writeFileSync(place, `${line}\n`, { mode: 0o755 });
    mkdirSync(join(here, "bin"), { recursive: true });
    writeFileSync(join(here, "bin/sh"), "#!/bin/sh\necho another program\n", { mode: 0o755 });
    const { code, out, stderr } = await run(["run", "odd"], { ...local, cwd: here });
    const said = `runspec: odd: ${place} has ${line} as its first line, and ${named} is not a whole path\n`;
    expect([code, out, stderr]).toEqual([127, "", said]);
  },
);

test.concurrent("a script whose interpreter may not be executed: that is named, and nothing advised about the script", async () => {
  const local = project(tool("odd", ["./odd"]));
  const [place, interpreter] = [join(local.cwd, "odd"), join(local.cwd, "python")];
  writeFileSync(place, `#!${interpreter}\n`, { mode: 0o755 });
  writeFileSync(interpreter, "", { mode: 0o644 });
  const said = `${place} has #!${interpreter} as its first line, and ${interpreter} cannot be executed: permission denied`;
  const { code, stderr } = await run(["run", "odd"], local);
  expect([code, stderr]).toEqual([126, `runspec: odd: ${said}\n`]);
  expect((await run(["local"], local)).out).toContain(`not callable  ${said}\n`);
});
