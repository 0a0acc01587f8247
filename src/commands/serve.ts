/** `runspec serve`: this machine's tools over MCP on stdin and stdout. */

import { basename, join } from "node:path";
import { type Arguments, CONFIG, type Command, textOf } from "../cli/options.ts";
import { withServerLog } from "../cli/server-log.ts";
import type { Context } from "../context.ts";
import { EXIT, messageText, RunspecError } from "../errors.ts";
import { INPUT } from "../mcp/extension.ts";
import type { Implementation } from "../mcp/revisions.ts";
import { createMcpServer } from "../mcp/server/server.ts";
import { createStdioReader } from "../mcp/stdio.ts";
import type { ToolHost } from "../mcp/tool-host.ts";
import { childEnvironment } from "../process/env.ts";
import { readAhead } from "../process/read-ahead.ts";
import { isReaderGone } from "../process/stream.ts";
import { createWatchdog } from "../process/watchdog.ts";
import type { Logging } from "../spec/model.ts";
import { createAudit } from "../tools/audit.ts";
import { createToolHost } from "../tools/host.ts";
import { instructionsFor } from "../tools/instructions.ts";
import { type LocalTools, readSoundTools } from "../tools/local-tools.ts";

export const command: Command = {
  definition: {
    meta: {
      description:
        "Offer this machine's tools over MCP (JSON-RPC 2.0, one message a line) on stdin and stdout.",
    },
    args: CONFIG,
  },
  examples: [
    ["runspec serve", "what an agent's configuration names as its MCP server"],
    ["runspec serve --config tools.toml", "with one file's tools only"],
  ],
  run,
};

/** A message from a client is a request; its arguments end up in one argv, which no system lets grow so long. */
const MESSAGE_MAX_BYTES = 16 * 1024 * 1024;
const READ_AHEAD_BYTES = 1024 * 1024;
const CONCURRENT_CALLS = 64;
/** How long a client may rely on the list of tools. */
const LIST_TTL_MS = 60_000;
/** How long the calls under way may take to be answered once the client says no more. */
const LAST_ANSWERS_MS = 2000;
/** How long a client that has left in a call, or that we leave, may take nothing of what it was sent. */
const READER_GONE_MS = 4000;
/** The same for one that has left between calls: who looks at the answers may have a pager. */
const PATIENT_READER_GONE_MS = 10_000;
const HUNG_UP_LOOK_MS = 500;
/** How long the answers may take after a signal, however slowly they are read. */
const LEAVING_MS = 10_000;
async function run(args: Arguments, given: Context): Promise<number> {
  if (given.stdinIsTerminal()) throw new RunspecError(...explainTerminal(given));
  return withServerLog(given, async (context) =>
    serve(context, await readSoundTools(context, textOf(args, "config"))),
  );
}

async function serve(context: Context, local: LocalTools): Promise<number> {
  if (local.found.length === 0)
    await context.stderr.write(messageText("no runspec.toml was found, so there are no tools"));

  // For tests, which wait for no real one.
  const heartbeatMs = Number(context.env.RUNSPEC_HEARTBEAT_MS ?? 0);
  const protocol = context.openProtocol();
  // Read ahead, so that a client is heard also while it does not take its answers.
  const stdin = readAhead(context.openStdin(), READ_AHEAD_BYTES, () => server.heard());
  const server = createMcpServer({
    server: describeServer(local, context),
    instructions: instructionsFor(local.tools, context.hostname()),
    tools: hostTools(local, context),
    extension: true,
    concurrency: CONCURRENT_CALLS,
    ttlMs: LIST_TTL_MS,
    post: (message) => protocol.write(message).catch(stopIfLost),
    ...(heartbeatMs > 0 ? { heartbeatMs } : {}),
    stderr: (bytes) => context.stderr.write(bytes),
    onLast: () => stop(),
    onLost() {
      lost = true;
      protocol.expectReader(READER_GONE_MS);
    },
  });
  let lost = false;
  const stopIfLost = (error: unknown): never => {
    if (lost) stop();
    throw error;
  };
  // Both, or a client that reads no more would hold up the end: reading waits for answers to be taken.
  let stopped = false;
  const stop = () => {
    stopped = true;
    void stdin.close();
    void server.close();
  };
  const stopListening = context.onSignals(["SIGTERM", "SIGHUP", "SIGINT"], () => {
    protocol.expectReader(READER_GONE_MS);
    setTimeout(() => void protocol.abandon(), LEAVING_MS);
    stop();
  });
  // Answers that nobody takes keep us from reading on, and so from the end of what there is to read.
  const untilTaken = async (taken: Promise<void> | undefined) => {
    if (taken === undefined) return;
    const look = setInterval(() => {
      if (!context.inputHungUp()) return;
      clearInterval(look);
      protocol.expectReader(PATIENT_READER_GONE_MS);
    }, HUNG_UP_LOOK_MS);
    await taken;
    clearInterval(look);
  };
  const reader = createStdioReader(INPUT, MESSAGE_MAX_BYTES);
  for (let chunk = await stdin.read(); chunk !== undefined; chunk = await stdin.read()) {
    for (const incoming of reader.push(chunk)) await untilTaken(server.receive(incoming));
  }
  // A client that hangs up on a call has mostly been killed; then nobody may ever take what is on its way.
  protocol.expectReader(server.busy() ? READER_GONE_MS : PATIENT_READER_GONE_MS);
  // Who pipes a few requests into a server to try it has them answered.
  if (!stopped) await Promise.race([server.idle(), Bun.sleep(LAST_ANSWERS_MS)]);
  // A last line without its newline may have been cut short; running half a message would be inventing the other half.
  if (reader.end() !== undefined && !stopped)
    void context.stderr.write(messageText("the last message has no newline at its end, and was not read"));
  await server.close();
  stopListening();
  await protocol.flush().catch((error: unknown) => {
    if (!isReaderGone(error)) throw error;
  });
  return EXIT.OK;
}

/** What a file says; else the environment's, as its directory is called. */
function describeServer(local: LocalTools, { version, hostname }: Context): Implementation {
  const name = serverName(local);
  return { name, title: `${name} on ${hostname()}`, version };
}

function serverName({ files, found }: LocalTools): string {
  for (const { config } of files) if (config.name !== undefined) return config.name;
  for (const { root } of found) if (root !== undefined) return basename(root);
  return "runspec";
}

function hostTools({ tools, files }: LocalTools, context: Context): ToolHost {
  const { env } = context;
  const logging = new Map<string, Logging | undefined>();
  for (const { path, config } of files) logging.set(path, config.logging);
  const state =
    env.XDG_STATE_HOME ??
    (process.platform === "win32" ? env.LOCALAPPDATA : undefined) ??
    (context.home === undefined ? undefined : join(context.home, ".local/state"));
  const inherited = childEnvironment(env);
  const onProblem = (message: string) => void context.stderr.write(messageText(message));
  return createToolHost({
    tools,
    env: inherited,
    watchdog: createWatchdog(context.execPath, inherited),
    hostname: context.hostname,
    asker: () => ({
      user: context.userName(),
      sudoUser: env.SUDO_USER,
      sshConnection: env.SSH_CONNECTION,
    }),
    audit: createAudit({
      loggingsOf: (file) =>
        [...(file === undefined ? logging.values() : [logging.get(file)])].filter((one) => one !== undefined),
      uid: context.uid,
      defaultDir: state === undefined ? undefined : join(state, "runspec"),
      onProblem,
    }),
    onProblem,
  });
}

function explainTerminal({ execPath }: Context): [string, { exitCode: number; hint: string }] {
  const attach = JSON.stringify(
    { mcpServers: { runspec: { command: execPath, args: ["serve"] } } },
    undefined,
    2,
  );
  const hint = `An MCP client starts it; to attach it, add to the client's configuration:\n${attach}\nrunspec local shows what it offers; runspec jump uses it on another machine.`;
  return [
    "serve speaks JSON-RPC on stdin and stdout, and stdin is a terminal",
    { exitCode: EXIT.USAGE, hint },
  ];
}
