import { describe, expect, test } from "bun:test";
import { jsonLine } from "../../../src/json.ts";
import { fittingToolResult, jsonBytes, toolResult } from "../../../src/mcp/server/result.ts";
import type { CallOutcome } from "../../../src/mcp/tool-host.ts";

const ended = (more: Partial<CallOutcome & { kind: "ended" }> = {}): CallOutcome => ({
  kind: "ended",
  exitCode: 0,
  timedOut: false,
  cancelled: false,
  durationMs: 12,
  ...more,
});
const refused = {
  kind: "refused" as const,
  objections: ["words"],
  reasons: ["a: missing", "b: wrong"],
  exitCode: 125,
};
const output = (stdout: string, stderr: string, omitted = { stdout: 0, stderr: 0 }) => ({
  stdout: { text: stdout, omitted: omitted.stdout },
  stderr: { text: stderr, omitted: omitted.stderr },
});
const text = (...texts: string[]) => texts.map((one) => ({ type: "text", text: one }));
const meta = (runspec: object) => ({ runspec: { tool: "t", ...runspec } });

describe("toolResult", () => {
  test.each<[string, CallOutcome, ReturnType<typeof output> | undefined, object]>([
    [
      "a success is stdout",
      ended(),
      output("out", "err"),
      { content: text("out"), isError: false, _meta: meta({ exit_code: 0, duration_ms: 12 }) },
    ],
    [
      "a silent success is its code: models' APIs take no blank text",
      ended(),
      output("", "err"),
      { content: text("exit_code: 0"), isError: false, _meta: meta({ exit_code: 0, duration_ms: 12 }) },
    ],
    [
      "a blank success has its code before it",
      ended(),
      output(" \n", ""),
      {
        content: text("exit_code: 0\nstdout:\n \n"),
        isError: false,
        _meta: meta({ exit_code: 0, duration_ms: 12 }),
      },
    ],
    [
      "a failure is its code, stdout, stderr",
      ended({ exitCode: 2 }),
      output("out", "err"),
      {
        content: text("exit_code: 2\nstdout:\nout\nstderr:\nerr"),
        isError: true,
        _meta: meta({ exit_code: 2, duration_ms: 12 }),
      },
    ],
    [
      "a signal and a timeout are named",
      ended({ exitCode: 124, signal: "SIGTERM", timedOut: true, explanation: "too long" }),
      output("", "err"),
      {
        content: text("exit_code: 124\ntoo long\nstderr:\nerr"),
        isError: true,
        _meta: meta({ exit_code: 124, signal: "SIGTERM", timed_out: true, duration_ms: 12 }),
      },
    ],
    [
      "a refusal is its reasons",
      refused,
      output("", ""),
      {
        content: text("a: missing\nb: wrong"),
        isError: true,
        _meta: meta({ exit_code: 125, duration_ms: 0, refused: true, refused_for: ["words"] }),
      },
    ],
    [
      "streamed: nothing is said twice",
      ended({ exitCode: 2 }),
      undefined,
      { content: [], isError: true, _meta: meta({ exit_code: 2, duration_ms: 12 }) },
    ],
    [
      "what a success does not show is not missed",
      ended(),
      output("out", "err", { stdout: 0, stderr: 5 }),
      { content: text("out"), isError: false, _meta: meta({ exit_code: 0, duration_ms: 12 }) },
    ],
    [
      "what a failure shows cut is",
      ended({ exitCode: 1 }),
      output("out", "err", { stdout: 0, stderr: 5 }),
      {
        content: text("exit_code: 1\nstdout:\nout\nstderr:\nerr"),
        isError: true,
        _meta: meta({ exit_code: 1, duration_ms: 12, truncated: true }),
      },
    ],
  ])("%s", (_name, outcome, collected, expected) => {
    expect(toolResult({ tool: "t", outcome, collected, structured: "absent" })).toEqual(expected as never);
  });

  test("what a gateway answers is its text alone where the revision knows no values", () => {
    const facts = { isError: false, exitCode: 0, durationMs: 12 };
    const outcome = { kind: "answered", text: "all", structured: { hosts: [] }, ...facts } as const;
    expect(toolResult({ tool: "t", outcome, collected: undefined, structured: "absent" })).toEqual({
      content: text("all"),
      ...{ structuredContent: undefined, isError: false },
      _meta: meta({ exit_code: 0, duration_ms: 12 }),
    } as never);
  });

  test("what is cut is no value, though it may be read as one", () => {
    const collected = output('"a … z"', "", { stdout: 5, stderr: 0 });
    const { structuredContent } = toolResult({ tool: "t", outcome: ended(), collected, structured: "any" });
    expect(structuredContent).toBeUndefined();
  });

  test("reasons of any length are cut, and well-formed", () => {
    const reasons = [`${"x".repeat(100_000)}`, "\ud800"];
    const { content } = toolResult({
      tool: "t",
      outcome: { ...refused, reasons },
      collected: undefined,
      structured: "absent",
    });
    expect(content).toEqual(text(`${"x".repeat(16_384)}…`));
  });
});

describe("fittingToolResult", () => {
  const MAX = 9 * 1024 * 1024;
  const fit = (stdout: string, structured: "any" | "absent" = "absent") =>
    fittingToolResult({ tool: "t", outcome: ended(), structured }, (limit) => {
      const kept = stdout.slice(0, limit);
      return output(kept, "", { stdout: stdout.length - kept.length, stderr: 0 });
    });
  const lengthOf = (result: Record<string, unknown>) => String(Object(Object(result.content)[0]).text).length;

  test.each([
    ["plain text that fits", "x", MAX - 2, MAX - 2],
    ["plain text that does not", "x", MAX, MAX / 2],
    ["what JSON doubles", '"', MAX - 2, MAX / 4],
    ["what JSON makes six times as long", "\0", MAX - 2, MAX / 8],
    ["three bytes a character", "€", MAX - 2, MAX / 4],
  ])("%s", (_name, character, length, kept) => {
    const result = fit(character.repeat(length));
    expect(lengthOf(result)).toBe(kept);
    expect(Buffer.byteLength(JSON.stringify(result.content))).toBeLessThan(MAX + 100);
  });

  test("weighs a value as it is written", () => {
    const result = fit(JSON.stringify("\u0085".repeat(1024 * 1024)), "any");
    expect(Buffer.byteLength(jsonLine(result))).toBeLessThan(MAX);
  });

  test("drops the value before it cuts the text", () => {
    const rows = JSON.stringify("r".repeat(5 * 1024 * 1024));
    const result = fit(rows, "any");
    expect(lengthOf(result)).toBe(rows.length);
    expect(result.structuredContent).toBeUndefined();
    expect(fit('{"a":1}', "any")).toHaveProperty("structuredContent", { a: 1 });
  });
});

describe("jsonBytes", () => {
  test.each(["", "abc", '"\\/', "\0\u0001\b\t\n\v\f\r\u001f\u007f", "\u0080\u0085é€\u2028\u2029𝄞"])(
    "%j",
    (text) => {
      expect(jsonBytes(text)).toBe(Buffer.byteLength(jsonLine(text)));
    },
  );
});
