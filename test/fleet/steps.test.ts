import { describe, expect, test } from "bun:test";
import { exitCodeOf, type Outcome } from "../../src/fleet/outcome.ts";
import { readAmount, readBatch, stepsOf } from "../../src/fleet/steps.ts";
import { summaryOf } from "../../src/fleet/summary.ts";
import { plainHost } from "../../src/spec/config.ts";

describe("steps", () => {
  test.each<[string, number, number[]]>([
    ["1,50%,100%", 4, [1, 2, 1]],
    ["1,10%,100%", 20, [1, 2, 17]],
    ["1,10%,100%", 5, [1, 1, 3]],
    ["2", 5, [2, 2, 1]],
    ["1, 3", 8, [1, 3, 3, 1]],
    ["50%", 4, [2, 2]],
    ["100%", 4, [4]],
    ["10", 4, [4]],
  ])("%s of %d: %j", (batch, count, sizes) => {
    const items = Array.from({ length: count }, (_, index) => index);
    const steps = stepsOf(items, readBatch(batch));
    expect(steps.map((step) => step.length)).toEqual(sizes);
    expect(steps.flat()).toEqual(items);
  });

  test.each(["", "0", "0%", "1,,2", "-1", "101%", "x", "1.5"])("are not %j", (batch) =>
    expect(() => readBatch(batch)).toThrow("--batch: "),
  );

  test.each<[string, number, number, boolean]>([
    ["0", 0, 4, false],
    ["0", 1, 4, true],
    ["25%", 1, 4, false],
    ["25%", 2, 4, true],
    ["100%", 4, 4, false],
    ["0%", 1, 4, true],
  ])("--max-fail %s is passed by %d of %d: %p", (limit, failed, all, passed) =>
    expect(failed > readAmount(limit, "--max-fail")(all)).toBe(passed),
  );
});

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
