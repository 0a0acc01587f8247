/** The agent, which is where a key with a passphrase has to be: with BatchMode ssh cannot ask for one. */

import { type BriefOptions, type BriefResult, runBriefly } from "../process/run-briefly.ts";
import { visible } from "../text.ts";
import { type Finding, ok, oneLine, skipped, warned } from "./examination.ts";

export interface Agent {
  /** The keys it holds, as `type base64`; comments are left out. */
  publicKeys: string[];
}

const NONE: Agent = { publicKeys: [] };

const START =
  process.platform === "win32"
    ? "once, as an administrator, and then as yourself:\nSet-Service ssh-agent -StartupType Automatic; Start-Service ssh-agent\nssh-add"
    : 'in the session that starts runspec (an MCP client can also be given SSH_AUTH_SOCK in its configuration):\neval "$(ssh-agent)" && ssh-add';

/** Where OpenSSH for Windows looks unless told otherwise. */
const SERVICE = process.platform === "win32" ? "\\\\.\\pipe\\openssh-ssh-agent" : undefined;

/** `identityAgent` is what ssh's configuration says instead of SSH_AUTH_SOCK. Never a failure: a key file may do. */
export async function checkAgent(
  identityAgent: string | undefined,
  around: BriefOptions,
): Promise<Finding<Agent>> {
  if (identityAgent === "none") return skipped(NONE, "ssh is configured to use none (IdentityAgent)");
  const variable = /^\$\{?(\w+)\}?$/.exec(identityAgent ?? "$SSH_AUTH_SOCK")?.[1];
  const socket = (variable === undefined ? identityAgent : around.env[variable]) || SERVICE;
  const name = variable ?? "IdentityAgent";
  if (socket === undefined) return warned(NONE, `there is none: ${name} is not set`, START);
  if (Bun.which("ssh-add", { PATH: around.env.PATH ?? "" }) === null)
    return skipped(NONE, "there is no ssh-add on PATH to ask it with");
  const env = { ...around.env, SSH_AUTH_SOCK: socket };
  return describe(await runBriefly(["ssh-add", "-L"], { ...around, env }), name, socket);
}

function describe({ exitCode, stdout, stderr }: BriefResult, name: string, socket: string): Finding<Agent> {
  if (exitCode === 0) {
    const publicKeys = stdout.split("\n").flatMap(publicKeyIn);
    const count = publicKeys.length === 1 ? "1 key" : `${publicKeys.length} keys`;
    return ok({ publicKeys }, `it holds ${count}`, { socket, keys: publicKeys.length });
  }
  if (exitCode === 1) {
    const remedy = "add your key, by its path where it is not in the usual place:\nssh-add";
    return warned(NONE, "it holds no keys", remedy);
  }
  const why = exitCode === undefined ? "it does not answer in time" : oneLine(stderr);
  return warned(NONE, `no agent answers at ${visible(socket)}, which ${name} names (${why})`, START);
}

/** A line of `ssh-add -L`, or of a `.pub` file. */
export function publicKeyIn(line: string): string[] {
  const [type, key] = line.trim().split(/\s+/);
  return type === undefined || key === undefined ? [] : [`${type} ${key}`];
}
