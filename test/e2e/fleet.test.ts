/** One tool on many hosts: who is called, what is checked first, how it ends. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BIN, run } from "../harness/binary.ts";
import { waitUntil, within } from "../harness/processes.ts";
import { tempDir } from "../harness/temp.ts";
import { alike, fleet, sorted } from "./fleet-site.ts";

setDefaultTimeout(90_000);

const TOOLS = `
[where]
autonomy = "autonomous"
command = ["/bin/sh", "-c", "echo $NAME; echo ran >>ran", "sh"]
args.old = {type = "flag", deprecated = "leave it out"}
[fail]
autonomy = "autonomous"
command = ["/bin/sh", "-c", "echo ran >>ran; test ! -e bad || exit 3", "sh"]
[closed]
command = "/etc/passwd"
[env]
autonomy = "autonomous"
command = ["/bin/sh", "-c", "echo ran >>ran", "sh"]
args.env = {type = "choice", options = ["staging", "production"]}
`;
const OTHER = TOOLS.replace('"staging", "production"', '"lab"');
const WEB = ["web-01", "web-02", "web-03"];

describe("a list", () => {
  const site = fleet({
    withoutSsh: true,
    hosts: { ...alike(WEB, TOOLS), old: OTHER, bare: "" },
    toml: '[config.jump-groups]\nweb = ["web-{01..03}"]\nall = ["@web", "down", "bare"]\nempty = []\n',
    down: ["down"],
  });
  const runs = (names: readonly string[]) => names.map((name) => site.lines(name, "ran").length);

  test("is called by its form; a host without one is none", async () => {
    const lists: [words: string[], lines: string[]][] = [
      [["@web", "where", "--parallel", "2"], WEB.map((name) => `${name} │ ${name}`)],
      [
        ["web-{01,03}", "where"],
        ["web-01 │ web-01", "web-03 │ web-03"],
      ],
      [["@web", "where", "--except", "web-{01..02},old"], ["web-03 │ web-03"]],
      [["web-02", "where", "--except", "old"], ["web-02 │ web-02"]],
      [["web-02", "where"], ["web-02"]],
    ];
    for (const [words, lines] of lists) {
      const { code, out } = await site.jumpHere(words);
      expect([code, sorted(out)]).toEqual([0, lines]);
    }
    const stdin = "# two\nweb-{01..02}\n";
    const { code, out, stderr } = await site.jump(["--hosts-from", "-", "where", "--", "--old"], { stdin });
    expect([code, sorted(out)]).toEqual([0, ["web-01 │ web-01", "web-02 │ web-02"]]);
    expect(stderr).toBe(
      "runspec: web-{01..02} (2 hosts): --old is deprecated: leave it out\nrunspec: where succeeded on all 2 hosts\n",
    );
  });

  test("an option of ours behind the tool's -- is told where it goes, as for one host", async () => {
    const help = "usage: runspec jump";
    for (const [list, tail] of [
      ["web-01,web-02", "usage: runspec jump web-01,web-02 where -- --help"],
      ["web-01", "usage: runspec jump web-01 where -- --help"],
    ] as const) {
      const { code, stderr } = await site.jumpHere([list, "where", "--", "--dry-run"]);
      expect([code, stderr.slice(stderr.indexOf(help))]).toEqual([
        125,
        `${tail}\n  runspec's own options go before the --\n`,
      ]);
    }
  });

  test("takes no input, which is told to who gave some", async () => {
    const told = async (words: string[], stdin: string) => (await site.jump(words, { stdin })).stderr;
    const done = "runspec: where succeeded on 1 host\n";
    expect(await told(["web-01,", "where"], "x")).toBe(
      `${done}runspec: stdin was not read: on a list of hosts, a tool gets no input\n  -n says that none is meant\n`,
    );
    expect(await told(["-n", "web-01,", "where"], "x")).toBe(done);
    expect(await told(["web-01,", "where"], "")).toBe(done);
  });

  test("help is printed, and a host that could not be asked counts: the words may have been meant for the tool", async () => {
    const { code, out, stderr } = await site.jumpHere(["web-01,down", "where", "--", "--help"]);
    expect([code, out]).toEqual([
      255,
      expect.stringContaining("runspec jump web-01,down where -- [options]"),
    ]);
    expect(stderr).toContain("runspec: down");
  });

  test("what hosts say of a tool that they cannot run is said once, and what helps is to be run there", async () => {
    const { code, stderr } = await site.jumpHere(["@web", "closed"]);
    const chmod = `${process.getuid?.() === 0 ? "" : "sudo "}chmod +x /etc/passwd`;
    expect([code, stderr]).toEqual([
      126,
      `runspec: web-{01..03} (3 hosts): closed: /etc/passwd is not executable; run there: ${chmod}\n` +
        "runspec: closed succeeded on 0 of 3 hosts\n  cannot run (126): web-{01..03} (3 hosts)\n",
    ]);
  });

  test("goes on where a host is out of reach, or has no such tool", async () => {
    const { code, out, stderr } = await site.jumpHere(["@all", "where"]);
    expect([code, sorted(out)]).toEqual([1, WEB.map((name) => `${name} │ ${name}`)]);
    expect(stderr).toContain("runspec: down: ssh could not connect; it says: ");
    expect(stderr).toContain(
      'runspec: bare (1 host): it offers no tool "where"; runspec local, run there, says why one is missing',
    );
    expect(stderr).toEndWith(
      "runspec: where succeeded on 3 of 5 hosts\n  no such tool (127): bare (1 host)\n  out of reach (255): down (1 host)\n",
    );
    expect((await site.jumpHere(["web-01,bare", "where"])).code).toBe(127);
    const nowhere = await site.jumpHere(["web-{01..02}", "wher"]);
    expect([nowhere.code, nowhere.stderr]).toEqual([
      127,
      'runspec: web-{01..02} (2 hosts): it offers no tool "wher"; did you mean "where"?\nrunspec: wher succeeded on 0 of 2 hosts\n  no such tool (127): web-{01..02} (2 hosts)\n',
    ]);
    expect((await site.jumpHere(["web-01,down", "where"])).code).toBe(255);
  });

  test("starts nothing where one host refuses the words", async () => {
    const before = runs([...WEB, "old"]);
    const { code, out, stderr } = await site.jumpHere(["@all,old", "env", "--", "--env", "lab"]);
    expect([code, out]).toEqual([125, ""]);
    expect(stderr).toEndWith(
      'runspec: env was started nowhere: 3 of 6 hosts refused the call\n  web-{01..03} (3 hosts)\n    env: --env: found "lab", expected one of "staging", "production"\n  usage: runspec jump @all,old env -- --help\n',
    );
    expect(runs([...WEB, "old"])).toEqual(before);
  });

  test("that is wrong is refused before anybody is called", async () => {
    const refused: [words: string[], code: number, said: string][] = [
      [["@empty", "where"], 125, "is empty: nothing was run\n  runspec jump --list-jump-hosts lists"],
      [["@nope", "where"], 125, 'unknown group "@nope"'],
      [["web-01,nope", "where"], 125, 'unknown jump host "nope"'],
      [["@web", "where", "--parallel", "0"], 2, "--parallel"],
      [["@web", "where", "--batch", "0"], 2, "--batch"],
      [["@web", "where", "--max-fail", "101%"], 2, "--max-fail"],
      [["@web", "where", "--timeout", "soon"], 2, "--timeout"],
      [["@web", "where", "--output-dir", ""], 2, "--output-dir needs a directory"],
      [["where", "--hosts-from", ""], 2, "--hosts-from needs a file"],
      [["@web", "where", "--except", ""], 2, "--except needs the hosts to leave out"],
      [["@web", "where", "--except", " , "], 2, "--except needs the hosts to leave out"],
      [["--except", "web-01"], 2, "--except needs a list of hosts before it"],
      [["@web", "where", "--mcp"], 2, "--mcp takes no tool"],
      [["@web", "where", "--install"], 2, "--install takes no tool"],
      [["--hosts-from", "nosuch", "where", "--uninstall"], 2, "--uninstall takes no tool"],
      [["@web", "--mcp", "--fold"], 2, "--fold goes with a tool"],
      [["@web", "--timeout", "5s"], 2, "--timeout goes with a tool"],
      [["@web", "--install", "--batch", "1"], 2, "--batch goes with a tool"],
      [["@web", "--install", "--format", "json"], 2, "not for --install"],
      [["web-01", "--mcp", "--format", "json"], 2, "not for --mcp"],
      [["--hosts-from", "-", "--mcp"], 2, "both want stdin"],
      [["web-01", "where", "--fold"], 2, "--fold is for a list of hosts"],
      [["web-01", "--mcp", "--fold"], 2, "--fold goes with a tool"],
      [["web-01", "--timeout", "5s"], 2, "--timeout goes with a tool"],
      // The hosts were taken for the value.
      [["--parallel", "@web", "where"], 2, '--parallel: found "@web", expected a number'],
      [["--timeout", "@web", "where"], 2, '--timeout: found "@web", expected 1ms to 24 days'],
      [["web-01", "--mcp", "--human"], 2, "--mcp and --human cannot be used together"],
      [["@web", "--mcp", "--human"], 2, "--mcp and --human cannot be used together"],
      [["--hosts-from", "-", "web-01", "where"], 2, "with --hosts-from the first word is the tool"],
      [["--hosts-from", "nowhere", "where"], 125, "--hosts-from nowhere"],
      [["--hosts-from", "/dev/zero", "where"], 125, "--hosts-from /dev/zero: it is longer than 4 MiB"],
    ];
    for (const [words, code, said] of refused) {
      const result = await site.jumpHere(words);
      expect([result.code, result.out]).toEqual([code, ""]);
      expect(result.stderr).toContain(said);
    }
    // It would be told as examined.
    const { code, stderr } = await run(["doctor", "web-01", "--hosts-from", "-"], { stdin: "old\n" });
    expect([code, stderr.split("\n")[0]]).toEqual([
      2,
      'runspec: unexpected "web-01": --hosts-from names the hosts',
    ]);
  });
});

test.skipIf(process.platform !== "linux").each(["-", "pipe"])(
  "a list that never comes is waited for until a signal: %s",
  async (from) => {
    const cwd = tempDir();
    Bun.spawnSync(["mkfifo", join(cwd, "pipe")]);
    const child = Bun.spawn([BIN, "jump", "--hosts-from", from, "where"], {
      cwd,
      stdin: "pipe",
      stderr: "pipe",
    });
    try {
      // From then on the signal is jump's to take.
      await waitUntil(() => (caughtBy(child.pid) & (1n << 14n)) !== 0n, 20_000, "a handler of TERM");
      child.kill("SIGTERM");
      expect(await within(child.exited, 20_000, "the end of jump")).toBe(143);
    } finally {
      child.kill("SIGKILL");
    }
    expect([child.signalCode, await child.stderr.text()]).toEqual([null, ""]);
  },
);

/** The signals that a process has a handler for, as a mask. */
function caughtBy(pid: number): bigint {
  const [, mask = "0"] = /^SigCgt:\s*(\w+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return BigInt(`0x${mask}`);
}
