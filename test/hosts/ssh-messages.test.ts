import { describe, expect, test } from "bun:test";
import { saysNoConnection, saysShellReadsJson } from "../../src/hosts/ssh-messages.ts";

describe("a shell that reads what is meant for runspec", () => {
  test.each([
    "bash: jsonrpc:2.0: command not found",
    "sh: 1: {jsonrpc:2.0,id:0,method:initialize: not found",
    "sh: 1: {__jsonrpc_:_2.0_,_id_:1,_method_:_ping__: not found",
    'zsh: command not found: {"jsonrpc":"2.0"',
    "fish: Unknown command: '{jsonrpc:2.0'",
    '\'{"jsonrpc":"2.0"\' is not recognized as an internal or external command',
    '+ {\\"jsonrpc\\":\\"2.0\\"}',
  ])("names its first line: %s", (said) => expect(saysShellReadsJson(said)).toBe(true));

  test.each([
    "",
    "INFO starting jsonrpc server",
    "npm WARN deprecated vscode-jsonrpc@8.2.0",
    "jsonrpc 2.0 on stdio",
  ])("is no log that speaks of the protocol: %j", (said) => expect(saysShellReadsJson(said)).toBe(false));
});

test.each([
  "command-line line 0: invalid time value.",
  "/home/me/.ssh/config: line 3: Bad configuration option: x",
])("an option that ssh does not take: nothing ran: %s", (said) =>
  expect(saysNoConnection(`${said}\r\n`)).toBe(true),
);

test("SessionType subsystem is told as ssh's, not as a program there that ended", () => {
  expect(saysNoConnection("subsystem request failed on channel 0\n")).toBe(true);
});
