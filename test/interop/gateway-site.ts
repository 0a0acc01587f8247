/** Eight hosts for the clients to talk to through a gateway: two of them dead, one with other tools. */

import { alike, available, type Fleet, fleet } from "../e2e/fleet-site.ts";

const TOOLS = `
[where]
autonomy = "autonomous"
command = ["/bin/sh", "-c", "echo $NAME", "sh"]
[fail]
autonomy = "autonomous"
command = ["/bin/sh", "-c", "echo out; echo oh >&2; exit 3", "sh"]
[env]
autonomy = "autonomous"
command = ["/bin/sh", "-c", "echo $RUNSPEC_ARG_ENV", "sh"]
args.env = {type = "choice", options = ["staging", "production"]}
[mixed]
autonomy = "autonomous"
command = ["/bin/sh", "-c", "echo $RUNSPEC_ARG_COUNT", "sh"]
args.count = {type = "int"}
[wait]
autonomy = "autonomous"
command = ["/bin/sh", "-c", "echo begun; touch begun; trap 'touch stopped; exit 1' TERM; sleep 60 & wait", "sh"]
`;
const OTHER = TOOLS.replace('"staging", "production"', '"lab"').replace('"int"', '"str"');

/** undefined where there is no sshd. */
export function gatewaySite(): { site: Fleet; env: Record<string, string> } | undefined {
  if (!available()) return undefined;
  const site = fleet({
    hosts: { ...alike(["web-1", "web-2", "web-3", "web-4", "web-5"], TOOLS), old: OTHER },
    down: ["dead-1", "dead-2"],
    toml: '[config.jump-groups]\nall = ["web-{1..5}", "old", "dead-1", "dead-2"]\n',
  });
  return { site, env: { ...site.env, LIST: "@all", HOMES: `${site.home("HOST")}/` } };
}
