/** KILL to each process of a call at each point of it: what jump says, and that nothing is left of it anywhere. */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { waitUntil } from "../harness/processes.ts";
import type { SshHost } from "../harness/ssh-host.ts";
import { startSshServer } from "../harness/ssh-server.ts";
import { available, startSshd } from "../harness/sshd.ts";
import { LINE_LENGTH, type Phase, reach, stopHost, TOOLS, type Victim } from "./chaos-site.ts";
import { furnish } from "./site.ts";

setDefaultTimeout(180_000);

/** How long after the end of jump something of the call may still run. */
const LEFT_MS = 60_000;

const KILLED = { code: null, signal: "SIGKILL", says: () => "" };
/** Whether the lease has been heard of by then is not ours to say. */
const AFTER_A_LOSS = [
  "  if the tool still runs there, it is told to end within 2 minutes; look on demo-host before you run it again\n  runspec doctor demo-host\n",
  "  if a tool was started, it may run on until the server there notices; look on demo-host before you run it again\n  runspec doctor demo-host\n",
];
const SSH_KILLED_EARLY = {
  code: 255,
  signal: null,
  says: () =>
    "runspec: demo-host: ssh was ended on this side by SIGKILL before the server answered\n  if a tool was started, it may run on until the server there notices; look on demo-host before you run it again\n  try it by hand: ssh -o BatchMode=yes demo-host true\n  runspec doctor demo-host\n",
};
const SSH_KILLED = {
  code: 255,
  signal: null,
  says: () =>
    AFTER_A_LOSS.map(
      (hint) => `runspec: demo-host: ssh was ended on this side by SIGKILL before the answer came\n${hint}`,
    ),
};
const SAID = " (what was said is above)";
const NOT_CONNECTED = {
  code: 255,
  signal: null,
  // Whether ssh says a word of it depends on how it learns that the connection is gone.
  says: (bin: string) => [
    ...[
      "ssh ended without a word before runspec answered: it did not connect, the connection broke, or a signal ended runspec",
      `runspec was ended by a signal, or the connection broke, before it answered${SAID}`,
    ].map(
      (what) =>
        `runspec: demo-host: ${what}\n  if a tool was started, it may run on until the server there notices; look on demo-host before you run it again\n  check runspec on demo-host: ssh -o BatchMode=yes demo-host ${bin} --version\n  runspec doctor demo-host\n`,
    ),
    "runspec: demo-host: ssh could not connect (ssh's message is above)\n  try it by hand: ssh -o BatchMode=yes demo-host true\n  runspec doctor demo-host\n",
  ],
};
const LOST = {
  code: 255,
  signal: null,
  says: () =>
    AFTER_A_LOSS.flatMap((hint) => [
      `runspec: demo-host: the connection was lost before the answer came\n${hint}`,
      `runspec: demo-host: the server was ended by a signal, or the connection broke before the answer came\n${hint}`,
    ]),
};
const NEVER_SPOKE = {
  code: 125,
  signal: null,
  // The shell there says `Killed`, where there is one between.
  says: (bin: string) =>
    ["", SAID].map(
      (said) =>
        `runspec: demo-host: runspec was ended by signal 9 before it answered${said}\n  if a tool was started, it may run on until the server there notices; look on demo-host before you run it again\n  check runspec on demo-host: ssh -o BatchMode=yes demo-host ${bin} --version\n`,
    ),
};
const CLOSED = {
  code: 125,
  signal: null,
  says: () =>
    AFTER_A_LOSS.map((loss) => loss.replace(/ {2}runspec doctor .*\n/, "")).map(
      (hint) =>
        `runspec: demo-host: the runspec server closed the connection before it answered (it ended with 137)\n${hint}  its last words, if any, are above\n`,
    ),
};
const TOOL_KILLED = { code: 137, signal: null, says: () => "" };

type Row = [
  victim: Victim,
  expected: { code: number | null; signal: string | null; says(bin: string): string | string[] },
];

const NOT_YET_CONNECTED: Row[] = [
  ["jump", KILLED],
  ["ssh", SSH_KILLED_EARLY],
  ["the SSH server", NOT_CONNECTED],
  ["serve", NEVER_SPOKE],
];
const CONNECTED: Row[] = [
  ["jump", KILLED],
  ["ssh", SSH_KILLED],
  ["the SSH server", LOST],
  ["serve", CLOSED],
  ["the tool", TOOL_KILLED],
];
/** The tool runs only from the third on. Where nothing of ours runs there yet, only the end of the connection is one of its own; an end of the tool, or of jump, behind its last word is as in the middle. */
const MATRIX: [Phase, Row[]][] = [
  ["before the handshake", NOT_YET_CONNECTED.filter(([victim]) => victim === "the SSH server")],
  ["in the handshake", NOT_YET_CONNECTED],
  ["in half an answer", [["serve", NEVER_SPOKE]]],
  ["in the call", CONNECTED],
  ["in mid-output", CONNECTED],
  ["at exit", CONNECTED.filter(([victim]) => victim !== "jump" && victim !== "the tool")],
];
const CELLS = MATRIX.flatMap(([phase, rows]) =>
  rows.map(([victim, expected]) => ({ phase, victim, expected })),
);

/** What ssh and the remote's shell have to say about it, before we do. */
const WORDS_OF_OTHERS =
  /^((Connection to \S+ closed|client_loop: send disconnect|Connection (closed|reset) by|Read from remote host)[^\n]*\n|[^\n]*Killed[^\n]*\n)*$/;

describe.each([
  // What ssh hears of an end there differs by server, whenever that comes; all else is tried with the real one.
  [
    "the embedded server",
    true,
    startSshServer,
    CELLS.filter(
      ({ phase, victim }) =>
        !available() || (phase === "in the call" && (victim === "the SSH server" || victim === "serve")),
    ),
  ],
  ["sshd", available(), startSshd, CELLS],
] as const)("through %s", (_name, present, startHost, cells) => {
  describe.skipIf(!present)("KILL", () => {
    let shared: SshHost | undefined;
    beforeAll(async () => {
      shared = await startHost();
      furnish(shared, TOOLS);
    });
    afterAll(() => shared?.stop());

    /** A server whose process is killed serves nobody else. */
    async function hostFor(victim: Victim): Promise<{ host: SshHost; done(): Promise<void> }> {
      if (shared !== undefined && (victim !== "the SSH server" || startHost !== startSshServer))
        return { host: shared, done: async () => {} };
      const host = await startHost({ ownProcess: true });
      furnish(host, TOOLS);
      return { host, done: () => stopHost(host) };
    }

    test.concurrent.each(cells)("$phase: $victim", async ({ phase, victim, expected }) => {
      const { host, done } = await hostFor(victim);
      const cell = await reach(host, phase, victim);
      try {
        cell.kill(victim);
        cell.release();
        const { code, signal, out, stderr } = await cell.ending();
        const ours = stderr.search(/^runspec: /m);
        const others = ours < 0 ? stderr : stderr.slice(0, ours);
        expect({ code, signal }).toEqual({ code: expected.code, signal: expected.signal });
        const said = stderr
          .slice(others.length)
          .replace(`runspec doctor demo-host --bin ${cell.bin}\n`, "runspec doctor demo-host\n");
        expect([expected.says(cell.bin)].flat()).toContain(said);
        expect(others).toMatch(WORDS_OF_OTHERS);
        expect(out.startsWith(cell.seen)).toBe(true);
        expect(out === outputOf(phase, out.length)).toBe(true);
        await waitUntil(
          // Each look reads what every process of the machine is.
          async () => cell.left().length === 0 || Bun.sleep(100).then(() => false),
          LEFT_MS,
          () => `the end of ${cell.left().join("\n")}`,
        );
      } finally {
        cell.close();
        await done();
      }
    });
  });
});

/** The first `length` bytes of what the tool of `phase` writes, or all of it. */
function outputOf(phase: Phase, length: number): string {
  if (phase === "at exit") return "all of it\n";
  if (phase !== "in mid-output") return "started\n".slice(0, length);
  const lines: string[] = [];
  for (let n = 1, size = 0; size < length; n++) {
    const line = `${String(n).padStart(LINE_LENGTH, "0")}\n`;
    lines.push(line);
    size += line.length;
  }
  return lines.join("").slice(0, length);
}
