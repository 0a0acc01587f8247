/** The MCP Inspector's command line: one process a method, JSON on stdout. */

import { join } from "node:path";
import { BASE_ENV, BIN } from "../harness/binary.ts";
import { tempDir } from "../harness/temp.ts";
import { TOOL_NAMES } from "./tools.ts";

export interface Check {
  check: string;
  ok: boolean;
  /** What went wrong. */
  detail: string;
}

export interface InspectorOptions {
  node: string;
  /** Where the package was installed. */
  home: string;
  project: string;
  era: "legacy" | "modern";
}

interface Ran {
  code: number;
  json: unknown;
  stderr: string;
}

type Inspect = (...words: string[]) => Promise<Ran>;

const ENTRY = "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js";

/** Every check of the Inspector in one era of the protocol. */
export async function checkInspector(options: InspectorOptions): Promise<Check[]> {
  const inspect = createInspect(options);
  const call = (name: string, ...words: string[]) =>
    inspect("--method", "tools/call", "--tool-name", name, ...words);
  return [
    await check("list every page, schemas portable", async () => {
      const { code, json, stderr } = await inspect("--method", "tools/list", "--strict");
      const names = Array.from(Object(json).tools, (tool) => Object(tool).name);
      expectSame([code, names], [0, TOOL_NAMES], stderr);
    }),
    await check("call", async () => {
      const { code, json, stderr } = await call("greet", "--tool-arg", "who=you");
      expectSame([code, Object(json).content], [0, [{ type: "text", text: "hello you\n" }]], stderr);
    }),
    await check("call with JSON output", async () => {
      const { code, json, stderr } = await call("report");
      expectSame([code, Object(json).structuredContent], [0, { ok: true }], stderr);
    }),
    await check("a failing call", async () => {
      const { code, json, stderr } = await call("fail");
      const { exit_code } = Object(Object(Object(json)._meta).runspec);
      expectSame([code === 0, Object(json).isError, exit_code], [false, true, 3], stderr);
    }),
    await check("a tool that is not there", async () => {
      const { code, stderr } = await call("nobody");
      expectSame([code === 0, /unknown tool|not found/i.test(stderr)], [false, true], stderr);
    }),
    await check("50 calls at once", async () => {
      const load = ["--load", "--load-concurrency", "50", "--load-requests", "200"];
      const { json, stderr } = await call("greet", "--tool-arg", "who=you", ...load);
      const { ok, errors, toolErrors } = Object(json);
      expectSame({ ok, errors, toolErrors }, { ok: 200, errors: 0, toolErrors: 0 }, stderr);
    }),
  ];
}

function createInspect({ node, home, project, era }: InspectorOptions): Inspect {
  const own = tempDir();
  return async (...words) => {
    const argv = [
      node,
      join(home, ENTRY),
      "--cli",
      BIN,
      "serve",
      "--cwd",
      project,
      "--protocol-era",
      era,
      ...words,
    ];
    const child = Bun.spawn([...argv, "--quiet"], {
      cwd: own,
      env: { ...BASE_ENV, HOME: own },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 60_000,
    });
    const [out, stderr, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    return { code, json: parse(out), stderr };
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function check(name: string, run: () => Promise<void>): Promise<Check> {
  try {
    await run();
    return { check: name, ok: true, detail: "" };
  } catch (error) {
    return { check: name, ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

function expectSame(actual: unknown, expected: unknown, said: string): void {
  if (Bun.deepEquals(actual, expected)) return;
  throw new Error(`${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}; ${said}`.slice(0, 1000));
}
