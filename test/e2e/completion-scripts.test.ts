/** Completion of the arguments of a script that carries its own spec; it is read, and never run. */

import { expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../harness/binary.ts";
import { tempDir } from "../harness/temp.ts";

const SCRIPT = `#!/usr/bin/env -S runspec script sh
# /// runspec
# [args]
# level = { options = ["debug", "info"] }
# ///
touch "$(dirname "$0")/ran"
`;

test.concurrent.each([
  ["zsh", ["./logsum", "--level", ""], "words\ndebug\ninfo\n"],
  ["fish", ["./logsum", "--l"], "words\n--level\n"],
  ["bash", ["./logsum --level=i", " =:"], "words\ninfo\n"],
  ["zsh", ["runspec", "script", "sh", "./logsum", "--level", "d"], "words\ndebug\n"],
  // Another name for runspec, and a file that is no such script.
  ["zsh", ["rs", "doct"], "words\ndoctor\tCheck the connection to a host and suggest fixes\n"],
  ["zsh", ["./plain", "--l"], "words\n"],
])("%s: %p", async (shell, words, expected) => {
  const cwd = tempDir();
  writeFileSync(join(cwd, "logsum"), SCRIPT, { mode: 0o755 });
  writeFileSync(join(cwd, "plain"), "#!/bin/sh\n", { mode: 0o755 });
  const { code, out, stderr } = await run(["__complete", shell, "--", ...words], { cwd });
  expect([code, out.trimEnd(), stderr]).toEqual([0, expected.trimEnd(), ""]);
  expect(existsSync(join(cwd, "ran"))).toBe(false);
});
