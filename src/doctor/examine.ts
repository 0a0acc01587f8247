/** Every check there is, in the order in which each can build on those before it. */

import type { Context } from "../context.ts";
import type { Destination } from "../hosts/destination.ts";
import { serveArgv } from "../hosts/route.ts";
import type { SshConfig } from "../hosts/ssh-config.ts";
import { quoteCommand } from "../process/quote.ts";
import type { BriefOptions } from "../process/run-briefly.ts";
import type { LocalTools } from "../tools/local-tools.ts";
import { checkAgent } from "./agent.ts";
import type { Check, Examination, Verdict } from "./examination.ts";
import { after, createExamination, NOTHING, ok } from "./examination.ts";
import { examineFiles } from "./files.ts";
import { checkKeys, type Keys } from "./keys.ts";
import { checkAuthentication, checkHostKey, checkShell } from "./login.ts";
import { checkNetwork, checkSharing } from "./network.ts";
import { checkRemoteProgram } from "./remote-program.ts";
import { checkHandshake, checkRoundTrip, checkTools, type Server, startServer } from "./server.ts";
import { checkSsh, checkSshConfig, NO_HOST } from "./ssh-config.ts";

interface ExaminationRequest extends BriefOptions {
  context: Context;
  /** Undefined: only what can be checked without a host. */
  alias: string | undefined;
  /** What the alias leads to. @throws RunspecError, which a check tells */
  find(alias: string): Destination;
  /** Reads this machine's files; undefined: only the way to the host is looked at. */
  local?: () => LocalTools;
  /** Takes each check as soon as it is made. */
  tell(check: Check): Promise<void>;
}

/** @throws Interrupted when `signal` ends it. */
export async function examine(request: ExaminationRequest): Promise<void> {
  const { alias, local, context } = request;
  const check = createExamination(request.tell);
  if (local !== undefined) await examineFiles(check, local, alias, context);
  const program = await check("ssh", NOTHING, () => checkSsh(request));
  const destination = await (alias === undefined
    ? { passed: true as const, value: NO_HOST }
    : check("destination", NOTHING, () => {
        const found = request.find(alias);
        const command = quoteCommand(serveArgv(found));
        return ok(found, command, { command });
      }));
  const effective = await check("ssh-config", after(destination, program), (found) =>
    checkSshConfig(found, request),
  );
  const agent = await check("agent", effective, async (ssh) => {
    const found = await checkAgent(ssh.identityAgent, request);
    if (found.status !== "warn") return found;
    // Where a key works without an agent, none is needed.
    const without = await checkKeys(ssh, NO_AGENT, request);
    if (without.status !== "ok") return found;
    return ok(NO_AGENT, `not needed: a key works without one (${found.summary})`);
  });
  const keys = await check("keys", effective, (found) => checkKeys(found, valueOr(agent, NO_AGENT), request));
  if (alias !== undefined)
    await examineHost(check, after(effective, agent), valueOr<Keys>(keys, {}), request);
}

const NO_AGENT = { publicKeys: [], add: "ssh-add" };

const valueOr = <T>(done: Verdict<T>, otherwise: T): T => (done.passed ? done.value : otherwise);

/** The way there, step by step: what fails keeps what lies behind it from being tried. */
async function examineHost(
  check: Examination,
  effective: Verdict<SshConfig>,
  keys: Keys,
  request: ExaminationRequest,
): Promise<void> {
  const network = await check("network", effective, (found) => checkNetwork(found, request));
  const hostKey = await check("host-key", after(effective, network), (found) => checkHostKey(found, request));
  const login = await check("authentication", hostKey, (attempt) =>
    checkAuthentication(attempt, keys, request),
  );
  const shell = await check("shell", login, checkShell);
  // A host whose forced command answers in place of every other counts as reached, too.
  const reached = after(effective, login.passed && login.value.account !== undefined ? shell : login);
  const program = await check("runspec", after(reached, shell), ({ destination }) =>
    checkRemoteProgram(destination, request.context.version, request),
  );
  // A forced command runs no other, and may be runspec serve itself: then the handshake tells.
  await examineServer(check, shell.passed ? after(reached, program) : reached, request);
  const { uid } = request.context;
  // The checks before make connections of their own: they say nothing of the one that calls share.
  if (reached.passed && reached.value.destination.multiplex && uid !== undefined)
    await check("sharing", reached, ({ destination }) => checkSharing(destination, uid, request));
}

async function examineServer(check: Examination, reached: Verdict<SshConfig>, request: ExaminationRequest) {
  const { version } = request.context;
  const started: Verdict<Server> = reached.passed
    ? { passed: true, value: startServer(reached.value.destination, version, request) }
    : reached;
  try {
    const server = await check("handshake", started, checkHandshake);
    await check("tools", server, checkTools);
    await check("round-trip", server, (found) => checkRoundTrip(found, request));
  } finally {
    if (started.passed) await started.value.remote.finish();
  }
}
