/** A list of hosts at a terminal: what is asked there, once, and what Ctrl-C and Ctrl-Z do. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BIN } from "../harness/binary.ts";
import { tempDir } from "../harness/temp.ts";
import { PROMPT, startBash, startBehindTyped, startInTerminal } from "../harness/terminal.ts";
import { alike, available, fleet, placeSmallBuild } from "./fleet-site.ts";

setDefaultTimeout(60_000);

const sh = (script: string) => `command = ["/bin/sh", "-c", ${JSON.stringify(script)}, "sh"]`;
const TOOLS = `
[login]
${sh('echo ran >>ran; printf %s "$RUNSPEC_ARG_API_TOKEN" | wc -c')}
args.api-token = {type = "str"}
[wait]
autonomy = "autonomous"
lease = "1s"
${sh("echo started; while [ ! -e go ]; do sleep 0.05; done; echo done")}
`;
const OPEN = `[login]\n${sh("echo none")}\n`;
const WEB = ["web-01", "web-02"];

describe.skipIf(!available())("at a terminal", () => {
  /** Behind ssh where a key acts on what runs at the terminal, and ssh is a part of that. */
  function hosts({ withoutSsh = false } = {}) {
    const site = fleet({ hosts: { ...alike(WEB, TOOLS), open: OPEN }, withoutSsh });
    return {
      site,
      jump: (words: readonly string[]) => startInTerminal([BIN, "jump", ...words], site),
      ran: () => WEB.flatMap((name) => site.lines(name, "ran")),
    };
  }

  test.concurrent("a secret that hosts lack is asked for once, and goes to those that take it", async () => {
    const { jump, ran } = hosts({ withoutSsh: true });
    await using program = jump(["web-{01..02},open", "login"]);
    await program.sees("login on web-{01..02} (2 hosts): api-token (not shown): ");
    program.type("hunter2\r");
    await program.sees("runspec: run login on web-{01..02},open (3 hosts)? [y/N] ");
    program.type("y\r");
    await program.sees("runspec: login succeeded on all 3 hosts");
    expect(await program.exited()).toBe(0);
    const screen = program.screen();
    for (const line of ["web-01 │ 7", "web-02 │ 7", "open │ none"]) expect(screen).toContain(line);
    expect(screen).not.toContain("hunter2");
    expect(screen.split("not shown").length).toBe(2);
    expect(ran()).toEqual(["ran", "ran"]);
  });

  test.concurrent.each([
    ["the secret", [], "(not shown): "],
    ["the question", ["--", "--api-token=x"], "[y/N] "],
  ])("Ctrl-C at %s leaves, and nothing was started", async (_, words, question) => {
    const { jump, ran } = hosts();
    await using program = jump(["web-{01..02}", "login", ...words]);
    await program.sees(question);
    program.type("\x03");
    expect([await program.exited(), ran()]).toEqual([130, []]);
  });

  test.concurrent("--yes answers before anything is asked", async () => {
    const { jump, ran } = hosts({ withoutSsh: true });
    await using program = jump(["web-{01..02}", "login", "--yes", "--", "--api-token=x"]);
    await program.sees("login succeeded on all 2 hosts");
    expect([await program.exited(), program.screen().includes("[y/N]"), ran()]).toEqual([
      0,
      false,
      ["ran", "ran"],
    ]);
  });

  test.concurrent("what was typed before the question is no answer to it", async () => {
    const { site, ran } = hosts({ withoutSsh: true });
    const words = ["jump", "web-{01..02}", "login", "--", "--api-token=x"];
    await using program = await startBehindTyped("y", [BIN, ...words], site);
    await program.sees("[y/N] ");
    program.type("n\r");
    await program.sees("login was started nowhere");
    expect([await program.exited(), ran()]).toEqual([125, []]);
  });

  test.concurrent("the status line is for terminals that can be written over, as far as TERM says", async () => {
    const { site } = hosts({ withoutSsh: true });
    const programs = ["", "dumb", "xterm"].map((TERM) =>
      startInTerminal([BIN, "jump", "web-{01..02}", "wait"], { ...site, env: { ...site.env, TERM } }),
    );
    for (const program of programs) for (const _ of WEB) await program.sees("│ started");
    // By then the others had their time for one.
    await programs.at(-1)?.sees("0 of 2 done");
    for (const name of WEB) writeFileSync(join(site.home(name), "go"), "");
    const codes = await Promise.all(programs.map((program) => program.exited()));
    expect(codes).toEqual([0, 0, 0]);
    expect(programs.map((program) => program.screen().includes("\x1b"))).toEqual([false, false, true]);
    await Promise.all(programs.map((program) => program.close()));
  });

  test.concurrent("a terminal that is closed ends the tools, and the hosts that did not succeed are listed", async () => {
    const { site } = hosts({ withoutSsh: true });
    const dir = join(tempDir(), "out");
    writeFileSync(join(site.home("web-01"), "go"), "");
    await using program = startInTerminal([BIN, "jump", "web-{01..02}", "wait", "--output-dir", dir], site);
    await program.sees("│ done");
    program.hangUp();
    expect(await program.exited()).toBe(129);
    expect(readFileSync(join(dir, "failed"), "utf8")).toBe("web-02\n");
  });

  test.concurrent("Ctrl-Z at the question: after fg it is asked again", async () => {
    const { site, ran } = hosts();
    await using shell = await startBash(site);
    shell.type(`${BIN} jump 'web-{01..02}' login -- --api-token=x\r`);
    await shell.sees("[y/N] ");
    shell.type("\x1a");
    await shell.sees("Stopped");
    shell.type("fg\r");
    await shell.sees("[y/N] ");
    shell.type("y\r");
    await shell.sees("login succeeded on all 2 hosts");
    expect(ran()).toEqual(["ran", "ran"]);
  });

  test.concurrent("Ctrl-Z keeps the tools' leases until it is gone on with", async () => {
    const { site } = hosts();
    await using shell = await startBash(site);
    shell.type(`${BIN} jump 'web-{01..02}' wait\r`);
    for (const _ of WEB) await shell.sees("│ started");
    shell.type("\x1a");
    await shell.sees("Stopped");
    // Longer than the leases: a client that said nothing would have lost its tools.
    await Bun.sleep(2500);
    for (const name of WEB) writeFileSync(join(site.home(name), "go"), "");
    shell.type("fg\r");
    await shell.sees("wait succeeded on all 2 hosts");
    await shell.sees(PROMPT);
  });

  /** What looks like another host's line, over and over: somewhere a screen breaks just before it. It has no blanks, at which lines could be broken between words. */
  const long = "web-02\u2800│\u2800all\u2800good".repeat(100);
  const options = long
    .slice(0, 18 * 40)
    .match(/.{18}/gu)
    ?.map((text, at) => `${text}${at}`);
  const say = (text: string, to = "") => sh(`[ $NAME = web-01 ] && echo '${text}'${to}; :`);
  const HOSTILE = `
[out]
autonomy = "autonomous"
${say(long)}
[err]
autonomy = "autonomous"
${say(long, " >&2")}
[refused]
description = "${long}"
command = "true"
args.n = {type = "str", options = ${JSON.stringify(options)}}
[old]
autonomy = "autonomous"
command = "true"
args.n = {type = "int", deprecated = "${long}"}
`;
  /** The lines that the screen shows, `columns` wide, as it breaks what is written to it; without colours and the status line. */
  const linesOn = (screen: string, columns: number) =>
    Bun.stripANSI(screen.replaceAll(/\r\x1b\[K[^\n]*(?=\r\x1b\[K)/g, "").replaceAll("\r\x1b[K", ""))
      .split(/\r*\n/)
      .flatMap((line) => line.match(new RegExp(`.{1,${columns}}`, "gu")) ?? [""]);

  test.concurrent.each([
    ["live output", 80, ["out"]],
    ["errors", 60, ["err"]],
    ["folded output", 12, ["out", "--fold"]],
    ["refusals", 12, ["refused", "--", "--n", "1"]],
    ["notes", 60, ["old", "--", "--n", "1"]],
    ["help", 80, ["refused", "--", "--help"]],
    ["lists", 60, []],
  ])(
    "no line of the screen that looks like another host's is another's: %s, in %d columns",
    async (_, columns, words) => {
      const other = HOSTILE.replaceAll(long, "nothing");
      const site = fleet({ hosts: { "web-01": HOSTILE, "web-02": other }, withoutSsh: true });
      await using program = startInTerminal([BIN, "jump", "web-{01..02}", ...words], site);
      program.resize(columns, 24);
      await program.exited();
      const lines = linesOn(program.screen(), columns);
      expect(lines.join("")).toContain("good");
      expect(lines.filter((line) => line.startsWith("web-02\u2800"))).toEqual([]);
    },
  );

  test.concurrent("lines are broken at the width that the terminal has by then", async () => {
    const twice = sh(`echo ${"x".repeat(40)}; until [ -e end ]; do sleep 0.05; echo ${"y".repeat(40)}; done`);
    const site = fleet({
      hosts: { "web-01": `[twice]\nautonomy = "autonomous"\n${twice}\n` },
      withoutSsh: true,
    });
    await using program = startInTerminal([BIN, "jump", "web-01,", "twice"], site);
    program.resize(40, 24);
    await program.sees(`web-01 │ ${"x".repeat(31)}\r\nweb-01 ┆ ${"x".repeat(9)}\r\n`);
    program.resize(30, 24);
    // Some may still come at the old width: a resized terminal tells so by a signal.
    await program.sees(`web-01 │ ${"y".repeat(21)}\r\nweb-01 ┆ ${"y".repeat(19)}\r\n`);
    writeFileSync(join(site.home("web-01"), "end"), "");
    expect(await program.exited()).toBe(0);
  });

  test.concurrent("what helps with a host is not broken, as it is to be pasted", async () => {
    const bin = `/no/${"x".repeat(60)}/runspec`;
    const site = fleet({ hosts: alike(WEB, OPEN), withoutSsh: true });
    for (const words of [[], ["login"]]) {
      await using program = startInTerminal([BIN, "jump", "web-01,", ...words], {
        ...site,
        env: { ...site.env, RUNSPEC_JUMP_BIN: bin },
      });
      program.resize(40, 24);
      await program.exited();
      expect(program.screen()).toContain(
        "\r\n  runspec jump web-01 --install, or unset RUNSPEC_JUMP_BIN\r\n",
      );
      expect(program.screen()).toContain("\r\n┆ ");
    }
  });

  test.concurrent("what --install says of a host is broken, also what is to be pasted: the path is the host's", async () => {
    const site = fleet({ hosts: alike(WEB, OPEN), withoutSsh: true });
    for (const name of WEB) placeSmallBuild(site.home(name));
    await using program = startInTerminal(
      [BIN, "jump", "web-{01..02}", "--install", "--dry-run", "--bin", "~/x/runspec"],
      site,
    );
    program.resize(40, 24);
    await program.exited();
    const lines = program.screen().split("\r\n");
    expect(lines.filter((line) => line.endsWith(" set bin ="))).toHaveLength(1);
    expect(lines.filter((line) => line.length > 40)).toEqual([]);
  });

  test.concurrent("help that hosts tell differently is wrapped for where it stands: nothing of it is broken again", async () => {
    const tool = (words: string) =>
      `[deploy]\ndescription = "${"deploys and waits ".repeat(9)}${words}"\ncommand = "true"\n`;
    const site = fleet({ hosts: { "web-01": tool("here"), "web-02": tool("there") }, withoutSsh: true });
    await using program = startInTerminal([BIN, "jump", "web-{01..02}", "deploy", "--", "--help"], site);
    await program.exited();
    expect(program.screen()).toContain("\r\n  deploys and waits");
    expect(program.screen()).not.toContain("┆");
  });

  test.concurrent("each stream has the width of its own terminal", async () => {
    const site = fleet({ hosts: alike(WEB, HOSTILE), withoutSsh: true });
    const script = `${BIN} jump web-01,web-02 err | cat`;
    await using program = startInTerminal(["/bin/bash", "-c", script], site);
    program.resize(40, 24);
    await program.sees(`web-01 │ ${long.slice(0, 31)}\r\nweb-01 ┆ ${long.slice(31, 62)}\r\n`);
    await program.exited();
  });
});
