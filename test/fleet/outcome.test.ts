import { describe, expect, test } from "bun:test";
import { exitCodeOf, namedError, type Outcome, refusedOutcome } from "../../src/fleet/outcome.ts";
import { summaryOf } from "../../src/fleet/summary.ts";
import { plainHost } from "../../src/spec/config.ts";

describe("an end", () => {
  const ok: Outcome = { because: "succeeded", exitCode: 0 };
  const three: Outcome = { because: "failed", exitCode: 3 };
  const away: Outcome = { because: "out of reach", exitCode: 255 };
  const none: Outcome = { because: "not started" };
  test.each<[Outcome[], number]>([
    [[ok, ok], 0],
    [[ok, three, three], 3],
    [[three, none], 3],
    [[ok, away], 255],
    [[ok, three, away], 1],
  ])("%j: %d", (outcomes, code) => expect(exitCodeOf(outcomes)).toBe(code));

  test("is summed up by what became of the hosts, the tool's own ends first", () => {
    const bin = { path: "runspec", source: "path" as const };
    const destination = { ...plainHost("h"), bin };
    const killed: Outcome = { because: "failed", exitCode: 137, signal: "SIGKILL" };
    const unclear: Outcome = { because: "unknown", exitCode: 125 };
    const rows = [ok, away, three, three, killed, unclear].map((outcome, index) => {
      const name = `h${index}`;
      return { host: { name, typed: name, destination }, outcome };
    });
    expect(summaryOf("deploy", rows)).toEqual({
      what: "deploy succeeded on 1 of 6 hosts",
      lines: [
        "failed with 3: h{2..3} (2 hosts)",
        "ended by SIGKILL (137): h4 (1 host)",
        "out of reach (255): h1 (1 host)",
        "end not known (125): h5 (1 host)",
      ],
    });
  });
});

test("what a host's file needs is to be run there, also where the call itself is refused", () => {
  const reasons = ["t is manual", "t: x is not executable; run: chmod +x x"];
  const answer = { kind: "refused" as const, reasons, exitCode: 125 };
  const objections = ["autonomy" as const, "executable" as const];
  expect(refusedOutcome("t", { ...answer, objections }).error).toBe(
    "t is manual\nt: x is not executable; run there: chmod +x x",
  );
  // What the caller gave is repeated as it is.
  const words = { ...answer, reasons: ['found "a; run: b"'], objections: ["words" as const] };
  expect(refusedOutcome("t", words).error).toBe('found "a; run: b"');
});

test("an error has the name of its host, and in a command how that is typed", () => {
  const destination = { ...plainHost("@inv/app-1"), bin: { path: "runspec", source: "path" as const } };
  const host = { name: "app-1", typed: "@inv/app-1", destination };
  expect(namedError(host, { error: "a person may do this: runspec jump <alias> t" })).toBe(
    "app-1: a person may do this: runspec jump @inv/app-1 t",
  );
});

test("what hosts refuse a call for are the same words, whatever each is called", () => {
  const errors = ["web-01", "web-02.example.com"].map((name) => {
    const reasons = [
      `t is manual: only a person may do this: runspec jump <alias> t (on ${name} itself: runspec run t)`,
    ];
    return refusedOutcome("t", { kind: "refused", objections: ["autonomy"], reasons, exitCode: 125 }).error;
  });
  const same =
    "t is manual: only a person may do this: runspec jump <alias> t (on that host itself: runspec run t)";
  expect(errors).toEqual([same, same]);
  const elsewhere = (name: string) => [`t may not run on ${name}; its hosts are db-1`];
  const outcomes = ["web-01", "web-02"].map((name) =>
    refusedOutcome("t", { kind: "refused", objections: ["hosts"], reasons: elsewhere(name), exitCode: 127 }),
  );
  expect(outcomes.map(({ error }) => error)).toEqual(
    outcomes.map(() => "t may not run on that host; its hosts are db-1"),
  );
});
