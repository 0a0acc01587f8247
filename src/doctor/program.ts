/** Is there an ssh, and which one? */

import { RunspecError } from "../errors.ts";
import { type BriefOptions, runBriefly } from "../process/run-briefly.ts";
import { type Outcome, oneLine } from "./check.ts";

const INSTALL =
  "install the OpenSSH client (Debian: apt install openssh-client; Windows: Add-WindowsCapability -Online -Name OpenSSH.Client~~~~0.0.1.0)";

export async function checkProgram(around: BriefOptions): Promise<Outcome<undefined>> {
  const path = Bun.which("ssh", { PATH: around.env.PATH ?? "" });
  if (path === null) throw new RunspecError("ssh was not found on PATH", { hint: INSTALL });
  // ssh prints its version on stderr.
  const { exitCode, stdout, stderr } = await runBriefly(["ssh", "-V"], around);
  const [version = ""] = `${stderr}\n${stdout}`.trim().split("\n");
  const [, name] = /^(OpenSSH_[^\s,]+)/.exec(version) ?? [];
  if (name !== undefined)
    return { status: "ok", summary: `${name} (${path})`, details: { path, version: name }, value: undefined };
  const said = exitCode === undefined ? "does not answer" : `says "${oneLine(version).slice(0, 80)}"`;
  return {
    status: "warn",
    summary: `${path} does not call itself OpenSSH: ssh -V ${said}`,
    remedy: `runspec needs OpenSSH's options; ${INSTALL}`,
    value: undefined,
  };
}
