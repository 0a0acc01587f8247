/** One call, at a server that says what it is told to: what is sent to it, and what is made of its answer. */

import { describe, expect, test } from "bun:test";
import type { AnswerOf } from "../../src/mcp/client/outcome.ts";
import type { EndedCall } from "../../src/mcp/tool-host.ts";
import { callOnHost, type RemoteCall } from "../../src/session/call.ts";
import type { Remote } from "../../src/session/connect.ts";

type Answer = AnswerOf<"refused" | "ended" | "usage">;

const INFO = {
  ...{ server: undefined, streams: true, takesInput: true, raw: true, keepsLeases: true, noFile: undefined },
  runsWords: true,
};
const CACHED = { name: "t", inputSchema: {}, meta: {}, raw: {} };
const ended = (more: Partial<EndedCall> = {}): EndedCall => ({
  ...{ kind: "ended", exitCode: 0, timedOut: false, cancelled: false, durationMs: 1, ...more },
});
const lacking = (secrets: string[], ...others: string[]): Answer => ({
  ...{ kind: "refused", objections: ["words"], exitCode: 125, missingSecrets: secrets },
  reasons: [...secrets, ...others].map((name) => `t: --${name} is required`),
});

/** Calls a server that gives `answers`, one after the other; what was sent to it, what was printed, and how it ended. */
async function called(
  answers: readonly Answer[],
  more: Partial<RemoteCall> = {},
  takesWords = true,
  age = 0,
) {
  const sent: unknown[] = [];
  const said: string[] = [];
  const never = () => {
    throw new Error("nobody asks for it");
  };
  const left = [...answers];
  const hello = Promise.withResolvers<typeof INFO>();
  const remote: Remote = {
    client: {
      ...{ receive: never, initialize: never, initialized: never, listTools: never, callTool: never },
      ...{ called: never, lease: never, alive: never, cancel: never, drop: never, close: never },
      ping: async () => ({}),
      checkWords: never,
      runWords({ words }, { last }) {
        sent.push({ words, last });
        const input = { ready: Promise.resolve(false), send: never, end: never, taken: never };
        return { id: sent.length, result: Promise.resolve(left.shift()), input };
      },
    },
    info: hello.promise,
    said: never,
    cached: () => ({ tools: [CACHED], takesWords, age }),
    requestTools() {
      sent.push("the list");
      return never;
    },
    listTools: never,
    ...{ over: new Promise(() => {}), finish: never, hangUp: never, abandon: never },
    during: (work) => work,
    inTime: (work) => work(),
  };
  const writer = (stream: string) => ({
    write: async (text: string | Uint8Array | readonly Uint8Array[]) => void said.push(`${stream}: ${text}`),
    ...{ flush: async () => {}, expectReader() {} },
  });
  const call = {
    ...{
      alias: "$&",
      name: "t",
      words: [],
      invocation: "runspec jump '$&' t --",
      human: true,
      openStdin: undefined,
    },
    ...more,
  };
  const terminal = { stdout: writer("out"), stderr: writer("err"), env: {}, onSignals: () => () => {} };
  const result = callOnHost(remote, call, terminal);
  await Bun.sleep(0);
  const early = sent.length;
  hello.resolve(INFO);
  const end: unknown = await result.catch(({ message, hint, exitCode }) => ({ message, hint, exitCode }));
  return { sent, said, early, end };
}

describe("a tool that has run", () => {
  test.each<[what: string, answer: Partial<EndedCall>, code: number, said: string[]]>([
    ["ends as it ended", { exitCode: 7 }, 7, []],
    [
      "out of time",
      { timedOut: true, exitCode: 124, explanation: "it took too long" },
      124,
      ["err: runspec: it took too long\n"],
    ],
    [
      "was stopped",
      { cancelled: true, exitCode: 143, explanation: "it was stopped\nby hand" },
      143,
      ["err: runspec: it was stopped\n  by hand\n"],
    ],
    [
      "was stopped by the end of its server, and ended well",
      { cancelled: true, explanation: "it was stopped" },
      255,
      ["err: runspec: it was stopped\n"],
    ],
    [
      "was never reached",
      { exitCode: 1, explanation: "sudo refuses" },
      1,
      ["err: runspec: $&: sudo refuses\n"],
    ],
    [
      "is told of",
      { notes: ["--n is deprecated"], remark: "odd" },
      0,
      ["err: runspec: $&: odd\n", "err: runspec: --n is deprecated\n"],
    ],
    ["did not print live", { output: { stream: "stdout", text: "a" } }, 0, ["out: a"]],
    [
      "did not print its failure live",
      { exitCode: 1, output: { stream: "stderr", text: "a" } },
      1,
      ["err: a\n"],
    ],
  ])("%s", async (_what, answer, code, said) => {
    const result = await called([ended(answer)]);
    expect([result.end, result.said, result.sent]).toEqual([code, said, [{ words: [], last: true }]]);
  });
});

test("the list is asked for with a tool that is not cached: it may be new, and Tab should know it", async () => {
  const { sent, end } = await called([ended()], { name: "new" });
  expect([sent, end]).toEqual([["the list", { words: [], last: true }], 0]);
});

test("the list is asked for where it was read an hour ago", async () => {
  const { sent } = await called([ended()], {}, true, 60 * 60 * 1000);
  expect(sent).toEqual(["the list", { words: [], last: true }]);
});

test("words go with the handshake, those that may hold a secret behind it", async () => {
  expect((await called([ended()], { words: ["--env", "lab"] })).early).toBe(1);
  const { early, sent } = await called([ended()], { words: ["--token", "x"] });
  expect([early, sent]).toEqual([0, [{ words: ["--token", "x"], last: true }]]);
});

test("words wait where the server took none when it was asked last: it may end over a method that it does not know", async () => {
  const { early, sent } = await called([ended()], {}, false);
  expect([early, sent]).toEqual([1, ["the list", { words: [], last: true }]]);
});

describe("a person who could be asked", () => {
  const asking = (asked: string[][]) => ({
    words: ["--env", "lab"],
    async askSecrets(names: readonly string[]) {
      asked.push([...names]);
      return names.map((name) => `--${name}=typed`);
    },
  });

  test.each<[what: string, answer: Answer, end: unknown]>([
    ["nothing is missing", ended(), 0],
    [
      "something else is missing as well",
      lacking(["token"], "name"),
      expect.objectContaining({ exitCode: 125 }),
    ],
  ])("is not asked, and nothing is called again, where %s", async (_what, answer, end) => {
    const asked: string[][] = [];
    const result = await called([answer, ended()], asking(asked));
    expect([result.end, asked, result.sent]).toEqual([end, [], [{ words: ["--env", "lab"], last: false }]]);
  });

  test("is asked once for what is missing, and called with it", async () => {
    const asked: string[][] = [];
    const { end, sent } = await called([lacking(["token"]), lacking(["token"]), ended()], asking(asked));
    expect(asked).toEqual([["token"]]);
    expect(sent).toEqual([
      { words: ["--env", "lab"], last: false },
      { words: ["--token=typed", "--env", "lab"], last: true },
    ]);
    expect(end).toMatchObject({ exitCode: 125 });
  });
});

test.each<[what: string, answer: Answer, end: object]>([
  [
    "for its words, it is told how they go",
    { kind: "refused", objections: ["words"], reasons: ["t: a", "t: b"], exitCode: 125 },
    { message: "t: a\nt: b", hint: "usage: runspec jump '$&' t -- --help", exitCode: 125 },
  ],
  [
    "for being a person's, what that would type here",
    {
      kind: "refused",
      objections: ["autonomy"],
      reasons: ["runspec jump <alias> t (or run)"],
      exitCode: 125,
      manual: true,
    },
    {
      message: "runspec jump '$&' t (or run)",
      hint: "from here, a person calls it at a terminal, or with --human",
      exitCode: 125,
    },
  ],
  [
    "for what is wrong on the host, where that is put right",
    {
      kind: "refused",
      objections: ["executable"],
      reasons: ["t: x is not executable; run: chmod +x x"],
      exitCode: 126,
    },
    { message: "$&: t: x is not executable; run there: chmod +x x", hint: undefined, exitCode: 126 },
  ],
  [
    "for a file that is not trusted there",
    {
      kind: "refused",
      objections: ["executable"],
      reasons: ["t: x is refused: so read it first, and if you trust it run: sudo chown me x"],
      exitCode: 125,
    },
    {
      message: "$&: t: x is refused: so read it first, and if you trust it run there: sudo chown me x",
      hint: undefined,
      exitCode: 125,
    },
  ],
  [
    "with what helps behind the sentence",
    { kind: "refused", objections: ["become"], reasons: ["t: x reads y\nset z"], exitCode: 125 },
    { message: "$&: t: x reads y", hint: "set z", exitCode: 125 },
  ],
  [
    "without a word",
    { kind: "refused", objections: [], reasons: [], exitCode: 125 },
    { message: "the call was refused", hint: undefined, exitCode: 125 },
  ],
  [
    "for there being no such tool",
    { kind: "refused", objections: ["tool"], reasons: ["no such tool", 'did you mean "u"?'], exitCode: 127 },
    {
      message: '$& offers no tool "t"',
      hint: "did you mean \"u\"?\nrunspec jump '$&' lists its tools",
      exitCode: 127,
    },
  ],
])("one that is refused: %s", async (_what, answer, end) => {
  expect((await called([answer])).end).toEqual(end);
});
