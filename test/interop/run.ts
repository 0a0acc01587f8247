/**
 * Lets the official MCP clients talk to dist/runspec and prints what each could do. They are no dependency of this project: their
 * pinned versions are fetched into a directory of their own when this runs. Exits 1 if a check failed, 2 if a client could not be
 * fetched. `bun test/interop/run.ts [CLIENT…]` runs those whose names begin so.
 */

import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BASE_ENV, BIN } from "../harness/binary.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";
import { gatewaySite } from "./gateway-site.ts";
import { type Check, checkInspector } from "./inspector.ts";
import { SPEC, TOOL_NAMES } from "./tools.ts";

const PACKAGES = {
  sdk: "@modelcontextprotocol/sdk@1.32.2",
  client: "@modelcontextprotocol/client@2.4.0",
  inspector: "@modelcontextprotocol/inspector@2.12.0",
  agents: "@openai/agents@0.20.0",
  gemini: "@google/gemini-cli-core@0.61.0",
} as const;

interface Client {
  name: string;
  package: keyof typeof PACKAGES;
  /** The script and its last arguments; undefined: the Inspector's command line. */
  script?: readonly [file: string, ...words: string[]];
  /** It talks to many hosts, through one server. */
  gateway?: true;
}

const CLIENTS: readonly Client[] = [
  { name: "sdk 1.x", package: "sdk", script: ["client-1.mjs"] },
  { name: "jump to an sdk 1.x server", package: "sdk", script: ["server-1.mjs"] },
  { name: "client 2.x legacy", package: "client", script: ["client-2.mjs", "legacy"] },
  { name: "client 2.x auto", package: "client", script: ["client-2.mjs", "auto"] },
  { name: "client 2.x auto in place", package: "client", script: ["client-2.mjs", "in-place"] },
  { name: "client 2.x 2026-07-28", package: "client", script: ["client-2.mjs", "2026-07-28"] },
  { name: "openai agents", package: "agents", script: ["client-openai.mjs", "open"] },
  { name: "openai agents strict", package: "agents", script: ["client-openai.mjs", "strict"] },
  { name: "gemini-cli-core", package: "gemini", script: ["client-gemini.mjs"] },
  { name: "gateway, sdk 1.x", package: "sdk", script: ["client-1.mjs"], gateway: true },
  {
    name: "gateway, 2.x legacy",
    package: "client",
    script: ["client-2.mjs", "legacy"],
    gateway: true,
  },
  { name: "gateway, 2026-07-28", package: "client", script: ["client-2.mjs", "2026-07-28"], gateway: true },
  { name: "gateway, openai agents", package: "agents", script: ["client-openai.mjs", "open"], gateway: true },
  {
    name: "gateway, agents strict",
    package: "agents",
    script: ["client-openai.mjs", "strict"],
    gateway: true,
  },
  { name: "gateway, gemini-cli-core", package: "gemini", script: ["client-gemini.mjs"], gateway: true },
  { name: "inspector legacy", package: "inspector" },
  { name: "inspector modern", package: "inspector" },
];

/** As long as one client may take; nothing here waits for more than a few seconds. */
const CLIENT_MAX_MS = 180_000;
const node = Bun.which("node") ?? process.execPath;

const wanted = process.argv.slice(2);
const chosen = CLIENTS.filter(
  ({ name }) => wanted.length === 0 || wanted.some((word) => name.startsWith(word)),
);
const project = tempDir();
writeSpec(project, SPEC);
const homes = await install([...new Set(chosen.map((client) => client.package))]);

let failures = 0;
for (const client of chosen) {
  const checks = await run(client, homes[client.package]);
  failures += checks.filter(({ ok }) => !ok).length;
  for (const { check, ok, detail } of checks) {
    console.log(
      `${ok ? "ok  " : "FAIL"}  ${client.name.padEnd(26)}${check}${detail === "" ? "" : `: ${detail}`}`,
    );
  }
}
console.log(failures === 0 ? "every client could do everything" : `${failures} failed`);
process.exit(failures === 0 ? 0 : 1);

async function install(packages: readonly (keyof typeof PACKAGES)[]): Promise<Record<string, string>> {
  const homes: Record<string, string> = {};
  for (const name of packages) {
    const home = tempDir();
    writeFileSync(join(home, "package.json"), '{"private":true,"type":"module"}\n');
    const added = Bun.spawnSync([process.execPath, "add", "--exact", PACKAGES[name]], { cwd: home });
    if (added.exitCode !== 0) {
      console.error(`cannot fetch ${PACKAGES[name]}:\n${added.stderr}`);
      process.exit(2);
    }
    for (const file of [
      "checks.mjs",
      "gateway-checks.mjs",
      "client-1.mjs",
      "client-2.mjs",
      "server-1.mjs",
      "client-openai.mjs",
      "client-gemini.mjs",
    ]) {
      copyFileSync(join(import.meta.dir, file), join(home, file));
    }
    homes[name] = home;
  }
  return homes;
}

async function run(client: Client, home = ""): Promise<Check[]> {
  if (client.script === undefined) {
    const era = client.name.endsWith("legacy") ? "legacy" : "modern";
    return checkInspector({ node, home, project, era });
  }
  const [file, ...words] = client.script;
  const gateway = client.gateway && gatewaySite();
  if (client.gateway && gateway === undefined) return [{ check: "not run: no sshd", ok: true, detail: "" }];
  const cwd = gateway === undefined ? project : gateway.site.cwd;
  const child = Bun.spawn([node, file, BIN, cwd, JSON.stringify(TOOL_NAMES), ...words], {
    cwd: home,
    // What a client leaves in its TMPDIR goes with its home.
    env: { ...BASE_ENV, ...gateway?.env, RUNSPEC_HEARTBEAT_MS: "1000", TMPDIR: home },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: CLIENT_MAX_MS,
    killSignal: "SIGKILL",
  });
  const [out, said, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  const checks: Check[] = out.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
  const sound = code === 0 && checks.at(-1)?.check === "close";
  return sound
    ? checks
    : [...checks, { check: "comes to its end", ok: false, detail: `code ${code}: ${said}` }];
}
