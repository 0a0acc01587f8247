/** From the documented argv to what is spawned: the system's ssh, kept going through a Ctrl-C or Ctrl-Z that is meant for the tool. */

import { RunspecError } from "../errors.ts";

export interface Surroundings {
  /** `PATH`, as it is written. */
  path: string | undefined;
  /** A person may press Ctrl-C, or Ctrl-Z. */
  terminal: boolean;
}

/**
 * What to spawn for `argv`. A terminal sends INT and TSTP to its whole foreground group; ssh has to stay in that group for the
 * prompts of a bastion, must outlive the INT to carry the cancellation and what follows it, and the TSTP to carry the word of
 * it. OpenSSH honours what is ignored from the start.
 * @throws RunspecError 125 where there is no ssh.
 */
export function sshProgram(argv: readonly string[], { path, terminal }: Surroundings): readonly string[] {
  if (Bun.which("ssh", { PATH: path ?? "" }) === null) {
    throw new RunspecError("ssh was not found on PATH", {
      hint: "install the OpenSSH client (Windows: Add-WindowsCapability -Online -Name OpenSSH.Client~~~~0.0.1.0)",
    });
  }
  if (!terminal || process.platform === "win32") return argv;
  return ["/bin/sh", "-c", 'trap "" INT TSTP; exec "$@"', "sh", ...argv];
}
