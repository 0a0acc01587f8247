/** Does the host's name mean something, does anything listen there, and is it an SSH server? And is a connection that calls share alive? */

import { codeOf, reasonOf } from "../errors.ts";
import { sshArgv, withFlags } from "../hosts/argv.ts";
import type { Destination } from "../hosts/destination.ts";
import { greet } from "../hosts/greeting.ts";
import { multiplexOptions } from "../hosts/multiplex.ts";
import { correctPlace, IS_IT_UP } from "../hosts/remedy.ts";
import type { SshConfig } from "../hosts/ssh-config.ts";
import { saysTurnedAway } from "../hosts/ssh-messages.ts";
import { quoteCommand } from "../process/quote.ts";
import { type BriefOptions, runBriefly } from "../process/run-briefly.ts";
import { shorten, visible } from "../text.ts";
import { type Finding, fail, ok, oneLine, skipped } from "./examination.ts";

export async function checkNetwork(effective: SshConfig, options: BriefOptions): Promise<Finding<undefined>> {
  const { hostname, port, proxy } = effective;
  if (proxy !== undefined) return skipped(undefined, `ssh goes through ${visible(proxy)}`);
  const place = `${visible(hostname)}, port ${port}`;
  const started = performance.now();
  const greeting = await greet(effective, options);
  const ms = Math.round(performance.now() - started);
  if (greeting.kind === "failed") return await explain(greeting.error, effective, place, options);
  if (greeting.kind === "silent")
    return fail(`${place} does not answer within ${options.limitMs / 1000} s`, IS_IT_UP);
  const { text } = greeting;
  const said = `it says "${shorten(oneLine(text), 80)}"`;
  if (saysTurnedAway(text)) return fail(`${place} takes no connection now: ${said}`, BUSY);
  const another = correctPlace(effective, "port");
  if (text === "") return fail(`${place} closes the connection without a word`, `${another}; or ${BUSY}`);
  if (!text.includes("SSH-")) return fail(`what listens on ${place} is not an SSH server: ${said}`, another);
  return ok(undefined, `${place} answers in ${ms} ms`, { ms });
}

const BUSY =
  "it has too many logins under way (MaxStartups), or has banned us for a while: try again in a moment";

async function explain(error: unknown, effective: SshConfig, place: string, options: BriefOptions) {
  const code = codeOf(error) ?? "";
  if (/NOTFOUND|EAI|ENODATA|BADFAMILY/.test(code))
    return fail(`cannot resolve host ${visible(effective.hostname)}`, correctPlace(effective, "host"));
  // To Bun, each address that cannot be reached refuses; ssh says why, also where LogLevel has it say nothing.
  const speaking = withFlags(sshArgv(effective.destination, ["true"]), "-o", "LogLevel=ERROR");
  const { stderr } = await runBriefly(speaking, options);
  const said: string[] = stderr.match(/(?<=^ssh: connect to host .* port \d+: ).*\S/gm) ?? [];
  if (code === "ECONNREFUSED" && (said.length === 0 || said.includes("Connection refused"))) {
    const remedy = `start sshd on that machine, or ${correctPlace(effective, "port")}`;
    return fail(`${place} refuses the connection: nothing listens there, or a firewall rejects it`, remedy);
  }
  // "failure": there is something that ssh could not do on this machine, which it has told before.
  const [why, remedy] =
    said[0] === "failure"
      ? [stderr, "correct BindAddress or BindInterface, in ssh-options or ~/.ssh/config"]
      : [said[0] ?? reasonOf(error), IS_IT_UP];
  return fail(`${place} cannot be reached: ${oneLine(why)}`, remedy);
}

/** Checks a shared connection (`multiplex`) by a command through the one that is open; makes none. */
export async function checkSharing(destination: Destination, uid: number, options: BriefOptions) {
  const { sockets, options: sharing } = multiplexOptions(destination, options.env, uid);
  const master = await runBriefly(withFlags(sshArgv(destination, [], sharing), "-O", "check"), options);
  if (master.exitCode !== 0) return ok(undefined, "none is open");
  const ran = await runBriefly(sshArgv(destination, ["true"], ["ControlMaster=no", ...sharing]), options);
  if (ran.exitCode === 0) return ok(undefined, `the open connection answers in ${ran.ms} ms`, { ms: ran.ms });
  const remedy = `remove it, and the next call connects anew:\n${quoteCommand(["rm", ...sockets()])}`;
  const summary = `the open connection does not answer within ${options.limitMs / 1000} s`;
  return fail(summary, remedy, { socket: sockets()[0] });
}
