/** Servers that are not ours: an ssh that says what a test wants of it, and jump against it. */

import { expect } from "bun:test";
import type { run } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { recordingSsh } from "../harness/recording-ssh.ts";
import { quote } from "../harness/ssh-host.ts";
import { tempDir } from "../harness/temp.ts";
import { project } from "./site.ts";

/** Lines of a server. The requests of a jump are 1, initialize; 2, tools/list; 3, runspec/run; 4, tools/call. */
export const answer = (id: number, result: unknown): string => JSON.stringify({ jsonrpc: "2.0", id, result });
export const failure = (id: number, code: number, message: string): string =>
  JSON.stringify({ jsonrpc: "2.0", id, error: { code, message } });

export const hello = (more: object = {}): string =>
  answer(1, {
    protocolVersion: "2025-06-18",
    capabilities: { tools: {} },
    serverInfo: { name: "other", version: "1" },
    ...more,
  });
export const TOOL = { name: "t", inputSchema: { type: "object", properties: { n: { type: "integer" } } } };
export const tools = (...list: unknown[]): string => answer(2, { tools: list });
export const done = (result: object): string => answer(4, result);
export const text = (...texts: string[]): object => ({
  content: texts.map((one) => ({ type: "text", text: one })),
});

/** sh for: once `requests` lines have come, say `lines`. The client's lines are initialize, initialized, tools/list, runspec/run, tools/call. */
export const say = (requests: number, ...lines: string[]): string =>
  [
    ...Array.from({ length: requests }, () => "read -r line"),
    ...lines.map((line) => `printf '%s\\n' ${quote(line)}`),
  ].join("\n");

export const STAY = "cat >/dev/null";
export const OPEN = say(4, hello(), tools(TOOL));

/** `jump a WORDS` against an ssh that runs `script` and exits with `exitCode`, in the test's own process unless said otherwise. */
export async function against(
  scriptText: string,
  words: string[] = ["t"],
  exitCode = 0,
  seconds = "50",
  by: typeof run | typeof runHere = runHere,
): ReturnType<typeof runHere> {
  const ssh = await recordingSsh(tempDir(), { script: scriptText, exitCode });
  const { cwd, env } = project("[config.jump-hosts.a]\n", ssh.binDir);
  const result = await by(["jump", "a", ...words], {
    cwd,
    env: { ...env, XDG_CACHE_HOME: tempDir(), RUNSPEC_HANDSHAKE_TIMEOUT: seconds },
  });
  // Whatever happens: no stack trace, nothing but whole lines.
  expect(result.stderr).not.toMatch(/\n\s+at .*[:(]/);
  return result;
}

export const outcome = ({ code, out, stderr }: Awaited<ReturnType<typeof runHere>>): unknown[] => [
  code,
  out,
  stderr,
];
