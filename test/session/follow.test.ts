/** Signals while calls are followed: what is under way is cancelled, and nothing is sent once somebody has stopped us. */

import { expect, test } from "bun:test";
import { PeerClosed } from "../../src/jsonrpc/peer.ts";
import type { SentCall } from "../../src/mcp/client/calls.ts";
import type { AnswerOf } from "../../src/mcp/client/outcome.ts";
import { callOnHost } from "../../src/session/call.ts";
import type { Remote } from "../../src/session/connect.ts";
import { type CallTerminal, followCalls } from "../../src/session/follow.ts";

const INFO = {
  ...{ server: undefined, streams: true, takesInput: true, raw: true, keepsLeases: true, noFile: undefined },
  runsWords: true,
};

function never(): never {
  throw new Error("nobody asks for it");
}

function site(signMs = "60000") {
  const did: string[] = [];
  const said: string[] = [];
  const stopping = Promise.withResolvers<void>();
  const left = Promise.withResolvers<never>();
  // A test may end before anybody waits for it.
  left.promise.catch(() => {});
  const remote: Remote = {
    client: {
      ...{ receive: never, initialize: never, initialized: never, listTools: never, callTool: never },
      ...{ called: never, lease: never, alive: never, drop: never, close: never },
      ...{ runWords: never, checkWords: never },
      cancel(id, reason) {
        did.push(`cancel ${id} ${reason}`);
        return stopping.promise;
      },
      ping: async () => ({}),
    },
    info: Promise.resolve(INFO),
    said: never,
    cached: never,
    ...{ over: new Promise(() => {}), listTools: never, requestTools: never, finish: never },
    hangUp: () => void did.push("hang up"),
    abandon(reason) {
      did.push("abandon");
      left.reject(reason);
    },
    during: (work) => Promise.race([work, left.promise]),
    inTime: never,
  };
  let signal: (name: NodeJS.Signals) => void = never;
  const output = {
    write: async (text: string | Uint8Array | readonly Uint8Array[]) => void said.push(String(text)),
  };
  const terminal = { ...output, flush: async () => {}, expectReader() {} };
  const around: CallTerminal = {
    stdout: terminal,
    stderr: terminal,
    env: { RUNSPEC_SIGN_MS: signMs },
    onSignals(_signals, handler) {
      signal = handler;
      return () => {};
    },
  };
  const follower = followCalls(remote, "t on box", around);
  around.onSignals(["SIGINT"], follower.stop);
  const answer = Promise.withResolvers<string>();
  const input = { ready: Promise.resolve(false), send: never, end: never, taken: never };
  const send = (): SentCall<string> => {
    did.push("send");
    return { id: 7, result: answer.promise, input };
  };
  const common = { remote, around, did, said, follower, send, answer, stopping };
  return { ...common, signal: (name: NodeJS.Signals) => signal(name) };
}

test("the first signal cancels, and the answer is still waited for", async () => {
  const { did, said, follower, send, answer, stopping, signal } = site();
  const followed = follower.follow(send, undefined);
  signal("SIGINT");
  stopping.resolve();
  await new Promise(setImmediate);
  answer.resolve("ended");
  expect(await followed).toBe("ended");
  expect(follower.interrupted()).toMatchObject({ exitCode: 130 });
  expect(did).toEqual(["send", "cancel 7 SIGINT"]);
  expect(said).toEqual(["runspec: stopping t on box; Ctrl-C again leaves it\n"]);
});

test("a second signal leaves", async () => {
  const { did, follower, send, signal } = site();
  const followed = follower.follow(send, undefined);
  signal("SIGTERM");
  signal("SIGTERM");
  expect(await followed.catch((error) => error)).toMatchObject({ exitCode: 143 });
  expect(did).toEqual(["send", "cancel 7 SIGTERM", "abandon"]);
});

test("a signal before there is a call leaves", () => {
  const { did, follower, signal } = site();
  signal("SIGHUP");
  expect([did, follower.interrupted()]).toEqual([["abandon"], undefined]);
});

test("after a signal, nothing more is sent", async () => {
  const { did, follower, send, answer, stopping, signal } = site();
  const followed = follower.follow(send, undefined);
  signal("SIGINT");
  stopping.resolve();
  answer.resolve("not run");
  await followed;
  expect(await follower.follow(send, undefined).catch((error) => error)).toMatchObject({ exitCode: 130 });
  expect(did).toEqual(["send", "cancel 7 SIGINT"]);
});

test("where nothing is heard of the stop, it is left, which is said", async () => {
  const { did, said, follower, send, signal } = site("0");
  const followed = follower.follow(send, undefined);
  signal("SIGINT");
  expect(await followed.catch((error) => error)).toMatchObject({ exitCode: 130 });
  expect(did).toEqual(["send", "cancel 7 SIGINT", "abandon"]);
  expect(said.slice(1)).toEqual(["runspec: nothing was heard of it; left without knowing how it ends\n"]);
});

test("a connection that ends while the tool is being stopped is told as that, not as silence", async () => {
  const { remote, did, said, follower, send, answer, stopping, signal } = site();
  remote.client.ping = () => Promise.reject(new PeerClosed("ping", "the connection closed"));
  const followed = follower.follow(send, undefined).catch((error) => error);
  signal("SIGINT");
  stopping.resolve();
  await Bun.sleep(0);
  answer.reject(new Error("the connection was lost"));
  expect(await followed).toMatchObject({ message: "the connection was lost" });
  expect([did, said.length]).toEqual([["send", "cancel 7 SIGINT"], 1]);
});

test("an answer that comes instead of a word of the stop is all there is to know", async () => {
  const { did, said, follower, send, answer, signal } = site("5");
  const followed = follower.follow(send, undefined);
  signal("SIGINT");
  answer.resolve("ended");
  expect(await followed).toBe("ended");
  await Bun.sleep(20);
  expect([did, said.length]).toEqual([["send", "cancel 7 SIGINT"], 1]);
  // Nothing is under way any more.
  signal("SIGINT");
  expect(did.at(-1)).toBe("abandon");
});

test("between two calls there is nothing to cancel", async () => {
  const { did, follower, send, answer, signal } = site();
  answer.resolve("ended");
  await follower.follow(send, undefined);
  signal("SIGTERM");
  expect([did, follower.interrupted()]).toEqual([["send", "abandon"], undefined]);
});

test("one that comes before the host has said which secret is missing: nobody is asked for it", async () => {
  const { remote, around, did, signal } = site();
  const refused = Promise.withResolvers<AnswerOf<"refused">>();
  const input = { ready: Promise.resolve(false), send: never, end: never, taken: never };
  const client = { ...remote.client, runWords: () => ({ id: 7, result: refused.promise, input }) };
  const tools = [{ name: "t", inputSchema: {}, meta: {}, raw: {} }];
  const cached = () => ({ takesWords: true, age: 0, tools });
  const call = { alias: "box", name: "t", words: [], invocation: "runspec jump box t --", human: true };
  const askSecrets = async () => {
    did.push("ask");
    return [];
  };
  const ended = callOnHost(
    { ...remote, client, cached },
    { ...call, openStdin: undefined, askSecrets },
    around,
  );
  await Bun.sleep(0);
  signal("SIGINT");
  refused.resolve({
    ...{ kind: "refused", objections: ["words"], reasons: ["--pin is required"], exitCode: 125 },
    missingSecrets: ["pin"],
  });
  expect(await ended.catch((error) => error)).toMatchObject({ exitCode: 130 });
  expect(did).toEqual(["cancel 7 SIGINT"]);
});
