/** Waiting for things, and looking at processes from outside. */

import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Every test looks again and again, so no ps is started where the system can be asked directly. */
const HAS_PROC = existsSync("/proc/self/stat");

export interface Seen {
  parent: number;
  /** The letter that ps shows; Z has ended, and nobody has asked how. */
  state: string;
  /** Of its program. */
  name: string;
}

/** The process, as long as its number is taken. */
export function look(pid: number): Seen | undefined {
  if (HAS_PROC) {
    const text = contentOf(`/proc/${pid}/stat`);
    // The name before it may hold anything.
    const [state, parent] = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const name = text.slice(text.indexOf("(") + 1, text.lastIndexOf(")"));
    return text === "" || state === undefined ? undefined : { state, parent: Number(parent), name };
  }
  const said = ps("-o", "stat=,ppid=,comm=", "-p", String(pid)).trim();
  const [state = "", parent, ...name] = said.split(/\s+/);
  return state === ""
    ? undefined
    : { state: state.slice(0, 1), parent: Number(parent), name: name.join(" ") };
}

/** Whether the process runs; one that has ended but is not reaped does not. */
export function alive(pid: number): boolean {
  const { state } = look(pid) ?? { state: "Z" };
  return state !== "Z" && state !== "X";
}

/** The children of `pid`. */
export function childrenOf(pid: number): number[] {
  return allPids().filter((one) => look(one)?.parent === pid);
}

/** Whether any process has `word` in its command line. */
export function runsWith(word: string): boolean {
  if (!HAS_PROC) return ps("-eo", "args=").includes(word);
  return allPids().some((pid) => contentOf(`/proc/${pid}/cmdline`).includes(word));
}

/** Its command line and its environment. */
export function describe(pid: number): string {
  if (!HAS_PROC) return ps("axeww", "-o", "command=", "-p", String(pid)).trim();
  return [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`].map(contentOf).join(" ").replaceAll("\0", " ");
}

/** The processes with `word` in their environment; what waits to be reaped has none. */
export function pidsWith(word: string): number[] {
  if (!HAS_PROC) return allPids().filter((pid) => alive(pid) && describe(pid).includes(word));
  return allPids().filter((pid) => contentOf(`/proc/${pid}/environ`).includes(word));
}

export function allPids(): number[] {
  if (!HAS_PROC) return ps("-eo", "pid=").split("\n").filter(Boolean).map(Number);
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Empty where it has ended. */
function contentOf(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}

function ps(...words: string[]): string {
  return Bun.spawnSync(["ps", ...words]).stdout.toString();
}

/** Resolves once `predicate` holds; rejects with `what` was waited for after `timeoutMs`. */
export async function waitUntil(
  predicate: () => boolean | Promise<boolean>,
  timeoutMs: number,
  what: string | (() => string),
): Promise<void> {
  const since = performance.now();
  while (!(await predicate())) {
    const waited = performance.now() - since;
    if (waited > timeoutMs) throw inVain(timeoutMs, what);
    // What takes long is not looked at as often: a look may read what every process of the machine is.
    await Bun.sleep(Math.min(10 + waited / 20, 100));
  }
}

/** Resolves once `value` has stayed the same for `forMs`. */
export async function waitUntilStill(
  value: () => number,
  forMs: number,
  timeoutMs: number,
  what: string,
): Promise<void> {
  const stays = async () => {
    const before = value();
    await Bun.sleep(forMs);
    return value() === before;
  };
  await waitUntil(stays, timeoutMs, what);
}

/** Waits until `file` ends with a whole line, for it is there before its first one is, and gives what it says. */
export async function linesOf(file: string, timeoutMs: number): Promise<string[]> {
  let text = "";
  const isWhole = () => {
    text = contentOf(file);
    return text.endsWith("\n");
  };
  await waitUntil(isWhole, timeoutMs, file);
  return text.trimEnd().split("\n");
}

/** The promise's value, or a rejection that says `what` was waited for after `timeoutMs`. */
export async function within<T>(
  promise: Promise<T>,
  timeoutMs: number,
  what: string | (() => string),
): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(inVain(timeoutMs, what)), timeoutMs);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function inVain(timeoutMs: number, what: string | (() => string)): Error {
  return new Error(`waited ${timeoutMs} ms in vain for ${typeof what === "string" ? what : what()}`);
}
