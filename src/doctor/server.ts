/** The server behind all this: does it shake hands, what does it offer, how far away is it? */

import { RunspecError } from "../errors.ts";
import { sshArgv } from "../hosts/argv.ts";
import { quoteBin } from "../hosts/bin.ts";
import type { Destination } from "../hosts/destination.ts";
import { ConnectionFailure, NOTHING_RUN } from "../hosts/diagnose.ts";
import type { Evidence } from "../hosts/evidence.ts";
import { byHand, checkRunspec, doctorCommand, installCommand } from "../hosts/remedy.ts";
import { startSsh } from "../hosts/start.ts";
import { RpcFailure } from "../jsonrpc/peer.ts";
import { quoteCommand, quoteWord } from "../process/quote.ts";
import type { BriefOptions } from "../process/run-briefly.ts";
import { type ByteWriter, partsOf } from "../process/stream.ts";
import { connect, type Remote } from "../session/connect.ts";
import { counted, visible } from "../text.ts";
import { type Finding, fail, ok, oneLine, warned } from "./examination.ts";

export interface Server extends Pick<Evidence, "alias" | "bin" | "ssh"> {
  remote: Remote;
  /** As it is shown. */
  host: string;
  /** What it has said on stderr so far. */
  said(): string;
}

/** Pings of which the quickest counts. */
const PINGS = 3;
const SAID_MAX = 4096;
/** Of it, what fits a line. */
const SHOWN_MAX = 200;

/** Starts the server; whoever is given it has to hang up. */
export function startServer(destination: Destination, version: string, around: BriefOptions): Server {
  const heard = keepWords();
  const ssh = sshArgv(destination, []);
  const remote = connect({
    alias: destination.alias,
    bin: destination.bin,
    target: destination,
    ssh: startSsh(sshArgv(destination, [quoteBin(destination.bin.path), "serve"]), around.env),
    byHand: ssh,
    client: { name: "runspec", version },
    onOutput: async () => {},
    called: () => false,
    stderr: heard,
    patienceMs: around.limitMs,
    silenceMs: around.limitMs,
  });
  around.signal.addEventListener("abort", () => remote.abandon(around.signal.reason));
  const { alias, bin } = destination;
  return { remote, alias, bin, ssh, host: visible(alias), said: heard.text };
}

export async function checkHandshake(server: Server, around: BriefOptions): Promise<Finding<Server>> {
  const started = performance.now();
  const info = await wait(server, server.remote.info, around);
  const ms = Math.round(performance.now() - started);
  const name = visible(
    [info.server?.name, info.server?.version].filter((part) => part !== undefined).join(" "),
  );
  const details = { ms, server: name };
  const answered = `${name || "a server without a name"} answered in ${ms} ms`;
  if (info.streams) return ok(server, answered, details);
  const summary = `${answered}, but does not stream: output comes when a tool has ended`;
  return warned(
    server,
    summary,
    `install one that does:\n${installCommand(server.alias, server.bin)}`,
    details,
  );
}

export async function checkTools(server: Server, around: BriefOptions): Promise<Finding<undefined>> {
  const tools = await wait(server, server.remote.listTools()(), around);
  const count = counted(tools.length, "tool");
  if (tools.length > 0) return ok(undefined, `it offers ${count}`, { count: tools.length });
  const { noFile } = await server.remote.info;
  const { ssh, bin, host } = server;
  if (noFile) {
    const summary = `${host}: no runspec.toml there (${noFile.map(visible).join(", ")}), so it offers no tools`;
    return fail(summary, `write a first one there:\n${firstFile(server)}`, { count: 0 });
  }
  const local = byHand(ssh, ["env", "RUNSPEC_SERVE_CONTEXT=remote", bin.path, "local"]);
  const summary = `${host} offers no tools: none of those declared there is for this host and for callers over ssh`;
  return fail(summary, `see why (hosts, serve):\n${local}`, { count: 0 });
}

/** Starts a runspec.toml where the server looks for one. */
function firstFile({ ssh, bin: { path } }: Server): string {
  const bin = /^[^/~]+\//.test(path) ? `~/${path}` : path;
  const script = `mkdir -p ~/.config/runspec && cd ~/.config/runspec && ${quoteBin(bin)} init`;
  return visible(`${quoteCommand(ssh)} ${quoteWord(script)}`);
}

/** Any answer will do, also that the server knows no ping. */
export async function checkRoundTrip(server: Server, around: BriefOptions): Promise<Finding<undefined>> {
  let best = Number.POSITIVE_INFINITY;
  for (let left = PINGS; left > 0; left--) {
    const started = performance.now();
    await wait(server, server.remote.client.ping().catch(ignoreRefusal), around);
    best = Math.min(best, performance.now() - started);
  }
  const ms = Math.round(best * 10) / 10;
  return ok(undefined, `${ms} ms`, { ms });
}

/** The answer, or why there is none; what the server said on stderr belongs to it. */
async function wait<T>(
  { remote, alias, bin, ssh, host, said }: Server,
  work: Promise<T>,
  { limitMs }: BriefOptions,
): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const hint = checkRunspec(alias, ssh, bin);
    late.reject(new RunspecError(`${host} did not answer within ${limitMs / 1000} s`, { hint }));
    // The patience of the connection itself, whose words are better, ends at the same time.
  }, limitMs + 200);
  try {
    return await remote.during(Promise.race([work, late.promise]));
  } catch (error) {
    if (!(error instanceof ConnectionFailure)) throw error;
    // What a person would have seen goes into the sentence.
    const hint = error.help.filter((line) => line !== doctorCommand(alias) && line !== NOTHING_RUN);
    throw new RunspecError(error.quoting(oneLine(said()).slice(0, SHOWN_MAX)), { hint });
  } finally {
    clearTimeout(timer);
  }
}

/** What was said, up to a limit. */
function keepWords(): ByteWriter & { text(): string } {
  let kept = "";
  const decoder = new TextDecoder();
  return {
    async write(data) {
      const text = partsOf(data).map((part) => decoder.decode(part, { stream: true }));
      kept = `${kept}${text.join("")}`.slice(0, SAID_MAX);
    },
    flush: async () => {},
    text: () => kept,
  };
}

function ignoreRefusal(error: unknown): undefined {
  if (error instanceof RpcFailure) return undefined;
  throw error;
}
