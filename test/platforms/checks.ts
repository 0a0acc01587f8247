/** The main job of a build, step by step. Nothing in it needs a POSIX system of the machine that it runs on. */

import { symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { furnish, localTo } from "../e2e/site.ts";
import { BASE_ENV } from "../harness/binary.ts";
import { startSshServer } from "../harness/ssh-server.ts";
import { specDir, tempDir, writeSpec } from "../harness/temp.ts";
import type { Machine } from "./machines.ts";

export const CHECKS = [
  "version",
  "local",
  "run",
  "timeout",
  "init",
  "serve",
  "jump to",
  "jump from",
] as const;
type CheckName = (typeof CHECKS)[number];

/** True, or what was wrong; text that begins with "no " says why it was not tried. */
export type Results = Record<CheckName, true | string>;

/** Emulation is slow. */
const LIMIT_MS = 120_000;

/** Seconds that nobody else waits for, by which a tool is found again. */
const FOR_TOO_LONG = String(100_000 + process.pid);

const ON_WINDOWS = process.platform === "win32";

const tools = (sayAndFail: readonly string[], wait: readonly string[]) => `
[greet]
description = "Says hello"
autonomy = "autonomous"
command = ${JSON.stringify(sayAndFail)}
args.who = { type = "str", position = 1, env = "Greet_Who" }
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

/** What must not be started on Windows, and what is said of it. */
const REFUSED = `
[batch]
command = "./tool.cmd"
[script]
command = "./tool.py"
[other]
command = "cmd.exe"
run_as = "root"
`;
const REASONS = ["is a batch file", "is no program on Windows", "run_as does not work on Windows"];

const CONVERSATION = [
  {
    id: 1,
    method: "initialize",
    params: {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "test", version: "1" },
    },
  },
  { method: "notifications/initialized" },
  { id: 2, method: "tools/list" },
  { id: 3, method: "tools/call", params: { name: "greet", arguments: { who: "Ada" } } },
];

interface Surroundings {
  cwd: string;
  env?: Record<string, string>;
}

interface Said {
  code: number;
  out: string;
  stderr: string;
}

export async function checkMachine({ platform, how }: Machine, bin: string): Promise<Results> {
  const windows = platform.startsWith("windows");
  const dir = tempDir();
  const spec = writeSpec(dir, windows ? WINDOWS + REFUSED : UNIX);
  for (const name of ["tool.cmd", "tool.py"]) writeFileSync(join(dir, name), "");
  const call = (words: string[], { cwd, env }: Surroundings = { cwd: dir }, stdin = "") =>
    callProgram([bin, ...words], { cwd, env: { ...surroundings(bin), ...env } }, stdin);
  const checks: Record<CheckName, () => Promise<true | string>> = {
    async version() {
      const { out } = await call(["--version", "--json"]);
      return JSON.parse(out).platform === platform || out;
    },
    async local() {
      const { code, out, stderr } = await call(["local", "--format", "json"]);
      const expected = ["greet", "wait", ...(windows ? REASONS : [])];
      return (code === 0 && expected.every((text) => out.includes(text))) || `${code} ${out} ${stderr}`;
    },
    async run() {
      const named = greeted(await call(["run", "greet", "--", "Ada"]));
      return named === true
        ? greeted(await call(["run", "greet"], { cwd: dir, env: { Greet_Who: "Ada" } }))
        : named;
    },
    async timeout() {
      const { code, stderr } = await call(["run", "wait"]);
      const left = processesWith(FOR_TOO_LONG);
      return (code === 124 && left.length === 0) || `${code} ${stderr} left: ${left.join(", ")}`;
    },
    async init() {
      const cwd = tempDir();
      // Wine's PowerShell is an empty shell; Bun runs there.
      const made = await call(["init", ...(how === "Wine" ? ["--lang", "typescript"] : [])], { cwd });
      const { code, out, stderr } = await call(["run", "hello", "--", "Ada", "--times", "2"], { cwd });
      return (
        (code === 0 && out === "Hello, Ada!\nHello, Ada!\n") || `${made.stderr} ${code} ${out} ${stderr}`
      );
    },
    async serve() {
      const lines = CONVERSATION.map((message) => `${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
      const { code, out, stderr } = await call(["serve"], { cwd: dir }, lines.join(""));
      return (
        (code === 0 && out.includes("Says hello") && out.includes("hello Ada")) || `${code} ${out} ${stderr}`
      );
    },
    async "jump to"() {
      if (windows) return "no ssh server for Windows here";
      const host = await startSshServer();
      writeSpec(host.home, UNIX);
      symlinkSync(bin, join(host.home, "bin", "runspec"));
      const { cwd, env } = localTo(host);
      const own = join(import.meta.dir, "../../dist/runspec");
      try {
        const jump = [own, "jump", host.alias, "greet", "--", "Ada"];
        return greeted(await callProgram(jump, { cwd, env: { ...BASE_ENV, ...env } }));
      } finally {
        await host.stop();
      }
    },
    async "jump from"() {
      if (windows) {
        const cwd = specDir("[config.jump-hosts.box]\n");
        // PATH leads to another: what lies in the working directory may be of a checkout.
        writeFileSync(join(cwd, "ssh.exe"), "");
        const remote = ON_WINDOWS ? spec : `Z:${spec.replaceAll("/", "\\")}`;
        return greeted(
          await call(["jump", "box", "greet", "--", "Ada"], { cwd, env: { RUNSPEC_TEST_REMOTE: remote } }),
        );
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
  const none = {
    version: "",
    local: "",
    run: "",
    timeout: "",
    init: "",
    serve: "",
    "jump to": "",
    "jump from": "",
  };
  return { ...none, ...Object.fromEntries(results) };
}

/** What the program finds, with what lies beside it on PATH; programs of Windows need much of what is there. */
function surroundings(bin: string): Record<string, string> {
  if (!ON_WINDOWS) return { ...BASE_ENV };
  const all = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const found = Object.fromEntries(all.filter(([name]) => name.toUpperCase() !== "PATH"));
  return { ...found, PATH: [dirname(bin), process.env.PATH].join(delimiter) };
}

async function callProgram(argv: string[], { cwd, env }: Surroundings, stdin = ""): Promise<Said> {
  const child = Bun.spawn(argv, {
    cwd,
    env: env ?? {},
    stdio: ["pipe", "pipe", "pipe"],
    timeout: LIMIT_MS,
    killSignal: "SIGKILL",
  });
  child.stdin.write(stdin);
  child.stdin.end();
  const [code, out, stderr] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
  return { code, out: out.replaceAll("\r\n", "\n"), stderr };
}

function greeted({ code, out, stderr }: Said): true | string {
  return (code === 7 && out.trimEnd() === "hello Ada") || `${code} ${JSON.stringify(out)} ${stderr}`;
}

/** What runs here with `word` in its command line. */
export function processesWith(word: string): string[] {
  const list = ON_WINDOWS
    ? ["powershell", "-NoProfile", "-Command", "Get-CimInstance Win32_Process | ForEach-Object CommandLine"]
    : ["ps", "-eo", "args"];
  const { stdout } = Bun.spawnSync(list);
  return stdout
    .toString()
    .split(/\r?\n/)
    .filter((line) => line.split(" ").includes(word));
}
