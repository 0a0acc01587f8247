import { describe, expect, test } from "bun:test";
import type { Request } from "../../src/jsonrpc/message.ts";
import {
  createPeer,
  NO_ANSWER,
  type Peer,
  PeerClosed,
  type PeerOptions,
  RpcFailure,
} from "../../src/jsonrpc/peer.ts";

type Handlers = Partial<Pick<PeerOptions, "onRequest" | "onNotification" | "acceptsBatch" | "unknownId">>;

/** A peer whose posts are kept, and given to `to` where there is one. */
function peerWith(handlers: Handlers = {}, to?: () => Peer): { peer: Peer; sent: unknown[] } {
  const sent: unknown[] = [];
  const peer = createPeer({
    async post(message) {
      const value: unknown = JSON.parse(message);
      sent.push(value);
      to?.().receive(value);
    },
    onRequest: () => ({}),
    onNotification: () => {},
    ...handlers,
  });
  return { peer, sent };
}

function pair(server: Handlers): { client: Peer; server: Peer } {
  const ends: { client?: Peer; server?: Peer } = {};
  const must = (peer: Peer | undefined) => {
    if (peer === undefined) throw new Error("not connected");
    return peer;
  };
  const client = peerWith({}, () => must(ends.server)).peer;
  const answering = peerWith(server, () => must(ends.client)).peer;
  ends.client = client;
  ends.server = answering;
  return { client, server: answering };
}

const settle = () => Bun.sleep(0);

describe("two peers", () => {
  test("a request is answered with its handler's result", async () => {
    const { client } = pair({ onRequest: ({ method, params }) => ({ method, params }) });
    expect(await client.request("echo", { a: [1] }).result).toEqual({ method: "echo", params: { a: [1] } });
  });

  test("every answer is one line, also to who takes Unicode's separators for the end of one", async () => {
    const posted: string[] = [];
    const peer = createPeer({
      post: async (message) => void posted.push(message),
      onRequest: async () => {
        await Bun.sleep(1);
        return { said: "a\u2028b\u0085" };
      },
      onNotification: () => {},
      acceptsBatch: () => true,
    });
    peer.receive({ jsonrpc: "2.0", id: 1, method: "m" });
    peer.receive([{ jsonrpc: "2.0", id: 2, method: "m" }]);
    await peer.settled();
    const answer = (id: number) =>
      String.raw`{"jsonrpc":"2.0","id":${id},"result":{"said":"a\u2028b\u0085"}}`;
    expect(posted.join("\n")).toBe(`${answer(1)}\n[${answer(2)}]`);
  });

  test("answers find their requests whatever order they come in", async () => {
    const slow = ({ params }: Request) => Bun.sleep(params.wait === 1 ? 20 : 0).then(() => params.wait);
    const { client } = pair({ onRequest: slow });
    const order: unknown[] = [];
    const first = client.request("m", { wait: 1 }).result.then((value) => order.push(value));
    const second = client.request("m", { wait: 0 }).result.then((value) => order.push(value));
    await Promise.all([first, second]);
    expect(order).toEqual([0, 1]);
  });

  test("a failure keeps its code, message and data", async () => {
    const { client } = pair({
      onRequest() {
        throw new RpcFailure(-32022, "no such version", { supported: ["a"] });
      },
    });
    const error: unknown = await client.request("m").result.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RpcFailure);
    expect(error).toMatchObject({
      rpc: { code: -32022, message: "no such version", data: { supported: ["a"] } },
    });
  });

  test("any other throw is an internal error, told in words", async () => {
    const { client } = pair({ onRequest: () => Promise.reject(new Error("disk on fire")) });
    const error: unknown = await client.request("m").result.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ rpc: { code: -32603, message: "disk on fire" } });
  });

  test("notifications arrive in order and are not answered", async () => {
    const heard: unknown[] = [];
    const { client } = pair({ onNotification: (method, params) => heard.push([method, params]) });
    await client.notify("a", { n: 1 });
    await client.notify("b");
    expect(heard).toEqual([
      ["a", { n: 1 }],
      ["b", {}],
    ]);
  });

  test("closing rejects everything pending, each by its name, and later requests too", async () => {
    const { client } = pair({ onRequest: () => new Promise(() => {}) });
    const caught = (promise: Promise<unknown>) => promise.catch((reason: unknown) => reason);
    const pending = [
      caught(client.request("tools/list").result),
      caught(client.request("tools/call").result),
    ];
    client.close("the network is gone");
    const errors = [...(await Promise.all(pending)), await caught(client.request("ping").result)];
    expect(errors.every((error) => error instanceof PeerClosed)).toBe(true);
    expect(errors.map(String)).toEqual([
      "Error: tools/list was not answered: the network is gone",
      "Error: tools/call was not answered: the network is gone",
      "Error: ping was not answered: the network is gone",
    ]);
  });

  test("a request is pending until it is answered, or given up", async () => {
    const { peer } = peerWith();
    const answered = peer.request("m");
    const givenUp = peer.request("m");
    const pending = () => [answered, givenUp].map(({ id }) => peer.isPending(id));
    expect(pending()).toEqual([true, true]);
    peer.receive({ jsonrpc: "2.0", id: answered.id, result: 1 });
    expect(await answered.result).toBe(1);
    peer.forget(givenUp.id, "nobody waits");
    expect(await givenUp.result.catch(String)).toBe("Error: m was not answered: nobody waits");
    expect(pending()).toEqual([false, false]);
  });

  test("what is no answer leaves the request with that id alone", async () => {
    const { peer, sent } = peerWith();
    const { id } = peer.request("m");
    peer.receive({ jsonrpc: "2.0", id, method: 1 });
    await settle();
    expect([peer.isPending(id), sent.length]).toEqual([true, 2]);
  });

  test.each([
    [-32603, false],
    [-32601, true],
    [-32602, true],
    [-32000, false],
  ])("an error with the code %d says that nothing was done: %j", (code, isRefusal) => {
    expect(new RpcFailure(code, "no").isRefusal).toBe(isRefusal);
  });

  test("an answer that is none rejects its request, and is not answered", async () => {
    const { peer, sent } = peerWith();
    const failed = [{}, { error: "no" }, { result: 1, error: { code: -32601, message: "" } }].map((odd) => {
      const { id, result } = peer.request("m");
      peer.receive({ jsonrpc: "2.0", id, ...odd });
      return result.catch(String);
    });
    expect(await Promise.all(failed)).toEqual(
      Array(3).fill("RunspecError: the answer to m is not valid JSON-RPC"),
    );
    expect(sent).toHaveLength(3);
  });

  test("a post that fails rejects its request", async () => {
    const { peer } = peerWith();
    const broken = createPeer({
      post: () => Promise.reject(new Error("EPIPE")),
      onRequest: () => ({}),
      onNotification() {},
    });
    const error: unknown = await broken.request("m").result.catch((reason: unknown) => reason);
    expect(String(error)).toBe("Error: m was not answered: EPIPE");
    peer.close("");
  });
});

describe("what is received", () => {
  const error = (id: unknown, code: number, message: string) => ({
    jsonrpc: "2.0",
    id,
    error: { code, message },
  });

  test.each<[string, unknown, unknown[]]>([
    ["nonsense is refused without an id", 5, [error(null, -32600, "a message must be a JSON object")]],
    ["an empty array too", [], [error(null, -32600, "a message must be a JSON object")]],
    [
      "and a batch, where none is taken",
      [{ jsonrpc: "2.0", id: 7, method: "m" }],
      [error(null, -32600, "a message must be a JSON object")],
    ],
    [
      "a broken request under its id",
      { jsonrpc: "2.0", id: 7, method: 1 },
      [error(7, -32600, "method must be a string")],
    ],
    ["a result for nothing asked is ignored", { jsonrpc: "2.0", id: 99, result: 1 }, []],
    ["an error without an id is ignored", { jsonrpc: "2.0", error: { code: 1, message: "x" } }, []],
  ])("%s", async (_name, value, expected) => {
    const { peer, sent } = peerWith();
    peer.receive(value);
    await settle();
    expect(sent).toEqual(expected);
  });

  test("NO_ANSWER leaves a request unanswered", async () => {
    const { peer, sent } = peerWith({ onRequest: () => NO_ANSWER });
    peer.receive({ jsonrpc: "2.0", id: 1, method: "m" });
    await settle();
    expect(sent).toEqual([]);
  });

  test("an id in use is refused without an id, and free again after its answer", async () => {
    const gate = Promise.withResolvers<object>();
    const { peer, sent } = peerWith({ onRequest: () => gate.promise });
    peer.receive({ jsonrpc: "2.0", id: "a", method: "m" });
    peer.receive({ jsonrpc: "2.0", id: "a", method: "m" });
    await settle();
    expect(sent).toEqual([error(null, -32600, 'request id "a" is already in use')]);
    gate.resolve({ ok: 1 });
    await settle();
    peer.receive({ jsonrpc: "2.0", id: "a", method: "m" });
    await settle();
    expect(sent.slice(1)).toEqual([
      { jsonrpc: "2.0", id: "a", result: { ok: 1 } },
      { jsonrpc: "2.0", id: "a", result: { ok: 1 } },
    ]);
  });

  test("nor does anything else take the answer of an id in use", async () => {
    const gate = Promise.withResolvers<object>();
    const { peer, sent } = peerWith({ onRequest: () => gate.promise });
    peer.receive({ jsonrpc: "2.0", id: 7, method: "m" });
    peer.receive({ jsonrpc: "1.0", id: 7, method: "m" });
    peer.receive({ jsonrpc: "2.0", id: 7 });
    await settle();
    gate.resolve({});
    await settle();
    expect(sent.map((message) => Object(message).id)).toEqual([null, null, 7]);
  });

  test("what an error quotes is short, and no half of a surrogate pair", async () => {
    const { peer, sent } = peerWith({
      onRequest({ method }) {
        throw new RpcFailure(-32601, `unknown: ${method}`);
      },
    });
    peer.receive({ jsonrpc: "2.0", id: 1, method: "\ud800" });
    peer.receive({ jsonrpc: "2.0", id: 2, method: "m".repeat(5000) });
    await settle();
    expect(sent).toEqual([
      error(1, -32601, "unknown: \ufffd"),
      error(2, -32601, `unknown: ${"m".repeat(991)}`),
    ]);
  });

  test("a batch of too many is refused as one", async () => {
    const { peer, sent } = peerWith({ acceptsBatch: () => true });
    peer.receive(Array(1001).fill(1));
    await settle();
    expect(sent).toEqual([error(null, -32600, "a batch has at most 1000 messages, this one 1001")]);
  });

  test("its handler knows what came in a batch", async () => {
    const { peer, sent } = peerWith({ acceptsBatch: () => true, onRequest: (_, batched) => ({ batched }) });
    peer.receive({ jsonrpc: "2.0", id: 1, method: "m" });
    peer.receive([{ jsonrpc: "2.0", id: 2, method: "m" }]);
    await settle();
    expect(sent.flat().map((message) => Object(message).result)).toEqual([
      { batched: false },
      { batched: true },
    ]);
  });

  test("nothing more is to be read while answers pile up, until somebody reads them or it is closed", async () => {
    const taken: (() => void)[] = [];
    const peer = createPeer({
      post: () => new Promise((resolve) => taken.push(resolve)),
      onRequest: () => ({ filler: "x".repeat(20 * 1024 * 1024) }),
      onNotification() {},
    });
    const ask = async (id: number) => {
      peer.receive({ jsonrpc: "2.0", id, method: "m" });
      await settle();
      return peer.receive({ jsonrpc: "2.0", method: "n" });
    };
    expect(await ask(1)).toBeUndefined();
    const first = ask(2);
    expect(await Promise.race([first.then(() => "room"), Bun.sleep(20).then(() => "full")])).toBe("full");
    taken.shift()?.();
    expect(await first).toBeUndefined();
    const second = ask(3);
    peer.close("enough");
    expect(await second).toBeUndefined();
  });

  test("answers that nobody reads are dropped, where so many may lie unread", async () => {
    const posted: string[] = [];
    const post = (message: string) => {
      posted.push(message);
      return new Promise<void>(() => {});
    };
    const peer = createPeer({ post, onRequest: () => ({}), onNotification: () => {}, unreadMax: 60 });
    for (let id = 0; id < 10; id++) peer.receive({ jsonrpc: "2.0", id, method: "ping" });
    await settle();
    expect(posted).toHaveLength(2);
  });

  test("a batch is answered as one, without its notifications, where batches are accepted", async () => {
    const { peer, sent } = peerWith({ acceptsBatch: () => true, onRequest: ({ method }) => ({ method }) });
    peer.receive([
      { jsonrpc: "2.0", id: 1, method: "a" },
      { jsonrpc: "2.0", method: "n" },
      { jsonrpc: "2.0", id: 2, method: "b" },
      3,
    ]);
    await settle();
    expect(sent).toEqual([
      [
        { jsonrpc: "2.0", id: 1, result: { method: "a" } },
        { jsonrpc: "2.0", id: 2, result: { method: "b" } },
        error(null, -32600, "a message must be a JSON object"),
      ],
    ]);
  });

  test("the shape of an answer without an id is the caller's to choose", async () => {
    const { peer, sent } = peerWith({ unknownId: () => ({}) });
    peer.refuse({ code: -32700, message: "not JSON" });
    await settle();
    expect(sent).toEqual([{ jsonrpc: "2.0", error: { code: -32700, message: "not JSON" } }]);
  });
});
