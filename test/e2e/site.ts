/** A project on this machine and a furnished machine behind SSH: where the tests of `jump` start from. */

import { afterAll, beforeAll, describe } from "bun:test";
import { mkdirSync, symlinkSync } from "node:fs";
import { delimiter, join } from "node:path";
import {
  BASE_ENV,
  BIN,
  fixture,
  type Running,
  type RunOptions,
  type RunResult,
  run,
  start,
} from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { linesOf } from "../harness/processes.ts";
import { recordingSsh } from "../harness/recording-ssh.ts";
import type { SshHost, SshHostOptions } from "../harness/ssh-host.ts";
import { startSshServer } from "../harness/ssh-server.ts";
import { available, startSshd } from "../harness/sshd.ts";
import { specDir, tempDir, writeSpec } from "../harness/temp.ts";
import { startWithoutSsh } from "../harness/without-ssh.ts";

export { fixture };

type StartHost = (options?: SshHostOptions) => Promise<SshHost>;

const SERVERS: [name: string, present: boolean, startHost: StartHost][] = [
  ["the embedded server", true, startSshServer],
  ["sshd", available(), startSshd],
];

/** Where a process starts, and what it finds in its environment. */
export interface Local {
  cwd: string;
  env: Record<string, string>;
}

export interface Site {
  /** The host; it is there while the tests run. */
  host(): SshHost;
  startHost: StartHost;
  /** What a process on this side needs to find the host by its alias: the project as cwd, the ssh that knows it. */
  local(): Local;
  /** `runspec jump ALIAS` and `words`, to its end. */
  jump(words: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** The same in the test's own process, with the binary on the host. */
  jumpHere(words: readonly string[], options?: Pick<RunOptions, "cwd" | "env">): ReturnType<typeof runHere>;
  /** The same, while it runs. */
  startJump(words: readonly string[]): Running;
}

/**
 * Declares `tests` once for each SSH server there is, with one host shared by all of them. `tools` is the remote's
 * runspec.toml; the project here has nothing but the alias. The hooks stand outside of the groups, so that the tests of
 * both servers run side by side.
 */
export function throughEachServer(tools: string, tests: Tests, options: SshHostOptions = {}): void {
  through(SERVERS, tools, tests, options);
}

/** The same through OpenSSH's sshd alone, or through the embedded server where there is none: for what a second server adds nothing to. */
export function throughSshd(tools: string, tests: Tests, options: SshHostOptions = {}): void {
  through(SERVERS.filter(([, present]) => present).slice(-1), tools, tests, options);
}

/** The same for what neither ssh nor its server has a say in: a call costs half of one through ssh. */
export function withoutSsh(
  tools: string,
  tests: Tests,
  options: Parameters<typeof startWithoutSsh>[0] = {},
): void {
  through([["no ssh", true, startWithoutSsh]], tools, tests, options);
}

type Tests = (site: Site, server: string) => void;

function through(servers: typeof SERVERS, tools: string, tests: Tests, options: SshHostOptions): void {
  const hosts = new Map<string, SshHost>();
  const locals = new Map<string, Local>();
  beforeAll(async () => {
    const present = servers.filter(([, available]) => available);
    await Promise.all(
      present.map(async ([server, , startHost]) => {
        const host = await startHost(options);
        furnish(host, tools);
        hosts.set(server, host);
        locals.set(server, localTo(host));
      }),
    );
  });
  afterAll(() => Promise.all([...hosts.values()].map((host) => host.stop())));

  describe.each(servers)("through %s", (server, present, startHost) => {
    describe.skipIf(!present)("jump", () => {
      const host = () => started(hosts, server);
      const local = () => started(locals, server);
      tests(
        {
          host,
          startHost,
          local,
          jump: (words, more) => run(["jump", host().alias, ...words], { ...local(), ...more }),
          jumpHere: (words, more) => runHere(["jump", host().alias, ...words], { ...local(), ...more }),
          startJump: (words) => start(["jump", host().alias, ...words], local()),
        },
        server,
      );
    });
  });
}

function started<T>(all: ReadonlyMap<string, T>, server: string): T {
  const one = all.get(server);
  if (one === undefined) throw new Error("the hosts are there only while the tests run");
  return one;
}

/** Puts runspec on the host's PATH, and `tools` where it finds them. */
export function furnish(host: SshHost, tools: string): void {
  symlinkSync(BIN, join(host.home, "bin", "runspec"));
  writeSpec(host.home, tools);
}

/** A new project whose runspec.toml has the host's alias and nothing else, and a PATH with the host's ssh first. */
export function localTo(host: SshHost): Local {
  const { cwd, env } = project(`[config.jump-hosts.${host.alias}]\n`, host.binDir);
  // On a machine that is busy with tests, a server takes longer to say that it is stopping a tool.
  return { cwd, env: { ...env, RUNSPEC_SIGN_MS: "10000" } };
}

/** A new project with this runspec.toml, and a PATH that starts with `binDir`. */
export function project(toml: string, binDir?: string): Local {
  const cwd = specDir(toml);
  const path = [...(binDir === undefined ? [] : [binDir]), BASE_ENV.PATH].join(delimiter);
  return { cwd, env: { PATH: path } };
}

/** A `[name]` table that runs `argv`; further lines of TOML after it. Anyone may call it unless `more` says otherwise. */
export function tool(name: string, argv: readonly string[], more = ""): string {
  const autonomy = /^autonomy =/m.test(more) ? "" : 'autonomy = "autonomous"\n';
  return `[${name}]\n${autonomy}command = ${JSON.stringify(argv)}\n${more}\n`;
}

/** The argument of a tool that takes any words as they are. */
export const WORDS = 'args.words = { type = "str", multiple = true, position = 1, required = false }';

/** argv of a shell script, with the words of a call as `$1` and on. */
export const script = (text: string): string[] => ["/bin/sh", "-c", text, "sh"];

/** For `sh -c`: the words behind it as a program that leads a group of its own, and to which these signals mean nothing. */
export const IGNORED = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"] as const;
export const DEAF = 'trap "" HUP INT QUIT TERM; exec setsid "$0" "$@"';

/** The pids that a fixture wrote into `file`, once they are there. */
export async function pidsIn(file: string): Promise<number[]> {
  return (await linesOf(file, 20_000)).join(" ").trim().split(/\s+/).map(Number);
}

export const sha256 = (bytes: Uint8Array): string =>
  new Bun.CryptoHasher("sha256").update(bytes).digest("hex");

/** An executable named runspec, somewhere new, that is the fixture `name`. */
export function pretender(name: string): string {
  const dir = join(tempDir(), "bin");
  mkdirSync(dir);
  symlinkSync(fixture(name), join(dir, "runspec"));
  return join(dir, "runspec");
}

/** Lines as they are printed. */
export const printed = (...lines: string[]): string => lines.map((line) => `${line}\n`).join("");

/** The options that every call of ssh starts with. */
export const BATCH = ["-o", "BatchMode=yes"];

/** What ssh is called with when `runspec jump` and `words` are run in a project with `toml`. */
export async function recordedArgv(
  toml: string,
  words: readonly string[],
  options: RunOptions = {},
): Promise<string[]> {
  const ssh = await recordingSsh(tempDir());
  const { cwd, env } = project(toml, ssh.binDir);
  await runHere(["jump", ...words], { cwd, ...options, env: { ...env, ...options.env } });
  const [argv = [], ...more] = await ssh.calls();
  if (more.length > 0) throw new Error(`ssh was called ${more.length + 1} times`);
  return argv;
}
