/** `runspec jump <alias> --install`: puts this binary on the remote, then tells what to write. */

import { EXIT } from "../errors.ts";
import type { Source } from "../exec/source.ts";
import { exitCode, spawn } from "../exec/spawn.ts";
import type { Destination } from "../remote/destination.ts";
import {
  buildFor,
  hasRun,
  installFailure,
  installScript,
  notRun,
  PROBE,
  platformOf,
  scriptOutput,
} from "../remote/install.ts";
import { patience } from "../remote/patience.ts";
import { interruptedBy, STOP_SIGNALS } from "../remote/run-tool.ts";
import { type Silence, watchSilence } from "../remote/silence.ts";
import { visible } from "../text.ts";
import type { Context } from "./context.ts";
import { warn } from "./warn.ts";

/** How long a remote where nothing moves is waited for, unless RUNSPEC_HANDSHAKE_TIMEOUT says otherwise (seconds). */
const PATIENCE_SECONDS = 30;

/** Starts ssh for a remote command; its words are quoted already. */
export type Reach = (command: readonly string[]) => Promise<readonly string[]>;

export async function install(
  destination: Destination,
  reach: Reach,
  env: Record<string, string>,
  context: Context,
): Promise<number> {
  const { alias } = destination;
  const { seconds, issue } = patience(context.env, PATIENCE_SECONDS);
  if (issue !== undefined) warn(context, issue);
  const silence = () =>
    watchSilence(destination, { patienceMs: seconds * 1000, env, outcome: "nothing was installed" });
  const probe = await runRemote(alias, await reach(PROBE), env, context, silence());
  const platform = platformOf(probe);
  const build = buildFor(platform, { path: context.execPath, platform: context.platform });
  const file = Bun.file(build);
  await context.stderr.write(
    `copying ${build} (${platform}, ${Math.round(file.size / 1e6)} MB) to ${visible(alias)} …\n`,
  );
  const sha256 = await checksum(file);
  const path = (
    await runRemote(alias, await reach(installScript(sha256)), env, context, silence(), file)
  ).trim();
  await context.stdout.write(
    `installed ${visible(path)} on ${visible(alias)} (sha256 ${sha256})\n\nIn runspec.toml:\n\n[config.jump-hosts.${tomlKey(alias)}]\nbin = ${JSON.stringify(path)}\n`,
  );
  return EXIT.OK;
}

/** What the command printed. Its stderr is shown as it comes. */
async function runRemote(
  alias: string,
  argv: readonly string[],
  env: Record<string, string>,
  context: Context,
  silence: Silence,
  input?: Bun.BunFile,
): Promise<string> {
  const child = spawn({
    argv,
    env,
    stdin: input === undefined ? "null" : "pipe",
    output: "pipe",
    ownGroup: false,
  });
  const stopListening = context.onSignals(STOP_SIGNALS, (signal) => {
    process.kill(child.pid, "SIGTERM");
    interrupted = interruptedBy(signal);
  });
  let interrupted: Error | undefined;
  try {
    const said = Promise.all([
      collect(child.stdout, silence),
      copy(child.stderr, (bytes) => context.stderr.write(bytes), silence),
      input === undefined ? undefined : send(input, child.stdin, silence),
    ]);
    const ended = said.then(async ([out]) => [out, exitCode(await child.exited)] as const);
    let running = true;
    void child.exited.then(() => {
      running = false;
    });
    silence.over.catch(() => running && process.kill(child.pid, "SIGTERM"));
    const [out, code] = await Promise.race([ended, silence.over]);
    if (interrupted !== undefined) throw interrupted;
    if (code !== 0 && input !== undefined) throw installFailure(alias, code);
    if (code === EXIT.CONNECTION) throw installFailure(alias, code);
    if (!hasRun(out)) throw notRun(alias);
    return scriptOutput(out);
  } finally {
    silence.stop();
    stopListening();
  }
}

function tomlKey(alias: string): string {
  return /^[\w-]+$/.test(alias) ? alias : JSON.stringify(alias);
}

async function checksum(file: Bun.BunFile): Promise<string> {
  const hasher = new Bun.CryptoHasher("sha256");
  for await (const chunk of file.stream()) hasher.update(chunk);
  return hasher.digest("hex");
}

async function send(
  file: Bun.BunFile,
  sink: ReturnType<typeof spawn>["stdin"],
  silence: Silence,
): Promise<void> {
  try {
    for await (const chunk of file.stream()) {
      await sink?.write(chunk);
      silence.moved("sent");
    }
  } catch {
    // The remote stopped reading; its exit code says why.
  }
  await sink?.end();
}

async function collect(source: Source | undefined, silence: Silence): Promise<string> {
  const chunks: Uint8Array[] = [];
  await copy(source, async (bytes) => void chunks.push(bytes.slice()), silence);
  return Buffer.concat(chunks).toString();
}

async function copy(
  source: Source | undefined,
  write: (bytes: Uint8Array) => Promise<void>,
  silence: Silence,
): Promise<void> {
  for (let chunk = await source?.read(); chunk !== undefined; chunk = await source?.read()) {
    silence.moved("heard");
    await write(chunk);
  }
}
