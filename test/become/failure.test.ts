import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BecomeFailure, explainBecome } from "../../src/become/failure.ts";
import { killProgram } from "../../src/become/kill.ts";
import { quoteCommand } from "../../src/process/quote.ts";
import { tempDir } from "../harness/temp.ts";
import { failure } from "./failed-call.ts";

const KILL = killProgram();
const SUDOERS = `add to sudoers (visudo): app ALL=(oracle) NOPASSWD: /opt/deploy, ${KILL}`;
const wants = (method: string) =>
  `${method} wants a password from app to be oracle on web1, and nobody is there to type it`;
const renew = (name: string) =>
  `chage -l ${name} shows which date has passed; as root, this renews both: chage -E -1 -d "$(date +%F)" ${name}`;
const REACH = "let oracle read and execute it, and enter every directory above it";

const NO_USER =
  'create oracle, or give run_as.hosts."web1" another user; a plain run_as = "…" is run_as.default = "…" then';
const INTERPRETER = "look for the program that its first line (#!) names, on web1: head -1 /opt/deploy";
const ENV = { env: new Map([["A", "1"]]) };

// What is said for which cause is messages.test's.
const rows: [Partial<BecomeFailure>, what: string, fix: string][] = [
  [{ stderr: "sudo: a password is required" }, `${wants("sudo")}: sudo: a password is required`, SUDOERS],
  [
    { method: "su", stderr: "Password: su: Authentication failure" },
    `${wants("su")}: su: Authentication failure`,
    'only root may su without a password: set become_method = "sudo", or serve as root',
  ],
  [
    { stderr: "Sorry, user app may not run sudo on web1." },
    "sudo does not let app be oracle on web1: Sorry, user app may not run sudo on web1.",
    SUDOERS,
  ],
  [
    { method: "dzdo", stderr: "Sorry, user app is not allowed to execute …" },
    "dzdo does not let app be oracle on web1: Sorry, user app is not allowed to execute …",
    "ask whoever keeps dzdo's roles to let app run it as oracle",
  ],
  [
    { method: "pbrun", stderr: "pbmasterd8.0.0: Request rejected by pbmasterd on master" },
    "pbrun does not let app be oracle on web1: pbmasterd8.0.0: Request rejected by pbmasterd on master",
    "ask whoever keeps pbrun's policy to let app run it as oracle",
  ],
  [
    { stderr: "sudo: sorry, you must have a tty to run sudo" },
    "sudo on web1 wants a terminal, and a tool has none: sudo: sorry, you must have a tty to run sudo",
    "add to sudoers (visudo): Defaults:app !requiretty",
  ],
  [
    { method: "dzdo", stderr: "dzdo: sorry, you must have a tty to run dzdo" },
    "dzdo on web1 wants a terminal, and a tool has none: dzdo: sorry, you must have a tty to run dzdo",
    "have dzdo run it without a terminal",
  ],
  [
    { stderr: "sudo: unknown user oracle" },
    "there is no user oracle on web1: sudo: unknown user oracle",
    NO_USER,
  ],
  [
    { stderr: "sudo: account validation failure, is your account locked?" },
    "the account of app on web1 has expired or is locked: sudo: account validation failure, is your account locked?",
    renew("app"),
  ],
  [
    { method: "su", stderr: "Your account has expired; please …\nsu: Authentication failure" },
    "the account of oracle on web1 has expired or is locked: Your account has expired; please …",
    renew("oracle"),
  ],
  [
    { method: "su", stderr: "rbash: line 1: /opt/deploy: restricted: …" },
    "oracle has no login shell on web1 that su could use: rbash: line 1: /opt/deploy: restricted: …",
    'set become_flags = "-s /bin/sh", or become_method = "sudo"',
  ],
  [
    { stderr: "sudo: /opt/deploy: command not found" },
    "oracle cannot run /opt/deploy on web1: sudo: /opt/deploy: command not found",
    REACH,
  ],
  [
    { ...ENV, exitCode: 127, stderr: "env: ‘/opt/deploy’: No such file or directory" },
    "oracle cannot run /opt/deploy on web1: env: ‘/opt/deploy’: No such file or directory",
    INTERPRETER,
  ],
  [
    { ...ENV, method: "dzdo", stderr: "dzdo: env: command not found" },
    "dzdo on web1 finds no env, which carries the variables: dzdo: env: command not found",
    "have dzdo find env on its path, or set become_env = false where the tool reads no variables",
  ],
  [
    {
      ...ENV,
      method: "dzdo",
      exitCode: 126,
      stderr: "env: ‘/opt/deploy’: Permission denied",
      openToAll: true,
    },
    "dzdo on web1 does not let env start /opt/deploy (NOEXEC): env: ‘/opt/deploy’: Permission denied",
    "ask whoever keeps dzdo's roles to let app run it as oracle, without NOEXEC",
  ],
  [
    { stderr: "sudo: Ein Passwort ist notwendig" },
    "sudo could not run the tool as oracle on web1 (exit code 1): sudo: Ein Passwort ist notwendig",
    "run the command above on web1, as app, to see more",
  ],
  [
    { errorCode: "E2BIG", exitCode: 125 },
    "the command line is too long for sudo on web1",
    "pass the tool a file instead; what env carries is in the command line twice",
  ],
  [
    { method: "su", errorCode: "E2BIG", exitCode: 125 },
    "the command line is too long for su on web1",
    'su takes all of it as one argument: set become_method = "sudo", or pass the tool a file',
  ],
  [
    { method: "pbrun", errorCode: "ENOENT", exitCode: 127 },
    "there is no pbrun on web1",
    "install pbrun, or name another become_method",
  ],
];
test.each(rows)("%j", (over, what, fix) => {
  const whole = failure(over);
  expect(explainBecome(whole)).toBe(`${what}\ntried: ${quoteCommand(whole.shown)}\n${fix}`);
});

test("a long command is cut, and what fixes it is seen all the same", () => {
  const explained = explainBecome(
    failure({ errorCode: "E2BIG", command: ["/opt/deploy", "x".repeat(100_000)] }),
  );
  const [, tried = "", fix] = explained?.split("\n") ?? [];
  expect([tried.length, tried.endsWith("x…")]).toEqual(["tried: ".length + 4096 + 1, true]);
  expect(fix).toStartWith("pass the tool a file instead");
});

describe("a failure of the tool itself is not explained", () => {
  const rows: [string, Partial<BecomeFailure>][] = [
    ["success", { exitCode: 0, stderr: "sudo: a password is required\n" }],
    ["silence", { exitCode: 3 }],
    ["its own words", { stderr: "no such schema\n" }],
    ["the tool was seen", { own: "", stderr: "sudo: a password is required\n" }],
    ["its words came first", { stderr: "checking\nsudo: a password is required\n" }],
    ["a warning of sudo, then its own", { stderr: "sudo: unable to resolve host web1: x\nno such schema\n" }],
    ["a warning of su", { method: "su", stderr: "su: warning: cannot change directory to /x: y\n" }],
    ["what su says of a shell", { method: "su", stderr: "su: using restricted shell /opt/bash\n" }],
    ["a shell script's complaint", { stderr: "sh: 1: foo: not found\n" }],
    ["the target user's own shell, on stdout", { method: "su" }],
    ["an env of its own", { exitCode: 6, stderr: "env: FOO: No such file or directory\n" }],
  ];
  test.each(rows)("%s", (_, over) => {
    expect(explainBecome(failure(over))).toBeUndefined();
  });
});

test("says beside a rule for a script which env starts on what that relies", () => {
  const script = join(tempDir(), "deploy");
  writeFileSync(script, "#!/usr/bin/env python3\n");
  const told = explainBecome(failure({ command: [script], stderr: "sudo: a password is required\n" }));
  expect(told?.split("\n")).toContain(
    "(env seeks its interpreter on PATH: without secure_path in sudoers, that is the caller's, who may run anything)",
  );
});

test("names a rule that lets it through with its flags, or the flags that none can", () => {
  const fixOf = (flags: string) =>
    explainBecome(failure({ flags, stderr: "sudo: a password is required\n" }))
      ?.split("\n")
      .slice(2);
  expect(fixOf("-n -H")).toEqual([SUDOERS]);
  expect(fixOf("-D /")).toEqual([
    SUDOERS,
    "(its become_flags may need more than this (CWD=*, a group; SETENV, which permits anything))",
  ]);
  expect(fixOf("-i")).toEqual([
    "with -i or -s, sudo runs a shell of oracle's, and a rule for that permits anything: take them out of become_flags",
  ]);
});

test("says what a rule for env amounts to, and shows no secret", () => {
  const explained = explainBecome(
    failure({
      env: new Map([
        ["RUNSPEC_AGENT", "1"],
        ["RUNSPEC_ARG_TOKEN", "hunter 2"],
        ["RUNSPEC_ARG_ENV", "prod"],
      ]),
      command: ["/opt/deploy", "--token", "hunter 2"],
      secrets: new Set(["hunter 2"]),
      shown: ["sudo", "-u", "oracle", "env", "RUNSPEC_ARG_TOKEN=***", "/opt/deploy", "--token", "***"],
      stderr:
        "Sorry, user app is not allowed to execute '/usr/bin/env T=hunter 2 \x1b[1m' as oracle on web1.\n",
    }),
  );
  expect(explained).toBe(
    "sudo does not let app be oracle on web1: " +
      "Sorry, user app is not allowed to execute '/usr/bin/env T=*** \\x1b[1m' as oracle on web1.\n" +
      "tried: sudo -u oracle env 'RUNSPEC_ARG_TOKEN=***' /opt/deploy --token '***'\n" +
      `add to sudoers (visudo): app ALL=(oracle) NOPASSWD: /usr/bin/env, ${KILL}\n` +
      "(env starts any program: with this line app may run anything as oracle)",
  );
});

test("the rule of a tool that takes no words permits none", () => {
  const explained = explainBecome(
    failure({ command: ["/opt/deploy"], noWords: true, stderr: "sudo: a password is required" }),
  );
  expect(explained).toEndWith(`NOPASSWD: /opt/deploy "", ${KILL}`);
});

test("shows control characters of the command", () => {
  const explained = explainBecome(
    failure({ command: ["/x", "a\x1b[1m\nb"], stderr: "sudo: a password is required" }),
  );
  expect(explained?.split("\n")[1]).toBe("tried: sudo -u oracle /x $'a\\x1b[1m\\nb'");
});
