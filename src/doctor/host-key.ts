/** Is a key of the host known? With BatchMode nobody can say yes to a new one. */

import { existsSync } from "node:fs";
import { askingSsh, setField, sshOptions } from "../hosts/remedy.ts";
import type { SshConfig } from "../hosts/ssh-config.ts";
import { type BriefOptions, runBriefly } from "../process/run-briefly.ts";
import { visible } from "../text.ts";
import { type Finding, fail, ok, skipped, warned } from "./examination.ts";

export async function lookUpKey(effective: SshConfig, options: BriefOptions): Promise<Finding<undefined>> {
  const { knownHostsFiles, knownHostsCommand, strictHostKeyChecking, canonicalizes } = effective;
  if (knownHostsCommand !== undefined) return skipped(undefined, "KnownHostsCommand decides");
  if (canonicalizes) return skipped(undefined, "CanonicalizeHostname decides by which name it is looked up");
  if (knownHostsFiles.some((file) => file.includes("%")))
    return skipped(undefined, "UserKnownHostsFile has % tokens");
  if (Bun.which("ssh-keygen", { PATH: options.env.PATH ?? "" }) === null)
    return skipped(undefined, "there is no ssh-keygen on PATH to look it up with");
  const name = nameInKnownHosts(effective);
  // Where ssh knows no key for the port, one that is known without it will do.
  const names = new Set([name, nameInKnownHosts({ ...effective, port: 22 })]);
  for (const known of names)
    for (const file of knownHostsFiles.filter(existsSync)) {
      const { stdout } = await runBriefly(["ssh-keygen", "-F", known, "-f", file], options);
      // A key that is revoked there is found as well.
      if (/ found: line \d+(?! REVOKED)/.test(stdout))
        return ok(undefined, `${visible(known)} is known in ${visible(file)}`);
    }
  const unknown = `the key of ${visible(name)} is not known`;
  // ssh writes no key into the system's files, and without a file of the user's takes none on trust.
  const own = knownHostsFiles.filter((file) => !file.startsWith("/etc/ssh/"));
  if (["no", "off", "false", "accept-new"].includes(strictHostKeyChecking) && own.length > 0) {
    const summary = `${unknown}, and will be taken on trust (StrictHostKeyChecking=${strictHostKeyChecking})`;
    return warned(undefined, summary, "compare its fingerprint before the first connection");
  }
  const files = knownHostsFiles.map(visible).join(", ") || "any file, as ssh is configured to have none";
  return fail(
    `${unknown}: it is not in ${files}`,
    own.some((file) => file !== "/dev/null")
      ? `connect once by hand, compare the fingerprint, say yes:\n${connectOnce(effective)}`
      : `no key that is confirmed would be kept: ${setField(effective.destination, sshOptions(effective.destination, [KEEP]))}`,
  );
}

const KEEP = "UserKnownHostsFile=~/.ssh/known_hosts";

/** What makes ssh ask about a key; where it is configured never to ask, it has to be told to. */
export function connectOnce({ destination, strictHostKeyChecking: strict }: SshConfig): string {
  const asks = strict === "ask" ? [] : ["-o", "StrictHostKeyChecking=ask"];
  return askingSsh(destination, ["ssh", ...asks], ["true"]);
}

/** The name under which ssh looks a host up in known_hosts: the alias as it is, else the name, with a port that is not the usual one. */
export function nameInKnownHosts({ hostKeyAlias, hostname, port }: SshConfig): string {
  if (hostKeyAlias !== undefined) return hostKeyAlias;
  return port === 22 ? hostname.toLowerCase() : `[${hostname.toLowerCase()}]:${port}`;
}
