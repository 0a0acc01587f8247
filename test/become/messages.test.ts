/** Whose words are whose: what tools could print is never taken for the become program's, and what that prints is, by its cause. */

import { describe, expect, test } from "bun:test";
import type { BecomeFailure } from "../../src/become/failure.ts";
import { causeOf, type KnownCause } from "../../src/become/messages.ts";
import { BECOME_METHODS, type BecomeMethod } from "../../src/become/methods.ts";
import { failure } from "./failed-call.ts";

const told = (over: Partial<BecomeFailure>) => causeOf(failure(over))?.[0];

const ENV = { env: new Map([["RUNSPEC_CONFIG", "/x"]]) };
const ATTEMPTS = "Maximum 3 incorrect authentication attempts";
const NOT_ALLOWED = "Sorry, user app is not allowed to execute '/opt/deploy' as oracle on web1.";
const NOT_EXECUTED = "sudo: unable to execute /opt/deploy";

const rows: [KnownCause, BecomeMethod, stderr: string, more?: Partial<BecomeFailure>][] = [
  ["password", "sudo", "sudo: a password is required"],
  ["password", "sudo", "sudo: a terminal is required to read the password; …\nsudo: a password is required"],
  [
    "password",
    "sudo",
    "[sudo] password for app: \nsudo: no password was provided\nsudo: a password is required",
  ],
  ["password", "sudo", "sudo: no tty present and no askpass program specified"],
  ["password", "sudo", "sudo: 3 incorrect password attempts"],
  ["password", "sudo", "sudo: unable to resolve host web1: x\nsudo: a password is required"],
  ["password", "sudo", "sudo: interactive authentication is required"],
  ["password", "sudo", `${"sudo: Authentication failed, try again.\n".repeat(2)}sudo-rs: ${ATTEMPTS}`],
  ["password", "sudo", `[sudo: authenticate] Password: \nsudo-rs: ${ATTEMPTS}`],
  ["password", "su", "Password: su: Authentication failure"],
  ["password", "su", `[su: authenticate] Password: \nsu: ${ATTEMPTS}`],
  ["password", "dzdo", "dzdo: a password is required"],
  ["other", "su", "su: Authentication failure", { invoker: "root" }],
  ["other", "su", "su: permission denied", { invoker: "root" }],
  ["refused", "sudo", NOT_ALLOWED],
  ["refused", "sudo", "Sorry, user app may not run sudo on web1."],
  [
    "refused",
    "sudo",
    "app is not in the sudoers file.\nThis incident has been reported to the administrator.",
  ],
  ["refused", "sudo", "sudo-rs: I'm sorry app. I'm afraid I can't do that"],
  ["refused", "sudo", "sudo: I'm sorry app. I'm afraid I can't do that"],
  ["refused", "dzdo", NOT_ALLOWED],
  ["refused", "pbrun", "pbmasterd8.0.0: Request rejected by pbmasterd on master"],
  ["no terminal", "sudo", "sudo: sorry, you must have a tty to run sudo"],
  ["no terminal", "dzdo", "dzdo: sorry, you must have a tty to run dzdo"],
  ["no user", "sudo", "sudo: unknown user oracle\nsudo: error initializing audit plugin sudoers_audit"],
  ["no user", "sudo", "sudo-rs: user 'oracle' not found"],
  [
    "no user",
    "su",
    "su: user oracle does not exist or the user entry does not contain all the required fields",
  ],
  ["no user", "su", "su: unknown login: oracle"],
  ["no user", "su", "su: Unknown id: oracle"],
  ["no user", "su", "su: unknown user oracle"],
  ["no user", "su", "su: user 'oracle' not found"],
  ["no user", "su", "su: No passwd entry for user 'oracle'"],
  [
    "account",
    "sudo",
    "sudo: account validation failure, is your account locked?\nsudo: a password is required",
  ],
  ["account", "sudo", "sudo-rs: Account validation failure, is your account locked?"],
  ["account", "su", "Your account has expired; please …\nsu: Authentication failure"],
  [
    "account",
    "su",
    "You are required to change your password immediately (administrator enforced).\nCurrent password: su: Authentication token manipulation error",
  ],
  // sudo-rs's.
  [
    "account",
    "su",
    "[su: authenticate] Current password: \nsu: PAM error: Authentication token manipulation error",
  ],
  ["no shell", "su", "su: failed to execute /bin/none: No such file or directory", { exitCode: 126 }],
  ["no shell", "su", "rbash: line 1: /opt/deploy: restricted: cannot specify `/' in command names"],
  ["unreachable", "sudo", "sudo: /opt/deploy: command not found"],
  ["unreachable", "sudo", `${NOT_EXECUTED}: Permission denied`],
  ["no interpreter", "sudo", `${NOT_EXECUTED}: No such file or directory`, { own: "" }],
  ["unreachable", "sudo", "sudo-rs: cannot execute '/opt/deploy': Permission denied (os error 13)"],
  [
    "no interpreter",
    "sudo",
    "sudo-rs: cannot execute '/opt/deploy': No such file or directory (os error 2)",
    { own: "" },
  ],
  ["unreachable", "sudo", "env: ‘/opt/deploy’: Permission denied", { ...ENV, exitCode: 126 }],
  ["unreachable", "sudo", "env: ‘/opt/deploy’: Not a directory", { ...ENV, exitCode: 126 }],
  ["no interpreter", "sudo", "env: ‘/opt/deploy’: No such file or directory", { ...ENV, exitCode: 127 }],
  ["unreachable", "su", "bash: line 1: /opt/deploy: Permission denied", { exitCode: 126 }],
  ["no interpreter", "su", "sh: 1: /opt/deploy: not found", { exitCode: 127 }],
  ["no interpreter", "su", "bash: /opt/deploy: No such file or directory", { exitCode: 127 }],
  ["no interpreter", "su", "bash: /opt/deploy: cannot execute: required file not found", { exitCode: 127 }],
  ["no env", "sudo", "sudo: env: command not found", ENV],
  ["no env", "dzdo", "dzdo: env: command not found", ENV],
  ["noexec", "sudo", "env: ‘/opt/deploy’: Permission denied", { ...ENV, exitCode: 126, openToAll: true }],
  ["other", "sudo", `${NOT_EXECUTED}: Text file busy`],
  ["other", "sudo", `${NOT_EXECUTED}: Resource temporarily unavailable`],
  [
    "other",
    "sudo",
    `sudo: unable to change directory to /x: No such file or directory\n${NOT_EXECUTED}: No such file or directory`,
  ],
  [
    "other",
    "sudo",
    `sudo: unable to change root to /x: No such file or directory\n${NOT_EXECUTED}: No such file or directory`,
  ],
  ["other", "sudo", "sudo: Ein Passwort ist notwendig"],
  ["other", "su", "密码：su: 鉴定故障"],
  ["other", "pbrun", "pbrun8.0.0: 3090 No masters defined"],
];
test.each(rows)("%s, by %s: %j", (cause, method, stderr, more = {}) => {
  expect(told({ method, stderr: `${stderr}\n`, ...more })).toBe(cause);
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
        for (const { env } of [failure({}), ENV]) {
          expect([method, exitCode, told({ method, exitCode, stderr, env })]).toEqual([
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
    expect(told({ stderr })).toBeUndefined();
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
          expect([exitCode, told({ method, exitCode, stderr })]).toEqual([exitCode, undefined]);
        expect([exitCode, told({ method, exitCode, stderr, own: "" })]).toEqual([exitCode, undefined]);
        const throughEnv = told({ method, exitCode, stderr, own: "", ...ENV });
        expect([exitCode, throughEnv]).toEqual([exitCode, undefined]);
      }
    }
  });
});
