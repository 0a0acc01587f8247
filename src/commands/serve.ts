/** `runspec serve`: this machine's tools over MCP on stdin and stdout. */

import { basename } from "node:path";
import { CONFIG, type Command } from "../cli/options.ts";
import type { Context } from "../context.ts";
import { messageText, RunspecError, reasonOf } from "../errors.ts";
import { toRunThere } from "../hosts/remedy.ts";
import { createWatchdog, type Watchdog } from "../process/watchdog.ts";
import { serveOnStdio } from "../session/serve-stdio.ts";
import { withServerLog } from "../session/server-log.ts";
import { isOwnFile, ownDirectory, placesShown } from "../spec/discover/find.ts";
import { visible } from "../text.ts";
import { createAudit } from "../tools/audit.ts";
import { instructionsFor } from "../tools/descriptor.ts";
import { createToolHost, type LocalToolHost } from "../tools/host.ts";
import { createLiveTools } from "../tools/live-tools.ts";
import { type LocalTools, placesRead, readSoundTools } from "../tools/local-tools.ts";

export const command: Command = {
  description: "Offer this machine's tools over MCP (JSON-RPC 2.0, one message a line) on stdin and stdout.",
  args: CONFIG,
  examples: [
    ["runspec serve", "what an agent's configuration names as its MCP server"],
    ["runspec serve --config tools.toml", "with one file's tools only"],
  ],
  async run(args, given) {
    if (given.stdin.isTerminal()) {
      const { rejectTerminal } = await import("./jump/mcp.ts");
      rejectTerminal("serve", args, given, await entryFor(given).catch(() => ""));
    }
    const write = (data: Uint8Array | string) =>
      given.stderr.write(typeof data === "string" ? atHost(data, given) : data);
    return withServerLog({ ...given, stderr: { ...given.stderr, write } }, serve).catch((error) => {
      throw error instanceof RunspecError ? new RunspecError(atHost(error.message, given), error) : error;
    });
  },
};

/** Behind ssh it is read at another machine, whose own messages begin alike. */
function atHost(text: string, { env, hostname }: Context): string {
  const named = () =>
    text.replace(/^(?:runspec: )?(?:warning: )?/, (start) => `${start}${visible(hostname())}: `);
  return env.SSH_CONNECTION === undefined ? text : toRunThere(named());
}

/** What most clients want in their configuration. @throws RunspecError where a file is broken, which `local` and `attach` tell */
async function entryFor(context: Context): Promise<string> {
  const [{ attachmentFor }, { CLIENTS }] = await Promise.all([
    import("../attach/attachment.ts"),
    import("../attach/clients.ts"),
  ]);
  const { name, entry } = await attachmentFor({ client: "claude-code" }, context);
  return CLIENTS["claude-code"].show(name, entry).trimEnd();
}

const CONCURRENT_CALLS = 64;
/** How often it is looked whether a file has changed. */
const LOOK_AGAIN_MS = 1000;

async function serve(context: Context): Promise<void> {
  const watchdog = createWatchdog(context.execPath, context.env);
  const tools = createLiveTools({
    read: () => readSoundTools(context),
    host: (loaded) => hostTools(loaded, watchdog, context),
    places: (loaded) => placesRead(loaded, context),
    onBroken(error) {
      const hint = error instanceof RunspecError ? error.hint : undefined;
      const what = `the change is not used, and the tools stay as they were: ${reasonOf(error)}`;
      void context.stderr.write(messageText(what, hint));
    },
    // For tests, which wait for no real one.
    everyMs: Number(context.env.RUNSPEC_WATCH_MS ?? LOOK_AGAIN_MS),
  });
  const local = tools.now();
  const noFile = ({ files }: LocalTools) => (files.length === 0 ? placesShown(context) : undefined);
  const [places, read] = [noFile(local), local.files.map(({ path }) => visible(path)).join(", ")];
  const none = `no runspec.toml here (${places?.join(", ")}), so there are no tools`;
  // Over ssh it is jump that says so, with the name of the host.
  if (local.tools.every(({ hidden }) => hidden !== undefined) && context.env.SSH_CONNECTION === undefined)
    await context.stderr.write(messageText(places ? none : `no tool of ${read} is offered here`));

  const name = serverName(local);
  await serveOnStdio(context, {
    server: { name, title: `${name} on ${context.hostname()}`, version: context.version },
    instructions: () => instructionsFor(tools.now().tools, context.hostname()),
    tools,
    extension: true,
    noFile: () => noFile(tools.now()),
    concurrency: CONCURRENT_CALLS,
  }).finally(tools.stop);
}

/** What a file says, a package's last; else the environment's, as its directory is called. */
function serverName({ files, found }: LocalTools): string {
  const others = found.filter(({ source }) => source !== "environment");
  const names = [...others, ...found].map(({ path }) => files.find((one) => one.path === path)?.config.name);
  const roots = found.map(({ root }) => root && basename(root));
  return [...names, ...roots].find((name) => name !== undefined) ?? "runspec";
}

function hostTools({ tools, files, found }: LocalTools, watchdog: Watchdog, context: Context): LocalToolHost {
  const { env } = context;
  const onProblem = (message: string) => void context.stderr.write(messageText(message));
  const isOwn = (file: string) => found.some((one) => one.path === file && isOwnFile(one));
  const ownFirst = files.toSorted((one, other) => Number(isOwn(other.path)) - Number(isOwn(one.path)));
  return createToolHost({
    tools,
    env,
    watchdog,
    hostname: context.hostname,
    asker: () => ({
      user: context.userName() ?? null,
      sudo_user: env.SUDO_USER ?? null,
      ssh_connection: env.SSH_CONNECTION ?? null,
    }),
    audit: createAudit({
      loggingsOf: (file) =>
        ownFirst.flatMap(({ path, config }) => ((file ?? path) === path && config.logging) || []),
      uid: context.uid,
      defaultDir: ownDirectory("XDG_STATE_HOME", context),
      onProblem,
    }),
    onProblem,
  });
}
