import { describe, expect, test } from "bun:test";
import { checkTarget, type Target, takesChannel } from "../../src/hosts/target.ts";
import { plainHost } from "../../src/spec/config.ts";

const target = (fields: Partial<Target>): Target => ({ ...plainHost("a"), ...fields });

describe("checkTarget", () => {
  const OPTION = "ssh would read it as an option";
  const SHELL = "it holds characters of a shell";
  const BLANK = "it holds white space or control characters";
  const CONTROL = "it holds control characters";
  const range = (written: string) =>
    `no name has brackets or braces; a range of hosts is written as ${written}`;
  const URL = "it is written without ssh://, a user and a port in their own fields";
  const PORT = "a port is a number from 1 to 65535";
  const never = (keyword: string, value: string, why: string) =>
    `${keyword} can only be ${value} here: ${why}`;
  const BATCH = "stdin carries JSON-RPC, so ssh must never prompt";
  test.each<[field: "host" | "user" | "port" | "ssh-key" | "ssh-options", value: string, why: string]>([
    ["host", "-oProxyCommand=touch x", OPTION],
    ["host", "", "it is empty"],
    ["host", "a b", BLANK],
    ["host", "a\nb", BLANK],
    ["host", "a;touch x", BLANK],
    ["host", "$(x)", SHELL],
    ["host", "me@box", "put the user in the field user"],
    ["host", "ssh://me@box:2222", URL],
    ["host", "ssh://box", URL],
    ["host", "box:2222", "put the port in the field port"],
    ["host", "[::1]", "an address of IPv6 is written without brackets"],
    ["host", "[::1]:22", "an address of IPv6 is written without brackets"],
    ["host", "w[1-3]", range("'w{1..3}'")],
    ["host", "[1:3].x", range("'{1..3}.x'")],
    ["host", "w[1", range("web-{01..20}")],
    ["host", "w{1...3}", range("'w{1..3}'")],
    ["host", "w[1-3]'x", range("'w{1..3}'\\''x'")],
    ["host", "w{1-3}", range("'w{1..3}'")],
    ["host", "w{1..3", range("'w{1..3}'")],
    ["host", "r[1:2]n[01:03]", range("'r{1..2}n{01..03}'")],
    ["host", "a#x", SHELL],
    ["host", "-oProxyCommand=touch$IFS", OPTION],
    ["user", "ssh://me", "it is written without ssh://"],
    ["user", "-x", OPTION],
    ["user", "-a@b", OPTION],
    ["user", "a`x`", SHELL],
    ["user", "a\\", SHELL],
    ["user", "#x", SHELL],
    ["user", "a#$x", SHELL],
    ["user", "$x", SHELL],
    ["user", "a|b", SHELL],
    ["user", "x -oProxyCommand=touch", BLANK],
    ["port", "0", PORT],
    ["port", "65536", PORT],
    [
      "ssh-key",
      "/keys/100%/id",
      "ssh -i cannot use a path with a % in it; IdentityFile=PATH in ssh-options can, with %% for each",
    ],
    ["ssh-key", "-oProxyCommand=x", OPTION],
    ["ssh-key", "a\x1bb", CONTROL],
    ["ssh-options", "", "it is not KEY=VALUE"],
    ["ssh-options", "Port", "it is not KEY=VALUE"],
    ["ssh-options", "-v", "it is KEY=VALUE, without -o"],
    ["ssh-options", "Port=1\nProxyCommand=x", CONTROL],
    ["ssh-options", "Port=1\rProxyCommand=x", CONTROL],
    ["ssh-options", 'HostName="a$(x)"', SHELL],
    ["ssh-options", "hostkeyalias `x`", SHELL],
    ["ssh-options", "ProxyJump=a,me|x@b", SHELL],
    ["ssh-options", "ProxyJump=-oProxyCommand=x", OPTION],
    ["ssh-options", "User=a;x", SHELL],
    ["ssh-options", "BatchMode=no", never("BatchMode", "yes", BATCH)],
    ["ssh-options", "batchmode no", never("batchmode", "yes", BATCH)],
    ["ssh-options", ' "BatchMode" = no', never("BatchMode", "yes", BATCH)],
    ["ssh-options", "BatchMode =no", never("BatchMode", "yes", BATCH)],
    ["ssh-options", "StdinNull=yes", never("StdinNull", "no", "stdin carries JSON-RPC")],
    ["ssh-options", "RequestTTY=force", never("RequestTTY", "no", "a terminal would corrupt the protocol")],
    [
      "ssh-options",
      'RemoteCommand "none"',
      never("RemoteCommand", "none", "the remote command is the runspec server"),
    ],
    [
      "ssh-options",
      "RemoteCommand=x",
      never("RemoteCommand", "none", "the remote command is the runspec server"),
    ],
  ])("%s %j", (field, value, why) => {
    const given = field === "port" ? Number(value) : field === "ssh-options" ? [value] : value;
    const message = `a: ${field} ${JSON.stringify(value)} is refused: ${why}`;
    expect(() => checkTarget(target({ [field]: given }))).toThrow(message);
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
