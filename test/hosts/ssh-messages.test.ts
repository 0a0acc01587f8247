import { describe, expect, test } from "bun:test";
import {
  codeOfShell,
  saysLost,
  saysNoConnection,
  saysNotFoundByWindows,
  saysShellReadsJson,
  withoutLog,
} from "../../src/hosts/ssh-messages.ts";

describe("a shell that reads what is meant for runspec", () => {
  test.each([
    "bash: jsonrpc:2.0: command not found",
    "bash: jsonrpc:2.0 : commande introuvable",
    "sh: 1: {jsonrpc:2.0,id:0,method:initialize: not found",
    "sh: 1: {__jsonrpc_:_2.0_,_id_:1,_method_:_ping__: not found",
    'zsh: command not found: {"jsonrpc":"2.0"',
    "fish: Unknown command: '{jsonrpc:2.0'",
    '\'{"jsonrpc":"2.0"\' is not recognized as an internal or external command',
    '+ {\\"jsonrpc\\":\\"2.0\\"}',
  ])("names its first line: %s", (said) => expect(saysShellReadsJson(`${said}\n`)).toBe(true));

  test.each([
    "",
    "INFO starting jsonrpc server",
    "npm WARN deprecated vscode-jsonrpc@8.2.0",
    "jsonrpc 2.0 on stdio",
    'received: {"jsonrpc":"2.0","id":1,"method":"initialize"}',
    '{\n  "jsonrpc": "2.0",\n  "id": 1\n}',
    'level=debug msg="read {\\"jsonrpc\\":\\"2.0\\",\\"id\\":1}"',
    "got {'method': 'initialize', 'jsonrpc': '2.0', 'id': 1}",
    "got {'method': 'notifications/initialized', 'jsonrpc': '2.0'}",
    "got map[id:1 jsonrpc:2.0 method:initialize]",
    'a line that goes on: { jsonrpc: "2.0',
  ])("is no log that speaks of the protocol: %j", (said) => expect(saysShellReadsJson(said)).toBe(false));

  // Looking for the end of the line from each of them would take minutes, and other hosts would wait.
  test("is not looked for from each word of a line without an end", () =>
    expect(saysShellReadsJson("jsonrpc:2.0".repeat(250_000))).toBe(false));
});

test.each([
  "command-line line 0: invalid time value.",
  "/home/me/.ssh/config: line 3: Bad configuration option: x",
  "Host directive not supported as a command-line option",
  "vdollar_percent_expand: unknown key %z",
  "jumphost loop via 10.0.0.5",
  "KnownHostsCommand failed",
])("an option that ssh does not take: nothing ran: %s", (said) =>
  expect(saysNoConnection(`${said}\r\n`)).toBe(true),
);

test.each([
  "ssh: connect to host box port 22: Connection refused",
  "ssh_exchange_identification: Connection closed by remote host",
  "kex_exchange_identification: read: Connection reset by peer",
  "banner exchange: Connection to 10.0.0.5 port 22: invalid format",
  'unix_listener: path "/x" too long for Unix domain socket',
  "Connection closed by 10.0.0.5 port 22",
  "Connection reset by 10.0.0.5 port 22",
  "Connection timed out during banner exchange",
  "Received disconnect from 10.0.0.5 port 22:2: Too many authentication failures",
  "Disconnected from 10.0.0.5 port 22",
  "me@box: Permission denied (publickey).",
  "Permission denied (publickey).",
  "Host key verification failed.",
  "No ED25519 host key is known for box and you have requested strict checking.",
  "Bad owner or permissions on /home/me/.ssh/config",
  "Unable to negotiate with 10.0.0.5 port 22: no matching cipher found. Their offer: x",
  "No user exists for uid 1234",
  "ControlPath too long ('/x' >= 108 bytes)",
  "Could not request local forwarding.",
  "Cannot fork into background without a command to execute.",
  "channel 0: open failed: connect failed: Connection refused",
  "stdio forwarding failed",
  "mux_client_request_session: session request failed: Session open refused by peer",
  "Control socket connect(/x): Connection refused",
])("ssh came to no remote command: %s", (said) =>
  expect([saysNoConnection(`a banner\n${said}\r\n`), saysLost(said)]).toEqual([true, false]),
);

test.each([
  "Connection to box closed by remote host.",
  "Timeout, server box not responding.",
  "client_loop: send disconnect: Broken pipe",
  "Write failed: Broken pipe",
  "packet_write_wait: Connection to 10.0.0.5 port 22: Broken pipe",
  "Read from remote host box: Connection reset by peer",
  "Shared connection to box closed.",
  "Disconnecting 10.0.0.5 port 22: Corrupted MAC on input.",
])("ssh lost a connection, and what ran may run on: %s", (said) =>
  expect([saysLost(said), saysNoConnection(`Connection closed by 10.0.0.5 port 22\n${said}\r\n`)]).toEqual([
    true,
    false,
  ]),
);

test.each([
  "kex_exchange_identification: Connection closed by remote host\r\nConnection closed by UNKNOWN port 65535",
  "Connection closed by UNKNOWN port 65535",
])("a bastion's connection was lost, and none behind it was made: %s", (said) => {
  const bastion = "Connection to bastion closed by remote host.";
  expect(saysNoConnection(`${bastion}\r\n${said}\r\n`)).toBe(true);
  // Of a program there that uses ssh itself.
  expect(saysNoConnection(`${said}\r\n${bastion}\r\n`)).toBe(false);
});

test("a home that is missing is told by sshd, once there is a connection", () => {
  expect(saysNoConnection("Could not chdir to home directory /home/me: No such file or directory\r\n")).toBe(
    false,
  );
});

test("SessionType subsystem is told as ssh's, not as a program there that ended", () => {
  expect(saysNoConnection("subsystem request failed on channel 0\n")).toBe(true);
});

test.each<[number | undefined, said: string, program: string, told: number | undefined]>([
  [127, "bash: line 1: /o/runspec: No such file or directory", "/o/runspec", 127],
  [127, "sh: 1: /o/runspec: Permission denied", "/o/runspec", 126],
  [1, "/home/me/bin/runspec: Permission denied.", "~/bin/runspec", 126],
  [1, "/o/runspec: Command not found.", "/o/runspec", 127],
  [1, "/o/runspec: Permission denied.", "/o/runspec", 126],
  [1, "rc: cannot find `runspec'", "runspec", 127],
  [1, "rc: /o/runspec: No such file or directory", "/o/runspec", 127],
  [1, "rc: /o/runspec: Permission denied", "/o/runspec", 126],
  [1, "/o/runspec: Exec format error. Wrong Architecture.", "/o/runspec", 126],
  [1, "E: mksh: /o/runspec: not executable: 64-bit ELF file", "/o/runspec", 126],
  [126, "bash: /o/runspec: /x/sh: bad interpreter: No such file or directory", "/o/runspec", 127],
  [1, "/o/runspec: /srv/x: Permission denied", "/o/runspec", 1],
  [2, "/o/runspec: Permission denied", "/o/runspec", 2],
  [undefined, "/o/runspec: Permission denied", "/o/runspec", undefined],
])("a shell that ends with %j and says %j of %j: %j", (code, said, program, told) =>
  expect(codeOfShell(code, said, program)).toBe(told),
);

test.each([
  ["'runspec' is not recognized as an internal or external command,", true],
  ["runspec : The term 'runspec' is not recognized as the name of a cmdlet", true],
  ["The system cannot find the path specified.", true],
  ["'start-up' is not recognized as an internal or external command,", false],
  ["runspec: what it says itself", false],
])("Windows says that there is no such program: %s", (said, isMissing) =>
  expect(saysNotFoundByWindows(said, "runspec")).toBe(isMissing),
);

test("ssh's own log is taken out, as -v has it and as LogLevel=VERBOSE does, and no other words", () => {
  const log =
    'OpenSSH_9.2p1, OpenSSL 3.0\r\ndebug1: x\r\nAuthenticated to h ([::1]:22) using "publickey".\r\n';
  expect(withoutLog(`Hello\n${log}debug: mine\nTransferred: sent 1\r\nBytes per second: 2\r\n`)).toBe(
    "Hello\ndebug: mine\n",
  );
});
