/** When a host is asked about a call: as early as can be. */

import { expect, test } from "bun:test";
import { RunspecError } from "../../src/errors.ts";
import { checkCall } from "../../src/fleet/check.ts";
import { failureOn, namedError } from "../../src/fleet/outcome.ts";
import { type Cause, ConnectionFailure, ServerFailure } from "../../src/hosts/connection-failure.ts";
import type { Remote } from "../../src/session/connect.ts";
import { host } from "./gateway/tools.ts";

const SERVER = {
  ...{ server: undefined, streams: true, takesInput: true, raw: true, keepsLeases: true, noFile: undefined },
  runsWords: true,
};

/** A remote that says what it is when it is told to, and then that it would run the call. */
function site(notes: string[] = []) {
  const hello = Promise.withResolvers<typeof SERVER>();
  const asked: unknown[] = [];
  const never = () => {
    throw new Error("nobody asks for it");
  };
  const result = hello.promise.then(() => ({ kind: "checked" as const, notes }));
  const input = { ready: result.then(() => false), send: never, end: never, taken: never };
  const remote: Remote = {
    client: {
      ...{ receive: never, initialize: never, initialized: never, listTools: never, callTool: never },
      ...{ called: never, lease: never, alive: never, cancel: never, drop: never, ping: never, close: never },
      runWords: never,
      checkWords({ words }) {
        asked.push(words);
        return { id: 1, result, input };
      },
    },
    info: hello.promise,
    said: never,
    cached: () => undefined,
    ...{
      over: result.then(() => {}),
      listTools: never,
      requestTools: never,
      finish: never,
      hangUp: never,
      abandon: never,
    },
    during: (work) => work,
    inTime: (work) => hello.promise.then(work),
  };
  return { hello, asked, remote };
}

test.each<[words: string[], early: boolean]>([
  [[], true],
  [["--env", "lab"], true],
  [["--token", "hunter2"], false],
])("%j with the handshake: %p", async (words, early) => {
  const { hello, asked, remote } = site();
  const call = { name: "t", words, human: false };
  const checking = checkCall(remote, { call, wantsAutonomy: false });
  await Bun.sleep(0);
  expect(asked).toEqual(early ? [words] : []);
  hello.resolve(SERVER);
  expect(await checking).toMatchObject({ kind: "ready" });
  expect(asked).toEqual([words]);
});

test("a server that took no words when its list was kept is sent none", async () => {
  const { hello, asked, remote } = site();
  hello.resolve({ ...SERVER, runsWords: false });
  const listed = { name: "t", inputSchema: {}, meta: {}, raw: {} };
  const cached = () => ({ tools: [listed], age: 0, takesWords: false });
  const call = { name: "t", words: [], human: false };
  const known = { ...remote, cached, listTools: async () => [listed] };
  const checked = await checkCall(known, { call, wantsAutonomy: false });
  expect([checked.kind, asked]).toEqual(["ready", []]);
});

test("of what a host wants to be told besides, a few lines are taken", async () => {
  const { hello, remote } = site(Array.from({ length: 100_000 }, (_, index) => `note ${index}`));
  hello.resolve(SERVER);
  const call = { name: "t", words: [], human: false };
  const checked = await checkCall(remote, { call, wantsAutonomy: false });
  const notes = checked.kind === "ready" ? checked.notes : [];
  expect([notes.length, notes.at(-1)]).toEqual([21, "and 99980 more"]);
});

test.each([
  ["deploi", 'did you mean "deploy"?'],
  ["t", "runspec local, run there, says why one is missing"],
])("a tool %s that a server of others does not list is told with what helps", async (tool, help) => {
  const { hello, remote } = site();
  hello.resolve({ ...SERVER, runsWords: false });
  const listed = { name: "deploy", inputSchema: {}, meta: {}, raw: {} };
  const call = { name: tool, words: [], human: false };
  const lists = { ...remote, listTools: async () => [listed] };
  expect(await checkCall(lists, { call, wantsAutonomy: false })).toMatchObject({
    outcome: { error: `it offers no tool "${tool}"; ${help}` },
  });
});

test("an error that nobody foresaw is told as what is wrong there", () => {
  const outcome = {
    because: "cannot run" as const,
    exitCode: 125,
    error: "no such file",
  };
  expect(failureOn(new Error("no such file"))).toEqual(outcome);
});

const SEEN = {
  ...{ alias: "t", destination: host("t").destination },
  ...{ handshake: false, noise: undefined, gaveUp: undefined },
};

test.each([
  ["was not reached", 255, "out of reach"],
  ["let us in", 125, "cannot run"],
] as const)("a connection that failed: the host %s", (_, exitCode, because) => {
  const why = { what: "it failed", exitCode };
  const failure = new ConnectionFailure({ ...SEEN, end: { exitCode }, stderr: "", patience: 30 }, why);
  expect(failureOn(failure)).toMatchObject({ because, exitCode });
});

const failed = (why: Cause) =>
  new ConnectionFailure({ ...SEEN, end: { exitCode: 255 }, stderr: "", patience: 30 }, why);

test.each([
  [new RunspecError("the list did not end"), "t: the list did not end"],
  [new ServerFailure("t", "it does not"), "t: it does not"],
  [failed({ what: "it is down" }), "t: it is down"],
  [failed({ what: "is out of reach: port 22", isOfHost: true }), "t is out of reach: port 22"],
  [failed({ what: "did not answer within 5 s", isOfHost: true }), "t did not answer within 5 s"],
  // As a tool that has its host's name begins what is wrong with its words.
  [new RunspecError("t: --x is not there"), "t: t: --x is not there"],
  [new RunspecError("t was not found on PATH"), "t: t was not found on PATH"],
])("%s is told with the host's name once", (failure, told) => {
  expect(namedError(host("t"), failureOn(failure))).toBe(told);
});
