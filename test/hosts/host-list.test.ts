import { describe, expect, test } from "bun:test";
import { problemOf } from "../../src/errors.ts";
import { foldNames } from "../../src/fleet/fold-names.ts";
import { expandBraces, isHostList, readHostLines, readHostList } from "../../src/hosts/host-list.ts";

describe("a word is a list", () => {
  test.each([
    ["web-01", false],
    ["deploy@web-01", false],
    ["CORP\\alice@web-01", false],
    ["alice@corp.example@web-01", false],
    ["deploy@fe80::1%eth0", false],
    ["", false],
    ["@web", true],
    ["web-01,", true],
    ["web-01,web-02", true],
    ["web-{01..20}", true],
    ["deploy@web-{1,2}", true],
  ])("%s: %p", (word, expected) => expect(isHostList(word)).toBe(expected));
});

describe("a list", () => {
  test.each<[string, string[]]>([
    ["a", ["a"]],
    ["a,b", ["a", "b"]],
    [" a , b ", ["a", "b"]],
    [",a,,b,", ["a", "b"]],
    ["", []],
    [",", []],
    ["@web,db", ["@web", "db"]],
    ["web-{01..03}", ["web-01", "web-02", "web-03"]],
    ["web-{01,03},db-{a,b}", ["web-01", "web-03", "db-a", "db-b"]],
    ["root@10.0.0.{1..3}", ["root@10.0.0.1", "root@10.0.0.2", "root@10.0.0.3"]],
    ["@{web,db}", ["@web", "@db"]],
    ["a{b,c", ["a{b", "c"]],
    ["{a,b}", ["a", "b"]],
    // Counted with doubles, that would be another host.
    ["h{9007199254740993..9007199254740994}", ["h{9007199254740993..9007199254740994}"]],
    ["h{9007199254740993..9007199254740992}", ["h{9007199254740993..9007199254740992}"]],
    ["h{9007199254740993..1}", ["h{9007199254740993..1}"]],
    ["h{1..9007199254740993}", ["h{1..9007199254740993}"]],
    ["h{00000000000000000008..9}", ["h00000000000000000008", "h00000000000000000009"]],
  ])("%s", (text, expected) => expect(readHostList(text)).toEqual(expected));

  test("of too many is a slip", () => {
    for (const text of ["h{1..10001}", "h{1..99999999999}", "{1..200}{1..200}", "a,".repeat(10_000)])
      expect(() => readHostList(text)).toThrow("more than 10000 hosts");
  });

  test.each([
    ["{".repeat(100_000), "more than 50 braces stand in one another"],
    [`${"{a,".repeat(60)}${"}".repeat(60)}`, "more than 50 braces stand in one another"],
    ["{a,b}".repeat(20_000), "more than 10000 hosts"],
    ["web-1\nweb-2", "no host has control characters in its name"],
    [`{1..10000}${"x".repeat(1_000_000)}`, "no host has so long a name"],
  ])("is refused before it takes much time or memory, and not shown whole (%#)", (text, why) => {
    const told = problemOf(() => readHostList(text)) ?? "";
    expect([told.endsWith(why), told.length < 300]).toEqual([true, true]);
  });

  test("from a file has remarks, and any line ends", () => {
    expect(readHostLines(`db${" #".repeat(500_000)}\u2028 web`)).toEqual(["db"]);
    expect(readHostLines("a{1..6000}\n".repeat(9)).length).toBe(6000);
    expect(() => readHostLines("a{1..6000}\nb{1..6000}\n")).toThrow("with these it is more than 10000 hosts");
    // The same hosts in other words: 100,000 such lines would be read for minutes.
    expect(() => readHostLines("{1..9999}\n{1..9999},\n")).toThrow("with these it is more than 10000 hosts");
    expect(readHostLines("# all\nweb-{1..2}\r\n\n  db # the old one\r@web, x\nh#1")).toEqual([
      "web-1",
      "web-2",
      "db",
      "@web",
      "x",
      "h#1",
    ]);
  });
});

const BRACES = [
  "x{1..3}y",
  "{01..10}",
  "{9..011}",
  "{3..1}",
  "{1..10..4}",
  "{10..1..-4}",
  "{1..3..0}",
  "{-1..01}",
  "{-02..1}",
  "{a..e}",
  "{e..a..2}",
  "{0..3}",
  "{00..1}",
  "{01..03,07}",
  "{{01..03},07}",
  "{a,b{1..2}c,d}",
  "{a,b}{1,2}",
  "{a}",
  "{}",
  "x{}y",
  "x{a,}y",
  "{a,{b}}",
  "{{a,b}",
  "{a,b}}",
  "a{b,c",
  "a}b",
  "{1..a}",
  "{1..2..x}",
  "{1...3}",
  "{a{1,2}}",
];

describe.skipIf(Bun.which("bash") === null)("braces are what bash makes of them", () => {
  test.each(BRACES)("%s", (text) => {
    const { stdout } = Bun.spawnSync(["bash", "-c", `printf '%s\\n' ${text}`]);
    expect(`${expandBraces(text).join("\n")}\n`).toBe(stdout.toString());
  });
});

describe("names fold to what can be typed", () => {
  test.each<[string[], string]>([
    [[], ""],
    [["a"], "a"],
    [["web-01"], "web-01"],
    [["a", "b", "a"], "a,b"],
    [["web-1", "web-2"], "web-{1..2}"],
    [["web-3", "web-1", "web-2"], "web-{1..3}"],
    [["web-08", "web-09", "web-10", "web-11"], "web-{08..11}"],
    [["web-8", "web-9", "web-10"], "web-{8..10}"],
    [["web-8", "web-09", "web-10"], "web-{8,09,10}"],
    [["web-01", "web-02", "web-03", "web-07"], "web-{{01..03},07}"],
    [["web-01", "web-03"], "web-{01,03}"],
    [["web-099", "web-100", "web-101"], "web-{099..101}"],
    [readHostList("web-{01..99},web-{100..102}"), "web-{{01..99},{100..102}}"],
    [["n0", "n1", "n2"], "n{0..2}"],
    [["db", "web-1", "web-2", "x"], "db,web-{1..2},x"],
    [["root@10.0.0.1", "root@10.0.0.2"], "root@10.0.0.{1..2}"],
    [["web-1.example.com", "web-2.example.com"], "web-{1..2}.example.com"],
    [["r1-n1", "r1-n2", "r2-n1", "r2-n2"], "r1-n{1..2},r2-n{1..2}"],
    [["r1-n1", "r2-n1", "r3-n1"], "r{1..3}-n1"],
    [["h12345678901234567", "h12345678901234568"], "h12345678901234567,h12345678901234568"],
    [["@staging/web1", "@staging/web2"], "@staging/web{1..2}"],
  ])("%j → %s", (names, expected) => {
    expect(foldNames(names)).toBe(expected);
    expect(readHostList(expected).sort()).toEqual([...new Set(names)].sort());
  });

  test("whatever they are, and in whatever order", () => {
    let seed = 7;
    const random = (limit: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed % limit;
    };
    for (let round = 0; round < 300; round++) {
      const names = Array.from({ length: 1 + random(12) }, () => {
        const number = String(random(13)).padStart(1 + random(3), "0");
        return `${["web-", "db", "a1-"][random(3)]}${number}${["", ".x2", "z"][random(3)]}`;
      });
      expect(readHostList(foldNames(names)).sort()).toEqual([...new Set(names)].sort());
    }
  });
});
