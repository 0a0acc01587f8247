/** The lists of privileges.md, against what they list. */

import { describe, expect, test } from "bun:test";
import { becomeArgv } from "../../src/become/argv.ts";
import { type BecomeFailure, explainBecome } from "../../src/become/failure.ts";
import { readBecomeFlags } from "../../src/become/flags.ts";
import { BECOME_METHODS, type BecomeMethod, METHODS } from "../../src/become/methods.ts";
import { ruleWarning } from "../../src/become/sudoers-rule.ts";
import { textOf } from "./pages.ts";

const TEXT = textOf("docs/privileges.md").replaceAll(/\n {2}/g, " ");
const codesIn = (text = ""): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);

const lists = ["start other programs", "write where their words say"].map((what) => {
  const [, list] = new RegExp(`${what} \\(([^)]+)\\)`).exec(TEXT) ?? [];
  return [what, codesIn(list)] as const;
});
test.each(lists)("each program of those that %s has no rule of its own", (_, names) => {
  expect(names.length).toBeGreaterThan(3);
  const safe = names.filter(
    (name) =>
      ruleWarning({ invoker: "app", user: "oracle", fixed: [`/usr/bin/${name}`], throughEnv: false }) ===
      undefined,
  );
  expect(safe).toEqual([]);
});

describe("flags that are refused", () => {
  const METHOD = `(?:${BECOME_METHODS.join("|")})\\b`;
  const FLAGS = new RegExp(
    `((?:\`--?[\\w-]+\`(?:/|, | and )?)+) of (${METHOD}(?:(?:,| and) ${METHOD})*)(?! and ${METHOD}| needs)`,
    "g",
  );
  const [, section = ""] = /\n## Flags\n([\s\S]*?)\n## /.exec(TEXT) ?? [];
  const listed = [...section.matchAll(FLAGS)].flatMap(([, flags, methods = ""]) =>
    methods.split(/, | and /).map((method) => [method as BecomeMethod, codesIn(flags)] as const),
  );
  test.each(listed)("%s: %j", (method, flags) => {
    for (const flag of flags) expect(() => readBecomeFlags(method, flag)).toThrow("cannot be given");
  });

  const refusing = BECOME_METHODS.filter((method) => METHODS[method].options !== undefined);
  test.each(refusing)("of %s: all are listed", (method) => {
    const flags = listed.flatMap(([one, flags]) => (one === method ? flags : []));
    const refused = (METHODS[method].options?.refused ?? []).map(([short, long]) =>
      long !== "" && (short === "" || flags.includes(`--${long}`)) ? `--${long}` : `-${short}`,
    );
    expect(refused.filter((flag) => !flags.includes(flag))).toEqual([]);
  });
});

describe("messages of a refusal", () => {
  const PROGRAM = "/usr/local/bin/backup";
  const env = new Map([["A", "b"]]);
  const failures: Partial<BecomeFailure>[] = [
    { errorCode: "ENOENT" },
    { errorCode: "E2BIG" },
    { stderr: `Sorry, user app is not allowed to execute '${PROGRAM}' as oracle on db-01.` },
    { stderr: "sudo: a password is required" },
    { stderr: "sudo: sorry, you must have a tty to run sudo" },
    { stderr: "sudo: unknown user oracle" },
    { stderr: "sudo: account validation failure, is your account locked?" },
    { method: "su", stderr: "su: failed to execute /bin/none: No such file or directory" },
    { stderr: `sudo: unable to execute ${PROGRAM}: Permission denied` },
    { stderr: `sudo: unable to execute ${PROGRAM}: No such file or directory` },
    { stderr: "sudo: env: command not found", env },
    { stderr: `env: '${PROGRAM}': Permission denied`, exitCode: 126, env, openToAll: true },
    { stderr: "sudo: something else" },
  ];
  const said = failures.map((over) => {
    const whole = {
      ...{ method: "sudo" as const, user: "oracle", flags: "", env: new Map<string, string>() },
      ...{ command: [PROGRAM], exitCode: 1, stderr: "", own: over.stderr ?? "", openToAll: false },
      ...{ asked: false, started: false, invoker: "app", hostname: "db-01", secrets: new Set<string>() },
      ...over,
    };
    const [line = ""] = explainBecome({ ...whole, shown: becomeArgv(whole) })?.split("\n") ?? [];
    return line.replace(`: ${over.stderr}`, "");
  });
  const [, table = ""] = /\n\| message \| \|\n([\s\S]*?)\n\n/.exec(TEXT) ?? [];
  const listed = table.split("\n").flatMap((row) => codesIn(row.split("|")[1]));

  test("all are listed", () => {
    expect(said.filter((sentence) => !listed.includes(sentence))).toEqual([]);
  });

  test("and no other, but what is said before anything is started", () => {
    const [, ...others] = listed.filter((sentence) => !said.includes(sentence));
    expect([listed.length > 10, others]).toEqual([true, []]);
    const nologin = { login: () => "/usr/sbin/nologin" };
    const become = { method: "su" as const, user: "oracle", flags: "", env: new Map(), shells: nologin };
    expect(() => becomeArgv({ ...become, command: [PROGRAM] })).toThrow(
      "/usr/sbin/nologin, the shell that su starts, runs nothing",
    );
  });
});
