/** A machine whose tools run as other users: its runspec, served by root or by a user without rights. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BIN, ownBinary } from "../harness/binary.ts";
import { type ServeClient, serveClient } from "../harness/serve-client.ts";
import { quote, writeExecutable } from "../harness/ssh-host.ts";
import { writeSpec } from "../harness/temp.ts";
import { canMakeUsers, demoted, users } from "./users.ts";

/** Who runs serve. */
export const SERVERS = canMakeUsers ? (["root", users.invoker] as const) : [];

/** The binary, where every user can run it. */
export const runspec = canMakeUsers ? ownBinary() : BIN;

/** This machine shows nobody the processes of others, as `hidepid` has it. */
const hidesProcesses =
  existsSync("/proc/mounts") &&
  /^\S+ \/proc \S+ \S*hidepid=[^0o]/m.test(readFileSync("/proc/mounts", "utf8"));

export interface BecomeSite {
  /** A directory that everybody can enter, with the runspec.toml; it is first on serve's PATH. */
  dir: string;
  /** The runspec of `server`, for `jump --bin` and for starting it here. */
  bin(server: string): string;
  /** Starts serve as `server`, and opens the conversation. */
  serve(server: string): Promise<ServeClient>;
  /** An executable of everybody's: a shell script. */
  script(name: string, body: string): string;
}

let count = 0;

interface SiteOptions {
  /** What its serve finds. */
  env?: Readonly<Record<string, string>>;
  /** It cannot see others' processes, which else it can, whatever this machine shows. */
  hidden?: boolean;
  /** su says at once that it has failed; by itself it waits for a second. */
  promptSu?: boolean;
}

/** A new site. `tools` makes the runspec.toml of what lies in the directory. */
export function becomeSite(
  tools: (script: BecomeSite["script"], dir: string) => string,
  { env = {}, hidden = false, promptSu = false }: SiteOptions = {},
): BecomeSite {
  count++;
  const dir = join(users.dir, `site${count}`);
  if (canMakeUsers) mkdirSync(dir);
  const script = (name: string, body: string) => {
    const path = join(dir, name);
    if (canMakeUsers) writeExecutable(path, body);
    return path;
  };
  const toml = tools(script, dir);
  const bin = (server: string) => join(dir, server, "runspec");
  const mounts: string[] = [];
  if (hidden !== hidesProcesses) mounts.push(`mount -t proc -o hidepid=${hidden ? 2 : 0} proc /proc`);
  if (promptSu && canMakeUsers) {
    writeFileSync(join(dir, "login.defs"), "FAIL_DELAY 0\n");
    mounts.push(`mount --bind ${dir}/login.defs /etc/login.defs`);
  }
  for (const server of SERVERS) {
    mkdirSync(join(dir, server));
    const variables = { RUNSPEC_CONFIG: writeSpec(dir, toml), HOME: join(users.dir, server), ...env };
    const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`);
    const own = server === "root" ? [runspec] : demoted(server, [runspec]);
    const argv = mounts.length === 0 ? own : apart(mounts, own);
    writeExecutable(
      bin(server),
      [...lines, `PATH=${dir}:$PATH`, `cd ${dir} && exec ${argv.map(quote).join(" ")} "$@"`].join("\n"),
    );
  }
  const serve = async (server: string) => {
    const client = serveClient({ program: bin(server), cwd: "/", timeoutMs: 20_000 });
    await client.open();
    return client;
  };
  return { dir, bin, serve, script };
}

/** In a mount namespace of its own: nothing of this machine may change for others. */
function apart(mounts: readonly string[], argv: readonly string[]): string[] {
  return ["unshare", "-m", "sh", "-c", [...mounts, 'exec "$@"'].join(" && "), "sh", ...argv];
}

export interface CallEnd {
  texts: string[];
  isError: unknown;
  exitCode: unknown;
}

/** Calls a tool, to its end. */
export async function callTool(client: ServeClient, name: string, given: object = {}): Promise<CallEnd> {
  const { result, error } = await client.request("tools/call", { name, arguments: given });
  if (result === undefined) throw new Error(JSON.stringify(error));
  const { content, isError, _meta } = result;
  const texts = Array.isArray(content) ? content.map(({ text }: { text: string }) => text) : [];
  return { texts, isError, exitCode: exitCodeOf(_meta) };
}

function exitCodeOf(meta: unknown): unknown {
  if (typeof meta !== "object" || meta === null || !("runspec" in meta)) return undefined;
  const { runspec } = meta;
  return typeof runspec === "object" && runspec !== null && "exit_code" in runspec
    ? runspec.exit_code
    : undefined;
}

/** Prints who it is, its words, and its environment. */
export const REPORT = 'id -un; printf "%s\\0" "$#" "$@"; env -0';

export interface Report {
  user: string;
  words: string[];
  env: Record<string, string>;
}

/** Reads what {@link REPORT} printed. */
export function readReport(text: string): Report {
  const [, user = "", rest = ""] = /^([^\n]*)\n([\s\S]*)$/.exec(text) ?? [];
  const [number, ...parts] = rest.split("\0");
  const variables = parts.slice(Number(number), -1).map((part): [string, string] => {
    const at = part.indexOf("=");
    return [part.slice(0, at), part.slice(at + 1)];
  });
  return { user, words: parts.slice(0, Number(number)), env: Object.fromEntries(variables) };
}

/** Those variables that runspec has put there, or a tool has declared as SITE_…. */
export function carried({ env }: Report): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => /^(RUNSPEC|SITE)_/.test(name)));
}
