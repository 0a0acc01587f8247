/** Hostile servers, by name. Run with a name, this is one of them: `bun servers.ts NAME MIDWAY`. */

import { HELLO, OURS, type Talk, talk, text, toolOf } from "./server-talk.ts";

const MB = 1024 * 1024;
const NEVER = Symbol("never");

/** A server whose list and answer are as they are. */
const offering =
  (list: unknown, answer: unknown = text("ran"), hello: object = HELLO) =>
  (server: Talk): void => {
    server
      .on("initialize", () => hello)
      .on("tools/list", () => list)
      .on("tools/call", () => (answer === NEVER ? undefined : answer));
  };
const schema = (properties: object, more?: object) => offering({ tools: [toolOf(properties, more)] });

/** One of ours whose tool fails with five million lines. */
const failing = (runspec: object) =>
  offering(
    { tools: [toolOf({})] },
    { ...text("y\n".repeat(5 * MB)), isError: true, _meta: { runspec } },
    OURS,
  );

/** What is large is made by the one server that says it. */
const lazily =
  (make: () => (server: Talk) => void) =>
  (server: Talk): void =>
    make()(server);

const nested = (open: string, middle: string, close: string, depth: number) =>
  `${open.repeat(depth)}${middle}${close.repeat(depth)}`;
const deep = (depth: number): unknown => JSON.parse(nested('{"anyOf":[', "{}", "]}", depth));
const output = (requestId: unknown, data: string) =>
  JSON.stringify({
    jsonrpc: "2.0",
    method: "notifications/runspec/output",
    params: { requestId, stream: "stdout", data },
  });
const many = <T>(count: number, make: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n));
const named = (count: number, prefix = "p") => Object.fromEntries(many(count, (n) => [`${prefix}${n}`, {}]));
const line = (value: object) => `${JSON.stringify({ jsonrpc: "2.0", ...value })}\n`;

export const SERVERS: Record<string, (server: Talk) => void> = {
  // Schemas
  "ref-bomb": schema({ a: { $ref: "#/d" } }, { d: { anyOf: many(100, () => ({ $ref: "#/d" })) } }),
  "ref-chain": schema(
    { a: { $ref: "#/d0" } },
    Object.fromEntries(
      many(40, (n) => [`d${n}`, { anyOf: [{ $ref: `#/d${n + 1}` }, { $ref: `#/d${n + 1}` }] }]),
    ),
  ),
  "ref-many": lazily(() =>
    schema(Object.fromEntries(many(5000, (n) => [`p${n}`, { $ref: "#/d" }])), {
      d: { anyOf: many(2000, (n) => ({ $ref: `#/properties/p${n}` })) },
    }),
  ),
  "ref-long-path": lazily(() => schema({ a: { $ref: `#${"/x".repeat(1_000_000)}` } })),
  "ref-root": schema({ a: { $ref: "#" } }),
  "deep-union": lazily(() => schema({ a: deep(400) })),
  "huge-enum": lazily(() => schema({ a: { enum: many(100_000, (n) => `choice ${n}`) } })),
  "huge-types": lazily(() => schema({ a: { type: many(100_000, (n) => `type${n}`) } })),
  "huge-required": lazily(() => schema({ a: {} }, { required: many(300_000, (n) => `r${n}`) })),
  "many-properties": lazily(() => schema(named(12_000))),
  "regex-pattern": schema({ a: { type: "string", pattern: "^(a+)+$" } }),
  "long-names": lazily(() => schema(named(50, "x".repeat(100_000)))),
  "proto-names": schema(JSON.parse('{"__proto__":{"type":"integer"},"constructor":{},"toString":{}}')),
  "odd-everything": schema({
    a: {
      type: 5,
      enum: "x",
      default: { a: 1 },
      minimum: "1",
      "x-short": 7,
      "x-env": { a: 1 },
      "x-position": "one",
    },
    b: null,
    c: [],
    d: { type: "integer", "x-position": -1, minimum: 1e308, maximum: -1e308 },
  }),
  "schema-no-object": offering({ tools: [{ name: "t", inputSchema: "none" }] }),
  // Lists
  "pages-for-ever": (server) => {
    let page = 0;
    server.on("initialize", () => HELLO).on("tools/list", () => ({ tools: [], nextCursor: String(page++) }));
  },
  "pages-slowly": (server) => {
    server
      .on("initialize", () => HELLO)
      .on("tools/list", (_, id) => {
        setTimeout(() => server.say({ jsonrpc: "2.0", id, result: { tools: [], nextCursor: "x" } }), 300);
      });
  },
  "list-drip": (server) => {
    server
      .on("initialize", () => HELLO)
      .on("tools/list", () => {
        setInterval(() => server.raw(" "), 50);
      });
  },
  "list-never": (server) => {
    server.on("initialize", () => HELLO).on("tools/list", () => undefined);
  },
  "list-fat": (server) => {
    let page = 0;
    server
      .on("initialize", () => HELLO)
      .on("tools/list", () => ({
        tools: many(500, (n) => ({ ...toolOf({}), name: `t${page}-${n}`, description: "d".repeat(4000) })),
        nextCursor: String(page++),
      }));
  },
  "list-names": lazily(() =>
    offering({
      tools: many(20, (n) => ({ ...toolOf({}), name: `t${n}${"y".repeat(200_000)}` })),
    }),
  ),
  "list-odd": offering({ tools: [null, 5, "t", {}, { name: 7 }, { name: "t" }, toolOf({})] }),
  // Messages
  "deep-json": (server) => server.say(nested("[", "", "]", 5_000_000)),
  "many-objects": (server) => server.say(`[${"{},".repeat(4_000_000)}{}]`),
  "line-for-ever": (server) => server.flood(() => "x".repeat(1024)),
  "small-talk": (server) => {
    const message = '{"jsonrpc":"2.0","method":"m","params":{"n":1}}';
    server.flood(
      () => "\n\n\n\n\n\n\n\n",
      () => `${message}\n`,
      () => `[${`${message},`.repeat(500)}${message}]\n`,
    );
  },
  "requests-for-ever": (server) =>
    server.flood(
      (n) => `{"jsonrpc":"2.0","id":${n},"method":"sampling/createMessage"}\n`,
      (n) => `{"jsonrpc":"2.0","id":"${n}","method":"ping"}\n`,
      () => '{"jsonrpc":"2.0","id":99,"foo":1}\n',
    ),
  "noise-for-ever": (server) => {
    offering({ tools: [toolOf({})] }, NEVER)(server);
    server.on("tools/call", () =>
      server.flood(
        () => `${"a banner that goes on and on ".repeat(4)}\n`,
        () => `${"\r".repeat(99)}\n`,
        () => "\xff\xff\xff\xff\n",
      ),
    );
  },
  "braces-for-ever": (server) => server.flood(() => `${"{".repeat(100_000)}\n`),
  "id-huge": (server) =>
    server.say(`{"jsonrpc":"2.0","id":"${"i".repeat(8_000_000)}","method":"sampling/createMessage"}`),
  "id-digits": (server) => server.say(`{"jsonrpc":"2.0","id":1${"0".repeat(5_000_000)},"result":{}}`),
  "answers-twice": (server) => {
    offering({ tools: [toolOf({})] })(server);
    server.on("initialize", (_, id) => {
      server.raw(line({ id, result: HELLO }));
      server.raw(line({ id, result: { protocolVersion: "other" } }));
    });
  },
  "answers-for-nobody": (server) => {
    server.raw(
      line({ id: 77, result: text("too early") }) +
        line({ id: 99, result: {} }) +
        line({ id: "x", error: { code: 1, message: "m" } }),
    );
    offering({ tools: [toolOf({})] })(server);
  },
  "hello-escape": offering({ tools: [] }, text(""), { ...HELLO, protocolVersion: "\x1b[31mred\u202e" }),
  silent: () => {},
  // Output
  "output-before": (server) => {
    for (const id of [1, 2, 3, 4, "x", null]) server.say(output(id, "PLANTED\n"));
    offering({ tools: [toolOf({})] }, text("ran"), OURS)(server);
  },
  "output-unasked": (server) => {
    offering({ tools: [toolOf({})] }, text("ran"), OURS)(server);
    server.on("tools/list", () => {
      for (const id of [1, 2, 3, 4, 5]) server.say(output(id, "PLANTED\n"));
      return { tools: [toolOf({})] };
    });
  },
  "output-raw-other-id": (server) => {
    offering({ tools: [toolOf({})] }, NEVER, OURS)(server);
    server.on("tools/call", (_, id) => {
      const head = (requestId: unknown) =>
        line({ method: "notifications/runspec/output", params: { requestId, stream: "stdout", bytes: 8 } });
      server.raw(`${head(Number(id) + 7)}PLANTED\n\n${head(id)}mine...\n\n`);
      return { content: [] };
    });
  },
  "output-for-ever": (server) => {
    offering({ tools: [toolOf({})] }, NEVER, OURS)(server);
    server.on("tools/call", (_, id) => server.flood(() => `${output(id, "y".repeat(1000))}\n`));
  },
  "output-huge": (server) => {
    offering({ tools: [toolOf({})] }, NEVER, OURS)(server);
    server.on("tools/call", (_, id) => {
      const params = { requestId: id, stream: "stdout", base64: "QUJD".repeat(2_000_000) };
      server.repeat(2, output(id, "\u20ac".repeat(2.5 * MB)));
      server.repeat(2, line({ method: "notifications/runspec/output", params }).trimEnd());
      return { content: [] };
    });
  },
  "messages-huge": (server) => {
    offering({ tools: [toolOf({})] }, NEVER)(server);
    server.on("tools/call", () => {
      server.repeat(4, line({ method: "m", params: { n: "y".repeat(8 * MB) } }).trimEnd());
      return text("ran");
    });
  },
  "answer-huge": lazily(() => offering({ tools: [toolOf({})] }, text("y".repeat(15 * MB)))),
  "failure-huge": lazily(() =>
    offering({ tools: [toolOf({})] }, { ...text("y\n".repeat(4 * MB)), isError: true }),
  ),
  "failure-of-lines": lazily(() => failing({ exit_code: 3 })),
  "refusal-of-lines": lazily(() => failing({ refused: true, exit_code: 125 })),
  "notes-without-end": lazily(() =>
    offering(
      { tools: [toolOf({})] },
      { content: [], _meta: { runspec: { exit_code: 0, notes: many(200_000, (n) => `note ${n}`) } } },
      OURS,
    ),
  ),
  "leases-for-ever": (server) => {
    offering({ tools: [toolOf({})] }, NEVER, OURS)(server);
    server.on("tools/call", (_, requestId) =>
      server.flood((n) =>
        line({ method: "notifications/runspec/lease", params: { requestId, seconds: (n + 1) / 1000 } }),
      ),
    );
  },
  "stopping-another": (server) => {
    offering({ tools: [toolOf({})] }, NEVER, OURS)(server);
    for (const requestId of [1, 2, 3, 4, 5])
      server.say({ jsonrpc: "2.0", method: "notifications/runspec/stopping", params: { requestId } });
    server.on("notifications/cancelled", () =>
      server.say({ jsonrpc: "2.0", method: "notifications/runspec/stopping", params: { requestId: 99 } }),
    );
    server.on("ping", () => ({}));
  },
  "output-bytes-huge": (server) => {
    offering({ tools: [toolOf({})] }, NEVER, OURS)(server);
    server.on("tools/call", (_, id) => {
      for (const bytes of [-1, 1e300, 0.5, "8", 2 ** 40])
        server.raw(
          line({
            method: "notifications/runspec/output",
            params: { requestId: id, stream: "stdout", bytes },
          }),
        );
      return text("");
    });
  },
  "call-never": offering({ tools: [toolOf({})] }, NEVER),
  // Answers
  ...Object.fromEntries(
    [0].map((code) => [
      `refused-${code}`,
      offering(
        { tools: [toolOf({})] },
        {
          ...text("no, said the server"),
          isError: true,
          _meta: { runspec: { refused: true, exit_code: code } },
        },
        OURS,
      ),
    ]),
  ),
  ...Object.fromEntries(
    [256].map((code) => [
      `ended-${code}`,
      offering(
        { tools: [toolOf({})] },
        { content: [], isError: true, _meta: { runspec: { exit_code: code } } },
        OURS,
      ),
    ]),
  ),
  "ended-well-with-300": offering(
    { tools: [toolOf({})] },
    { ...text("said"), _meta: { runspec: { exit_code: 300 } } },
    HELLO,
  ),
  "usage-unasked": (server) => {
    server
      .on("initialize", () => ({ ...HELLO, capabilities: { experimental: { "runspec/run": {} } } }))
      .on("runspec/run", () => ({ ...text(""), _meta: { runspec: { usage: toolOf({ a: {} }) } } }));
  },
  "refused-escape": offering(
    { tools: [toolOf({})] },
    {
      ...text("\x1b[31mred\x1b]0;title\x07\u200b"),
      isError: true,
      _meta: { runspec: { refused: true, exit_code: 125 } },
    },
    OURS,
  ),
  "error-escape": (server) => {
    offering({ tools: [toolOf({})] })(server);
    server.on("tools/call", (_, id) =>
      server.say({ jsonrpc: "2.0", id, error: { code: 1, message: "\x1b[2Jgone\u{e0041}" } }),
    );
  },
  "names-escape": offering({
    tools: [
      {
        name: "t\x1b[31m",
        description: "\x1b[2Jhidden\u200b\u{e0041}",
        inputSchema: {},
        _meta: { "runspec/autonomy": "\x1b[31mauto" },
      },
    ],
  }),
  "help-escape": offering({
    tools: [
      {
        ...toolOf({
          "\x1b[31ma": {
            type: "string",
            description: "\x1b[2Jd\u200b",
            "x-env": ["\x1b[31mE"],
            enum: ["\x1b[31mc"],
            "x-deprecated": "\x1b[31mold",
            "x-delimiter": "\x1b[31m",
            "x-short": "\x1b",
            "x-autonomy": "manual",
            "x-type": "\x1b",
          },
        }),
        description: "\x1b[2Jabout",
        _meta: {
          "runspec/examples": [{ cmd: "\x1b[31mcmd", description: "\x1b[31mdesc" }],
          "runspec/groups": [{ name: "\x1b", rule: "exclusive", args: ["\x1b[31mx", "b"] }],
        },
      },
    ],
  }),
  "required-env-escape": schema({ a: { type: "string", "x-env": ["\x1b[31mE"] } }, { required: ["a"] }),
};

if (import.meta.main) {
  const [, , name = "", midway = ""] = process.argv;
  const { conversation, listen } = talk(midway);
  SERVERS[name]?.(conversation);
  await listen();
}
