/** A secret that a call lacks is asked for at a terminal, and not shown; anywhere else the call is refused as before. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { BIN, run } from "../harness/binary.ts";
import { startSshServer } from "../harness/ssh-server.ts";
import { tempDir } from "../harness/temp.ts";
import { startBehindTyped, startInTerminal } from "../harness/terminal.ts";
import { furnish, localTo, project, script, tool } from "./site.ts";

setDefaultTimeout(60_000);

const TOOL = tool(
  "login",
  script('printf "%s|" "$@"; printf %s "$RUNSPEC_ARG_API_TOKEN" | wc -c'),
  'args.api-token = { type = "str" }\nargs.n = { type = "int", required = false }',
);

test.concurrent("run asks, shows nothing of it, and the terminal echoes again", async () => {
  await using program = startInTerminal(
    ["/bin/sh", "-c", `${BIN} run login -- --n 3; stty -a`],
    project(TOOL),
  );
  await program.sees("login: api-token (not shown): ");
  program.type("hunter2\r");
  await program.sees("--api-token|");
  await program.sees("|7\r\n");
  await program.sees(" echo ");
  expect(await program.exited()).toBe(0);
});

test.concurrent("it is taken from a terminal that a program has left raw", async () => {
  await using program = startInTerminal(["/bin/sh", "-c", `stty raw; ${BIN} run login`], project(TOOL));
  await program.sees("(not shown): ");
  program.type("hunter2\r");
  await program.sees("--api-token|hunter2|7");
  expect(await program.exited()).toBe(0);
});

test
  .skipIf(process.platform !== "linux")
  .concurrent("it is taken from a terminal that a program has left non-blocking", async () => {
    const argv = ["/bin/sh", "-c", `dd iflag=nonblock count=0 2>/dev/null; ${BIN} run login`];
    await using program = startInTerminal(argv, project(TOOL));
    await program.sees("(not shown): ");
    program.type("hunter2\r");
    await program.sees("--api-token|hunter2|7");
    expect(await program.exited()).toBe(0);
  });

// A program for it would be ended and stopped by the terminal's keys: then the terminal stays as it was, or nobody can go on.
test.concurrent("a secret is read without any other program, as stty", async () => {
  await using program = startInTerminal([BIN, "run", "login"], {
    ...project(TOOL),
    env: { PATH: tempDir() },
  });
  await program.sees("(not shown): ");
  program.type("hunter2\r");
  await program.sees("--api-token|hunter2|");
  await program.exited();
  expect(program.screen().split("hunter2")).toHaveLength(2);
});

test.concurrent.each([
  // What a key erases there is one byte of two.
  ["not UTF-8", "é\x7f", "what was typed is not UTF-8; nothing was run"],
  ["nothing at all", "\x04", "nothing was typed; nothing was run"],
  ["cut by the terminal", "x".repeat(5000), "what was typed is too long for a terminal; nothing was run"],
])("what is %s is not taken for the secret", async (_what, keys, message) => {
  await using program = startInTerminal(["/bin/sh", "-c", `stty -iutf8; ${BIN} run login`], project(TOOL));
  await program.sees("(not shown): ");
  program.type(`${keys}\r`);
  await program.sees(`runspec: ${message}`);
  expect(await program.exited()).toBe(125);
});

test.concurrent("what was pasted behind it, as of a key of several lines, is left to nobody", async () => {
  const then = 'read -r next; echo "next: $next"';
  await using program = startInTerminal(["/bin/sh", "-c", `${BIN} run login; ${then}`], project(TOOL));
  await program.sees("(not shown): ");
  program.type("hunter2\rmore of it\r");
  await program.sees("--api-token|hunter2|7");
  program.type("a command\r");
  await program.sees("next: a command");
  await program.exited();
});

test.concurrent("it is asked for where the terminal is not the session's, as by su -c", async () => {
  await using program = startInTerminal(["setsid", "-w", BIN, "run", "login"], project(TOOL));
  await program.sees("(not shown): ");
  program.type("hunter2\r");
  await program.sees("--api-token|hunter2|7");
  expect(await program.exited()).toBe(0);
});

test.concurrent("what was typed before it was asked for is not it", async () => {
  await using program = await startBehindTyped("ls", [BIN, "run", "login"], project(TOOL));
  await program.sees("(not shown): ");
  program.type("hunter2\r");
  await program.sees("--api-token|hunter2|7");
  expect(await program.exited()).toBe(0);
});

test.concurrent("jump asks, once the host has said that it is all that is missing", async () => {
  const host = await startSshServer();
  furnish(host, TOOL);
  const program = startInTerminal([BIN, "jump", host.alias, "login", "--", "--n=4"], localTo(host));
  await program.sees("login on demo-host: api-token (not shown): ");
  program.type("hunter2\r");
  await program.sees("|7\r\n");
  expect(await program.exited()).toBe(0);
  await program.close();
  await host.stop();
});

test.concurrent("a connection that is lost while it is asked for has run nothing", async () => {
  const host = await startSshServer();
  furnish(host, TOOL);
  await using program = startInTerminal([BIN, "jump", host.alias, "login"], localTo(host));
  await program.sees("(not shown): ");
  await host.stop();
  program.type("hunter2\r");
  await program.sees("before the answer came\r\n  nothing was run\r\n");
  expect(await program.exited()).toBe(255);
});

test.concurrent("Ctrl-C leaves, and the terminal echoes again", async () => {
  await using program = startInTerminal(
    ["/bin/sh", "-c", `trap : INT; ${BIN} run login; echo "ended with $?"; stty -a`],
    project(TOOL),
  );
  await program.sees("(not shown): ");
  program.type("\x03");
  await program.sees("ended with 130");
  await program.sees(" echo ");
  await program.exited();
});

test.concurrent("Ctrl-Z leaves the terminal as it was, and after fg nothing is shown either", async () => {
  await using program = startInTerminal(["/bin/sh", "-i"], { ...project(TOOL), env: { PS1: "READY> " } });
  await program.sees("READY> ");
  program.type(`${BIN} run login\r`);
  await program.sees("(not shown): ");
  program.type("\x1a");
  await program.sees("READY> ");
  program.type("stty -a\r");
  await program.sees(" echo ");
  program.type("fg\r");
  await program.sees("login: api-token (not shown): ");
  program.type("hunter2\r");
  await program.sees("|7");
  program.type("stty -a; exit\r");
  await program.sees(" echo ");
  // By the tool, and nobody else.
  expect(program.screen().split("hunter2")).toHaveLength(2);
  expect(await program.exited()).toBe(0);
});

// As behind `ssh -t`: it leads the session, and no shell could let it go on.
test.concurrent("where the system lets Ctrl-Z stop nobody, it does not stop us, and nothing is shown", async () => {
  await using program = startInTerminal([BIN, "run", "login"], project(TOOL));
  await program.sees("(not shown): ");
  program.type("\x1ahunter2\r");
  await program.sees("--api-token|hunter2|7");
  expect(await program.exited()).toBe(0);
  expect(program.screen().split("hunter2")).toHaveLength(2);
});

test.concurrent("where Ctrl-Z is ignored, neither we nor the tool are stopped", async () => {
  const tools = `${TOOL}${tool("wait", script("echo started; read -r line; echo $line"))}`;
  await using program = startInTerminal(["/bin/sh", "-i"], { ...project(tools), env: { PS1: "READY> " } });
  await program.sees("READY> ");
  program.type(`(trap "" TSTP; ${BIN} run login; ${BIN} run wait)\r`);
  await program.sees("(not shown): ");
  program.type("\x1ahunter2\r");
  await program.sees("started");
  program.type("\x1awent on\r");
  await program.sees("\nwent on");
});

test.concurrent("what else is wrong is said first, and without a terminal nothing is asked", async () => {
  const local = project(TOOL);
  const program = startInTerminal([BIN, "run", "login", "--", "--n=x"], local);
  await program.sees('--n: found "x", expected an integer');
  expect(await program.exited()).toBe(125);
  await program.close();
  expect(await run(["run", "login"], local)).toMatchObject({
    code: 125,
    stderr: "runspec: login: --api-token is required\n  usage: runspec run login -- --help\n",
  });
});
