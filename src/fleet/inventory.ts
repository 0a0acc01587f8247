/** Somebody's existing inventory: a program that prints hosts, as Ansible's JSON or as names. */

import { dirname, resolve } from "node:path";
import { RunspecError, reasonOf } from "../errors.ts";
import { distrust } from "../files/distrust.ts";
import { isObject, type JsonObject } from "../jsonrpc/message.ts";
import { quoteCommand } from "../process/quote.ts";
import type { Source } from "../process/source.ts";
import { type Exit, exitCode, spawn } from "../process/spawn.ts";
import type { Inventory } from "../spec/model.ts";
import { concat, decodeUtf8, didYouMean, visible } from "../text.ts";

/** A host as an inventory knows it; what is undefined is for ssh's configuration to say. */
export interface InventoryHost {
  name: string;
  host?: string;
  user?: string;
  port?: number;
}

export interface InventoryContext {
  /** The runspec.toml that names the command: it is run in its directory. */
  file: string;
  env: Record<string, string>;
  uid: number | undefined;
  limitMs: number;
  signal: AbortSignal;
}

const OUTPUT_MAX = 16 * 1024 * 1024;
const WORDS_KEPT = 4096;
/** How long its pipes are read once it has ended. */
const GRACE_MS = 500;

/**
 * Runs the command, without a shell and bounded in time and output, and reads what it prints.
 * @throws RunspecError 125 where it fails, or prints what is no inventory
 */
export async function askInventory(
  name: string,
  { command, group }: Inventory,
  context: InventoryContext,
): Promise<InventoryHost[]> {
  const what = `@${name}: ${visible(quoteCommand(command))}`;
  const text = await outputOf(command, what, context);
  const hosts = text.trimStart().startsWith("{")
    ? readAnsible(text, group, what)
    : readNames(text, group, what);
  for (const host of hosts) refuseName(host.name, what);
  return hosts;
}

/** What could not be typed again as it is printed. */
function refuseName(name: string, what: string): void {
  if (!/^@|[\s,{}]/.test(name) && name !== "") return;
  throw new RunspecError(`${what} names a host "${visible(name)}", which is no name of one`);
}

function readNames(text: string, group: string | undefined, what: string): InventoryHost[] {
  if (group !== undefined)
    throw new RunspecError(
      `${what} printed names, and no groups among which to look for "${visible(group)}"`,
      {
        hint: "leave group out, or have the command print Ansible's JSON",
      },
    );
  return [...new Set(text.split(/\s+/))].filter((name) => name !== "").map((name) => ({ name }));
}

/** `ansible-inventory --list`: groups with hosts and children, and from `_meta.hostvars` how each host is reached. */
export function readAnsible(text: string, group: string | undefined, what: string): InventoryHost[] {
  let inventory: unknown;
  try {
    inventory = JSON.parse(text);
  } catch (error) {
    throw new RunspecError(`${what} printed JSON that cannot be read: ${reasonOf(error)}`);
  }
  if (!isObject(inventory)) throw new RunspecError(`${what} printed JSON, but no groups`);
  const names = group === undefined ? allOf(inventory) : membersOf(inventory, group, new Set());
  if (names === undefined) {
    const known = Object.keys(inventory).filter((key) => key !== "_meta");
    const suggestion = didYouMean(group ?? "", known);
    throw new RunspecError(
      `${what} has no group "${visible(group ?? "")}"${suggestion === "" ? "" : `; ${suggestion}`}`,
      { hint: `it has: ${known.map(visible).join(", ")}` },
    );
  }
  const meta = isObject(inventory._meta) ? inventory._meta : {};
  const variables = isObject(meta.hostvars) ? meta.hostvars : {};
  return [...new Set(names)].map((name) => {
    const own = Object.hasOwn(variables, name) ? variables[name] : undefined;
    return { name, ...reachedBy(isObject(own) ? own : {}, name, what) };
  });
}

function allOf(inventory: JsonObject): string[] {
  const all = Object.hasOwn(inventory, "all") ? membersOf(inventory, "all", new Set()) : undefined;
  const groups = Object.keys(inventory).filter((key) => key !== "_meta");
  return all !== undefined && all.length > 0
    ? all
    : groups.flatMap((group) => membersOf(inventory, group, new Set()) ?? []);
}

/** Its hosts and those of its children; a group that contains itself is looked at once. Undefined: there is no such group. */
function membersOf(inventory: JsonObject, group: string, seen: Set<string>): string[] | undefined {
  if (group === "_meta" || !Object.hasOwn(inventory, group)) return undefined;
  if (seen.has(group)) return [];
  seen.add(group);
  const table = inventory[group];
  // The oldest form of the protocol: a group is its list of hosts.
  if (Array.isArray(table)) return table.filter(isText);
  if (!isObject(table)) return [];
  const children = Array.isArray(table.children) ? table.children.filter(isText) : [];
  const own = Array.isArray(table.hosts) ? table.hosts.filter(isText) : [];
  return [...own, ...children.flatMap((child) => membersOf(inventory, child, seen) ?? [])];
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function reachedBy(variables: JsonObject, name: string, what: string): Omit<InventoryHost, "name"> {
  const { ansible_host: host, ansible_user: user, ansible_port: port } = variables;
  const number = typeof port === "string" && /^\d+$/.test(port) ? Number(port) : port;
  if (number !== undefined && number !== null && (typeof number !== "number" || !Number.isInteger(number)))
    throw new RunspecError(`${what}: ansible_port of ${visible(name)} is no number`);
  return {
    ...(isText(host) && host !== "" && { host }),
    ...(isText(user) && user !== "" && { user }),
    ...(typeof number === "number" && { port: number }),
  };
}

async function outputOf(
  command: readonly string[],
  what: string,
  { file, env, uid, limitMs, signal }: InventoryContext,
): Promise<string> {
  signal.throwIfAborted();
  const cwd = dirname(file);
  const [program = "", ...words] = command;
  const path = program.includes("/") ? resolve(cwd, program) : program;
  const doubt = path.includes("/") && uid !== undefined ? distrust(path, { uid }) : undefined;
  if (doubt !== undefined) throw new RunspecError(`@${what.slice(1)}: ${doubt}`);
  const child = spawn({ argv: [path, ...words], env, cwd, stdin: "null", output: "pipe", ownGroup: true });
  const overflow = Promise.withResolvers<"much">();
  const stdout = keep(child.stdout, OUTPUT_MAX, () => overflow.resolve("much"));
  const stderr = keep(child.stderr, WORDS_KEPT, () => {});
  const late = Promise.withResolvers<"late">();
  const timer = setTimeout(() => late.resolve("late"), limitMs);
  const abort = () => late.resolve("late");
  signal.addEventListener("abort", abort);
  try {
    const end = await Promise.race([child.exited, late.promise, overflow.promise]);
    if (typeof end === "object") await Promise.race([stdout.ended, Bun.sleep(GRACE_MS)]);
    else killGroup(child.pid);
    signal.throwIfAborted();
    refuseEnd(end, what, { limitMs, words: stderr.text() });
    const text = decodeUtf8(stdout.bytes());
    if (text === undefined) throw new RunspecError(`${what} printed what is not UTF-8`);
    return text;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
    await Promise.all([child.stdout?.close(), child.stderr?.close()]);
  }
}

function refuseEnd(
  end: Exit | "late" | "much",
  what: string,
  seen: { limitMs: number; words: string },
): void {
  if (end === "late") throw new RunspecError(`${what} did not end within ${seen.limitMs / 1000} s`);
  if (end === "much") throw new RunspecError(`${what} printed more than 16 MiB`);
  const code = exitCode(end);
  if (code === 0) return;
  const said = seen.words.trim();
  throw new RunspecError(`${what} failed with ${code}`, said === "" ? {} : { hint: `it says: ${said}` });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has just ended.
  }
}

function keep(source: Source | undefined, limit: number, onMore: () => void) {
  const kept: Uint8Array[] = [];
  let size = 0;
  async function read(): Promise<void> {
    for (let chunk = await source?.read(); chunk !== undefined; chunk = await source?.read()) {
      if (size < limit) kept.push(chunk.slice(0, limit - size));
      size += chunk.length;
      if (size > limit) onMore();
    }
  }
  const bytes = () => concat(kept);
  return { ended: read().catch(() => {}), bytes, text: () => new TextDecoder().decode(bytes()) };
}
