/** The agent, which is where a key with a passphrase has to be: with BatchMode ssh cannot ask for one. */

import { statOf } from "../files/look.ts";
import { onPath } from "../process/env.ts";
import { quoteWord } from "../process/quote.ts";
import { type BriefOptions, runBriefly } from "../process/run-briefly.ts";
import { counted, visible } from "../text.ts";
import { type Finding, fail, ok, oneLine, skipped, warned } from "./examination.ts";

export interface Agent {
  /** The public halves of the keys it holds, in base64. */
  publicKeys: string[];
  /** The command that adds a key, whose path is to follow; it starts an agent where none answers. */
  add: string;
}

/** Where OpenSSH for Windows looks unless told otherwise. */
const SERVICE = process.platform === "win32" ? "\\\\.\\pipe\\openssh-ssh-agent" : undefined;

const IN_SESSION =
  "in the session that starts runspec (an MCP client can also be given SSH_AUTH_SOCK in its configuration):";

/** `identityAgent`: the socket that ssh's configuration names instead of SSH_AUTH_SOCK. No failure where there is none: a key file may be enough. */
export async function checkAgent(
  identityAgent: string | undefined,
  options: BriefOptions,
): Promise<Finding<Agent>> {
  if (identityAgent === "none") {
    const { add } = starting("SSH_AUTH_SOCK", SERVICE, options.env.SHELL);
    const permitted = `undo IdentityAgent none in ssh's configuration, and add the key:\n${add}`;
    return skipped({ publicKeys: [], add: permitted }, "ssh is configured to use none (IdentityAgent)");
  }
  const variable = /^\$\{?(\w+)\}?$/.exec(identityAgent ?? "$SSH_AUTH_SOCK")?.[1];
  const socket = (variable === undefined ? identityAgent : options.env[variable]) || SERVICE;
  const { add: startAndAdd, remedy: start } = starting(variable, socket, options.env.SHELL);
  const none = { publicKeys: [], add: startAndAdd };
  const name = variable ?? "IdentityAgent";
  if (socket === undefined) return warned(none, `there is none: ${name} is not set`, start);
  if (onPath("ssh-add", options.env) === null)
    return skipped(none, "there is no ssh-add on PATH to ask it with");
  const env = { ...options.env, SSH_AUTH_SOCK: socket };
  const { exitCode, stdout, stderr } = await runBriefly(["ssh-add", "-L"], { ...options, env });
  if (exitCode !== 0 && exitCode !== 1) {
    const place = `${visible(socket)}, which ${name} names`;
    if (exitCode === undefined)
      return fail(`the agent at ${place}, does not answer, and ssh waits for it`, FREE);
    return warned(none, `no agent answers at ${place} (${oneLine(stderr)})`, start);
  }
  const add = name === "SSH_AUTH_SOCK" ? "ssh-add" : `SSH_AUTH_SOCK=${quoteWord(socket)} ssh-add`;
  const publicKeys = stdout.split("\n").flatMap((line) => line.split(" ").slice(1, 2));
  if (exitCode === 1 || publicKeys.length === 0) {
    const remedy = `add your key, by its path where it is not in the usual place:\n${visible(add)}`;
    return warned({ publicKeys: [], add }, "it holds no keys", remedy);
  }
  const count = counted(publicKeys.length, "key");
  return ok({ publicKeys, add }, `it holds ${count}`, { socket, keys: publicKeys.length });
}

const FREE =
  "is it locked, or behind a connection that is dead? End it, or have ssh ask another (IdentityAgent)";

/** The command that starts an agent where ssh looks for one (in `variable`, else at `socket`) and adds a key; and the remedy with it. */
function starting(variable: string | undefined, socket: string | undefined, shell: string | undefined) {
  if (process.platform === "win32") {
    const add = "Start-Service ssh-agent; ssh-add";
    const once =
      "once, as an administrator, and then as yourself:\nSet-Service ssh-agent -StartupType Automatic";
    return { add, remedy: `${once}\n${add}` };
  }
  const named = quoteWord(socket ?? "");
  if (variable === undefined) {
    // Whoever wrote ssh-options may have named any file of ours.
    const stale = statOf(socket ?? "")?.isSocket() ? `rm -f ${named}; ` : "";
    const add = `${stale}ssh-agent -a ${named} && SSH_AUTH_SOCK=${named} ssh-add`;
    const where = "start the agent that IdentityAgent in ~/.ssh/config names, or ssh's own there:";
    return { add, remedy: `${where}\n${visible(add)}` };
  }
  const exported = variable === "SSH_AUTH_SOCK" ? "" : `export ${variable}="$SSH_AUTH_SOCK" && `;
  const add = `${START[shell?.split("/").at(-1) ?? ""] ?? 'eval "$(ssh-agent)"'} && ${exported}ssh-add`;
  return { add, remedy: `${IN_SESSION}\n${visible(add)}` };
}

const CSH = "eval `ssh-agent -c`";
/** In shells that do not read what is written for sh. */
const START: Record<string, string> = { fish: "eval (ssh-agent -c)", csh: CSH, tcsh: CSH };
