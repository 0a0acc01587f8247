/** The become modules against the real sudo and su, as serve uses them: no terminal, the null device as stdin. */

import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BecomeRequest, becomeArgv } from "../../src/become/argv.ts";
import { explainBecome } from "../../src/become/failure.ts";
import { killCommand, killProgram } from "../../src/become/kill.ts";
import { alive, waitUntil } from "../harness/processes.ts";
import { canMakeUsers, demoted, users } from "./users.ts";

const { invoker, target } = users;

interface Ended {
  stdout: string;
  stderr: string;
  exitCode: number;
}

async function run(argv: readonly string[]): Promise<Ended> {
  const child = Bun.spawn([...argv], { stdin: "ignore", stdout: "pipe", stderr: "pipe", detached: true });
  const [stdout, stderr, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { stdout, stderr, exitCode };
}

function request(over: Partial<BecomeRequest>): BecomeRequest {
  return {
    method: "sudo",
    user: target,
    flags: "",
    env: new Map(),
    command: ["/usr/bin/id", "-un"],
    ...over,
  };
}

/** The words that `words` arrive as. */
async function arrive(words: readonly string[], over: Partial<BecomeRequest>): Promise<string[]> {
  const argv = becomeArgv(request({ command: ["/usr/bin/printf", "%s\\0", ...words], ...over }));
  const { stdout, stderr } = await run(argv);
  expect(stderr).toBe("");
  return stdout.split("\0").slice(0, -1);
}

/** Up to `most` words of up to 12 characters, most of which some shell acts on. The same for the same seed. */
function randomWords(seed: number, most: number): string[] {
  const characters = [..."'\"\\`$!#&|;<>()[]{}*?~=%^@,:+-_./ \t\n\r\v\f\x01\x1b\x7faZ09éß漢😀\u2028\u00a0"];
  let state = seed;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const word = () => Array.from({ length: below(13) }, () => characters[below(characters.length)]).join("");
  return Array.from({ length: 1 + below(most) }, word);
}

/** Vectors of up to `most` words, each behind the number of its words, so that none can lend its neighbour one. */
function vectors(from: number, count: number, most: number): string[] {
  return Array.from({ length: count }, (_, n) => randomWords(from + n + 1, most)).flatMap((words) => [
    String(words.length),
    ...words,
  ]);
}

describe.skipIf(!canMakeUsers)("what is sent arrives", () => {
  const shells = ["sh", "bash", "zsh", "fish"].map((name) => Bun.which(name)).filter((path) => path !== null);
  test.concurrent.each(shells)(
    "su -c: 5,000 random argument vectors, through %s",
    async (shell) => {
      for (let batch = 0; batch < 10; batch++) {
        const sent = vectors(batch * 500, 500, 6);
        expect(await arrive(sent, { method: "su", flags: `-s ${shell}` })).toEqual(sent);
      }
    },
    60_000,
  );

  test.concurrent("sudo: random argument vectors", async () => {
    const sent = vectors(0, 50, 60);
    expect(await arrive(sent, {})).toEqual(sent);
  });

  test.concurrent.each(["sudo", "su"] as const)(
    "%s: the user, and the environment, line breaks and all",
    async (method) => {
      const note = 'it\'s $HOME\n`id` \\ "é"';
      const env = new Map([
        ["RUNSPEC_AGENT", "1"],
        ["NOTE", note],
        ["EMPTY", ""],
      ]);
      const script = 'printf "%s|" "$(id -un)" "$RUNSPEC_AGENT" "$NOTE" "$(env | grep ^EMPTY)" "$1"';
      const argv = becomeArgv(request({ method, env, command: ["/bin/sh", "-c", script, "sh", "a b"] }));
      expect(await run(argv)).toEqual({ stdout: `${target}|1|${note}|EMPTY=|a b|`, stderr: "", exitCode: 0 });
    },
  );
});

function explain(failure: BecomeRequest & Ended) {
  const known = { secrets: new Set<string>(), openToAll: false };
  const around = { invoker, hostname: "here", own: failure.stderr, ...known, shown: becomeArgv(failure) };
  return explainBecome({ ...failure, ...around });
}

describe.skipIf(!canMakeUsers)("a user without rights", () => {
  afterAll(() => users.allow());

  async function refusal(over: Partial<BecomeRequest>) {
    const wanted = request(over);
    const ended = await run(demoted(invoker, becomeArgv(wanted)));
    expect(ended.exitCode).not.toBe(0);
    return explain({ ...wanted, ...ended });
  }

  test("sudo that wants a password ends, and says so", async () => {
    users.allow();
    const explained = await refusal({});
    expect(explained?.split("\n")).toEqual([
      `sudo wants a password from ${invoker} to be ${target} on here, and nobody is there to type it: sudo: a password is required`,
      `tried: sudo -u ${target} /usr/bin/id -un`,
      `add to sudoers (visudo): ${invoker} ALL=(${target}) NOPASSWD: /usr/bin/id, ${killProgram()}`,
    ]);
  });

  test("su ends, and says so", async () => {
    const explained = await refusal({ method: "su" });
    expect(explained).toStartWith(`su wants a password from ${invoker} to be ${target} on here`);
  });

  test("a user that is not there", async () => {
    expect(await refusal({ user: "no-such-user" })).toStartWith("there is no user no-such-user on here");
    const su = await run(becomeArgv(request({ method: "su", user: "no-such-user" })));
    const failure = { ...request({ method: "su", user: "no-such-user" }), ...su };
    expect(explain(failure)).toStartWith("there is no user no-such-user on here");
  });

  test("a command that is not allowed", async () => {
    users.allow(`Defaults:${invoker} !authenticate`, `${invoker} ALL=(${target}) /usr/bin/true`);
    expect(await refusal({})).toStartWith(
      `sudo does not let ${invoker} be ${target} on here: Sorry, user ${invoker} is not allowed to execute`,
    );
  });

  test("the line it is told to add is the one that allows it", async () => {
    const odd = join(users.dir, "my tools, (a:b) #1 [x]*?!\"'&$%\\\n;");
    mkdirSync(odd);
    const tool = join(odd, "tool");
    writeFileSync(tool, '#!/bin/sh\necho "$(id -un) $*"\n');
    chmodSync(tool, 0o755);
    for (const env of [new Map<string, string>(), new Map([["A", "1"]])]) {
      const wanted = { env, command: [tool, "a", "b c"] };
      users.allow();
      const [, , advice = ""] = (await refusal(wanted))?.split("\n") ?? [];
      users.allow(advice.replace("add to sudoers (visudo): ", ""));
      expect(await run(demoted(invoker, becomeArgv(request(wanted))))).toEqual({
        stdout: `${target} a b c\n`,
        stderr: "",
        exitCode: 0,
      });
    }
  });

  test("can end every process of its tool, also one that ignores TERM", async () => {
    users.allow(`${invoker} ALL=(${target}) NOPASSWD: /usr/bin/env, ${killProgram()}`);
    const script = "(trap '' TERM; echo $$ $(sh -c 'echo $PPID'); sleep 60) & sleep 60";
    const argv = becomeArgv(request({ env: new Map([["A", "1"]]), command: ["/bin/sh", "-c", script] }));
    const sudo = Bun.spawn(demoted(invoker, argv), { stdin: "ignore", stdout: "pipe", detached: true });
    const first = await sudo.stdout.getReader().read();
    const pids = new TextDecoder().decode(first.value).trim().split(" ").map(Number);
    expect(pids.filter(alive)).toEqual(pids);
    const kill = (signal: "TERM" | "KILL") =>
      run(
        demoted(invoker, becomeArgv(request({ command: killCommand(signal, [-sudo.pid], killProgram()) }))),
      );
    expect(await kill("TERM")).toEqual({ stdout: "", stderr: "", exitCode: 0 });
    await waitUntil(
      () => pids.filter(alive).length === 1,
      20_000,
      "the end of the one that does not ignore TERM",
    );
    expect(await kill("KILL")).toEqual({ stdout: "", stderr: "", exitCode: 0 });
    await waitUntil(() => !pids.some(alive) && !alive(sudo.pid), 20_000, "the end of all");
  });
});
