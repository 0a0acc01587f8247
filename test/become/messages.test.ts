/** Whose words are whose: what tools could print is never taken for the become program's, and what that prints is. */

import { describe, expect, test } from "bun:test";
import { becomeArgv } from "../../src/become/argv.ts";
import { type BecomeFailure, explainBecome } from "../../src/become/failure.ts";
import { BECOME_METHODS } from "../../src/become/methods.ts";

function explained(over: Partial<BecomeFailure>): string | undefined {
  const whole = {
    method: "sudo" as const,
    user: "oracle",
    flags: "",
    env: new Map<string, string>(),
    command: ["/opt/deploy"],
    exitCode: 1,
    stderr: "",
    own: over.stderr ?? "",
    openToAll: false,
    invoker: "app",
    hostname: "web1",
    secrets: new Set<string>(),
    ...over,
  };
  return explainBecome({ shown: becomeArgv(whole), ...whole })?.replace(/(?:: .*)?\n.*$/s, "");
}

const ENV = new Map([["RUNSPEC_CONFIG", "/x"]]);
const WANTS = (method: string) =>
  `${method} wants a password from app to be oracle on web1, and nobody is there to type it`;
const DENIES = (method: string) => `${method} does not let app be oracle on web1`;
const OTHER = "sudo could not run the tool as oracle on web1 (exit code 1)";
const CANNOT = "oracle cannot run /opt/deploy on web1";

describe("theirs", () => {
  const rows: [Partial<BecomeFailure>, string][] = [
    [{ stderr: "sudo: a password is required\n" }, WANTS("sudo")],
    [
      {
        stderr:
          "sudo: a terminal is required to read the password; either use the -S option …\nsudo: a password is required\n",
      },
      WANTS("sudo"),
    ],
    [{ stderr: "sudo: no tty present and no askpass program specified\n" }, WANTS("sudo")],
    [{ stderr: "sudo: 3 incorrect password attempts\n" }, WANTS("sudo")],
    [{ stderr: "sudo: unable to resolve host web1: x\nsudo: a password is required\n" }, WANTS("sudo")],
    [
      { stderr: "Sorry, user app is not allowed to execute '/opt/deploy' as oracle on web1.\n" },
      DENIES("sudo"),
    ],
    [{ stderr: "Sorry, user app may not run sudo on web1.\n" }, DENIES("sudo")],
    [
      { stderr: "app is not in the sudoers file.\nThis incident has been reported to the administrator.\n" },
      DENIES("sudo"),
    ],
    [
      { stderr: "sudo: sorry, you must have a tty to run sudo\n" },
      "sudo on web1 wants a terminal, and a tool has none",
    ],
    [
      { stderr: "sudo: unknown user oracle\nsudo: error initializing audit plugin sudoers_audit\n" },
      "there is no user oracle on web1",
    ],
    [
      { stderr: "sudo: account validation failure, is your account locked?\nsudo: a password is required\n" },
      "the account of app on web1 has expired or is locked",
    ],
    [{ stderr: "sudo: /opt/deploy: command not found\n" }, CANNOT],
    [{ stderr: "sudo: unable to execute /opt/deploy: Permission denied\n" }, CANNOT],
    [{ stderr: "sudo: unable to execute /opt/deploy: No such file or directory\n", own: "" }, CANNOT],
    [{ stderr: "sudo: unable to execute /opt/deploy: Text file busy\n" }, OTHER],
    [{ stderr: "sudo: unable to execute /opt/deploy: Resource temporarily unavailable\n" }, OTHER],
    [
      {
        stderr:
          "sudo: unable to change directory to /x: No such file or directory\nsudo: unable to execute /opt/deploy: No such file or directory\n",
      },
      OTHER,
    ],
    [
      {
        stderr:
          "sudo: unable to change root to /x: No such file or directory\nsudo: unable to execute /opt/deploy: No such file or directory\n",
      },
      OTHER,
    ],
    [
      { stderr: "sudo: Ein Passwort ist notwendig\n" },
      "sudo could not run the tool as oracle on web1 (exit code 1)",
    ],
    [
      { stderr: "sudo: env: command not found\n", env: ENV },
      "sudo on web1 finds no env, which carries the variables",
    ],
    [{ stderr: "env: ‘/opt/deploy’: Permission denied\n", env: ENV, exitCode: 126 }, CANNOT],
    [
      { stderr: "env: ‘/opt/deploy’: Permission denied\n", env: ENV, exitCode: 126, openToAll: true },
      "sudo on web1 does not let env start /opt/deploy (NOEXEC)",
    ],
    [{ stderr: "env: ‘/opt/deploy’: No such file or directory\n", env: ENV, exitCode: 127 }, CANNOT],
    [{ stderr: "env: ‘/opt/deploy’: Not a directory\n", env: ENV, exitCode: 126 }, CANNOT],
    [{ stderr: "sudo-rs: I'm sorry app. I'm afraid I can't do that\n" }, DENIES("sudo")],
    [{ stderr: "sudo: I'm sorry app. I'm afraid I can't do that\n" }, DENIES("sudo")],
    [{ stderr: "sudo: interactive authentication is required\n" }, WANTS("sudo")],
    [
      {
        stderr:
          "sudo: Authentication failed, try again.\nsudo: Authentication failed, try again.\nsudo-rs: Maximum 3 incorrect authentication attempts\n",
      },
      WANTS("sudo"),
    ],
    [
      { stderr: "[sudo: authenticate] Password: \nsudo-rs: Maximum 3 incorrect authentication attempts\n" },
      WANTS("sudo"),
    ],
    [{ stderr: "sudo-rs: user 'oracle' not found\n" }, "there is no user oracle on web1"],
    [{ stderr: "sudo-rs: cannot execute '/opt/deploy': Permission denied (os error 13)\n" }, CANNOT],
    [
      {
        stderr: "sudo-rs: cannot execute '/opt/deploy': No such file or directory (os error 2)\n",
        own: "",
      },
      CANNOT,
    ],
    [
      { stderr: "sudo-rs: Account validation failure, is your account locked?\n" },
      "the account of app on web1 has expired or is locked",
    ],
    [{ method: "su", stderr: "Password: su: Authentication failure\n" }, WANTS("su")],
    [
      { method: "su", stderr: "密码：su: 鉴定故障\n" },
      "su could not run the tool as oracle on web1 (exit code 1)",
    ],
    [
      {
        method: "su",
        stderr: "[su: authenticate] Password: \nsu: Maximum 3 incorrect authentication attempts\n",
      },
      WANTS("su"),
    ],
    [
      {
        method: "su",
        stderr: "su: user oracle does not exist or the user entry does not contain all the required fields\n",
      },
      "there is no user oracle on web1",
    ],
    [{ method: "su", exitCode: 127, stderr: "sh: 1: /opt/deploy: not found\n" }, CANNOT],
    [{ method: "su", exitCode: 126, stderr: "bash: line 1: /opt/deploy: Permission denied\n" }, CANNOT],
    [{ method: "su", exitCode: 127, stderr: "bash: /opt/deploy: No such file or directory\n" }, CANNOT],
    [
      { method: "su", exitCode: 127, stderr: "bash: /opt/deploy: cannot execute: required file not found\n" },
      CANNOT,
    ],
    [
      { method: "su", exitCode: 126, stderr: "su: failed to execute /bin/none: No such file or directory\n" },
      "oracle has no login shell on web1 that su could use",
    ],
    [
      {
        method: "dzdo",
        stderr: "Sorry, user app is not allowed to execute '/opt/deploy' as oracle on web1.\n",
      },
      DENIES("dzdo"),
    ],
    [{ method: "dzdo", stderr: "dzdo: a password is required\n" }, WANTS("dzdo")],
    [
      { method: "pbrun", stderr: "pbmasterd8.0.0: Request rejected by pbmasterd on master\n" },
      DENIES("pbrun"),
    ],
    [
      { method: "pbrun", stderr: "pbrun8.0.0: 3090 No masters defined\n" },
      "pbrun could not run the tool as oracle on web1 (exit code 1)",
    ],
  ];
  test.each(rows)("%j", (over, sentence) => {
    expect(explained(over)).toBe(sentence);
  });
});

test.each([
  "su: unknown login: oracle",
  "su: Unknown id: oracle",
  "su: unknown user oracle",
  "su: user 'oracle' not found",
  "su: No passwd entry for user 'oracle'",
])("theirs, of other implementations: %s", (stderr) => {
  expect(explained({ method: "su", stderr })).toBe("there is no user oracle on web1");
});

describe("the tool's", () => {
  /** What tools print that are no become programs, whatever code they end with. */
  const OTHERS = [
    "",
    "error: no such schema",
    "Permission denied",
    "permission denied (publickey)",
    "Password:",
    "Password: ",
    "Login: ",
    "密码：",
    "user 'x' not found",
    "unknown user oracle",
    "command not found",
    "deploy: a password is required",
    "a password is required",
    "could not sudo: a password is required",
    "$ sudo true\nsudo: a password is required",
    "+ sudo -n true\nsudo: a password is required",
    "Retrying…\nsudo: a password is required",
    "line 3: sudo: command not found",
    "./deploy: line 3: sudo: command not found",
    "subversion: su: Authentication failure",
    "sum: x: No such file or directory",
    "sudoku: a password is required",
    "envoy: /opt/deploy: No such file or directory",
    "environment: FOO: not set",
    "env: FOO: No such file or directory",
    "env: ‘python’: No such file or directory",
    "/usr/bin/env: ‘python’: No such file or directory",
    "env: invalid option -- 'z'",
    "sh: 1: foo: not found",
    "bash: line 1: foo: command not found",
    "bash: /etc/shadow: Permission denied",
    "zsh:1: command not found: foo",
    "Traceback (most recent call last):\n  File …\nPermissionError: [Errno 13] Permission denied: '/x'",
    "fatal: could not read Password for 'https://x': terminal is required",
    "E: Could not open lock file - open (13: Permission denied)",
    "pbcopy: not permitted",
    "pb: Request rejected",
    "Request rejected",
    "This account is currently not available.",
    "account has expired",
    "I'm sorry Dave. I'm afraid I can't do that",
    "Usage: sudo [options]",
    "kill: (12) - No such process",
    "ssh: connect to host x port 22: Connection refused",
    "rsync: permission denied",
    "make: *** [all] Error 1",
    "\x1b[31mSorry\x1b[0m",
    "SUDO: a password is required",
    "su warning",
    "dzdoctor: a password is required",
    "sudo: unable to resolve host web1: Name or service not known\nreal trouble",
  ];
  const CODES = [1, 2, 3, 6, 64, 77, 100, 124, 125, 126, 127, 128, 130, 143, 255];

  test.each(OTHERS)("%j", (stderr) => {
    for (const method of BECOME_METHODS) {
      for (const exitCode of CODES) {
        for (const env of [new Map<string, string>(), ENV]) {
          expect([method, exitCode, explained({ method, exitCode, stderr, env })]).toEqual([
            method,
            exitCode,
            undefined,
          ]);
        }
      }
    }
  });

  test("what begins with env's words, where no env is in front of it", () => {
    const stderr = "env: FOO: not set\nsudo: a password is required";
    expect(explained({ stderr })).toBeUndefined();
  });

  /** What become programs say, said by a tool: by its code, or because it was seen to run. */
  const SAID = [
    "sudo: a password is required",
    "sudo-rs: I'm sorry app. I'm afraid I can't do that",
    "Sorry, user app may not run sudo on web1.",
    "su: Authentication failure",
    "sudo: unknown user oracle",
    "sudo: deploy: command not found",
    "dzdo: a password is required",
    "pbmasterd8.0.0: Request rejected by pbmasterd on master",
    "env: ‘/opt/other’: No such file or directory",
    "sh: 1: /opt/other: not found",
    "sh: 1: /opt/deploy-db: not found",
    "env: ‘/opt/deploy-db’: Permission denied",
    "env: ‘/opt/deploy/db’: No such file or directory",
    "sudo: unable to execute /opt/deploy.sh: No such file or directory",
  ];
  test.each(SAID)("%j, by the code or as it was seen", (stderr) => {
    for (let exitCode = 0; exitCode <= 255; exitCode++) {
      for (const method of BECOME_METHODS) {
        if (exitCode !== 1 && (method !== "su" || exitCode < 125 || exitCode > 127))
          expect([exitCode, explained({ method, exitCode, stderr })]).toEqual([exitCode, undefined]);
        expect([exitCode, explained({ method, exitCode, stderr, own: "" })]).toEqual([exitCode, undefined]);
        const throughEnv = explained({ method, exitCode, stderr, own: "", env: ENV });
        expect([exitCode, throughEnv]).toEqual([exitCode, undefined]);
      }
    }
  });
});
