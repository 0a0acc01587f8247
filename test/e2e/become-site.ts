/** A machine whose tools run as other users: its runspec, served by root or by a user without rights. */

import { existsSync, mkdirSync, readFileSync } from "node:fs";
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

/**
 * A new site. `tools` makes the runspec.toml of what lies in the directory; `env` is what its serve finds; `hidden`: it cannot see others'
 * processes, which else it can, whatever this machine shows.
 */
export function becomeSite(
  tools: (script: BecomeSite["script"], dir: string) => string,
  { env = {}, hidden = false }: { env?: Readonly<Record<string, string>>; hidden?: boolean } = {},
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
  for (const server of SERVERS) {
    mkdirSync(join(dir, server));
    const variables = { RUNSPEC_CONFIG: writeSpec(dir, toml), HOME: join(users.dir, server), ...env };
    const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`);
    const own = server === "root" ? [runspec] : demoted(server, [runspec]);
    const argv = hidden === hidesProcesses ? own : withProc(hidden, own);
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

/** A mount namespace of its own: what is said of this machine's processes to others must not change for them. */
function withProc(hidden: boolean, argv: readonly string[]): string[] {
  const mount = `mount -t proc -o hidepid=${hidden ? 2 : 0} proc /proc && exec "$@"`;
  return ["unshare", "-m", "sh", "-c", mount, "sh", ...argv];
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
