/** `runspec run` in a real terminal: a tool that asks, draws, is interrupted, stopped and resized is as it is without us. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { BIN } from "../harness/binary.ts";
import { specDir } from "../harness/temp.ts";
import { PROMPT, startBash, startInTerminal } from "../harness/terminal.ts";
import { script, tool } from "./site.ts";

setDefaultTimeout(60_000);

const CTRL_C = "\x03";
const CTRL_D = "\x04";
const CTRL_Z = "\x1a";
const CTRL_BACKSLASH = "\x1c";

function inTerminal(argv: readonly string[]) {
  const cwd = specDir(tool("t", argv));
  return startInTerminal([BIN, "run", "t"], { cwd });
}

test.concurrent("a tool that asks gets what is typed", async () => {
  await using program = inTerminal(script('printf "name? "; read -r name; echo "hello, $name"; exit 4'));
  await program.sees("name? ");
  program.type("Ada\r");
  await program.sees("hello, Ada");
  expect(await program.exited()).toBe(4);
});

test.concurrent("a password is not echoed, and the terminal is as before", async () => {
  await using program = inTerminal(
    script(
      'stty -echo; printf "password: "; read -r it; stty echo; echo; printf %s "$it" | wc -c; echo letters; stty -a',
    ),
  );
  await program.sees("password: ");
  program.type("hunter2\r");
  await program.sees("7\r\nletters");
  await program.sees(" echo ");
  expect(await program.exited()).toBe(0);
  expect(program.screen()).not.toContain("hunter2");
});

test.concurrent("all three streams are the terminal, and its size is the tool's", async () => {
  await using program = inTerminal(script("test -t 0 && test -t 1 && test -t 2 && stty size"));
  await program.sees("24 80");
  expect(await program.exited()).toBe(0);
});

test.concurrent("a program that draws gets every key as it is", async () => {
  await using program = inTerminal(
    script("stty raw -echo; printf 'ready\\r\\n'; dd bs=1 count=4 2>/dev/null | od -An -tx1; stty sane"),
  );
  await program.sees("ready");
  program.type("\x1b[A\x03");
  await program.sees("1b 5b 41 03");
  expect(await program.exited()).toBe(0);
});

test.concurrent("a window that changes its size: the tool is told", async () => {
  await using program = inTerminal(
    script("trap 'stty size; exit 3' WINCH; echo ready; while :; do sleep 0.05; done"),
  );
  await program.sees("ready");
  program.resize(100, 30);
  await program.sees("30 100");
  expect(await program.exited()).toBe(3);
});

test.concurrent("end of input is the tool's", async () => {
  await using program = inTerminal(script("echo ready; wc -l"));
  await program.sees("ready");
  program.type(`one\r${CTRL_D}`);
  await program.sees("1\r\n");
  expect(await program.exited()).toBe(0);
});

test.concurrent.each([
  ["Ctrl-C ends it: 130", CTRL_C, "echo ready; exec sleep 600", 130],
  ["Ctrl-\\ ends it: 131", CTRL_BACKSLASH, "ulimit -c 0; echo ready; exec sleep 600", 131],
  [
    "Ctrl-C that it handles is its own, and comes once",
    CTRL_C,
    "n=0; trap 'n=$((n + 1))' INT; echo ready; sleep 600 & while [ $n -eq 0 ]; do wait; done; kill $!; sleep 0.3; exit 2$n",
    21,
  ],
])("%s", async (_what, key, text, code) => {
  await using program = inTerminal(script(text));
  await program.sees("ready");
  program.type(key);
  expect(await program.exited()).toBe(code);
});

/** An interactive bash, whose job is the tool. */
async function inBash(argv: readonly string[]) {
  const cwd = specDir(tool("t", argv));
  const program = await startBash({ cwd });
  program.type(`${BIN} run t\r`);
  return program;
}

test.concurrent("Ctrl-Z stops it, fg goes on with it", async () => {
  await using program = await inBash(script('echo asking; read -r a; echo "got $a"; exit 6'));
  await program.sees("asking");
  program.type(CTRL_Z);
  await program.sees("Stopped");
  await program.sees(PROMPT);
  program.type("fg\r");
  await program.sees("run t");
  program.type("words\r");
  await program.sees("got words");
  await program.sees(PROMPT);
  program.type("echo code=$?\r");
  await program.sees("code=6");
  program.type("exit\r");
  expect(await program.exited()).toBe(0);
});

test.concurrent("Ctrl-C in a shell: the tool is gone, the shell is there, and knows", async () => {
  await using program = await inBash(script("echo asking; exec sleep 600"));
  await program.sees("asking");
  program.type(CTRL_C);
  await program.sees(PROMPT);
  program.type("echo code=$?; jobs\r");
  await program.sees("code=130");
  program.type("exit\r");
  expect(await program.exited()).toBe(0);
});

test.concurrent("a terminal that is closed ends the tool", async () => {
  await using program = inTerminal(script("echo ready; exec sleep 600"));
  await program.sees("ready");
  process.kill(program.pid, "SIGHUP");
  expect(await program.exited()).toBe(129);
});
