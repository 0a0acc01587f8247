/** Shells that answer instead of runspec, in every command that reaches a host: nothing is executed, and it is said what answered. */

import { describe, expect, test } from "bun:test";
import { chmodSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { localTo, project } from "../e2e/site.ts";
import { BASE_ENV, lines, run, start } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { tempDir } from "../harness/temp.ts";
import { startAtDoor } from "../harness/without-ssh.ts";

const SHELLS = "bash,dash,zsh,ksh,tcsh,fish,busybox sh,mksh,yash".split(",").map((shell) => shell.split(" "));
const WORDS = [
  "$(touch pwned)",
  "`touch pwned`",
  "'; touch pwned; '",
  "\n touch pwned \n",
  "| touch pwned",
  "> pwned",
];
const initialize = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { clientInfo: { name: WORDS.join(" ") } },
};
const call = { jsonrpc: "2.0", id: 2, method: "tools/call", params: { name: "t", arguments: { a: WORDS } } };
/** With blanks, as some clients write it: alone, `{` is a word to a shell. */
const SPREAD = '{ "touch" : "pwned", "jsonrpc" : "2.0", "id" : 3, "method" : "touch pwned" }';

const MCP = `${JSON.stringify(initialize)}\n${JSON.stringify(call)}\n${SPREAD}\n`;
const ANSWERED = /a: a shell answered instead of runspec/;

describe.each(SHELLS)("%s", (shell = "", ...more) => {
  const rows: [string, string[], string, RegExp, number][] = [
    ["jump", ["jump", "a", "t", "--", ...WORDS], "", ANSWERED, 125],
    ["jump, a list", ["jump", "a"], "", ANSWERED, 125],
    ["jump --mcp", ["jump", "a", "--mcp"], MCP, ANSWERED, 125],
    ["jump --install", ["jump", "a", "--install"], "", /^runspec: a: something else ran there/m, 125],
    ["doctor", ["doctor", "a"], "", ANSWERED, 1],
  ];
  test.concurrent.skipIf(Bun.which(shell) === null).each(rows)(
    "%s",
    async (_, words, stdin, sentence, code) => {
      const [binDir, there] = [tempDir(), tempDir()];
      // `ssh -G` and `-V` are asked of the real one; whatever else is a session of the shell.
      writeFileSync(
        join(binDir, "ssh"),
        `#!/bin/sh\ncase "$*" in *-G*|*-V*|*-Q*) exec ${Bun.which("ssh") ?? "ssh"} "$@";; esac\ncd ${there}\nexec ${[shell, ...more].join(" ")}\n`,
      );
      chmodSync(join(binDir, "ssh"), 0o755);
      const port = '[config.jump-hosts.a]\nhost = "127.0.0.1"\n';
      const { cwd, env } = project(port, binDir);
      const where = { cwd, env: { ...env, HOME: BASE_ENV.HOME, RUNSPEC_HANDSHAKE_TIMEOUT: "4" } };
      // All of it by the binary for one shell; what is sent is the same for all.
      const isBinary = shell === "bash" || stdin !== "" || words[0] === "doctor";
      const result = await (isBinary
        ? run(words, { ...where, stdin, timeoutMs: 40_000 })
        : runHere(words, where));
      expect(readdirSync(there)).toEqual([]);
      expect(readdirSync(cwd)).toEqual(["runspec.toml"]);
      if (words[0] !== "doctor") expect(result.out + result.stderr).toMatch(sentence);
      expect(result.code).toBe(code);
    },
  );
});

test("a shell that echoes what it reads is no server, whatever its client has said first", async () => {
  const [binDir, there] = [tempDir(), tempDir()];
  const shell = `while IFS= read -r line; do printf '%s\\n' "$line"; eval "$line"; done 2>/dev/null; exit 0`;
  writeFileSync(join(binDir, "ssh"), `#!/bin/sh\ncd ${there}\n${shell}\n`);
  chmodSync(join(binDir, "ssh"), 0o755);
  const { cwd, env } = project("[config.jump-hosts.a]\n", binDir);
  for (const first of ['{"jsonrpc":"2.0","id":1,"result":{}}', '{"jsonrpc":"2.0","id":1,"method":"ping"}']) {
    const running = start(["jump", "a", "--mcp"], { cwd, env: { ...env, RUNSPEC_HANDSHAKE_TIMEOUT: "4" } });
    const echoes = [running.stdout, running.stderr].map((stream) => lines(stream)[Symbol.asyncIterator]());
    await running.write(`${first}\n`);
    await Promise.race(echoes.map((echo) => echo.next()));
    await running.write("touch pwned\n");
    running.closeStdin();
    for (const echo of echoes) while (!(await echo.next()).done);
    expect((await running.exited).code).toBe(125);
    expect(readdirSync(there)).toEqual([]);
  }
});

test("doctor says at which step, where everything before it is well", async () => {
  const shell = join(tempDir(), "shell");
  writeFileSync(shell, "#!/bin/sh\nexec bash\n");
  chmodSync(shell, 0o755);
  const host = await startAtDoor({ shell });
  try {
    const { out, code } = await run(["doctor", host.alias], localTo(host));
    expect([code, out]).toEqual([
      1,
      expect.stringMatching(/FAIL {2}handshake {7}demo-host: a shell answered instead of runspec/),
    ]);
  } finally {
    await host.stop();
  }
});
