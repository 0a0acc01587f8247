/** What a client says before there is a server, and what of it may be sent to somebody who may be a shell. */

import { expect, test } from "bun:test";
import { createEarlyMessages } from "../../src/session/early-messages.ts";

function early(...chunks: (string | Uint8Array)[]) {
  const messages = createEarlyMessages();
  const sent = chunks.map((chunk) => Buffer.from(messages.take(Buffer.from(chunk))).toString());
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
  return { messages, sent, rest: () => text(messages.rest()), plain: () => text(messages.harmlessRest()) };
}

const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}';

test.each<[what: string, chunks: (string | Uint8Array)[], sent: string[]]>([
  ["a message", [`${PING}\n`], [`${PING}\n`]],
  ["in pieces: when its line has ended", [PING.slice(0, 9), PING.slice(9), "\n"], ["", "", `${PING}\n`]],
  ["several at once", [`${PING}\n${PING}\n{`], [`${PING}\n${PING}\n`]],
  ["no blanks between texts", ['{ "id" : 1,\t"a b": [ "c d" ] }\r\n'], ['{"id":1,"a b":["c d"]}\n']],
  [
    "what a shell would act on",
    ['{"a":"$(x) `y` \\"; é\\n"}\n'],
    ['{"a":"\\u0024\\u0028x\\u0029 \\u0060y\\u0060 \\u0022\\u003b \\u00e9\\u000a"}\n'],
  ],
  [
    "digits as they are written",
    ['{"id":9007199254740993,"a":1.10}\n'],
    ['{"id":9007199254740993,"a":1.10}\n'],
  ],
  ["a byte order mark, and an empty line", [`\ufeff\n${PING}\n`], [`\n${PING}\n`]],
  [
    "a line that is none, in plain characters that are no words of a shell",
    [`rm -rf $HOME; é\n${PING}\n`, "{\n"],
    [`{rm_-rf__HOME___\n${PING}\n`, "{_\n"],
  ],
  ["JSON that is no message likewise", ['"reboot"\ntrue\n["reboot"]\n'], ["{_reboot_\n{true\n{__reboot__\n"]],
  [
    "a batch behind a message: kept for the server, with all behind it",
    [`${PING}\n[${PING}]\n${PING}\n`, `${PING}\n`],
    [`${PING}\n`, ""],
  ],
  ["what is not UTF-8 likewise", [Buffer.from('{"a":"caf\xe9"}\n', "latin1")], ["{__a_:_caf___\n"]],
])("%s", (_what, chunks, sent) => {
  expect(early(...chunks).sent).toEqual(sent);
});

test("a message of any length that is too long to be put into another form is kept", () => {
  const long = `{"a":"${"x".repeat(1024 * 1024)}"}\n`;
  const { messages, sent, rest } = early(long, `${PING}\n`);
  expect([sent, messages.holds(), messages.isFull()]).toEqual([["", ""], true, false]);
  expect(rest() === `${long}${PING}\n`).toBe(true);
  expect([messages.holds(), rest()]).toEqual([false, ""]);
});

test("what is kept can be told as plain characters, in lines that are no words of a shell", () => {
  const long = "x".repeat(1024 * 1024 + 1);
  const { plain, messages } = early(`${long}\n${PING}\nhalf`);
  expect(messages.holds()).toBe(true);
  expect(plain() === `{${long}\n{__jsonrpc_:_2.0_,_id_:1,_method_:_ping__\n{half`).toBe(true);
});

test("so much is kept that no more is to be taken", () => {
  const half = new Uint8Array(9 * 1024 * 1024).fill(0x78);
  expect(early("x\n", half).messages.isFull()).toBe(false);
  expect(early("x\n", half, half).messages.isFull()).toBe(true);
});

test.each([
  ["\n", false],
  ["hello\n", true],
  [`${PING}\n`, true],
  [`{"a":"${"x".repeat(1024 * 1024)}"}\n`, false],
])("a server answers what it has been sent, also what is no message: %#", (line, hasSent) => {
  expect(early(line).messages.hasSent()).toBe(hasSent);
});

test.each([
  [`${PING}\r`, true],
  ['{"jsonrpc":"2.0","id":3,"result":1}', true],
  ['{"jsonrpc":"2.0","method":"notifications/message"}', false],
])("an echo is a line that has been sent: %s", (line, isEcho) => {
  const { messages } = early(`${PING}\n{ "jsonrpc": "2.0", "id": 3, "result": 1 }\r\n`);
  expect(messages.isEcho(Buffer.from(line))).toBe(isEcho);
});
