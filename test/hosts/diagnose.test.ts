/** From what was seen of a connection to what is told: the first cause that fits, its exit code, and what helps. */

import { expect, test } from "bun:test";
import type { Destination } from "../../src/hosts/destination.ts";
import { diagnose } from "../../src/hosts/diagnose.ts";
import type { Evidence } from "../../src/hosts/evidence.ts";
import { plainHost } from "../../src/spec/config.ts";

const BOX: Destination = {
  ...plainHost("box"),
  table: { alias: "box", at: () => "[box] (f:1)" },
  bin: { path: "runspec", source: "path" },
};
const withBin = (path: string) => ({ destination: { ...BOX, bin: { path, source: "bin" as const } } });
const SEEN: Evidence = {
  alias: "box",
  destination: BOX,
  ...{ end: undefined, handshake: false, noise: undefined, stderr: "", gaveUp: undefined, patience: 30 },
};
const CHECK = "check runspec on box: ssh -o BatchMode=yes box runspec --version";
const SLOW = "RUNSPEC_HANDSHAKE_TIMEOUT=90 waits longer";
const DOCTOR = "runspec doctor box";
const BY_HAND = "try it by hand: ssh -o BatchMode=yes box true";
const NOT_CONNECTED = "box: ssh could not connect (ssh's message is above)";
const SILENT = "box did not answer the MCP handshake within 30 s";
const READS_INPUT = [CHECK, `does a start-up file there read its input, or is it only slow? ${SLOW}`, DOCTOR];
const IS_IT_UP = `is the machine up, is this the right port, is a VPN or a firewall in between? ${SLOW}`;
const LOOK = "look on box before you run it again";
const leased = (span: string) => `if the tool still runs there, it is told to end within ${span}; ${LOOK}`;
const MAYBE = `if a tool was started, it may run on until the server there notices; ${LOOK}`;
const OPT = withBin("/opt/runspec");
const ended = (exitCode: number) => ({ end: { exitCode } });
const KILLED = { end: { exitCode: 137, signal: "SIGKILL" } };
const JSON_READ = "bash: jsonrpc:2.0: command not found\n";
const REFUSED = "ssh: connect to host box port 22: Connection refused\n";
const BUILD = "is it built for that machine? runspec jump box --install puts the right one there";
const CRASHED = "oh no: Bun has crashed\n";
const UP = { kind: "up" } as const;
const DOWN = { kind: "down", place: "h, port 22", seconds: 5 } as const;

const MUST_CHANGE = "Password change required but no TTY available.\n";
const EXPIRED = "box: the password of the account there has expired, and has to be changed first";

const WINDOWS =
  "'runspec' is not recognized as an internal or external command,\r\n'C:/x/runspec.exe' neither\r\n";

/** An ssh that finds other libraries than its own, by glibc, musl and OpenSSL. */
const NOT_LOADED: [exitCode: number, stderr: string][] = [
  [127, "ssh: symbol lookup error: ssh: undefined symbol: EVP_des_ede3_cbc, version OPENSSL_3.0.0\n"],
  [127, "/usr/bin/ssh: error while loading shared libraries: libcrypto.so.3: cannot open\n"],
  [1, "ssh: /x/libcrypto.so.3: version `OPENSSL_3.2.0' not found (required by ssh)\n"],
  [127, "Error loading shared library libcrypto.so.3: No such file (needed by /usr/bin/ssh)\n"],
  [255, "OpenSSL version mismatch. Built against 30000020, you have 30200010\n"],
];

const rows: [what: string, seen: Partial<Evidence>, code: number, message: string, help: string[]][] = [
  [
    "nobody answers, which the address tells before all else",
    { gaveUp: "no answer", address: DOWN, stderr: JSON_READ },
    255,
    "box is out of reach: h, port 22, did not answer within 5 s",
    [IS_IT_UP, DOCTOR],
  ],
  [
    "something else answers",
    { gaveUp: "no answer", address: { ...DOWN, said: "HTTP/1.1 400\x1b" } },
    255,
    'box is out of reach: h, port 22, does not answer as an SSH server: it says "HTTP/1.1 400\\x1b"',
    [IS_IT_UP, DOCTOR],
  ],
  [
    "nobody answers, and something was taken",
    { gaveUp: "no answer", untouched: false },
    255,
    "box is out of reach: its SSH server, did not answer within 30 s",
    [IS_IT_UP, MAYBE, DOCTOR],
  ],
  [
    "a shell answers",
    { gaveUp: "shell", stderr: "bash: x\n" },
    125,
    "box: a shell answered instead of runspec (its message is above)",
    ["an rc file with exec, or a forced command, keeps runspec from being run", CHECK],
  ],
  [
    "a shell answers, and ends",
    { stderr: JSON_READ, ...ended(127) },
    125,
    "box: a shell answered instead of runspec (its message is above)",
    ["an rc file with exec, or a forced command, keeps runspec from being run", CHECK],
  ],
  [
    "a tool may say what a shell would, once the server has answered",
    { stderr: JSON_READ, handshake: true, ...ended(0) },
    125,
    "box: the runspec server closed the connection before it answered (it ended with 0)",
    [MAYBE, "its last words, if any, are above"],
  ],
  [
    "the server goes before a call was sent",
    { handshake: true, ...ended(0), lease: 90, untouched: true },
    125,
    "box: the runspec server closed the connection before it answered (it ended with 0)",
    ["nothing was run", "its last words, if any, are above"],
  ],
  [
    "it goes silent",
    { gaveUp: "stalled", handshake: true, lease: 120 },
    255,
    "box: the connection went silent for 30 s and was given up",
    [leased("2 minutes"), DOCTOR],
  ],
  [
    "it never says a word behind a proxy",
    { gaveUp: "silent", address: { kind: "proxied", proxy: "ProxyJump b" } },
    125,
    "box did not answer the MCP handshake within 30 s; it is reached through ProxyJump b, so its address could not be tried from here",
    READS_INPUT,
  ],
  [
    "it says other things",
    { gaveUp: "silent", noise: "welcome" },
    125,
    'box: runspec did not speak MCP: it said "welcome"',
    [CHECK],
  ],
  [
    "a shared connection is dead",
    { gaveUp: "silent", shared: true, address: UP, untouched: true },
    255,
    "box: the shared connection is dead: the host answers, but not through it",
    ["the next call connects anew; nothing was run", DOCTOR],
  ],
  [
    "a shared connection, and the host is down",
    { gaveUp: "silent", shared: true, address: DOWN },
    125,
    SILENT,
    READS_INPUT,
  ],
  [
    "a shared connection, and ssh says something",
    { gaveUp: "silent", shared: true, address: UP, stderr: "mux\n" },
    125,
    "box did not answer the MCP handshake within 30 s (what was said is above)",
    READS_INPUT,
  ],
  [
    "it crashes in the middle of a call, and so is the right build",
    { stderr: CRASHED, handshake: true, lease: 90, ...ended(133) },
    125,
    "box: runspec crashed (its report is above)",
    ["please report it", leased("90 s")],
  ],
  [
    "it crashes",
    { stderr: CRASHED, ...ended(133) },
    125,
    "box: runspec crashed (its report is above)",
    [
      "is it the right build for that machine? runspec jump box --install --write puts it there; if it is, please report it",
    ],
  ],
  [
    "its list has no end, or it does not answer",
    { gaveUp: "endless", handshake: true },
    125,
    "box: the server took longer than 30 s to answer",
    [SLOW],
  ],
  [
    "ssh is killed here before",
    KILLED,
    255,
    "box: ssh was ended on this side by SIGKILL before the server answered",
    [MAYBE, BY_HAND, DOCTOR],
  ],
  [
    "a connection breaks, of which ssh speaks",
    { ...ended(255), handshake: true, stderr: "client_loop: send disconnect: Broken pipe\n" },
    255,
    "box: the connection was lost before the answer came",
    [MAYBE, DOCTOR],
  ],
  [
    "a session breaks",
    { ...ended(255), handshake: true, withoutCall: true },
    255,
    "box: the server was ended by a signal, or the connection broke",
    [MAYBE, DOCTOR],
  ],
  [
    "the server goes, and ssh stays",
    { end: "lingering", handshake: true, withoutCall: true },
    125,
    "box: the runspec server closed the connection",
    ["its last words, if any, are above"],
  ],
  [
    "ssh runs no command",
    { end: "lingering" },
    125,
    "box: ssh ran no command there, or it closed without a word",
    ["SessionType none or RemoteCommand in ~/.ssh/config? See: ssh -G -o BatchMode=yes box", CHECK],
  ],
  [
    "there is noise without an end",
    { gaveUp: "noisy", noise: "hi" },
    125,
    'box: runspec did not speak MCP: it said "hi"',
    [CHECK],
  ],
  [
    "nothing is said at all",
    { ...ended(0) },
    125,
    "box: runspec did not speak MCP: it said nothing and ended with 0",
    [
      CHECK,
      "a forced command, an rc file that ends the shell, or StdinNull in ~/.ssh/config says nothing, too",
      DOCTOR,
    ],
  ],
  ["ssh cannot connect", { ...ended(255), stderr: REFUSED }, 255, NOT_CONNECTED, [BY_HAND, DOCTOR]],
  ...NOT_LOADED.map(([exitCode, stderr]): (typeof rows)[number] => [
    `ssh is not loaded here: ${stderr}`,
    { ...ended(exitCode), stderr },
    255,
    NOT_CONNECTED,
    [BY_HAND, DOCTOR],
  ]),
  [
    "ssh does not like its libraries, and is loaded all the same; another program there is not",
    {
      ...{ ...ended(127), ...OPT },
      stderr:
        "ssh: /x/libcrypto.so.3: no version information available (required by ssh)\n/opt/runspec: error while loading shared libraries: libx.so: cannot open\n",
    },
    127,
    "box: /opt/runspec, which bin names, does not exist there, or what it needs to run is missing",
    ['runspec jump box --install, or set bin = "/path/to/runspec" in [box] (f:1)'],
  ],
  [
    "ssh does not know the host's key, and was told to ask nobody",
    { ...ended(255), stderr: "Host key verification failed.\r\n" },
    255,
    NOT_CONNECTED,
    [
      "connect once by hand, compare the fingerprint, say yes: ssh -o StrictHostKeyChecking=ask box true",
      DOCTOR,
    ],
  ],
  [
    "a login that is refused, by hand as well",
    { ...ended(255), stderr: "me@box: Permission denied (publickey).\r\n" },
    255,
    NOT_CONNECTED,
    [DOCTOR],
  ],
  [
    "a key that has changed, by hand as well",
    {
      ...ended(255),
      stderr:
        "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\nHost key verification failed.\r\n",
    },
    255,
    NOT_CONNECTED,
    [DOCTOR],
  ],
  [
    "ssh does not take an option",
    { ...ended(255), stderr: "command-line line 0: Bad SSH2 cipher spec 'x'.\n" },
    255,
    NOT_CONNECTED,
    [BY_HAND, DOCTOR],
  ],
  [
    "ssh does not know one of the file's options",
    {
      ...ended(255),
      stderr: "command-line: line 0: Bad configuration option: foo\n",
      destination: { ...BOX, "ssh-options": ["Foo=bar"] },
    },
    255,
    NOT_CONNECTED,
    [
      "correct ssh-options in [box] (f:1)",
      "try it by hand: ssh -o BatchMode=yes -o Foo=bar box true",
      DOCTOR,
    ],
  ],
  [
    "another 255",
    { ...ended(255) },
    255,
    "box: ssh ended without a word before runspec answered: it did not connect, the connection broke, or a signal ended runspec",
    [MAYBE, CHECK, DOCTOR],
  ],
  [
    "another 255 with words",
    { ...ended(255), stderr: "no room left\n" },
    255,
    "box: runspec was ended by a signal, or the connection broke, before it answered (what was said is above)",
    [MAYBE, CHECK, DOCTOR],
  ],
  [
    "a signal there",
    { ...ended(137) },
    125,
    "box: runspec was ended by signal 9 before it answered",
    [MAYBE, CHECK],
  ],
  [
    "a number that is no signal",
    { ...ended(193) },
    125,
    "box: runspec did not speak MCP: it said nothing and ended with 193",
    [CHECK],
  ],
  [
    "it may not be executed",
    { ...ended(126) },
    126,
    "box: runspec cannot be executed",
    ["is it built for that machine? runspec jump box --install --write puts the right one there", DOCTOR],
  ],
  [
    "dash may not execute it",
    { ...ended(127), stderr: "sh: 1: runspec: Permission denied\n" },
    126,
    "box: runspec cannot be executed",
    ["is it built for that machine? runspec jump box --install --write puts the right one there", DOCTOR],
  ],
  [
    "a program that csh does not find for a wrapper",
    { ...ended(1), stderr: "java: Command not found.\n" },
    125,
    "box: runspec did not speak MCP: it said nothing on stdout and ended with 1 (what was said is above)",
    [CHECK],
  ],
  [
    "it is not there",
    { ...ended(127) },
    127,
    "box: runspec is not on PATH there, or what it needs to run is missing (no bin is set, so the remote's PATH was tried)",
    ['runspec jump box --install --write, or set bin = "/path/to/runspec" in [box] (f:1)'],
  ],
  [
    "its wrapper finds something else missing",
    { ...ended(127), stderr: "/opt/bin/runspec: line 3: java: command not found\n" },
    125,
    "box: runspec did not speak MCP: it said nothing on stdout and ended with 127 (what was said is above)",
    [CHECK],
  ],
  [
    "it does not start",
    { ...ended(125), stderr: "x\n" },
    125,
    "box: runspec did not start (its message is above)",
    ["see all that is wrong: ssh -o BatchMode=yes box runspec local"],
  ],
  [
    "an account without a shell",
    { ...ended(1), noise: "This account is currently not available." },
    125,
    "box: the account there has no login shell (nologin)",
    ["use a user who has one, or give this one a shell", DOCTOR],
  ],
  [
    "an account whose password has expired, as sshd with PAM says it behind its banner",
    { ...ended(1), stderr: `WARNING: Your password has expired.\n${MUST_CHANGE}` },
    125,
    EXPIRED,
    ["log in once by hand and change it, or, where nobody uses it, have root there end that (chage)", DOCTOR],
  ],
  [
    "the same, of a known user",
    { ...ended(1), stderr: MUST_CHANGE, destination: { ...BOX, user: "deploy" } },
    125,
    EXPIRED,
    [
      "log in once by hand and change it, or, where nobody uses it, as root there: chage -d -1 -M -1 deploy",
      DOCTOR,
    ],
  ],
  [
    "an account for sftp",
    { ...ended(1), stderr: "This service allows sftp connections only.\n" },
    125,
    "box: the account there is for sftp alone and runs no command",
    ["use a user who may run commands there", DOCTOR],
  ],
  [
    "it sends too much, and a tool of it has crashed",
    { gaveUp: "overload", handshake: true, stderr: CRASHED },
    125,
    "box: the server sent a message that is too large to be read",
    [MAYBE],
  ],
  [
    "it never says a word, and answers at its address",
    { gaveUp: "silent", address: UP },
    125,
    SILENT,
    READS_INPUT,
  ],
  [
    "ssh is killed here in a call, whose lease is one minute",
    { ...KILLED, handshake: true, lease: 60 },
    255,
    "box: ssh was ended on this side by SIGKILL before the answer came",
    [leased("60 s"), DOCTOR],
  ],
  [
    "the last number that is a signal's",
    { ...ended(192) },
    125,
    "box: runspec was ended by signal 64 before it answered",
    [MAYBE, CHECK],
  ],
  [
    "the first that is none",
    { ...ended(128) },
    125,
    "box: runspec did not speak MCP: it said nothing and ended with 128",
    [CHECK],
  ],
  [
    "something else that is ended by a signal",
    { ...ended(137), noise: "hi" },
    125,
    'box: runspec did not speak MCP: it said "hi" and ended with 137',
    [CHECK],
  ],
  [
    "something else that fails as runspec would",
    { ...ended(125), noise: "hi" },
    125,
    'box: runspec did not speak MCP: it said "hi" and ended with 125',
    [CHECK],
  ],
  [
    "something else that says a lot",
    { end: "lingering", gaveUp: "silent", noise: "x".repeat(500) },
    125,
    `box: runspec did not speak MCP: it said "${"x".repeat(120)}…"`,
    [CHECK],
  ],
  [
    "a file that may not be executed",
    { ...ended(126), ...OPT },
    126,
    "box: /opt/runspec cannot be executed",
    ["ssh -o BatchMode=yes box chmod +x /opt/runspec", BUILD, DOCTOR],
  ],
  [
    "a directory in its place",
    {
      ...ended(126),
      ...OPT,
      stderr: "bash: line 1: /opt/runspec: Is a directory",
    },
    126,
    "box: /opt/runspec is a directory",
    [
      "name the program itself, or move the directory away: ssh -o BatchMode=yes box mv /opt/runspec /opt/runspec.old",
    ],
  ],
  [
    "a file that is not there",
    { ...ended(127), ...OPT },
    127,
    "box: /opt/runspec, which bin names, does not exist there, or what it needs to run is missing",
    ['runspec jump box --install, or set bin = "/path/to/runspec" in [box] (f:1)'],
  ],
  [
    "a bare name that is not on PATH",
    { ...ended(127), ...withBin("runspec"), stderr: "sh: runspec: not found\n" },
    127,
    "box: runspec, which bin names, is not on PATH there, or what it needs to run is missing",
    ['runspec jump box --install --write, or set bin = "/path/to/runspec" in [box] (f:1)'],
  ],
  [
    "a restricted shell",
    {
      ...ended(1),
      ...OPT,
      stderr: "rbash: line 1: /opt/runspec: restricted: cannot specify `/' in command names\n",
    },
    125,
    "box: the account there has a restricted shell, which starts no program by its path",
    ["use a user with another shell, or link runspec into PATH there and leave bin out", DOCTOR],
  ],
  [
    "it is not there, by Windows' words",
    { ...ended(1), stderr: WINDOWS },
    127,
    "box: runspec is not on PATH there (no bin is set, so the remote's PATH was tried)",
    [
      "copy runspec.exe there:",
      `ssh box 'mkdir "C:/tools"'`,
      "scp runspec.exe box:C:/tools/runspec.exe",
      'then set bin = "C:/tools/runspec.exe" in [box] (f:1)',
    ],
  ],
  [
    "a file that is not there, by Windows' words",
    { ...ended(1), stderr: WINDOWS, ...withBin("C:/x/runspec.exe") },
    127,
    "box: C:/x/runspec.exe, which bin names, does not exist there",
    ["copy runspec.exe there:", `ssh box 'mkdir "C:/x"'`, "scp runspec.exe box:C:/x/runspec.exe"],
  ],
  [
    "the account of a known user",
    { ...ended(1), noise: "nologin", destination: { ...BOX, user: "it's" } },
    125,
    "box: the account there has no login shell (nologin)",
    ["use a user who has one, or as root there: chsh -s /bin/sh 'it'\\''s'", DOCTOR],
  ],
];

test.each(rows)("%s", (_what, seen, code, message, help) => {
  const failure = diagnose({ ...SEEN, ...seen });
  expect([failure.exitCode, failure.message, failure.hint?.split("\n") ?? []]).toEqual([code, message, help]);
});

test("to whom nothing stands above, the words are quoted with the sentence, up to a length", () => {
  const { quoting, help } = diagnose({ ...SEEN, ...ended(255), stderr: REFUSED });
  expect([quoting, help]).toEqual([
    `box: ssh could not connect; it says: ${REFUSED.trim()}`,
    [BY_HAND, DOCTOR],
  ]);
  const long = diagnose({ ...SEEN, ...ended(125), stderr: "x".repeat(1100) });
  expect(long.quoting).toBe(`box: runspec did not start; it says: …${"x".repeat(1000)}`);
  // Of several lines, the last two are quoted, however long the error is before the advice.
  const lines = diagnose({
    ...SEEN,
    ...ended(125),
    stderr: `${"x".repeat(200)}\n${"y".repeat(400)}\n  \nz\n`,
  });
  expect(lines.quoting).toBe(`box: runspec did not start; it says: …; ${"y".repeat(400)}; z`);
  // The line of a file, and the caret below it, are no help side by side.
  const excerpt =
    "error: /x.toml: line 7, column 11: found no value\n  7 | command =\n    |          ^\n  see it all\n";
  expect(diagnose({ ...SEEN, ...ended(125), stderr: excerpt }).quoting).toBe(
    "box: runspec did not start; it says: error: /x.toml: line 7, column 11: found no value; see it all",
  );
  // How to remove the known key is not for whoever has not read why ssh warns.
  const removal = '  remove with:\r\n  ssh-keygen -f "/home/me/.ssh/known_hosts" -R "box"\r\n';
  const changed = `Host key for box has changed and you have requested strict checking.\r\n`;
  const failed = "Host key verification failed.\r\n";
  const stderr = `${"@".repeat(300)}\r\nOffending ED25519 key in k:1\r\n${removal}${changed}${failed}`;
  expect(diagnose({ ...SEEN, ...ended(255), stderr }).quoting).toBe(
    "box: ssh could not connect; it says: …; Host key for box has changed and you have requested strict checking.; Host key verification failed.",
  );
  // Nor is it that the ssh behind a bastion has no connection.
  const left =
    "kex_exchange_identification: Connection closed by remote host\r\nConnection closed by UNKNOWN port 65535\r\n";
  expect(diagnose({ ...SEEN, ...ended(255), stderr: stderr + left }).quoting).toBe(
    "box: ssh could not connect; it says: …; Host key for box has changed and you have requested strict checking.; Host key verification failed.",
  );
  expect(diagnose({ ...SEEN, ...ended(255), stderr: left }).quoting).toBe(
    "box: ssh could not connect; it says: kex_exchange_identification: Connection closed by remote host; Connection closed by UNKNOWN port 65535",
  );
  // Where there are none, none are promised.
  expect(diagnose({ ...SEEN, ...ended(125) }).quoting).toBe("box: runspec did not start");
  expect(diagnose({ ...SEEN, ...ended(125) }).message).toBe("box: runspec did not start");
  expect(diagnose({ ...SEEN, ...ended(1), stderr: "closed for today" }).quoting).toBe(
    "box: runspec did not speak MCP: it said nothing on stdout and ended with 1; it says: closed for today",
  );
  // What the sentence says itself is not quoted.
  expect(diagnose({ ...SEEN, ...ended(127), stderr: "sh: runspec: not found" }).quoting).toBe(
    "box: runspec is not on PATH there, or what it needs to run is missing (no bin is set, so the remote's PATH was tried)",
  );
});
