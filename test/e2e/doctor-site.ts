/** What the tests of `runspec doctor` share: its answer as data, and hosts that are in order but for one thing. */

import { expect } from "bun:test";
import packageJson from "../../package.json";
import type { Finding } from "../../src/doctor/examination.ts";
import { checkKeys } from "../../src/doctor/keys.ts";
import { checkRemoteProgram } from "../../src/doctor/remote-program.ts";
import { checkSshConfig } from "../../src/doctor/ssh-config.ts";
import { findDestination } from "../../src/hosts/destination.ts";
import { BASE_ENV, BIN, type RunOptions } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { explicitJumpHost, type SshHost, type SshHostOptions } from "../harness/ssh-host.ts";
import { startSshServer } from "../harness/ssh-server.ts";
import { startAtDoor } from "../harness/without-ssh.ts";
import { furnish, type Local, localTo, project, script, tool } from "./site.ts";

interface Check {
  name: string;
  status: string;
  summary: string;
  remedy?: string;
  details?: Record<string, unknown>;
}

export const VERSION = packageJson.version;
export const TOOLS = tool("hello", script("true"));
export const AGENT_REMEDY =
  'in the session that starts runspec (an MCP client can also be given SSH_AUTH_SOCK in its configuration):\neval "$(ssh-agent)" && ssh-add';

/** What doctor says of `alias`, in the test's own process, as data; and in one word a check, in order. */
export async function examine(words: readonly string[], options: Pick<RunOptions, "cwd" | "env">) {
  const { code, out, stderr } = await runHere(["doctor", ...words, "--format", "json"], options);
  expect(stderr).toBe("");
  const document: { version: string; alias: string | null; ok: boolean; checks: Check[] } = JSON.parse(out);
  const of = (name: string) => {
    const check = document.checks.find((one) => one.name === name);
    if (check === undefined) return undefined;
    const { status, summary, remedy } = check;
    return [status, summary, ...(remedy === undefined ? [] : [inFile(remedy, options)])];
  };
  const states = Object.groupBy(document.checks, ({ status }) => status);
  const named = (status: string) => states[status]?.map(({ name }) => name) ?? [];
  return { ...document, code, of, failed: named("fail"), warned: named("warn"), skipped: named("skipped") };
}

/** What the check of the runspec there says, asked alone: its own two logins, and nothing of ssh's own. */
export async function examineProgram(alias: string, local: Local, bin?: string): Promise<string[]> {
  const { destination, around } = asked(alias, local, bin);
  return said(await checkRemoteProgram(destination, VERSION, around), local);
}

/** What the check of our keys says where no agent holds one, asked alone: nobody logs in. */
export async function examineKeys(alias: string, local: Local): Promise<string[]> {
  const { destination, around } = asked(alias, local);
  const config = await checkSshConfig(destination, around);
  if (config.status === "fail") throw new Error(config.summary);
  return said(await checkKeys(config.value, { publicKeys: [], add: "ssh-add" }, around), local);
}

/** What a check of `alias` is given. */
function asked(alias: string, local: Local, bin?: string) {
  const env: Record<string, string> = { ...BASE_ENV, ...local.env };
  const where = { cwd: local.cwd, env, home: env.HOME, uid: process.getuid?.(), execPath: BIN };
  const { signal } = new AbortController();
  return { destination: findDestination(alias, where, bin), around: { env, limitMs: 10_000, signal } };
}

const said = ({ status, summary, remedy }: Finding<unknown>, local: Local): string[] => [
  status,
  summary ?? "",
  ...(remedy === undefined ? [] : [inFile(remedy, local)]),
];

const inFile = (remedy: string, { cwd }: Pick<RunOptions, "cwd">) =>
  remedy.replace(`(${cwd}/runspec.toml:`, "(FILE:");

/** A furnished host for one test, ended with it. */
export async function withHost<T>(
  options: SshHostOptions,
  work: (host: SshHost, local: Local) => Promise<T>,
  startHost: typeof startSshServer = startSshServer,
): Promise<T> {
  const host = await startHost(options);
  try {
    furnish(host, TOOLS);
    return await work(host, localTo(host));
  } finally {
    await host.stop();
  }
}

/** One without ssh, for what is found out behind the login: doctor logs in for one check after the other. */
export const atDoor = <T>(
  options: SshHostOptions,
  work: (host: SshHost, local: Local) => Promise<T>,
): Promise<T> => withHost(options, work, startAtDoor);

/** The host spelled out, with `changes` to its options; nothing comes from any ssh-config. */
export function spelledOut(host: SshHost, changes: Record<string, string>, more = ""): Local {
  const options = host.sshOptions.map((option) => {
    const [key = ""] = option.split("=");
    return changes[key] === undefined ? option : `${key}=${changes[key]}`;
  });
  const added = Object.entries(changes).flatMap(([key, value]) =>
    options.some((option) => option.startsWith(`${key}=`)) ? [] : [`${key}=${value}`],
  );
  const table = explicitJumpHost({ ...host, sshOptions: [...options, ...added] }, "there");
  return project(`${table.replace(/ssh-key = .*\n/, more)}`, host.binDir);
}
