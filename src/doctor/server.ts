/** The server behind all this: does it shake hands, what does it offer, how far away is it? */

import { RunspecError } from "../errors.ts";
import { sshArgv } from "../hosts/argv.ts";
import { quoteBin } from "../hosts/bin.ts";
import { ConnectionFailure } from "../hosts/connection-failure.ts";
import type { Destination } from "../hosts/destination.ts";
import { NOTHING_RUN } from "../hosts/diagnose.ts";
import { byHand, checkRunspec, doctorCommand, installCommand } from "../hosts/remedy.ts";
import { serveArgv } from "../hosts/route.ts";
import { startSsh } from "../hosts/ssh-process.ts";
import { quoteCommand, quoteWord } from "../process/quote.ts";
import type { BriefOptions } from "../process/run-briefly.ts";
import { afterWaiting, whenAborted } from "../process/waiting.ts";
import { nothingThere } from "../session/call.ts";
import { connect, type Remote } from "../session/connect.ts";
import { counted, shorten, visible } from "../text.ts";
import { type Finding, fail, ok, warned } from "./examination.ts";

export type Server = { remote: Remote; destination: Destination };

/** Pings that are sent; the quickest counts. */
const PINGS = 3;

/** Starts the server; the caller has to finish it. */
export function startServer(destination: Destination, version: string, options: BriefOptions): Server {
  const remote = connect({
    alias: destination.alias,
    destination,
    ssh: startSsh(serveArgv(destination), options.env),
    version,
    // What a person would have seen goes into the sentence of a failure, and a warning into that of the tools.
    stderr: { write: async () => {} },
    patienceMs: options.limitMs,
    silenceMs: options.limitMs,
  });
  whenAborted(options.signal, remote.abandon);
  return { remote, destination };
}

export async function checkHandshake(server: Server): Promise<Finding<Server>> {
  const started = performance.now();
  const info = await wait(server, server.remote.info);
  const ms = Math.round(performance.now() - started);
  const parts = [info.server?.name, info.server?.version].filter((part) => part !== undefined);
  const name = visible(parts.join(" "));
  const details = { ms, server: name };
  const answered = `${name || "a server without a name"} answered in ${ms} ms`;
  if (info.streams) return ok(server, answered, details);
  const summary = `${answered}, but does not stream: output comes when a tool has ended`;
  return warned(server, summary, `install one that does:\n${installCommand(server.destination)}`, details);
}

export async function checkTools(server: Server): Promise<Finding<undefined>> {
  const tools = await wait(server, server.remote.listTools());
  const { destination } = server;
  const local = byHand(destination, ["env", "RUNSPEC_SERVE_CONTEXT=remote", destination.bin.path, "local"]);
  if (tools.length > 0) {
    const offers = `it offers ${counted(tools.length, "tool")}`;
    const [warning] = /^runspec: warning: .+/m.exec(server.remote.said()) ?? [];
    if (warning === undefined) return ok(undefined, offers, { count: tools.length });
    const summary = `${offers}, and says: ${visible(shorten(warning, 500))}`;
    return warned(undefined, summary, `see all that is wrong:\n${local}`, { count: tools.length });
  }
  const { noFile } = await server.remote.info;
  const { message } = nothingThere(destination, noFile);
  if (noFile) return fail(message, `write a first one there:\n${firstFile(server)}`, { count: 0 });
  return fail(message, `see why:\n${local}`, { count: 0 });
}

/** Starts a runspec.toml where the server looks for one. */
function firstFile({ destination }: Server): string {
  const { path } = destination.bin;
  const bin = /^[^/~]+\//.test(path) ? `~/${path}` : path;
  const script = `mkdir -p ~/.config/runspec && cd ~/.config/runspec && ${quoteBin(bin)} init`;
  return `${quoteCommand(sshArgv(destination, []))} ${quoteWord(script)}`;
}

export async function checkRoundTrip(server: Server, options: BriefOptions): Promise<Finding<undefined>> {
  const { remote, destination } = server;
  const hint = checkRunspec(destination.alias, destination);
  const late = `${visible(destination.alias)} did not answer within ${options.limitMs / 1000} s`;
  const stopWaiting = afterWaiting(options.limitMs, () => remote.abandon(new RunspecError(late, { hint })));
  const times: number[] = [];
  try {
    while (times.length < PINGS) {
      const started = performance.now();
      await wait(server, remote.client.ping());
      times.push(performance.now() - started);
    }
  } finally {
    stopWaiting();
  }
  const ms = Math.round(Math.min(...times) * 10) / 10;
  return ok(undefined, `${ms} ms`, { ms });
}

/** The answer, or why there is none, with what the server said on stderr. */
async function wait<T>({ remote, destination }: Server, work: Promise<T>): Promise<T> {
  try {
    return await remote.during(work);
  } catch (error) {
    if (!(error instanceof ConnectionFailure)) throw error;
    const hint = error.help.filter((line) => ![doctorCommand(destination), NOTHING_RUN].includes(line));
    throw new RunspecError(error.quoting, { hint });
  }
}
