/** A list of hosts at a terminal: what is asked there, once, and what Ctrl-C and Ctrl-Z do. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BIN } from "../harness/binary.ts";
import { startBehindTyped, startInTerminal } from "../harness/terminal.ts";
import { alike, available, fleet } from "./fleet-site.ts";

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
    const program = jump(["web-{01..02},open", "login"]);
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
    await program.close();
  });

  test.concurrent.each([
    ["the secret", [], "(not shown): "],
    ["the question", ["--", "--api-token=x"], "[y/N] "],
  ])("Ctrl-C at %s leaves, and nothing was started", async (_, words, question) => {
    const { jump, ran } = hosts();
    const program = jump(["web-{01..02}", "login", ...words]);
    await program.sees(question);
    program.type("\x03");
    expect([await program.exited(), ran()]).toEqual([130, []]);
    await program.close();
  });

  test.concurrent("--yes answers before anything is asked", async () => {
    const { jump, ran } = hosts({ withoutSsh: true });
    const program = jump(["web-{01..02}", "login", "--yes", "--", "--api-token=x"]);
    await program.sees("login succeeded on all 2 hosts");
    expect([await program.exited(), program.screen().includes("[y/N]"), ran()]).toEqual([
      0,
      false,
      ["ran", "ran"],
    ]);
    await program.close();
  });

  test.concurrent("what was typed before the question is no answer to it", async () => {
    const { site, ran } = hosts({ withoutSsh: true });
    const words = ["jump", "web-{01..02}", "login", "--", "--api-token=x"];
    const program = await startBehindTyped("y", [BIN, ...words], site);
    await program.sees("[y/N] ");
    program.type("n\r");
    await program.sees("login was started nowhere");
    expect([await program.exited(), ran()]).toEqual([125, []]);
    await program.close();
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

  test.concurrent("Ctrl-Z at the question: after fg it is asked again", async () => {
    const { site, ran } = hosts();
    const env = { ...site.env, PS1: "READY> " };
    const shell = startInTerminal(["/bin/bash", "--norc", "--noprofile", "-i"], { cwd: site.cwd, env });
    await shell.sees("READY> ");
    shell.type(`${BIN} jump 'web-{01..02}' login -- --api-token=x\r`);
    await shell.sees("[y/N] ");
    shell.type("\x1a");
    await shell.sees("Stopped");
    shell.type("fg\r");
    await shell.sees("[y/N] ");
    shell.type("y\r");
    await shell.sees("login succeeded on all 2 hosts");
    expect(ran()).toEqual(["ran", "ran"]);
    await shell.close();
  });

  test.concurrent("Ctrl-Z keeps the tools' leases until it is gone on with", async () => {
    const { site } = hosts();
    const env = { ...site.env, PS1: "READY> " };
    const shell = startInTerminal(["/bin/bash", "--norc", "--noprofile", "-i"], { cwd: site.cwd, env });
    await shell.sees("READY> ");
    shell.type(`${BIN} jump 'web-{01..02}' wait\r`);
    for (const _ of WEB) await shell.sees("│ started");
    shell.type("\x1a");
    await shell.sees("Stopped");
    // Longer than the leases: a client that said nothing would have lost its tools.
    await Bun.sleep(2500);
    for (const name of WEB) writeFileSync(join(site.home(name), "go"), "");
    shell.type("fg\r");
    await shell.sees("wait succeeded on all 2 hosts");
    await shell.sees("READY> ");
    await shell.close();
  });
});
