/** What ssh makes of a destination, its own configuration included: `ssh -G`. */

import { sshArgv } from "../hosts/argv.ts";
import type { Destination } from "../hosts/destination.ts";
import { type Effective, readEffective } from "../hosts/effective.ts";
import { takesChannel } from "../hosts/hosts.ts";
import { fixField, setField, sshOptions } from "../hosts/remedy.ts";
import { type BriefOptions, runBriefly } from "../process/run-briefly.ts";
import { visible } from "../text.ts";
import { type Outcome, oneLine } from "./check.ts";

export async function checkSshConfig(
  destination: Destination,
  around: BriefOptions,
): Promise<Outcome<Effective>> {
  const [program = "ssh", ...words] = sshArgv(destination, []);
  const ran = await runBriefly([program, "-G", ...words], around);
  if (ran.exitCode !== 0) {
    const said =
      ran.exitCode === undefined ? "it did not answer" : oneLine(ran.stderr) || "it does not say why";
    return {
      status: "fail",
      summary: `ssh does not accept its configuration: ${said}`,
      remedy: `correct ~/.ssh/config; or ${fixField(destination, "ssh-options")}`,
    };
  }
  const inaccessible = /Identity file (.+ not accessible.*)/.exec(ran.stderr)?.[1];
  const effective: Effective = {
    ...readEffective(ran.stdout, destination, around.env.HOME),
    inaccessibleKey: inaccessible === undefined ? undefined : oneLine(inaccessible),
  };
  const taken = readChannel(ran.stdout);
  if (taken.length > 0 && destination.alias !== "") {
    return {
      status: "fail",
      summary: `ssh's configuration takes the channel away: ${taken.map(({ line }) => visible(line)).join(", ")}`,
      remedy: setField(
        destination,
        sshOptions(
          destination,
          taken.map(({ undo }) => undo),
        ),
      ),
    };
  }
  if (destination.alias === "") return { status: "ok", summary: "ssh accepts it", value: effective };
  const { user, hostname, port, proxy } = effective;
  const via = proxy === undefined ? "" : ` through ${visible(proxy)}`;
  return {
    status: "ok",
    summary: `leads to ${visible(`${user}@${hostname}`)}, port ${port}${via}`,
    details: { user, hostname, port, ...(proxy === undefined ? {} : { proxy }) },
    value: effective,
  };
}

/** The options among the lines of `ssh -G` with which no server could be spoken to. */
function readChannel(text: string): { line: string; undo: string }[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const [, keyword = "", value = ""] = /^(\S+) (.*)$/.exec(line) ?? [];
    const undo = takesChannel(keyword.toLowerCase(), value);
    return undo === undefined ? [] : [{ line, undo }];
  });
}
