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

const BELOW =
  "this system does not show all processes (hidepid, or the /proc of another container), so nothing below it could be ended";
const well = { killed: false, remaining: [], unseen: false };
const killed = { killed: true, remaining: [], unseen: false };
const one = { killed: true, remaining: [{ pid: 7, name: "sl\x1beep" }], unseen: false };
const two = { killed: true, remaining: [...one.remaining, { pid: 8, name: "tee" }], unseen: true };
const unseen = { killed: true, remaining: [], unseen: true };

const BEHIND = KILLED.replace("it was", "what it has left behind was");
const rows: [ended: Omit<EndedTool, "timedOut">, how: string][] = [
  [{ exitCode: 3, ending: well }, "it ended with 3"],
  [{ exitCode: 0, ending: well }, "it ended with 0"],
  [{ exitCode: 137, signal: "SIGKILL", ending: killed }, KILLED],
  [{ exitCode: 137, ending: killed }, KILLED],
  [{ exitCode: 9, ending: killed }, `it ended with 9; ${BEHIND}`],
  [{ exitCode: 5, ending: { ...unseen, killed: false } }, `it ended with 5; ${UNSEEN}`],
  [{ exitCode: 125, ending: unseen }, KILLED.replace("\n", `; ${UNSEEN}\n`)],
];
test.each(rows)("what is said of %j", (ended, how) => {
  expect(endMessage(TOOL, { ...ended, timedOut: false })).toBe(`deploy was stopped; ${how}`);
  expect(endMessage(TOOL, { ...ended, timedOut: true })).toBe(`deploy was ended: ${OVER}; ${how}`);
});

test("TERM ends a tool whose time is over: that needs no word", () => {
  const ended = { exitCode: 143, signal: "SIGTERM", ending: well };
  expect(endMessage(TOOL, { ...ended, timedOut: false })).toBe("deploy was stopped; it ended with SIGTERM");
  expect(endMessage(TOOL, { ...ended, timedOut: true })).toBe(`deploy was ended: ${OVER}`);
});

test.each<[Omit<EndedTool, "timedOut">, still: string]>([
  [{ exitCode: 125, ending: one }, "sl\\x1beep (pid 7) still runs"],
  [{ exitCode: 137, signal: "SIGKILL", ending: two }, "sl\\x1beep (pid 7), tee (pid 8) still run"],
  // Nothing that could be seen was there to be killed.
  [
    { exitCode: 125, ending: { ...one, killed: false, unseen: true } },
    `sl\\x1beep (pid 7) still runs\n${BELOW}`,
  ],
])("what still runs is named: %j", (ended, still) => {
  expect(endMessage(TOOL, { ...ended, timedOut: false })).toBe(`deploy could not be ended: ${still}`);
  expect(endMessage(TOOL, { ...ended, timedOut: true })).toBe(
    `deploy could not be ended: ${OVER}, and ${still}`,
  );
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
