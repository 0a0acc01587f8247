/** Does the host's name mean something, does anything listen there, and is it an SSH server? */

import { codeOf, reasonOf } from "../errors.ts";
import type { Effective } from "../hosts/effective.ts";
import { greet } from "../hosts/greeting.ts";
import { fixField } from "../hosts/remedy.ts";
import type { BriefOptions } from "../process/run-briefly.ts";
import { visible } from "../text.ts";
import { type Outcome, oneLine } from "./check.ts";

export async function checkNetwork(effective: Effective, around: BriefOptions): Promise<Outcome<undefined>> {
  const { hostname, port, proxy } = effective;
  if (proxy !== undefined) {
    return { status: "skipped", summary: `because ssh goes through ${visible(proxy)}`, value: undefined };
  }
  const place = `${visible(hostname)}, port ${port}`;
  const started = performance.now();
  const greeting = await greet(hostname, port, around);
  const ms = Math.round(performance.now() - started);
  if (greeting.kind === "failed") return explain(greeting.error, effective, place);
  if (greeting.kind === "silent") {
    return {
      status: "fail",
      summary: `${place} does not answer within ${around.limitMs / 1000} s`,
      remedy: "is the machine up, is this the right port, is a VPN or a firewall in between?",
    };
  }
  if (!greeting.text.includes("SSH-")) {
    const said =
      greeting.text === ""
        ? "closes the connection at once"
        : `says "${oneLine(greeting.text).slice(0, 80)}"`;
    return {
      status: "fail",
      summary: `what listens on ${place} is not an SSH server: it ${said}`,
      remedy: `${fixField(effective.destination, "port")}; a server that is overloaded or has banned us closes at once, too`,
    };
  }
  return { status: "ok", summary: `${place} answers in ${ms} ms`, details: { ms }, value: undefined };
}

function explain(error: unknown, effective: Effective, place: string): Outcome<never> {
  const code = codeOf(error) ?? "";
  if (code.includes("NOTFOUND") || code.includes("EAI") || code.includes("ENODATA")) {
    return {
      status: "fail",
      summary: `cannot resolve host ${visible(effective.hostname)}`,
      remedy: `${fixField(effective.destination, "host")}; or give ~/.ssh/config a Host ${visible(effective.destination.host)} with its HostName`,
    };
  }
  if (code === "ECONNREFUSED") {
    return {
      status: "fail",
      summary: `${place} refuses the connection: nothing listens there`,
      remedy: `start sshd on that machine, or ${fixField(effective.destination, "port")}`,
    };
  }
  return {
    status: "fail",
    summary: `${place} cannot be reached: ${oneLine(reasonOf(error))}`,
    remedy: "is the network up, is a VPN needed?",
  };
}
