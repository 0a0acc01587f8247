/** Is a key of the host known? With BatchMode nobody can say yes to a new one. */

import { connectOnce, setField, sshOptions } from "../hosts/remedy.ts";
import type { SshConfig } from "../hosts/ssh-config.ts";
import { visible } from "../text.ts";
import { type Finding, fail, ok, warned } from "./examination.ts";

/** Of the host's key, what `ssh -v` says last: a bastion's comes before it. */
const SAID =
  /^debug1: Host '(.+)' is known and matches .*\s+debug1: Found (?:CA )?key in (.+):\d+|^(?:Warning: Permanently added|Failed to add the host to) /gm;

/** What ssh makes of the key, by its own log; undefined: it says nothing of it. */
export function keyIn<T>(log: string, effective: SshConfig, value: T): Finding<T> | undefined {
  const [said, name, file] = [...log.matchAll(SAID)].at(-1) ?? [];
  if (said === undefined) return undefined;
  if (name && file) return ok(value, `${visible(name)} is known in ${visible(file)}`);
  const summary = `${notKnown(effective)}, and was taken on trust (StrictHostKeyChecking)`;
  return warned(value, summary, "compare its fingerprint before you rely on it");
}

const notKnown = (effective: SshConfig) => `the key of ${visible(nameInKnownHosts(effective))} is not known`;

/** ssh refuses the host, as it does not know its key. */
export function unknownKey(effective: SshConfig): Finding<never> {
  const { destination, knownHostsFiles } = effective;
  const files = knownHostsFiles.map(visible).join(", ") || "any file, as ssh is configured to have none";
  // ssh writes no key into the system's files.
  const isKept = knownHostsFiles.some((file) => file !== "/dev/null" && !file.startsWith("/etc/ssh/"));
  return fail(
    `${notKnown(effective)}: it is not in ${files}`,
    isKept
      ? `connect once by hand, compare the fingerprint, say yes:\n${connectOnce(destination)}`
      : `no key that is confirmed would be kept: ${setField(destination, sshOptions(destination, [KEEP]))}`,
  );
}

const KEEP = "UserKnownHostsFile=~/.ssh/known_hosts";

/** The name under which ssh looks a host up in known_hosts: the alias as it is, else the name, with a port that is not the usual one. */
export function nameInKnownHosts({ hostKeyAlias, hostname, port }: SshConfig): string {
  if (hostKeyAlias !== undefined) return hostKeyAlias;
  return port === 22 ? hostname.toLowerCase() : `[${hostname.toLowerCase()}]:${port}`;
}
