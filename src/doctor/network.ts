/** Does the host's name mean something, does anything listen there, and is it an SSH server? */

import { codeOf, reasonOf } from "../errors.ts";
import type { Effective } from "../hosts/effective.ts";
import { greet } from "../hosts/greeting.ts";
import { fixField } from "../hosts/remedy.ts";
import type { BriefOptions } from "../process/run-briefly.ts";
import { shorten, visible } from "../text.ts";
import { type Finding, fail, ok, oneLine, skipped } from "./examination.ts";

export async function checkNetwork(effective: Effective, around: BriefOptions): Promise<Finding<undefined>> {
  const { hostname, port, proxy } = effective;
  if (proxy !== undefined) return skipped(undefined, `ssh goes through ${visible(proxy)}`);
  const place = `${visible(hostname)}, port ${port}`;
  const started = performance.now();
  const greeting = await greet(hostname, port, around);
  const ms = Math.round(performance.now() - started);
  if (greeting.kind === "failed") return explain(greeting.error, effective, place);
  if (greeting.kind === "silent") {
    const remedy = "is the machine up, is this the right port, is a VPN or a firewall in between?";
    return fail(`${place} does not answer within ${around.limitMs / 1000} s`, remedy);
  }
  const { text } = greeting;
  if (!text.includes("SSH-")) {
    const said = text === "" ? "closes the connection at once" : `says "${shorten(oneLine(text), 80)}"`;
    const remedy = `${fixField(effective.destination, "port")}; a server that is overloaded or has banned us closes at once, too`;
    return fail(`what listens on ${place} is not an SSH server: it ${said}`, remedy);
  }
  return ok(undefined, `${place} answers in ${ms} ms`, { ms });
}

function explain(error: unknown, { destination, hostname }: Effective, place: string): Finding<never> {
  const code = codeOf(error) ?? "";
  if (code.includes("NOTFOUND") || code.includes("EAI") || code.includes("ENODATA")) {
    const remedy = `${fixField(destination, "host")}; or give ~/.ssh/config a Host ${visible(destination.host)} with its HostName`;
    return fail(`cannot resolve host ${visible(hostname)}`, remedy);
  }
  if (code === "ECONNREFUSED") {
    const remedy = `start sshd on that machine, or ${fixField(destination, "port")}`;
    return fail(`${place} refuses the connection: nothing listens there`, remedy);
  }
  const summary = `${place} cannot be reached: ${oneLine(reasonOf(error))}`;
  return fail(summary, "is the network up, is a VPN needed?");
}
