import { describe, expect, test } from "bun:test";
import { RunspecError } from "../../src/errors.ts";
import { failureOn, type Outcome, refusedOutcome } from "../../src/fleet/outcome.ts";
import { createReporter } from "../../src/fleet/reporter.ts";
import type { Host } from "../../src/fleet/resolve-hosts.ts";
import { createScreen } from "../../src/fleet/screen.ts";
import { showFolded, showJson, showLive } from "../../src/fleet/show.ts";
import { waitUntil } from "../harness/processes.ts";
import { host } from "./gateway/tools.ts";

const NEVER = new AbortController().signal;
const DONE: Outcome = { because: "succeeded", exitCode: 0, durationMs: 7 };

/** Streams that keep what is written; each write takes a turn of the engine. */
function streams() {
  const said = { stdout: "", stderr: "", all: "" };
  const writer = (stream: "stdout" | "stderr") => ({
    async write(data: Uint8Array | string | readonly Uint8Array[]) {
      const text = typeof data === "string" ? data : Buffer.concat([data].flat()).toString();
      await Bun.sleep(0);
      said[stream] += text;
      said.all += text;
    },
    flush: async () => {},
    isTerminal: () => false,
    columns: () => 80,
  });
  return { said, stdout: writer("stdout"), stderr: writer("stderr") };
}

function shown(names: readonly string[], keepMax: number, hasStatus = false) {
  const out = streams();
  const screen = createScreen(out, hasStatus);
  const hosts = names.map(host);
  const context = { hosts, screen, keepMax };
  return { ...out, screen, hosts, context };
}

describe("JSON", () => {
  const bytes: [what: string, bytes: Buffer, isText: boolean][] = [
    ["nothing", Buffer.from(""), true],
    ["text", Buffer.from('a "b"\n\\ \x00\u2028\u{1f600}é\n'), true],
    ["a byte order mark", Buffer.from("\ufeffa"), true],
    ["U+FFFD itself", Buffer.from("\ufffd"), true],
    ["half a character at the end", Buffer.from("é\u{1f600}").subarray(0, -1), false],
    ["a byte of Latin-1", Buffer.from("caf\xe9 x", "latin1"), false],
    ["what is the end of a line to others", Buffer.from("\u2028\u2029\u0085"), true],
    ["half a surrogate", Buffer.from([0x61, 0xed, 0xa0, 0x80]), false],
  ];
  test.each(bytes)("of %s is the same, cut anywhere, kept in memory or in a file", async (_, all, isText) => {
    for (const keepMax of [0, 1024])
      for (let at = 0; at <= all.length; at++) {
        const { said, hosts, context } = shown(["h"], keepMax);
        const show = showJson(context);
        for (const one of hosts) {
          await show.take(one, "stdout", all.subarray(0, at));
          await show.take(one, "stdout", all.subarray(at));
          await show.end?.({ host: one, outcome: DONE });
        }
        expect(JSON.parse(said.stdout)).toEqual({
          host: "h",
          exit_code: 0,
          signal: null,
          duration_ms: 7,
          stdout: all.toString(),
          ...(!isText && { stdout_base64: all.toString("base64") }),
          stderr: "",
          error: null,
        });
        expect(said.stdout).not.toMatch(/[\u2028\u2029\u0085]/);
      }
  });

  test("tells what can be typed here", async () => {
    const { said, hosts, context } = shown(["it's"], 1000);
    const error = "by a person: runspec jump <alias> t";
    for (const one of hosts)
      await showJson(context).end?.({ host: one, outcome: { because: "refused", exitCode: 125, error } });
    expect(JSON.parse(said.stdout).error).toBe(`it's: by a person: runspec jump 'it'\\''s' t`);
  });

  test("of a long output is written in pieces that are no longer than memory should hold", async () => {
    const { said, stdout, stderr, hosts, context } = shown(["a", "b"], 1000);
    let longest = 0;
    const write: typeof stdout.write = (data) => {
      longest = Math.max(longest, data.length);
      return stdout.write(data);
    };
    const show = showJson({
      ...context,
      screen: createScreen({ stdout: { ...stdout, write }, stderr }, false),
    });
    const long = Buffer.concat([Buffer.alloc(3_000_000, "é\n"), Buffer.of(0xff)]);
    const rows = hosts.map(async (one) => {
      await show.take(one, "stderr", long);
      await show.end?.({ host: one, outcome: DONE });
    });
    await Promise.all(rows);
    expect(longest).toBeLessThan(500_000);
    const lines = said.stdout.split("\n").slice(0, -1);
    // Two that end at the same time do not mix.
    expect(lines.map((line) => JSON.parse(line).host).sort()).toEqual(["a", "b"]);
    for (const line of lines)
      expect(Buffer.from(JSON.parse(line).stderr_base64, "base64").equals(long)).toBe(true);
  });
});

test("the status line does not stand in the middle of what is written in pieces", async () => {
  const { said, screen } = shown([], 0, true);
  screen.status(() => "1 of 2 done");
  const pieces = function* () {
    for (let piece = 0; piece < 30; piece++) {
      Bun.sleepSync(10);
      yield "piece ";
    }
    yield "\n";
  };
  await screen.stdout.write(pieces());
  await screen.end();
  expect(said.all).toContain(`${"piece ".repeat(30)}\n`);
});

test("neither the status line nor anybody's words stand over a question", async () => {
  const { said, screen } = shown([], 0, true);
  screen.status(() => "1 of 2 checked");
  await waitUntil(() => said.all.endsWith("1 of 2 checked"), 10_000, "the status line");
  const answered = Promise.withResolvers<boolean>();
  const asked = Promise.withResolvers<string>();
  const asking = screen.asking(() => {
    asked.resolve(said.all);
    return answered.promise;
  });
  const before = await asked.promise;
  screen.status(() => "2 of 2 checked");
  const words = screen.stderr.write("words\n");
  // Longer than the line takes to be drawn anew.
  await Bun.sleep(250);
  expect([said.all, before.endsWith("checked")]).toEqual([before, false]);
  answered.resolve(true);
  expect(await asking).toBe(true);
  await words;
  await screen.end();
  expect(said.all).toEndWith("words\n");
});

const NO_RUNSPEC: Outcome = { because: "cannot run", exitCode: 127, isOfConnection: true };

describe("of many hosts", () => {
  const watch = (tool = "t", written?: (data: unknown) => void) => {
    const { said, screen, hosts, context } = shown(["a", "b"], 0);
    const write = written === undefined ? screen.stderr.write : async (data: unknown) => written(data);
    const reporter = createReporter({
      ...{ hosts, call: { name: tool, words: [], human: false } },
      ...{
        screen: { ...screen, stderr: { ...screen.stderr, write } },
        show: showLive(context),
        dir: undefined,
      },
      ...{ ask: undefined, askSecrets: undefined, invocation: `runspec jump @all ${tool}` },
    });
    return { said, hosts, reporter };
  };
  const outcomes = (hosts: readonly Host[], outcome: Outcome) => hosts.map((host) => ({ host, outcome }));

  test("it is said once that tools are being stopped, and only where one runs", async () => {
    const { said, hosts, reporter } = watch();
    for (const one of hosts) reporter.started(one);
    await reporter.stopping("SIGINT");
    await reporter.stopping("SIGINT");
    expect(said.stderr).toBe("runspec: stopping t everywhere; Ctrl-C again leaves them\n");
    const idle = watch();
    await idle.reporter.stopping("SIGTERM");
    expect(idle.said.stderr).toBe("");
  });

  test("advice is given once, also where they fail together", async () => {
    const { said, hosts, reporter } = watch();
    const failed = (host: Host) =>
      reporter.failed({
        host,
        outcome: { because: "cannot run", exitCode: 125, error: "no", hint: `try ssh ${host.name}` },
      });
    await Promise.all(hosts.map(failed));
    expect(said.stderr).toBe("runspec: a: no\n  try ssh a\nrunspec: b: no\n");
  });

  test("of several that could not be used, the summary has what examines them", async () => {
    const { said, hosts, reporter } = watch();
    const away = hosts.map((host): { host: Host; outcome: Outcome } => ({
      host,
      outcome:
        host.name === "a" ? { because: "out of reach", exitCode: 255, isOfConnection: true } : NO_RUNSPEC,
    }));
    await reporter.finish({ kind: "ran", rows: away, isCutShort: false }, NEVER);
    expect(said.stderr).toBe(
      "runspec: t succeeded on 0 of 2 hosts\n  cannot run (127): b (1 host)\n  out of reach (255): a (1 host)\n  runspec doctor a,b\n",
    );
  });

  test("what fails on this side for several is nothing that examines the hosts", async () => {
    const { said, hosts, reporter } = watch();
    const full = new RunspecError("no space left on device", { hint: "make room there" });
    const rows = hosts.map((host) => ({ host, outcome: failureOn(full) }));
    await reporter.finish({ kind: "ran", rows, isCutShort: false }, NEVER);
    expect(said.stderr).toBe("runspec: t succeeded on 0 of 2 hosts\n  cannot run (125): a,b (2 hosts)\n");
  });

  test.each([
    [false, "usage: runspec jump @all $&$1 -- --help"],
    [true, "from here, a person calls it at a terminal, or with --human"],
  ])("why it was refused is told with what can be typed here; manual: %p", async (isManual, last) => {
    const { said, hosts, reporter } = watch("$&$1");
    const error = "only a person may do this: runspec jump <alias> $&$1 --x";
    const rows = outcomes(hosts, { because: "refused", exitCode: 125, error });
    await reporter.finish({ kind: "refused", rows, isManual }, NEVER);
    expect(said.stderr).toBe(
      `runspec: $&$1 was started nowhere: 2 of 2 hosts refused the call\n  a,b (2 hosts)\n    only a person may do this: runspec jump @all $&$1 --x\n  ${last}\n`,
    );
  });

  test("a host that refuses in words of its own says nothing to be typed for others", async () => {
    const { said, hosts, reporter } = watch("t");
    const rows = outcomes(hosts, {
      because: "refused",
      exitCode: 125,
      error: "only a person: runspec jump <alias> t",
    });
    const [first, ...others] = rows.map((row) => ({ ...row, outcome: { ...row.outcome } }));
    if (first) first.outcome.error += " -- --wipe";
    await reporter.finish({ kind: "refused", rows: [first ?? [], others].flat(), isManual: false }, NEVER);
    expect(said.stderr).toContain("  a (1 host)\n    only a person: runspec jump a t -- --wipe\n");
    expect(said.stderr).toContain("  b (1 host)\n    only a person: runspec jump b t\n");
  });

  test("nor what a person would type for all, where others did not refuse: it is for those that did", async () => {
    const { said, hosts, reporter } = watch("t");
    const [first, ...others] = outcomes(hosts, { because: "not started" });
    const refused: Outcome = {
      because: "refused",
      exitCode: 125,
      error: "only a person: runspec jump <alias> t",
    };
    const rows = [first ? { ...first, outcome: refused } : [], others].flat();
    await reporter.finish({ kind: "refused", rows, isManual: true }, NEVER);
    expect(said.stderr).toContain("only a person: runspec jump a t\n");
  });

  test("what became of all of them alike is said once, at the end, and what stopped it", async () => {
    const { said, hosts, reporter } = watch();
    const rows = hosts.map((host): { host: Host; outcome: Outcome } => ({
      host,
      outcome: { because: "timed out", exitCode: 124, error: "it took too long" },
    }));
    for (const row of rows) await reporter.ended(row);
    expect(said.stderr).toBe("");
    await reporter.finish({ kind: "ran", rows, isCutShort: true }, NEVER);
    expect(said.stderr).toBe(
      "runspec: a,b (2 hosts): it took too long\nrunspec: t succeeded on 0 of 2 hosts\n  timed out (124): a,b (2 hosts)\n  more hosts failed than --max-fail allows\n",
    );
  });

  test("what some of them refuse a program in the end is told with what can be typed for these", async () => {
    const { said, hosts, reporter } = watch();
    const error = "only a person may do this: runspec jump <alias> t";
    for (const row of outcomes(hosts, { because: "cannot run", exitCode: 125, error }))
      await reporter.ended(row);
    await reporter.step(2, 2, false);
    await reporter.finish({ kind: "ran", rows: [], isCutShort: false }, NEVER);
    expect(said.stderr).toContain("runspec: a,b (2 hosts): only a person may do this: runspec jump a,b t\n");
  });

  test("a host that says the same twice is counted once", async () => {
    const { said, hosts, reporter } = watch();
    for (const one of hosts) reporter.ready(one, ["old", "old"]);
    expect(await reporter.agreed([])).toBe(true);
    expect(said.stderr).toBe("runspec: a,b (2 hosts): old\n");
  });

  test("who lacks the tool is told where the others say what it takes", async () => {
    const { said, hosts, reporter } = watch();
    const [a, b] = hosts;
    if (a === undefined || b === undefined) throw new Error("no hosts");
    await reporter.failed({
      host: b,
      outcome: refusedOutcome("t", { kind: "refused", objections: ["tool"], reasons: [], exitCode: 127 }),
    });
    await reporter.finish(
      {
        kind: "help",
        rows: [],
        usages: [{ host: a, usage: { name: "t", args: [], groups: [], examples: [] } }],
      },
      NEVER,
    );
    expect(said.stderr).toBe(
      'runspec: b (1 host): it offers no tool "t"; runspec local, run there, says why one is missing\n',
    );
  });

  test("notes are told once, when it is known where it would run", async () => {
    const { said, hosts, reporter } = watch();
    for (const host of hosts) reporter.ready(host, ["--n is deprecated"]);
    expect(said.stderr).toBe("");
    expect(await reporter.agreed(hosts.map((host) => ({ host, autonomy: "confirm" })))).toBe(true);
    expect(said.stderr).toBe("runspec: a,b (2 hosts): --n is deprecated\n");
  });
});

test.each([
  [showLive, "a\\x1b[2J │ hi\n"],
  [showFolded, "a\\x1b[2J (1 host)\n  hi\n"],
])(
  "a host's name, too, is shown with what a terminal would act on made visible: %p",
  async (showing, out) => {
    const { said, hosts, context } = shown(["a\x1b[2J"], 1000);
    const show = showing(context);
    for (const one of hosts) {
      await show.take(one, "stdout", Buffer.from("hi\n"));
      await show.end?.({ host: one, outcome: DONE });
    }
    await show.finish?.(NEVER);
    expect(said.stdout).toBe(out);
  },
);

test("a fold prints a long output once, as it is, and apart from another of its length", async () => {
  const { said, hosts, context } = shown(["web-1", "web-2", "db"], 1000);
  const show = showFolded(context);
  const text = (line: string) => `${line}\n`.repeat(40_000);
  for (const one of hosts) {
    await show.take(
      one,
      "stdout",
      Buffer.from(text(one.name === "db" ? "0123456789abcdf" : "0123456789abcde")),
    );
    await show.end?.({ host: one, outcome: DONE });
  }
  await show.finish?.(NEVER);
  const alike = `web-{1..2} (2 hosts)\n${text("  0123456789abcde")}`;
  expect(said.stdout).toBe(`${alike}db (1 host)\n${text("  0123456789abcdf")}`);
});

test("a fold of which enough was seen ends after a whole line, and what others have printed is not begun", async () => {
  const { said, hosts, context, stdout, stderr } = shown(["web-1", "web-2"], 1000);
  const enough = new AbortController();
  const aborting = {
    ...stdout,
    async write(data: Uint8Array | string | readonly Uint8Array[]) {
      await stdout.write(data);
      if (said.stdout.includes("0")) enough.abort();
    },
  };
  const show = showFolded({ ...context, screen: createScreen({ stdout: aborting, stderr }, false) });
  for (const [at, one] of hosts.entries())
    for (const stream of ["stdout", "stderr"] as const)
      await show.take(one, stream, Buffer.from(`${at}123456789abcde\n`.repeat(40_000)));
  await show.finish?.(enough.signal);
  expect(said.stdout).toMatch(/^web-1 \(1 host\)\n( {2}0123456789abcde\n)+$/);
  expect(said.stdout.length).toBeLessThan(500_000);
  expect(said.stderr).not.toContain("(1 host)");
});

test("what goes to the other stream does not overtake what was written before", async () => {
  const { said, stdout, stderr } = streams();
  let held = "";
  const slow = {
    ...stdout,
    async write(data: Uint8Array | string | readonly Uint8Array[]) {
      held += String(data);
    },
    async flush() {
      await stdout.write(held);
      held = "";
    },
  };
  const screen = createScreen({ stdout: slow, stderr }, false);
  await Promise.all([screen.stdout.write("output\n"), screen.stderr.write("summary\n")]);
  expect(said.all).toBe("output\nsummary\n");
});
