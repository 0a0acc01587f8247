/** Past the noise of a shell's start-up files, to a server's first message; from there on, every byte as it came. */

import { expect, test } from "bun:test";
import { createOpening } from "../../src/session/opening.ts";

const ECHO = '{"jsonrpc":"2.0","method":"x"}';
const MESSAGE = '{"jsonrpc":"2.0","id":1,"result":{}}';

function read(text: string, size: number) {
  const told: string[] = [];
  const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString();
  const opening = createOpening(100, {
    noise: (lines) => told.push(`noise ${textOf(lines)}`),
    message: (line) => told.push(`message ${textOf(line)}`),
    isEcho: (line) => textOf(line) === ECHO,
    tooLong: () => told.push("too long"),
  });
  const own: Uint8Array[] = [];
  for (let at = 0; at < text.length; at += size)
    own.push(...opening.take(Buffer.from(text.slice(at, at + size))));
  if (own.length === 0) own.push(...opening.end());
  return { own: Buffer.concat(own).toString(), told: told.join("").replaceAll("noise ", "") };
}

test.each<[what: string, text: string, own: string, told: string]>([
  ["a server alone", `${MESSAGE}\nrest\r\n\n`, `${MESSAGE}\nrest\r\n\n`, `message ${MESSAGE}`],
  ["a banner before it", `Hi\nyou\n${MESSAGE}\n`, `${MESSAGE}\n`, `Hi\nyou\nmessage ${MESSAGE}`],
  ["a banner without an end of its line", `Hi ${MESSAGE}\nx`, `${MESSAGE}\nx`, `Hi \nmessage ${MESSAGE}`],
  ["carriage returns stay", `${MESSAGE}\r\nx\r\n`, `${MESSAGE}\r\nx\r\n`, `message ${MESSAGE}\r`],
  ["what looks like noise behind it", `${MESSAGE}\nHi\n`, `${MESSAGE}\nHi\n`, `message ${MESSAGE}`],
  ["what its client said", `$ ${ECHO}\n${MESSAGE}\n`, `${MESSAGE}\n`, `$ ${ECHO}\nmessage ${MESSAGE}`],
  ["no server", "Hi\nyou\n", "", "Hi\nyou\n"],
  ["no server, and no end of the line", "Hi\nyou", "", "Hi\nyou\n"],
  ["a message without an end of its line", MESSAGE, MESSAGE, ""],
  ["a line that is too long", `${"x".repeat(101)}\n`, "", "too long"],
])("%s", (_what, text, own, told) => {
  for (const size of [1, 7, 1000]) {
    const seen = read(text, size);
    expect([size, seen.own]).toEqual([size, own]);
    // What is noise comes in as many pieces as there were chunks, and the message is told before it.
    expect([size, [...seen.told].sort().join("")]).toEqual([size, [...told].sort().join("")]);
  }
});
