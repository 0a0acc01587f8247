/** The answers of several hosts as one: the text, the rows, and how much of them. */

import { describe, expect, spyOn, test } from "bun:test";
import type { HostAnswer } from "../../../src/fleet/gateway/call-on-one.ts";
import { foldAnswers, keepAnswer } from "../../../src/fleet/gateway/fold.ts";
import { answer } from "./tools.ts";

const fold = (tool: string, answers: readonly HostAnswer[]) =>
  foldAnswers(
    tool,
    answers.map((one) => keepAnswer(one, answers.length)),
  );
const failed = { because: "failed", exitCode: 3, durationMs: 2 } as const;
const away = {
  because: "out of reach",
  exitCode: 255,
  error: "nobody is there",
  hint: "runspec doctor db",
} as const;
const refused = { because: "refused", exitCode: 125, error: "x: wrong" } as const;
const row = (host: string, more: object = {}) => ({
  host,
  exit_code: 0,
  signal: null,
  duration_ms: 1,
  stdout: `${host}\n`,
  stderr: "",
  error: null,
  ...more,
});

test("half a character in what a host says of its tool's end is none in the answer", () => {
  const outcome = { ...failed, signal: "S\ud83d", error: "why\ud83d" };
  const { text, structured } = fold("t", [answer("web", { outcome, stdout: "" })]);
  expect([text, structured]).toEqual([
    "exit_code: 3\nweb: why\ufffd",
    {
      hosts: [
        row("web", { exit_code: 3, duration_ms: 2, signal: "S\ufffd", stdout: "", error: "web: why\ufffd" }),
      ],
    },
  ]);
});

describe("one host", () => {
  test("says what it would say itself", () => {
    expect(fold("t", [answer("web")])).toEqual({
      text: "web\n",
      structured: { hosts: [row("web")] },
      isError: false,
      exitCode: 0,
    });
    expect(fold("t", [answer("web", { outcome: failed, stderr: "oh\n" })])).toMatchObject({
      text: "exit_code: 3\nstdout:\nweb\nstderr:\noh\n",
      isError: true,
      exitCode: 3,
    });
    const ended = { because: "timed out", exitCode: 124, error: "t was ended" } as const;
    expect(fold("t", [answer("web", { outcome: ended, stdout: "" })]).text).toBe(
      "exit_code: 124\nweb: t was ended",
    );
    expect(fold("t", [answer("web", { stdout: "" })])).toMatchObject({
      text: "exit_code: 0",
      structured: { hosts: [row("web", { stdout: "" })] },
    });
    expect(fold("t", [answer("web", { value: 0 })]).structured).toEqual({
      hosts: [row("web", { value: 0 })],
    });
    expect(fold("t", [answer("db", { outcome: away, stdout: "" })]).text).toBe(
      "db: nobody is there\nrunspec doctor db",
    );
  });

  test("says what is left out of its answer also where no rows are shown", () => {
    const outcome = { because: "succeeded", exitCode: 0, error: "no image is shown here" } as const;
    expect(fold("t", [answer("web", { outcome, stdout: "" })]).text).toBe("web: no image is shown here");
    expect(fold("t", [answer("web", { outcome, stdout: "a\n" })]).text).toBe(
      "a\nweb: no image is shown here",
    );
    expect(fold("t", [answer("web", { outcome }), answer("db")]).text).toBe(
      "t succeeded on all 2 hosts\nweb (1 host)\n  web\n  no image is shown here\ndb (1 host)\n  db\n",
    );
  });

  test("shows what a tool said that was stopped with its server", () => {
    const outcome = { because: "stopped", exitCode: 255, error: "t was stopped" } as const;
    expect(fold("t", [answer("web", { outcome })]).text).toBe(
      "exit_code: 255\nweb: t was stopped\nstdout:\nweb\n",
    );
  });

  test("keeps what a terminal would act on: it is the tool's own", () => {
    expect(fold("t", [answer("web", { stdout: "\x1b[2Ja\r\n" })]).text).toBe("\x1b[2Ja\r\n");
  });
});

describe("several hosts", () => {
  test("that say the same say it once", () => {
    const same = ["web-1", "web-2", "web-3"].map((name) => answer(name, { stdout: "ok\nfine\n" }));
    expect(fold("t", same).text).toBe("t succeeded on all 3 hosts\nweb-{1..3} (3 hosts)\n  ok\n  fine\n");
  });

  test("that print nothing are in the first line alone", () => {
    const silent = ["a", "b"].map((name) => answer(name, { stdout: "" }));
    expect(fold("t", silent).text).toBe("t succeeded on all 2 hosts\n");
  });

  test("end in different ways, each with its reason, and the common code where there is one", () => {
    const mixed = fold("t", [
      answer("web"),
      answer("db", { outcome: away, stdout: "" }),
      answer("x-1", { outcome: refused, stdout: "" }),
      answer("x-2", { outcome: refused, stdout: "" }),
    ]);
    expect(mixed.text).toBe(
      [
        "t succeeded on 1 of 4 hosts",
        "  refused (125): x-{1..2} (2 hosts)",
        "  out of reach (255): db (1 host)",
        "web (1 host)",
        "  web",
        "db (1 host)",
        "  nobody is there",
        "  runspec doctor db",
        "x-{1..2} (2 hosts)",
        "  x: wrong",
        "",
      ].join("\n"),
    );
    expect(mixed.structured).toEqual({
      hosts: [
        row("web"),
        row("db", {
          exit_code: 255,
          duration_ms: null,
          stdout: "",
          error: `db: ${away.error}`,
          hint: away.hint,
        }),
        row("x-1", { exit_code: 125, duration_ms: null, stdout: "", error: "x-1: x: wrong" }),
        row("x-2", { exit_code: 125, duration_ms: null, stdout: "", error: "x-2: x: wrong" }),
      ],
    });
    expect([mixed.isError, mixed.exitCode]).toEqual([true, 1]);
    expect(fold("t", [answer("a"), answer("b", { outcome: failed })]).exitCode).toBe(3);
  });

  test("are told once what helps, and each in its row", () => {
    const down = ["a", "db-1", "e"].map((name, at) => {
      const hint = `set bin = "/x" in [config.jump-hosts.${name}] (/runspec.toml:${at})\nrunspec doctor ${name}`;
      return answer(name, { outcome: { ...away, hint }, stdout: "" });
    });
    const { text, structured } = fold("t", down);
    expect(text).toBe(
      [
        "t succeeded on 0 of 3 hosts",
        "  out of reach (255): a,db-1,e (3 hosts)",
        "a (1 host)",
        "  nobody is there",
        '  set bin = "/x" in [config.jump-hosts.a] (/runspec.toml:0)',
        "  runspec doctor a",
        "db-1,e (2 hosts)",
        "  nobody is there",
        "",
      ].join("\n"),
    );
    expect(structured).toEqual({
      hosts: down.map(({ outcome: { hint } }) => expect.objectContaining({ hint })),
    });
  });

  test("write over nobody else's lines, and forge no heading", () => {
    const forged = answer("a", { stdout: "fine\rbad\x1b[1A\nb (1 host)\n  mine\n" });
    expect(fold("t", [forged, answer("b")]).text).toBe(
      "t succeeded on all 2 hosts\na (1 host)\n  fine\\rbad\\x1b[1A\n  b (1 host)\n    mine\nb (1 host)\n  b\n",
    );
  });
});

const MIB = 1024 * 1024;

describe("much output", () => {
  const long = (name: string, size: number, letter = name) => answer(name, { stdout: letter.repeat(size) });

  test("of one host is all there, up to what a message carries", () => {
    expect(fold("t", [long("a", 1024 * 1024)]).text.length).toBe(1024 * 1024);
  });

  test("of many hosts is cut to a share each, head and tail, which the rows say", () => {
    const said = "x".repeat(64 * 1024);
    const hosts = Array.from({ length: 50 }, (_, index) =>
      answer(
        `h${index}`,
        index % 2 === 0 ? { stdout: `${index}${said}` } : { outcome: failed, stderr: `${index}${said}` },
      ),
    );
    const written = spyOn(JSON, "stringify");
    const { text, structured } = fold("t", hosts);
    const longest = Math.max(...written.mock.results.map(({ value }) => String(value).length));
    written.mockRestore();
    // What is longer is never put together: it may be more than a string can hold.
    expect(longest).toBeLessThan(512 * 1024);
    expect(text.length).toBeLessThan(256 * 1024);
    expect(text.length).toBeGreaterThan(64 * 1024);
    expect(text).toContain("bytes left out …]");
    const rows = JSON.stringify(structured);
    expect(rows.length).toBeLessThan(257 * 1024);
    expect(rows.split('"truncated":true').length - 1).toBe(50);
  });

  test.each([
    [1, 4 * MIB],
    [16, 4 * MIB],
    [100, 671_088],
    [1000, MIB / 4],
  ])("of one of %d hosts is not held whole while others run: %d bytes", (hosts, held) => {
    const stdout = "x".repeat(9 * MIB);
    const kept = keepAnswer(answer("a", { stdout, value: stdout }), hosts);
    expect([9 * MIB - kept.stdout.take().omitted, kept.value]).toEqual([held, undefined]);
    expect(keepAnswer(answer("a", { value: 1 }), hosts)).toMatchObject({ value: 1 });
  });

  test("says how much of what the host said was left out, and is the same where hosts said the same", () => {
    const { text } = fold("t", [long("a", 5 * MIB, "X"), long("b", 5 * MIB, "X"), long("c", 5 * MIB, "Y")]);
    const left = [...text.matchAll(/\[… (\d+) bytes left out …\]/g)].map(([, bytes]) => Number(bytes));
    const shown = ["X", "Y"].map((letter) => text.length - text.replaceAll(letter, "").length);
    expect(text).toContain("a,b (2 hosts)");
    expect(left).toEqual(shown.map((bytes) => 5 * MIB - bytes));
  });

  test("that a host has cut itself says what is left out at least", () => {
    const hosts = [9 * MIB, 5].map((size) => answer("a", { stdout: "x".repeat(size), truncated: true }));
    expect(fold("t", hosts).text.match(/\[….*/g)).toEqual([
      expect.stringMatching(/^\[… at least \d+ bytes left out …\]$/),
    ]);
  });

  test("of more hosts than have a place is there for each, however little", () => {
    const { hosts: rows } = fold(
      "t",
      Array.from({ length: 2000 }, (_, index) => long(`h${index}`, 999)),
    ).structured as { hosts: { stdout: string }[] };
    expect(rows.filter(({ stdout }) => stdout.length >= 256)).toHaveLength(2000);
  });

  test("that is cut is no value any more", () => {
    const hosts = Array.from({ length: 8 }, (_, index) =>
      answer(`h${index}`, { stdout: `"${"x".repeat(64 * 1024)}"`, value: "x".repeat(64 * 1024) }),
    );
    const { hosts: rows } = fold("t", hosts).structured as { hosts: { value?: unknown }[] };
    expect(rows.map(({ value }) => value)).toEqual(rows.map(() => undefined));
  });

  test("of control characters weighs as JSON does", () => {
    const hosts = Array.from({ length: 8 }, (_, index) => long(`h${index}`, 64 * 1024, "\x01"));
    // One alone has more to say than all may usually say together.
    expect(JSON.stringify(fold("t", hosts).structured).length).toBeLessThan(6 * 64 * 1024 + 1024);
  });
});
