/** What is seen of a connection, and what may be claimed of it, by an ssh that is none. */

import { expect, test } from "bun:test";
import type { Address } from "../../src/hosts/address.ts";
import { observe } from "../../src/session/observer.ts";
import type { Transport } from "../../src/session/transport.ts";
import { plainHost } from "../../src/spec/config.ts";

const MAYBE =
  "if a tool was started, it may run on until the server there notices; look on box before you run it again";

interface Seen extends Partial<Pick<Transport, "patienceMs" | "lookAtAddress" | "renew">> {
  /** Nothing of what was sent has been taken. */
  untouched?: boolean;
  called?: boolean;
  onStderr?(): void;
}

function site({ untouched = false, called, onStderr, ...more }: Seen = {}) {
  const told: string[] = [];
  const words: PromiseWithResolvers<Uint8Array | undefined>[] = [];
  const closed = { read: async () => undefined, close: async () => {} };
  const stderr = {
    read() {
      const next = Promise.withResolvers<Uint8Array | undefined>();
      words.push(next);
      return next.promise;
    },
    close: async () => {},
  };
  const stdin = {
    ...{ write: async () => {}, flush: async () => {}, end: async () => {}, destroy: async () => {} },
    takeBack: () => untouched,
  };
  const observer = observe(
    {
      ...{ alias: "box", patienceMs: 60_000, silenceMs: 60_000, ...more },
      destination: { ...plainHost("box"), bin: { path: "runspec", source: "path" } },
      ssh: { stdin, stdout: closed, stderr, kill: async () => {}, ended: async () => ({ exitCode: 255 }) },
    },
    {
      stderr: { write: async (data) => void told.push(String(data)) },
      onGiveUp: () => told.push(`gave up: ${observer.gaveUp()}`),
      ...(onStderr && { onStderr }),
      ...(called !== undefined && { called: () => called }),
    },
  );
  const say = async (text: string) => {
    words.pop()?.resolve(Buffer.from(text));
    await Bun.sleep(0);
  };
  const explained = () => {
    const { message, hint = "" } = observer.explain();
    return [message, hint.split("\n")[0]];
  };
  return { observer, told, say, explained };
}
const line = (text: string) => Buffer.from(`${text}\n`);

test("a shell that chokes on what it is sent is left at once; what a tool says of JSON later is its own", async () => {
  const before = site();
  await before.say("bash: jsonrpc:2.0: command not found\n");
  expect(before.told).toEqual(["gave up: shell", "bash: jsonrpc:2.0: command not found\n"]);
  const behind = site();
  behind.observer.answered();
  await behind.say("jsonrpc:2.0\n");
  expect(behind.told).toEqual(["jsonrpc:2.0\n"]);
});

test("noise is shown up to a limit, past which it is no server; behind a handshake it is only noise", () => {
  const { observer, told } = site();
  observer.noise(line("hi"));
  observer.noise(line("much"), 2 * 1024 * 1024);
  observer.noise(line("more"));
  expect(told).toEqual(["hi\n", "much\n", "gave up: noisy"]);
  const behind = site();
  behind.observer.answered();
  behind.observer.noise(line("much"), 2 * 1024 * 1024);
  behind.observer.noise(line("more"));
  expect([behind.told, behind.observer.gaveUp()]).toEqual([["much\n"], undefined]);
});

test("a flood of short lines is given up long before they are a megabyte", () => {
  const { observer, told } = site();
  for (let lines = 0; lines < 60_000; lines++) observer.noise(line("y"));
  expect(told.at(-1)).toBe("gave up: noisy");
});

test("what comes when it has been given up is not shown, and changes nothing of what is told", () => {
  const { observer, told, explained } = site();
  observer.giveUp("stalled");
  observer.giveUp("silent");
  observer.noise(line("hi"));
  observer.answered();
  expect([told, observer.gaveUp(), observer.hasNoise()]).toEqual([
    ["gave up: stalled", "gave up: stalled"],
    "stalled",
    false,
  ]);
  expect(explained()[0]).toBe("box: the connection went silent for 120 s and was given up");
});

test.each<[what: string, seen: Parameters<typeof site>[0], answered: boolean, told: string]>([
  ["nothing was taken", { untouched: true }, false, "nothing was run"],
  ["something was taken", {}, false, MAYBE],
  // What is on its way then may be a call or not.
  ["it had answered", { untouched: true }, true, MAYBE],
  ["it had answered, and no call was sent", { called: false }, true, "nothing was run"],
  ["it had answered, and a call was sent", { called: true }, true, MAYBE],
])("of a tool it is told, where %s: %s", (_what, seen, answered, told) => {
  const { observer, explained } = site(seen);
  if (answered) observer.answered();
  observer.giveUp("stalled");
  expect(explained()[1]).toBe(told);
});

test("an end that is our own doing is no end of ssh's", async () => {
  const { observer } = site();
  expect(observer.explain(await observer.ended()).message).toContain("the connection broke, or");
  const left = site();
  left.observer.noise(line("  much \nmore"), 2 * 1024 * 1024);
  expect(left.observer.explain({ exitCode: 127 }).message).toBe(
    'box: runspec did not speak MCP: it said "much"',
  );
});

test("other words are passed on, and a sign that somebody is there", async () => {
  let heard = 0;
  const { told, say, observer } = site({ onStderr: () => heard++ });
  await say("Warning\n");
  await say("more\n");
  expect([told, heard, observer.gaveUp()]).toEqual([["Warning\n", "more\n"], 2, undefined]);
});

test.each<[what: string, heard: boolean, address: Address, told: string | undefined]>([
  [
    "nobody answers there",
    false,
    { kind: "down", place: "h, port 22", seconds: 5 },
    "box is out of reach: h, port 22, did not answer within 5 s",
  ],
  ["somebody answers there, and a shared connection is left", false, { kind: "up" }, undefined],
  ["that cannot be done", false, { kind: "proxied", proxy: "ProxyJump b" }, undefined],
  ["something had come", true, { kind: "down", place: "h, port 22", seconds: 5 }, undefined],
])("where nothing comes, the address is tried: %s", async (_what, heard, address, told) => {
  const looked = Promise.withResolvers<void>();
  const lookAtAddress = async () => {
    looked.resolve();
    return address;
  };
  let renewed = false;
  const renew = () => {
    renewed = true;
  };
  const { observer } = site({ patienceMs: 600, lookAtAddress, renew });
  if (heard) observer.heard();
  observer.expectAnswer();
  await (heard ? Bun.sleep(150) : looked.promise);
  await Bun.sleep(0);
  expect([observer.gaveUp() === "no answer", renewed]).toEqual([told !== undefined, address.kind === "up"]);
  if (told !== undefined) expect(observer.explain().message).toBe(told);
  observer.stop();
});
