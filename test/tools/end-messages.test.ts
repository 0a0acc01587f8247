import { expect, test } from "bun:test";
import {
  type EndedTool,
  endMessage,
  leftoversMessage,
  stoppingMessage,
  wentWell,
} from "../../src/tools/end-messages.ts";
import { toolOf } from "../spec/declared.ts";

const TOOL = { ...toolOf(""), name: "deploy", timeout: 60_000, stopTimeout: 10_000 };
const OVER = "it ran longer than its timeout of 1m";
const KILLED =
  "it was killed 10s after TERM, before its clean-up was over\nit has longer with stop-timeout in its table (now 10s)";
const UNSEEN =
  "what it started may still run, as this system does not show all processes (hidepid, or the /proc of another container)";

const LONGER = "it has longer with stop-timeout in its table (now 10s)";
const BELOW =
  "this system does not show all processes (hidepid, or the /proc of another container), so nothing below it could be ended";
const well = { killed: false, remaining: [], unseen: false };
const killed = { killed: true, remaining: [], unseen: false };
const one = { killed: true, remaining: [{ pid: 7, name: "sl\x1beep" }], unseen: false };
const two = { killed: true, remaining: [...one.remaining, { pid: 8, name: "tee" }], unseen: true };
const unseen = { killed: true, remaining: [], unseen: true };

const rows: [ended: Omit<EndedTool, "timedOut">, stopped: string, timedOut: string][] = [
  [
    { exitCode: 143, signal: "SIGTERM", ending: well },
    "deploy was stopped; it ended with SIGTERM",
    `deploy was ended: ${OVER}`,
  ],
  [
    { exitCode: 3, ending: well },
    "deploy was stopped; it ended with 3",
    `deploy was ended: ${OVER}; it ended with 3`,
  ],
  [
    { exitCode: 0, ending: well },
    "deploy was stopped; it ended with 0",
    `deploy was ended: ${OVER}; it ended with 0`,
  ],
  [
    { exitCode: 137, signal: "SIGKILL", ending: killed },
    `deploy was stopped; ${KILLED}`,
    `deploy was ended: ${OVER}; ${KILLED}`,
  ],
  [
    { exitCode: 9, ending: killed },
    `deploy was stopped; it ended with 9; ${KILLED.replace("it was", "what it has left behind was")}`,
    `deploy was ended: ${OVER}; it ended with 9; ${KILLED.replace("it was", "what it has left behind was")}`,
  ],
  [
    { exitCode: 137, ending: killed },
    `deploy was stopped; ${KILLED}`,
    `deploy was ended: ${OVER}; ${KILLED}`,
  ],
  [
    { exitCode: 125, ending: one },
    "deploy could not be ended: sl\\x1beep (pid 7) still runs",
    `deploy could not be ended: ${OVER}, and sl\\x1beep (pid 7) still runs`,
  ],
  [
    { exitCode: 137, signal: "SIGKILL", ending: two },
    "deploy could not be ended: sl\\x1beep (pid 7), tee (pid 8) still run",
    `deploy could not be ended: ${OVER}, and sl\\x1beep (pid 7), tee (pid 8) still run`,
  ],
  [
    { exitCode: 5, ending: { ...unseen, killed: false } },
    `deploy was stopped; it ended with 5; ${UNSEEN}`,
    `deploy was ended: ${OVER}; it ended with 5; ${UNSEEN}`,
  ],
  [
    { exitCode: 125, ending: unseen },
    `deploy was stopped; it was killed 10s after TERM, before its clean-up was over; ${UNSEEN}\n${LONGER}`,
    `deploy was ended: ${OVER}; it was killed 10s after TERM, before its clean-up was over; ${UNSEEN}\n${LONGER}`,
  ],
  // Nothing that could be seen was there to be killed.
  [
    { exitCode: 125, ending: { ...one, killed: false, unseen: true } },
    `deploy could not be ended: sl\\x1beep (pid 7) still runs\n${BELOW}`,
    `deploy could not be ended: ${OVER}, and sl\\x1beep (pid 7) still runs\n${BELOW}`,
  ],
];

test.each(rows)("what is said of %j", (ended, stopped, timedOut) => {
  expect(endMessage(TOOL, { ...ended, timedOut: false })).toBe(stopped);
  expect(endMessage(TOOL, { ...ended, timedOut: true })).toBe(timedOut);
});

test("what is said of leftovers, and while an end takes a while", () => {
  expect([killed, one].map((ending) => leftoversMessage(TOOL, ending))).toEqual([
    "what deploy has left behind was killed 10s after TERM",
    "what deploy has left behind could not be ended: sl\\x1beep (pid 7) still runs",
  ]);
  expect((["timeout", "signal", "leftovers"] as const).map((why) => stoppingMessage(TOOL, why))).toEqual([
    `stopping deploy: ${OVER}; it has 10s to clean up`,
    "stopping deploy: it has 10s to clean up",
    "stopping what deploy has left behind: it has 10s to clean up",
  ]);
});

test("only an end without KILL that leaves nothing went well", () => {
  expect([well, killed, one, unseen].map(wentWell)).toEqual([true, false, false, false]);
});

test("where a signal as root is refused: what a rule for it would permit", () => {
  const ending = { ...one, refusedAs: "root" };
  expect(endMessage(TOOL, { exitCode: 125, ending, timedOut: false })).toEndWith(
    "still runs\nkill may not be run as root, and a rule for it would reach every process of this machine",
  );
});

test.each([
  ["sudo", "runspec local --sudoers prints the rule that lets it"],
  ["dzdo", "have dzdo let it, by the program /"],
  ["pbrun", "have pbrun let it, by the program /"],
] as const)("where a signal through %s is refused: what would let it", (becomeMethod, help) => {
  const ending = { ...one, refusedAs: "oracle" };
  const message = endMessage({ ...TOOL, becomeMethod }, { exitCode: 125, ending, timedOut: false });
  expect(message).toContain(`\nkill may not be run as oracle: ${help}`);
});
