import { describe, expect, test } from "bun:test";
import {
  checkRunAs,
  isUserName,
  type ResolvedUser,
  type RunAs,
  resolveUser,
} from "../../src/become/run-as.ts";

function runAs(shape: {
  default?: string;
  hosts?: Record<string, string>;
  patterns?: [string, string][];
}): RunAs {
  return {
    ...(shape.default === undefined ? {} : { default: shape.default }),
    hosts: new Map(Object.entries(shape.hosts ?? {})),
    patterns: shape.patterns ?? [],
  };
}

const user = (name: string, why: string): ResolvedUser => ({ kind: "user", user: name, why });
const none = (why: string): ResolvedUser => ({ kind: "none", why });
const refused = (reason: string): ResolvedUser => ({ kind: "refused", reason });
const RULE =
  "it must begin with a letter or _, go on with letters, digits, _, . or -, and have at most 32 characters";

const EVERYTHING = runAs({
  default: "oracle",
  hosts: { "special-box-01": "dba", "special-box-02": "", prod7: "seven" },
  patterns: [
    ["[lg]pexp[0-9]*", "orasvc"],
    ["prod[0-9]*", "produser"],
    ["prod1.*", "later"],
    ["test[0-9]+", ""],
  ],
});

describe("shape × hostname → user", () => {
  const rows: [string, RunAs | undefined, string, ResolvedUser][] = [
    ["no run_as", undefined, "prod1", none("no run_as")],
    ["a string", runAs({ default: "oracle" }), "anywhere", user("oracle", "run_as")],
    ['""', runAs({ default: "" }), "anywhere", none("run_as")],
    ["an exact host", EVERYTHING, "special-box-01", user("dba", 'exact host "special-box-01"')],
    ['"" on a host, with a default', EVERYTHING, "special-box-02", none('exact host "special-box-02"')],
    ["an exact host beats a pattern", EVERYTHING, "prod7", user("seven", 'exact host "prod7"')],
    ["a pattern", EVERYTHING, "gpexp12", user("orasvc", 'pattern "[lg]pexp[0-9]*"')],
    ["the first pattern in file order", EVERYTHING, "prod1", user("produser", 'pattern "prod[0-9]*"')],
    ["a later pattern", EVERYTHING, "prod1x", user("later", 'pattern "prod1.*"')],
    ['"" on a pattern, with a default', EVERYTHING, "test3", none('pattern "test[0-9]+"')],
    ["full match, not search", EVERYTHING, "xprod1", user("oracle", "default")],
    ["full match, not prefix", EVERYTHING, "prod2x", user("oracle", "default")],
    ["case matters", EVERYTHING, "PROD1", user("oracle", "default")],
    ["a full name is not its first label", EVERYTHING, "special-box-01.lan", user("oracle", "default")],
    ["nothing fits", runAs({ hosts: { a: "x" } }), "b", none("no run_as for this host")],
    ["no pattern fits", runAs({ patterns: [["a", "x"]] }), "b", none("no run_as for this host")],
    ["(?i)", runAs({ patterns: [["(?i)prod\\d", "p"]] }), "PROD1", user("p", 'pattern "(?i)prod\\d"')],
    ["(?P<n>…)", runAs({ patterns: [["(?P<n>a)\\Z", "p"]] }), "a", user("p", 'pattern "(?P<n>a)\\Z"')],
    [
      "alternatives are matched as one",
      runAs({ patterns: [["a|b", "p"]], default: "d" }),
      "bc",
      user("d", "default"),
    ],
    [
      "42 keeps its place",
      runAs({
        patterns: [
          ["prod.*", "p"],
          ["42", "n"],
        ],
      }),
      "42",
      user("n", 'pattern "42"'),
    ],
    ["a name with a $ at its end", runAs({ default: "host$" }), "h", user("host$", "run_as")],
  ];
  test.each(rows)("%s", (_, shape, hostname, expected) => {
    expect(resolveUser(shape, () => hostname, {})).toEqual(expected);
  });
});

describe("variables", () => {
  const env = { WHO: "oracle", EMPTY: "", BAD: "-oops" };
  const rows: [string, RunAs, ResolvedUser][] = [
    ["set", runAs({ default: "$WHO" }), user("oracle", "run_as")],
    ["in braces", runAs({ default: "\x24{WHO}" }), user("oracle", "run_as")],
    ["set to nothing", runAs({ default: "$EMPTY" }), none("run_as")],
    ["not set", runAs({ default: "$NOT" }), refused("run_as is $NOT, which is not set here")],
    ["without a value", runAs({ default: "$GONE" }), refused("run_as is $GONE, which is not set here")],
    [
      "named like a property of every object",
      runAs({ default: "$constructor" }),
      refused("run_as is $constructor, which is not set here"),
    ],
    ["on a host", runAs({ hosts: { h: "$WHO" } }), user("oracle", 'exact host "h"')],
    ["on a pattern", runAs({ patterns: [["h", "$WHO"]] }), user("oracle", 'pattern "h"')],
    [
      "not set on a pattern, with a default",
      runAs({ patterns: [["h", "$NOT"]], default: "oracle" }),
      refused('run_as.patterns."h" is $NOT, which is not set here'),
    ],
    [
      "an impossible value",
      runAs({ default: "$BAD" }),
      refused(`run_as is $BAD, which does not hold a user name: ${RULE}`),
    ],
  ];
  test.each(rows)("%s", (_, shape, expected) => {
    expect(resolveUser(shape, () => "h", env)).toEqual(expected);
  });
});

describe("fails closed", () => {
  test("at an impossible user", () => {
    expect(resolveUser(runAs({ default: "root;id" }), () => "h", {})).toEqual(
      refused(`run_as: "root;id" is not a user name: ${RULE}`),
    );
  });

  test("at a bad pattern that would have been tried", () => {
    const shape = runAs({
      patterns: [
        ["(", "x"],
        ["h", "oracle"],
      ],
      default: "y",
    });
    expect(resolveUser(shape, () => "h", {})).toEqual(
      refused('the pattern "(" cannot be used: a parenthesis is never closed'),
    );
  });

  test("at a host name that patterns cannot be trusted with", () => {
    const shape = runAs({ hosts: { büro: "a" }, patterns: [["b.*", "b"]], default: "c" });
    expect(resolveUser(shape, () => "büro2", {})).toEqual(
      refused('no run_as pattern can be trusted with this host\'s name, "büro2"'),
    );
    expect(resolveUser(shape, () => "büro", {})).toEqual(user("a", 'exact host "büro"'));
  });

  test.each<[hostname: string, kind: "user" | "refused"]>([
    ["prod1", "user"],
    ["db-1.example.com", "user"],
    ["a_b", "user"],
    ["", "refused"],
    ["prod1\n", "refused"],
    ["a b", "refused"],
    ["büro", "refused"],
  ])("at %j: %s", (hostname, kind) => {
    const anyHost = runAs({ patterns: [["(.|\\n)*", "b"]] });
    expect(resolveUser(anyHost, () => hostname, {}).kind).toBe(kind);
  });
});

describe("isUserName", () => {
  test.each(["oracle", "_apt", "A.b-c_9", "host$", "a".repeat(32)])("%j is one", (name) => {
    expect(isUserName(name)).toBe(true);
  });

  const impossible = [
    "",
    "-oops",
    "#-1",
    "#0",
    "0",
    "1a",
    "a b",
    "root;id",
    "root\n",
    "a$b",
    "$",
    "a/b",
    "a:b",
  ];
  test.each([...impossible, "DOMAIN\\user", "a@b", "%wheel", "é", "a".repeat(33)])("%j is none", (name) => {
    expect(isUserName(name)).toBe(false);
  });
});

describe("checkRunAs finds what cannot work on any host", () => {
  test("nothing in what is good", () => {
    expect(checkRunAs(EVERYTHING)).toEqual([]);
    expect(checkRunAs(runAs({ default: "$NOT_SET", hosts: { a: "\x24{B}" } }))).toEqual([]);
  });

  test("patterns and users, all at once, by their keys", () => {
    const shape = runAs({
      default: "-oops",
      hosts: { a: "#-1", b: "fine" },
      patterns: [
        ["prod[0-9", "oracle"],
        ["x", "a b"],
        ["y(?>z)", "$1"],
      ],
    });
    expect(checkRunAs(shape)).toEqual([
      { keys: ["run_as", "hosts", "a"], message: `found "#-1", expected a user name: ${RULE}` },
      {
        keys: ["run_as", "patterns", "prod[0-9"],
        message: 'the pattern "prod[0-9" cannot be used: a [ is never closed',
      },
      { keys: ["run_as", "patterns", "x"], message: `found "a b", expected a user name: ${RULE}` },
      {
        keys: ["run_as", "patterns", "y(?>z)"],
        message: 'the pattern "y(?>z)" cannot be used: "(?>" begins something that has no counterpart here',
      },
      { keys: ["run_as", "patterns", "y(?>z)"], message: `found "$1", expected a user name: ${RULE}` },
      { keys: ["run_as", "default"], message: `found "-oops", expected a user name: ${RULE}` },
    ]);
  });

  test("a string is named as it is written", () => {
    expect(checkRunAs(runAs({ default: "root;id" }))).toEqual([
      { keys: ["run_as"], message: `found "root;id", expected a user name: ${RULE}` },
    ]);
  });
});
