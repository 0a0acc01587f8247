/** Hostile servers at the other end of `jump`: bounded in time and memory, deceived by nothing, and INT always ends it. */

import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { project } from "../e2e/site.ts";
import { type Ending, type RunResult, run, start } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { waitUntil, within } from "../harness/processes.ts";
import { quote } from "../harness/ssh-host.ts";
import { tempDir } from "../harness/temp.ts";
import { peakMemory, peakUntil } from "./bounds.ts";

const MB = 1024 * 1024;
const PROGRAM = join(import.meta.dir, "servers.ts");

/** A project whose ssh is the hostile server `name`; `midway` is there once that has talked for a while. */
function against(name: string, seconds = "100") {
  const binDir = tempDir();
  const ssh = join(binDir, "ssh");
  const midway = join(binDir, "midway");
  writeFileSync(
    ssh,
    `#!/bin/sh\nexec ${quote(process.execPath)} ${quote(PROGRAM)} '${name}' '${midway}' 2>/dev/null\n`,
  );
  chmodSync(ssh, 0o755);
  const { cwd, env } = project("[config.jump-hosts.a]\n", binDir);
  return { cwd, midway, env: { ...env, RUNSPEC_HANDSHAKE_TIMEOUT: seconds } };
}

const jump = (name: string, words: readonly string[], seconds?: string): Promise<RunResult> =>
  run(["jump", "a", ...words], { ...against(name, seconds), timeoutMs: 110_000 });

const CALL = ["t"];
const HELP = ["t", "--", "--help"];
const LIST: string[] = [];
const JSON_LIST = ["--format", "json"];

type Row = [
  server: string,
  words: readonly string[],
  code: number,
  out: string | RegExp,
  stderr: string | RegExp,
];
const RAN = "ran";
/** Of the rows below those whose messages are megabytes, for which a process of its own costs less, and one of each end. */
const BY_BINARY = new Set([
  ..."ref-root ref-many deep-union huge-enum huge-types huge-required many-properties long-names pages-for-ever".split(
    " ",
  ),
  ..."list-fat list-names braces-for-ever refused-escape help-escape".split(" "),
]);
const TOO_MUCH = /sent a message that is too large to be read/;

// What is refused of one message, or means nothing in it, is in test/mcp/client and test/arguments/from-json-schema.
describe("what a server says", () => {
  const rows: Row[] = [
    ["ref-bomb", HELP, 0, /--a <str>/, ""],
    ["ref-chain", HELP, 0, /--a <str>/, ""],
    ["ref-many", HELP, 0, /--p4999 <str>/, ""],
    ["ref-long-path", CALL, 0, RAN, ""],
    ["ref-root", CALL, 0, RAN, ""],
    ["deep-union", CALL, 125, "", TOO_MUCH],
    ["huge-enum", HELP, 0, /--a <str>/, ""],
    ["huge-types", CALL, 0, RAN, ""],
    ["huge-required", CALL, 125, "", TOO_MUCH],
    ["many-properties", HELP, 0, /--p9999 <str>\n$/, ""],
    ["regex-pattern", ["t", "--", "--a", `${"a".repeat(40)}!`], 0, RAN, ""],
    ["long-names", ["t", "--", "--xx"], 125, "", /no such flag/],
    ["proto-names", CALL, 0, RAN, ""],
    ["odd-everything", CALL, 0, RAN, ""],
    ["schema-no-object", CALL, 0, RAN, ""],
    ["pages-for-ever", LIST, 125, "", /list of tools is too long: over 1000 pages/],
    ["list-fat", LIST, 125, "", /list of tools is too long/],
    ["list-names", CALL, 127, "", /offers no tool "t"/],
    ["list-names", LIST, 0, /^Tools on a:/, ""],
    ["list-odd", CALL, 0, RAN, ""],
    ["answers-twice", CALL, 0, RAN, ""],
    ["answers-for-nobody", CALL, 0, RAN, ""],
    ["braces-for-ever", CALL, 125, "", /did not speak MCP/],
    ["output-before", CALL, 0, RAN, ""],
    ["output-before", JSON_LIST, 0, /^\{\n {2}"tools": \[/, ""],
    ["output-unasked", CALL, 0, RAN, ""],
    ["output-raw-other-id", CALL, 0, "mine...\n", ""],
    ["output-bytes-huge", CALL, 0, "", ""],
    ["refused-0", CALL, 125, "", "runspec: no, said the server\n"],
    ["usage-unasked", CALL, 125, "", /answer to the call is not valid MCP/],
    ["usage-unasked", HELP, 0, /--a <str>/, ""],
    ["ended-256", CALL, 125, "", /the tool ended with 256, which is not an exit code/],
    ["ended-well-with-300", CALL, 125, "said", /the tool ended with 300, which is not an exit code/],
    ["refused-escape", CALL, 125, "", "runspec: \\x1b[31mred\\x1b]0;title\\x07\\u200b\n"],
    [
      "error-escape",
      CALL,
      125,
      "",
      "runspec: a: the server answered with an error: \\x1b[2Jgone\\u{e0041}\n  the tool may have run: look on a before you run it again\n",
    ],
    ["hello-escape", CALL, 125, "", /speaks MCP "\\u001b\[31mred\\u202e"/],
    ["names-escape", LIST, 0, /t\\x1b\[31m {2}\\x1b\[31mauto {2}\\x1b\[2Jhidden\\u200b\\u\{e0041\}/, ""],
    ["names-escape", CALL, 127, "", /did you mean "t\\x1b\[31m"/],
    ["help-escape", HELP, 0, /\\x1b\[2Jabout/, ""],
    ["required-env-escape", CALL, 125, "", /set \\x1b\[31mE in/],
  ];
  test.concurrent.each(rows)("%s, asked for %j, ends with %d", async (name, words, code, out, stderr) => {
    const result = BY_BINARY.has(name)
      ? await jump(name, words)
      : await runHere(["jump", "a", ...words], against(name));
    const says = (wanted: string | RegExp) =>
      typeof wanted === "string" ? wanted : expect.stringMatching(wanted);
    expect([result.code, result.out, result.stderr]).toEqual([code, says(out), says(stderr)]);
    // Nothing of a message, a list or a help acts on a terminal.
    expect(result.out + result.stderr).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202e]/);
    expect(result.stderr).not.toMatch(/\n\s+at .*[:(]/);
  });
});

describe("whatever a server says at once, it takes bounded memory", () => {
  test.concurrent.each([
    // Four of 8 MB, one after the other, of which two are wide and two base64: all that are held together are over the limit.
    ["output-huge", 15 * MB + 6 * 2_000_000, 112],
    ["messages-huge", 3, 112],
    ["answer-huge", 15 * MB, 150],
    ["failure-huge", 0, 150],
    ["failure-of-lines", 0, 150],
    ["refusal-of-lines", 0, 150],
    ["notes-without-end", 0, 150],
  ])("%s", async (name, bytes, megabytes) => {
    const running = start(["jump", "a", "t"], against(name));
    const out = new Response(running.stdout).arrayBuffer();
    const stderr = new Response(running.stderr).arrayBuffer();
    const peak = await within(peakUntil(running.pid, running.exited), 90_000, "the end");
    expect((await out).byteLength).toBe(bytes);
    await stderr;
    expect(peak).toBeLessThan(megabytes * MB);
  });
});

describe("a server that goes on and on is given up in its time", () => {
  test.concurrent.each<[name: string, sentence: RegExp, seconds?: string]>([
    ["pages-slowly", /the server took longer than 5 s to answer/],
    ["list-drip", /the server took longer than 5 s to answer/],
    ["list-never", /the server took longer than 5 s to answer/],
    // These are given up for what they say, as soon as it is too much.
    ["deep-json", /did not speak MCP/, "100"],
    ["many-objects", /did not speak MCP/, "100"],
    ["line-for-ever", /did not speak MCP/, "100"],
    ["id-digits", /did not speak MCP: it said/, "100"],
    // Those that never answer the handshake need not be waited for long, and are busy for as long as they are.
    ["small-talk", /did not answer the MCP handshake/, "0.15"],
    ["silent", /did not answer the MCP handshake/, "0.15"],
  ])("%s", async (name, sentence, seconds = "5") => {
    const { code, stderr } = await jump(name, CALL, seconds);
    expect([code, stderr.slice(-600)]).toEqual([125, expect.stringMatching(sentence)]);
    expect(stderr.length).toBeLessThan(2 * MB);
  });
});

const ENDS: Ending[] = [
  { code: 130, signal: null },
  { code: null, signal: "SIGINT" },
];

describe("INT ends it at any moment, and its memory is bounded", () => {
  test.concurrent.each([
    ["silent"],
    ["list-never"],
    ["pages-slowly"],
    ["requests-for-ever"],
    ["noise-for-ever"],
    ["output-for-ever"],
    ["call-never"],
    ["id-huge"],
    ["leases-for-ever"],
    ["stopping-another"],
  ])("%s", async (name) => {
    const { midway, ...at } = against(name);
    const running = start(["jump", "a", "t"], at);
    const out = new Response(running.stdout).arrayBuffer();
    const stderr = new Response(running.stderr).arrayBuffer();
    try {
      await waitUntil(() => existsSync(midway), 20_000, "some of what the server says");
      expect(peakMemory(running.pid)).toBeLessThan(150 * MB);
      running.kill("SIGINT");
      // One is enough: whoever does not say that it is stopping the tool is not waited for. Before it is listened for, it ends jump itself.
      expect(ENDS).toContainEqual(await within(running.exited, 30_000, "the end"));
    } finally {
      running.kill("SIGKILL");
    }
    await Promise.all([out, stderr]);
  });
});
