import { describe, expect, test } from "bun:test";
import { checkTarget, type Target, takesChannel } from "../../src/hosts/target.ts";
import { plainHost } from "../../src/spec/config.ts";

const target = (fields: Partial<Target>): Target => ({ ...plainHost("a"), ...fields });

describe("checkTarget", () => {
  test.each<[Partial<Target>, string]>([
    [
      { host: "-oProxyCommand=touch x" },
      'host "-oProxyCommand=touch x" is refused: ssh would read it as an option',
    ],
    [{ host: "" }, 'host "" is refused: it is empty'],
    [{ host: "a b" }, 'host "a b" is refused: it holds white space or control characters'],
    [{ host: "a\nb" }, 'host "a\\nb" is refused: it holds white space or control characters'],
    [{ host: "a;touch x" }, 'host "a;touch x" is refused: it holds white space or control characters'],
    [{ host: "$(x)" }, 'host "$(x)" is refused: it holds characters of a shell'],
    [{ host: "me@box" }, 'host "me@box" is refused: put the user in the field user'],
    [
      { host: "ssh://me@box:2222" },
      'host "ssh://me@box:2222" is refused: it is written without ssh://, a user and a port in their own fields',
    ],
    [
      { host: "ssh://box" },
      'host "ssh://box" is refused: it is written without ssh://, a user and a port in their own fields',
    ],
    [{ host: "box:2222" }, 'host "box:2222" is refused: put the port in the field port'],
    [{ host: "[::1]" }, 'host "[::1]" is refused: an address of IPv6 is written without brackets'],
    [
      { host: "w[1-3]" },
      'host "w[1-3]" is refused: no name has brackets or braces; a range of hosts is written as web-{01..20}',
    ],
    [
      { host: "[1:3].x" },
      'host "[1:3].x" is refused: no name has brackets or braces; a range of hosts is written as web-{01..20}',
    ],
    ...["w[1", "w{1-3}", "w{1..3", "r[1:2]n[01:03]"].map((host): [Partial<Target>, string] => [
      { host },
      `host "${host}" is refused: no name has brackets or braces; a range of hosts is written as web-{01..20}`,
    ]),
    [{ host: "[::1]:22" }, 'host "[::1]:22" is refused: an address of IPv6 is written without brackets'],
    [{ user: "ssh://me" }, 'user "ssh://me" is refused: it is written without ssh://'],
    [{ user: "-x" }, 'user "-x" is refused: ssh would read it as an option'],
    [{ user: "a`x`" }, 'user "a`x`" is refused: it holds characters of a shell'],
    [{ user: "a\\" }, 'user "a\\\\" is refused: it holds characters of a shell'],
    [{ user: "#x" }, 'user "#x" is refused: it holds characters of a shell'],
    [{ host: "a#x" }, 'host "a#x" is refused: it holds characters of a shell'],
    [{ user: "a#$x" }, 'user "a#$x" is refused: it holds characters of a shell'],
    [{ user: "$x" }, 'user "$x" is refused: it holds characters of a shell'],
    [{ user: "-a@b" }, 'user "-a@b" is refused: ssh would read it as an option'],
    [
      { "ssh-key": "/keys/100%/id" },
      'ssh-key "/keys/100%/id" is refused: ssh -i cannot use a path with a % in it; IdentityFile=PATH in ssh-options can, with %% for each',
    ],
    [{ port: 0 }, 'port "0" is refused: a port is a number from 1 to 65535'],
    [{ port: 65536 }, 'port "65536" is refused: a port is a number from 1 to 65535'],
    [
      { "ssh-key": "-oProxyCommand=x" },
      'ssh-key "-oProxyCommand=x" is refused: ssh would read it as an option',
    ],
    [{ "ssh-key": "a\x1bb" }, 'ssh-key "a\\u001bb" is refused: it holds control characters'],
    [
      { "ssh-options": ["BatchMode=no"] },
      'ssh-options "BatchMode=no" is refused: BatchMode can only be yes here: stdin carries JSON-RPC, so ssh must never prompt',
    ],
    [
      { "ssh-options": ["Port=1\nProxyCommand=x"] },
      'ssh-options "Port=1\\nProxyCommand=x" is refused: it holds control characters',
    ],
    [
      { "ssh-options": ["BatchMode no"] },
      'ssh-options "BatchMode no" is refused: BatchMode can only be yes here: stdin carries JSON-RPC, so ssh must never prompt',
    ],
    [
      { "ssh-options": [" BatchMode = no"] },
      'ssh-options " BatchMode = no" is refused: BatchMode can only be yes here: stdin carries JSON-RPC, so ssh must never prompt',
    ],
    [
      { "ssh-options": ["batchmode=no"] },
      'ssh-options "batchmode=no" is refused: batchmode can only be yes here: stdin carries JSON-RPC, so ssh must never prompt',
    ],
    [
      { "ssh-options": ["Port=1\rProxyCommand=x"] },
      'ssh-options "Port=1\\rProxyCommand=x" is refused: it holds control characters',
    ],
    [
      { "ssh-options": ['HostName="a$(x)"'] },
      'ssh-options "HostName=\\"a$(x)\\"" is refused: it holds characters of a shell',
    ],
    [
      { "ssh-options": ["hostkeyalias `x`"] },
      'ssh-options "hostkeyalias `x`" is refused: it holds characters of a shell',
    ],
    [
      { "ssh-options": ["ProxyJump=a,me|x@b"] },
      'ssh-options "ProxyJump=a,me|x@b" is refused: it holds characters of a shell',
    ],
    [
      { "ssh-options": ["ProxyJump=-oProxyCommand=x"] },
      'ssh-options "ProxyJump=-oProxyCommand=x" is refused: ssh would read it as an option',
    ],
    [{ "ssh-options": ["User=a;x"] }, 'ssh-options "User=a;x" is refused: it holds characters of a shell'],
    [{ "ssh-options": [""] }, 'ssh-options "" is refused: it is not KEY=VALUE'],
    [
      { "ssh-options": ["StdinNull=yes"] },
      'ssh-options "StdinNull=yes" is refused: StdinNull can only be no here: stdin carries JSON-RPC',
    ],
    [
      { host: "-oProxyCommand=touch$IFS" },
      'host "-oProxyCommand=touch$IFS" is refused: ssh would read it as an option',
    ],
    [
      { user: "x -oProxyCommand=touch" },
      'user "x -oProxyCommand=touch" is refused: it holds white space or control characters',
    ],
    [{ user: "a|b" }, 'user "a|b" is refused: it holds characters of a shell'],
    [{ "ssh-options": ["-v"] }, 'ssh-options "-v" is refused: it is KEY=VALUE, without -o'],
    [{ "ssh-options": ["Port"] }, 'ssh-options "Port" is refused: it is not KEY=VALUE'],
    [
      { "ssh-options": ["RequestTTY=force"] },
      'ssh-options "RequestTTY=force" is refused: RequestTTY can only be no here: a terminal would corrupt the protocol',
    ],
    [
      { "ssh-options": ['RemoteCommand "none"'] },
      'ssh-options "RemoteCommand \\"none\\"" is refused: RemoteCommand can only be none here: the remote command is the runspec server',
    ],
    [
      { "ssh-options": ["RemoteCommand=x"] },
      'ssh-options "RemoteCommand=x" is refused: RemoteCommand can only be none here: the remote command is the runspec server',
    ],
  ])("%j", (fields, message) => {
    expect(() => checkTarget(target(fields))).toThrow(`a: ${message}`);
  });

  const at = () => "[config.jump-hosts.box] (f:1)";
  test.each<[string, Target["table"], string]>([
    [
      "me@box:2222",
      { alias: "box" },
      'write into runspec.toml, and say box instead of me@box:2222:\n[config.jump-hosts.box]\nhost = "box"\nuser = "me"\nport = 2222',
    ],
    [
      "ssh://me@box:2222",
      { alias: "box", at },
      "set in [config.jump-hosts.box] (f:1), and say box instead of ssh://me@box:2222:\nport = 2222",
    ],
  ])("%s: the table it comes to", (alias, table, hint) => {
    const [user = "", host = ""] = alias.split("@");
    expect(() => checkTarget(target({ alias, user, host, ...(table && { table }) }))).toThrow(
      expect.objectContaining({ hint }),
    );
  });

  test.each(["batchmode no", ' "BatchMode" = no', "BATCHMODE=no", "BatchMode =no"])(
    "%j is BatchMode, too",
    (option) => {
      expect(() => checkTarget(target({ "ssh-options": [option] }))).toThrow("can only be yes here");
    },
  );

  test.each<Partial<Target>>([
    { host: "10.0.0.5", user: "deploy", port: 2222, "ssh-key": "~/.ssh/key with space" },
    { host: "fe80::1%eth0" },
    { host: "x_y-z.example.com", user: "DOMAIN+me" },
    { user: "CORP\\alice" },
    { user: "alice@corp.example" },
    { user: "machine$" },
    { user: "alice@root#corp.example@db-1#22" },
    { port: 1 },
    { port: 65535 },
    {
      "ssh-options": [
        "ProxyJump=ssh://me@[::1]:22,b",
        "HostName=%h.example",
        "User=CORP\\alice",
        "User=alice@root#corp@db-1",
        // As OpenSSH reads it, that is one backslash.
        "User=CORP\\\\alice",
        "HostKeyAlias=[a]:22",
      ],
    },
    {
      "ssh-options": [
        "RemoteCommand=none",
        "StdinNull no",
        "SessionType = default",
        'requesttty="no"',
        "RequestTTY=auto",
        "ForkAfterAuthentication=no",
        "BatchMode=yes",
      ],
    },
    { "ssh-options": ["ProxyCommand=nc -x proxy:1080 %h %p", "RequestTTY=no", "SetEnv LANG=C"] },
  ])("%j is accepted", (fields) => {
    expect(() => checkTarget(target(fields))).not.toThrow();
  });
});

test.each([
  ["requesttty", "force", "RequestTTY=no"],
  // Without a terminal on its stdin, ssh warns and goes on.
  ["requesttty", "true", undefined],
  ["requesttty", "yes", undefined],
  ["requesttty", "auto", undefined],
  ["RemoteCommand", "htop", "RemoteCommand=none"],
  // We say that ourselves, in front of everything.
  ["batchmode", "no", undefined],
  ["port", "22", undefined],
])("%s %s in ssh's own answer is undone by %p", (keyword, value, undo) => {
  expect(takesChannel(keyword, value)).toBe(undo);
});
