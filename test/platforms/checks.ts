/** The main job of a build, step by step. */

import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { furnish, localTo } from "../e2e/site.ts";
import { BASE_ENV, type RunOptions, run } from "../harness/binary.ts";
import { serveClient } from "../harness/serve-client.ts";
import { startSshServer } from "../harness/ssh-server.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";
import type { Machine } from "./machines.ts";

export const CHECKS = ["version", "local", "run", "timeout", "serve", "jump to", "jump from"] as const;
type CheckName = (typeof CHECKS)[number];

/** True, or what was wrong; text that begins with "no " says why it was not tried. */
export type Results = Record<CheckName, true | string>;

/** Emulation is slow. */
const LIMIT_MS = 120_000;

/** Seconds that nobody else waits for, by which a tool is found again. */
const FOR_TOO_LONG = String(100_000 + process.pid);

const tools = (sayAndFail: readonly string[], wait: readonly string[]) => `
[greet]
description = "Says hello"
autonomy = "autonomous"
command = ${JSON.stringify(sayAndFail)}
args.who = { type = "str", position = 1 }
[wait]
description = "Waits for too long"
autonomy = "autonomous"
command = ${JSON.stringify(wait)}
timeout = "1s"
`;
const UNIX = tools(
  ["/bin/sh", "-c", 'echo "hello $RUNSPEC_ARG_WHO"; exit 7'],
  ["/bin/sh", "-c", `sleep ${FOR_TOO_LONG}`],
);
const WINDOWS = tools(
  ["cmd.exe", "/d", "/c", "echo hello %RUNSPEC_ARG_WHO%& exit 7"],
  ["cmd.exe", "/d", "/c", `ping -n ${FOR_TOO_LONG} 127.0.0.1`],
);

export async function checkMachine({ platform, windows }: Machine, bin: string): Promise<Results> {
  const dir = tempDir();
  const spec = writeSpec(dir, windows ? WINDOWS : UNIX);
  const start = (options: RunOptions = {}) => ({ program: bin, cwd: dir, timeoutMs: LIMIT_MS, ...options });
  const call = async (words: string[], options?: RunOptions) => {
    const { code, out, stderr } = await run(words, start(options));
    return { code, out: out.replaceAll("\r\n", "\n"), stderr };
  };
  const checks: Record<CheckName, () => Promise<true | string>> = {
    async version() {
      const { out } = await call(["--version", "--json"]);
      return JSON.parse(out).platform === platform || out;
    },
    async local() {
      const { code, out, stderr } = await call(["local"]);
      return (code === 0 && out.includes("greet") && out.includes("wait")) || `${code} ${out} ${stderr}`;
    },
    async run() {
      return greeted(await call(["run", "greet", "--", "Ada"]));
    },
    async timeout() {
      const { code, stderr } = await call(["run", "wait"]);
      const left = processesWith(FOR_TOO_LONG);
      return (code === 124 && left.length === 0) || `${code} ${stderr} left: ${left.join(", ")}`;
    },
    async serve() {
      const client = serveClient({ program: bin, cwd: dir, timeoutMs: LIMIT_MS });
      const clientInfo = { name: "test", version: "1" };
      await client.request("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo });
      const list = await client.request("tools/list", {});
      const called = await client.request("tools/call", { name: "greet", arguments: { who: "Ada" } });
      const { code } = await client.close();
      const text = JSON.stringify([list.result, called.result]);
      return (code === 0 && text.includes("Says hello") && text.includes("hello Ada")) || `${code} ${text}`;
    },
    async "jump to"() {
      if (windows) return "no ssh server for Windows here";
      const host = await startSshServer();
      writeSpec(host.home, UNIX);
      symlinkSync(bin, join(host.home, "bin", "runspec"));
      try {
        return greeted(
          await run(["jump", host.alias, "greet", "--", "Ada"], { ...localTo(host), timeoutMs: LIMIT_MS }),
        );
      } finally {
        await host.stop();
      }
    },
    async "jump from"() {
      if (windows) {
        const cwd = tempDir();
        writeSpec(cwd, "[config.jump-hosts.box]\n");
        const env = { RUNSPEC_TEST_REMOTE: `Z:${spec.replaceAll("/", "\\")}` };
        return greeted(await call(["jump", "box", "greet", "--", "Ada"], { cwd, env }));
      }
      const host = await startSshServer();
      furnish(host, UNIX);
      try {
        return greeted(await call(["jump", host.alias, "greet", "--", "Ada"], localTo(host)));
      } finally {
        await host.stop();
      }
    },
  };
  const results: [CheckName, true | string][] = [];
  for (const name of CHECKS) {
    const attempt = () => checks[name]().catch((error: unknown) => String(error));
    const first = await attempt();
    // An emulator may lose a race that no processor loses.
    results.push([name, first === true || first.startsWith("no ") ? first : await attempt()]);
  }
  const all = Object.fromEntries(results);
  return { version: "", local: "", run: "", timeout: "", serve: "", "jump to": "", "jump from": "", ...all };
}

function greeted({ code, out, stderr }: { code: number | null; out: string; stderr: string }): true | string {
  return (code === 7 && out.trimEnd() === "hello Ada") || `${code} ${JSON.stringify(out)} ${stderr}`;
}

/** What runs here with `word` in its command line. */
export function processesWith(word: string): string[] {
  const { stdout } = Bun.spawnSync(["ps", "-eo", "args"], { env: { PATH: BASE_ENV.PATH ?? "" } });
  return stdout
    .toString()
    .split("\n")
    .filter((line) => line.split(" ").includes(word));
}
