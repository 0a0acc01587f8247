/** A signal ends jump in whatever state it is, at once or as soon as it is known that nobody reads: nothing else is waited for. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { start } from "../harness/binary.ts";
import { waitUntil, within } from "../harness/processes.ts";
import { recordingSsh } from "../harness/recording-ssh.ts";
import { quote } from "../harness/ssh-host.ts";
import { tempDir } from "../harness/temp.ts";
import { hello, say } from "./peer.ts";
import { project } from "./site.ts";

setDefaultTimeout(60_000);

/** Far more than any of these takes, and less than a server is waited for that says nothing. */
const END_MS = 6000;

const SERVER = hello({ capabilities: { experimental: { "runspec/run": {}, "runspec/stream": {} } } });
const OTHER_SERVER = hello();

/** sh for output of the call (whose id depends on what is kept of the host) that does not end. */
function flood(stream: string): string {
  const lines = [2, 3].map((requestId) =>
    JSON.stringify({
      jsonrpc: "2.0",
      method: "notifications/runspec/output",
      params: { requestId, stream, data: `${"x".repeat(4000)}\n` },
    }),
  );
  return `while printf '%s\\n' ${lines.map(quote).join(" ")}; do :; done`;
}

const READY = ': >"$READY"';
const STAY = "exec sleep 600";

/** What ssh and the server do. Nobody reads what jump prints; `twice`: the first signal only cancels, and that is answered by nobody. */
const STATES: [name: string, words: string[], script: string, twice?: "twice"][] = [
  ["connects, for a call", ["t"], `${READY}; ${STAY}`],
  ["connects, for a list", [], `${READY}; ${STAY}`],
  ["reads past noise", ["t"], `${READY}; while echo noise; do sleep 0.01; done`],
  ["waits for a list", [], `${say(3, SERVER)}; ${READY}; ${STAY}`],
  ["waits for a list before its call", ["t"], `${say(3, OTHER_SERVER)}; ${READY}; ${STAY}`],
  ["waits for an answer", ["t"], `${say(4, SERVER)}; ${READY}; ${STAY}`, "twice"],
  ["has a stdout that nobody reads", ["t"], `${say(4, SERVER)}; ${READY}; ${flood("stdout")}`],
  ["has a stderr that nobody reads", ["t"], `${say(4, SERVER)}; ${READY}; ${flood("stderr")}`],
];
const SIGNALS: [signal: NodeJS.Signals, code: number][] = [
  ["SIGTERM", 143],
  ["SIGINT", 130],
];

test.concurrent.each(
  STATES.flatMap(([name, ...state]) => SIGNALS.map((signal) => [signal[0], name, state, signal] as const)),
)("%s ends a jump that %s", async (_signal, _name, [words, script, twice], [signal, code]) => {
  const dir = tempDir();
  const ready = join(dir, "ready");
  const ssh = await recordingSsh(dir, { script });
  const { cwd, env } = project("[config.jump-hosts.a]\n", ssh.binDir);
  const running = start(["jump", "a", ...words], {
    cwd,
    env: { ...env, XDG_CACHE_HOME: tempDir(), READY: ready },
  });
  await waitUntil(() => existsSync(ready), 20_000, "the state");
  running.kill(signal);
  if (twice !== undefined) {
    const { value } = await running.stderr.getReader().read();
    // Where the answer to `initialize` has not been read yet, it leaves at the first one, and says nothing.
    if (value !== undefined) {
      expect(new TextDecoder().decode(value)).toStartWith("runspec: stopping t on a; ");
      running.kill(signal);
    }
  }
  expect(await within(running.exited, END_MS, "the end of jump")).toEqual({ code, signal: null });
});
