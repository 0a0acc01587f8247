/** The order of a call on many hosts, with sessions that answer as they are told. */

import { describe, expect, test } from "bun:test";
import type { Checked } from "../../src/fleet/check.ts";
import { exitCodeOf, type Outcome, type Row } from "../../src/fleet/outcome.ts";
import type { Host } from "../../src/fleet/resolve-hosts.ts";
import { createRollOut, type Reporter, type RollOutPlan } from "../../src/fleet/roll-out.ts";
import type { Session } from "../../src/fleet/session.ts";
import { host } from "./gateway/tools.ts";

const READY: Checked = {
  kind: "ready",
  notes: [],
  autonomy: undefined,
  send: () => {
    throw new Error("nobody is to be called here");
  },
};
const HELP: Checked = { kind: "help", usage: { name: "t", args: [], groups: [], examples: [] } };
const FINE: Outcome = { because: "succeeded", exitCode: 0 };
const FAILED: Outcome = { because: "failed", exitCode: 3 };
const AWAY: Outcome = { because: "out of reach", exitCode: 255 };

const refusal = (error: string) => ({
  kind: "refused" as const,
  outcome: { because: "refused" as const, exitCode: 125, error },
});

interface Behaviour {
  checked?: Checked;
  /** Of the second check, where the connection was lost. */
  again?: Checked;
  isThere?: boolean | Promise<boolean>;
  ran?: Outcome;
}

/** Sessions that write down what is asked of them. */
function sessions(behaviours: Readonly<Record<string, Behaviour>>) {
  const asked: string[] = [];
  let open = 0;
  let most = 0;
  const made = Object.entries(behaviours).map(
    ([name, { checked = READY, again = checked, isThere = true, ran = FINE }]): Session => {
      let checks = 0;
      const during = async <T>(what: string, value: T): Promise<T> => {
        asked.push(`${what} ${name}`);
        most = Math.max(most, ++open);
        await Bun.sleep(1);
        open--;
        return value;
      };
      return {
        host: host(name),
        check: () => during("check", checks++ === 0 ? checked : again),
        checkWith: (secrets) => during(`check with ${secrets.join(" ")} on`, again),
        async isThere(quietMs) {
          asked.push(`${quietMs === 0 ? "look at" : "take"} ${name}`);
          return isThere;
        },
        run({ start }) {
          start();
          return during("run", ran);
        },
        alive: async () => {},
        stop: (signal) => void asked.push(`${signal} ${name}`),
        abandon: () => {},
        close: async () => void asked.push(`close ${name}`),
      };
    },
  );
  return {
    made,
    asked: (what: string) =>
      asked.filter((line) => line.startsWith(what)).map((line) => line.slice(what.length + 1)),
    most: () => most,
  };
}

const PLAN: RollOutPlan = {
  parallel: 32,
  batch: undefined,
  maxFail: undefined,
  timeoutMs: undefined,
  show: "live",
};

function reporter(more: Partial<Reporter> = {}): Reporter & { steps: string[] } {
  const steps: string[] = [];
  return {
    steps,
    ready() {},
    failed: async () => {},
    started: () => async () => {},
    ended: async () => {},
    agreed: async () => true,
    askSecrets: async () => undefined,
    step: async (done, of, goesOn) => void steps.push(`${done}/${of} ${goesOn ? "goes on" : "stops"}`),
    ...more,
  };
}

const away: Behaviour = { checked: { kind: "failed", outcome: AWAY } };
const causes = (rows: readonly Row[]) => rows.map(({ outcome }) => outcome.because);

test("where nobody reads any more, those that were started and not heard of are not called not started", async () => {
  const { made } = sessions({ a: {}, b: {}, c: {}, d: {} });
  const gone = async ({ host }: Row) => {
    if (host.name === "b") throw new Error("gone");
  };
  const run = ({ start }: Parameters<Session["run"]>[0]) => {
    start();
    return new Promise<Outcome>(() => {});
  };
  const running = made.map((session) => (session.host.name === "c" ? { ...session, run } : session));
  const rollOut = createRollOut(running, { ...PLAN, parallel: 2 }, reporter({ ended: gone }));
  await expect(rollOut.run()).rejects.toThrow("gone");
  expect(causes(rollOut.rows())).toEqual(["succeeded", "succeeded", "left", "not started"]);
});

describe("nothing is started before all have answered", () => {
  test("and everything that is open is closed", async () => {
    const { made, asked } = sessions({ a: {}, b: {}, c: {} });
    const result = await createRollOut(made, PLAN, reporter()).run();
    expect(result).toMatchObject({ kind: "ran" });
    expect([asked("check"), asked("run"), asked("close")]).toEqual([
      ["a", "b", "c"],
      ["a", "b", "c"],
      ["a", "b", "c"],
    ]);
  });

  test("one that refuses the words stops all; one that is away does not", async () => {
    const refused = sessions({ a: {}, b: { checked: refusal("no") }, c: {} });
    const result = await createRollOut(refused.made, PLAN, reporter()).run();
    expect(result.kind === "refused" && [causes(result.rows), result.rows[1]?.outcome.error]).toEqual([
      ["not started", "refused", "not started"],
      "no",
    ]);
    expect(refused.asked("run")).toEqual([]);

    const away = sessions({ a: {}, b: { checked: { kind: "failed", outcome: AWAY } }, c: {} });
    const ran = await createRollOut(away.made, PLAN, reporter()).run();
    expect(ran.kind === "ran" && causes(ran.rows)).toEqual(["succeeded", "out of reach", "succeeded"]);
  });

  test("a person may decline", async () => {
    const { made, asked } = sessions({ a: {}, b: {} });
    const result = await createRollOut(made, PLAN, reporter({ agreed: async () => false })).run();
    expect([result.kind, asked("run"), asked("close")]).toEqual(["declined", [], ["a", "b"]]);
  });
});

test("a host that alone takes the words for a call for help refuses them: nothing is run, and it did not end well", async () => {
  const { made, asked } = sessions({ a: {}, b: { checked: HELP } });
  const result = await createRollOut(made, PLAN, reporter()).run();
  expect(result.kind === "refused" && [result.isManual, result.rows.map(({ outcome }) => outcome)]).toEqual([
    false,
    [
      { because: "not started" },
      { because: "refused", exitCode: 125, error: "takes these words for a call for help" },
    ],
  ]);
  expect(asked("run")).toEqual([]);
  // The words may have been meant for the tool, which then has run nowhere.
  const alone = { a: { checked: HELP }, b: { checked: { kind: "failed" as const, outcome: AWAY } } };
  const help = await createRollOut(sessions(alone).made, PLAN, reporter()).run();
  expect([help.kind, help.rows.map(({ outcome }) => outcome)]).toEqual([
    "help",
    [{ because: "not started" }, AWAY],
  ]);
  // A program reads rows, and is given them.
  const asJson: RollOutPlan = { ...PLAN, show: "json" };
  const told = await createRollOut(sessions({ a: { checked: HELP } }).made, asJson, reporter()).run();
  expect(told.kind === "refused" && told.rows.map(({ outcome }) => outcome)).toEqual([
    { because: "refused", exitCode: 125, error: "takes these words for a call for help" },
  ]);
});

describe("secrets that are all that is missing", () => {
  const lacks = (...missingSecrets: string[]): Behaviour => ({
    checked: { ...refusal(`${missingSecrets.join()} required`), missingSecrets },
    again: READY,
  });
  const words = (names: readonly string[]) => names.map((name) => `--${name}=x`);

  test("are asked for once, and given to the hosts that lack them", async () => {
    const { made, asked } = sessions({ a: lacks("pin"), b: {}, c: lacks("token", "pin"), d: away });
    const questions: (readonly string[])[] = [];
    const askSecrets = async (names: readonly string[], whoLacks: (name: string) => Host[]) => {
      questions.push(names.map((name) => `${name} of ${whoLacks(name).map((host) => host.name)}`));
      return words(names);
    };
    const result = await createRollOut(made, PLAN, reporter({ askSecrets })).run();
    expect(questions).toEqual([["pin of a,c", "token of c"]]);
    expect([asked("check with"), asked("run")]).toEqual([
      ["--pin=x on a", "--pin=x --token=x on c"],
      ["a", "b", "c"],
    ]);
    expect(result.kind === "ran" && causes(result.rows)).toEqual([
      "succeeded",
      "succeeded",
      "succeeded",
      "out of reach",
    ]);
  });

  test.each<[what: string, hosts: Record<string, Behaviour>]>([
    ["another host refuses the words", { a: lacks("pin"), b: { checked: refusal("no") } }],
    ["another host tells of help", { a: lacks("pin"), b: { checked: HELP } }],
    ["nobody is there to ask", { a: lacks("pin"), b: {} }],
  ])("are not given where %s", async (_, hosts) => {
    const { made, asked } = sessions(hosts);
    const askSecrets = hosts.b?.checked === undefined ? {} : { askSecrets: async () => words(["pin"]) };
    const result = await createRollOut(made, PLAN, reporter(askSecrets)).run();
    expect([result.kind, asked("check with"), asked("run")]).toEqual(["refused", [], []]);
  });

  test("are none where nothing is missing", async () => {
    const askSecrets = () => Promise.reject(new Error("nobody is to be asked"));
    const result = await createRollOut(sessions({ a: {} }).made, PLAN, reporter({ askSecrets })).run();
    expect(result.kind).toBe("ran");
  });
});

test("as many hosts as --parallel says at a time, and no more", async () => {
  const { made, most } = sessions(
    Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`h${index}`, {}])),
  );
  await createRollOut(made, { ...PLAN, parallel: 3 }, reporter()).run();
  expect(most()).toBe(3);
});

const bad = { ran: FAILED };

test.each<[string, Partial<RollOutPlan>, Record<string, Behaviour>, string[], string[]]>([
  [
    "all steps",
    { batch: [() => 1, (all) => all], maxFail: () => 0 },
    { a: {}, b: {}, c: {} },
    ["a", "b", "c"],
    ["1/2 goes on"],
  ],
  [
    "the first one fails",
    { batch: [() => 1, (all) => all], maxFail: () => 0 },
    { a: bad, b: {}, c: {} },
    ["a"],
    ["1/2 stops"],
  ],
  [
    "one may fail",
    { batch: [() => 1, (all) => all], maxFail: () => 1 },
    { a: bad, b: {}, c: {} },
    ["a", "b", "c"],
    ["1/2 goes on"],
  ],
  [
    "one out of reach counts from the start",
    { batch: [() => 1, (all) => all], maxFail: () => 0 },
    { a: {}, b: {}, c: away },
    ["a"],
    ["1/2 stops"],
  ],
  [
    "nothing is stopped where nobody is left, and no step is told of",
    { batch: [() => 1], maxFail: () => 0 },
    { a: {}, b: away, c: away },
    ["a"],
    [],
  ],
  ["a limit without steps", { parallel: 1, maxFail: () => 0 }, { a: {}, b: bad, c: {} }, ["a", "b"], []],
  [
    "a lost connection is made anew",
    { batch: [() => 1, (all) => all], maxFail: () => 0 },
    { a: {}, b: { isThere: false } },
    ["a", "b"],
    ["1/2 goes on"],
  ],
  [
    "or the host has gone since",
    { batch: [() => 1, (all) => all], maxFail: () => 0 },
    { a: {}, b: { isThere: false, again: { kind: "failed", outcome: AWAY } } },
    ["a"],
    ["1/2 goes on"],
  ],
])("steps: %s", async (_name, plan, behaviours, ran, steps) => {
  const { made, asked } = sessions(behaviours);
  const seen = reporter();
  await createRollOut(made, { ...PLAN, ...plan }, seen).run();
  expect([asked("run"), seen.steps]).toEqual([ran, steps]);
});

test("nobody is asked about a call that more failures than are allowed keep from being started", async () => {
  const questions: string[] = [];
  const agreed = async (ready: readonly { host: Host }[]) =>
    questions.push(ready.map(({ host }) => host.name).join()) > 0;
  for (const plan of [{ maxFail: () => 0 }, { maxFail: () => 1 }]) {
    const { made, asked } = sessions({ a: {}, b: away });
    const result = await createRollOut(made, { ...PLAN, ...plan }, reporter({ agreed })).run();
    expect([result.kind, asked("run"), questions.splice(0)]).toEqual(
      plan.maxFail() === 0 ? ["ran", [], []] : ["ran", ["a"], ["a"]],
    );
  }
});

test("a signal starts nothing more and reaches every session", async () => {
  const { made, asked } = sessions({ a: {}, b: {}, c: {} });
  const rollOut = createRollOut(
    made,
    { ...PLAN, parallel: 1 },
    reporter({
      started: () => {
        rollOut.stop("SIGINT");
        return async () => {};
      },
    }),
  );
  await rollOut.run();
  expect([asked("run"), asked("SIGINT")]).toEqual([["a"], ["a", "b", "c"]]);
});

test("a signal while hosts are being checked starts nothing", async () => {
  const { made, asked } = sessions({ a: {}, b: {}, c: {} });
  const rollOut = createRollOut(
    made,
    { ...PLAN, parallel: 1 },
    reporter({ ready: () => rollOut.stop("SIGINT") }),
  );
  const { kind } = await rollOut.run();
  expect([kind, asked("check"), asked("run"), asked("close")]).toEqual([
    "declined",
    ["a"],
    [],
    ["a", "b", "c"],
  ]);
});

test("where it cannot be shown any more, nothing more is started", async () => {
  const { made, asked } = sessions({ a: {}, b: {}, c: {}, d: {} });
  const watching = reporter({
    async ended({ host }) {
      if (host.name === "a") throw new Error("nobody reads");
      await Bun.sleep(20);
    },
  });
  const running = createRollOut(made, { ...PLAN, parallel: 2 }, watching).run();
  expect(await running.catch(String)).toBe("Error: nobody reads");
  await Bun.sleep(40);
  expect(asked("run")).toEqual(["a", "b"]);
});

test("a signal within a step of several is told as that, not as a limit that was passed", async () => {
  const { made } = sessions({ a: { ran: { because: "stopped", exitCode: 143 } }, b: {} });
  const watching = reporter({
    started: () => {
      rollOut.stop("SIGINT");
      return async () => {};
    },
  });
  const rollOut = createRollOut(made, { ...PLAN, batch: [() => 1], maxFail: () => 0 }, watching);
  const result = await rollOut.run();
  expect(watching.steps).toEqual([]);
  expect(result.kind === "ran" && [causes(result.rows), result.isCutShort]).toEqual([
    ["stopped", "not started"],
    false,
  ]);
});

test.each<[number[], number]>([
  [[], 0],
  [[0, 0], 0],
  [[0, 3, 3], 3],
  [[3, 4], 1],
  [[255, 0, 255], 255],
])("exit codes %j → %d", (codes, expected) => {
  expect(exitCodeOf(codes.map((exitCode) => ({ exitCode })))).toBe(expected);
});

test("a connection that was lost while a person was asked, or others had their turn, is made anew", async () => {
  const gone: Behaviour = { isThere: false, again: { kind: "failed", outcome: AWAY } };
  const { made, asked } = sessions({ a: { isThere: false }, b: {}, c: gone });
  const result = await createRollOut(made, PLAN, reporter()).run();
  expect(result.kind === "ran" && causes(result.rows)).toEqual(["succeeded", "succeeded", "out of reach"]);
  expect([asked("check"), asked("run").sort()]).toEqual([
    ["a", "b", "c", "a", "c"],
    ["a", "b"],
  ]);
});

test("in a later step each host is looked at, however short the one before was: it may have cost the connection", async () => {
  const { made, asked } = sessions({ a: {}, b: {}, c: {} });
  await createRollOut(made, { ...PLAN, batch: [() => 1, (all) => all] }, reporter()).run();
  expect([asked("take"), asked("look at")]).toEqual([["a"], ["b", "c"]]);
});

test("where a limit is passed while a host is looked at again, it is not started", async () => {
  const failed = Promise.withResolvers<boolean>();
  const { made, asked } = sessions({ a: { ran: FAILED }, b: { isThere: failed.promise } });
  const watching = reporter({ ended: async () => failed.resolve(true) });
  const result = await createRollOut(made, { ...PLAN, maxFail: () => 0 }, watching).run();
  expect([asked("run"), result]).toMatchObject([["a"], { isCutShort: true }]);
});

test("a limit that the last one passes has kept nobody from a turn", async () => {
  const { made } = sessions({ a: {}, b: { ran: FAILED } });
  const result = await createRollOut(made, { ...PLAN, maxFail: () => 0 }, reporter()).run();
  expect(result).toMatchObject({ kind: "ran", isCutShort: false });
});

test.each<[what: string, again: Checked, outcome: Outcome]>([
  ["has gone", { kind: "failed", outcome: AWAY }, AWAY],
  ["refuses the call now", refusal("no"), { because: "cannot run", exitCode: 125, error: "no" }],
  ["only tells of help", HELP, { because: "cannot run", exitCode: 125 }],
])(
  "a host whose connection was lost, and which %s, has failed, and counts",
  async (_what, again, outcome) => {
    const told: Row[] = [];
    const watching = reporter({ failed: async (row) => void told.push(row) });
    const { made, asked } = sessions({ a: {}, b: { isThere: false, again }, c: {}, d: {} });
    const plan = { ...PLAN, batch: [() => 1], maxFail: () => 0 };
    const result = await createRollOut(made, plan, watching).run();
    expect(told.map(({ host, outcome }) => [host.name, outcome])).toEqual([["b", outcome]]);
    expect(result.kind === "ran" && [causes(result.rows), result.isCutShort]).toEqual([
      ["succeeded", outcome.because, "not started", "not started"],
      true,
    ]);
    expect([asked("check"), asked("run")]).toEqual([["a", "b", "c", "d", "b"], ["a"]]);
  },
);

test("those that are still there are not asked twice", async () => {
  const { made, asked } = sessions({ a: {}, b: {} });
  await createRollOut(made, { ...PLAN, batch: [() => 1] }, reporter()).run();
  expect([asked("check"), asked("run")]).toEqual([
    ["a", "b"],
    ["a", "b"],
  ]);
});
