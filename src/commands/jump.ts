/** `runspec jump`: list jump hosts, list a host's tools, run one of them. */

import { isAbsolute, join } from "node:path";
import type { ArgsDef, CommandDef } from "citty";
import { EXIT, RunspecError } from "../errors.ts";
import { childEnvironment } from "../exec/env.ts";
import { quoteCommand } from "../exec/quote.ts";
import type { JsonObject } from "../jsonrpc/message.ts";
import { createToolCache, NO_CACHE, type ToolCache } from "../remote/cache.ts";
import { connect, type Remote } from "../remote/connect.ts";
import {
  type Destination,
  findDestination,
  type ListedDestination,
  listDestinations,
} from "../remote/destination.ts";
import { runNamedTool } from "../remote/named-tool.ts";
import { interruptedBy, STOP_SIGNALS } from "../remote/run-tool.ts";
import { sshArgv } from "../ssh/argv.ts";
import { quoteBin } from "../ssh/bin.ts";
import { sshProgram } from "../ssh/program.ts";
import { visible } from "../text.ts";
import { renderJumpHosts } from "../ui/jump-hosts.ts";
import { renderToolHelp } from "../ui/tool-help.ts";
import { renderTools } from "../ui/tools.ts";
import { type Context, printJson } from "./context.ts";
import { type Arguments, CONFIG, type Command, formatOption, isSet, textOf } from "./options.ts";

const definition: CommandDef<ArgsDef> = {
  meta: {
    description:
      "Run a tool on another machine: over plain OpenSSH, with live output and the tool's own exit code.",
  },
  args: {
    alias: { type: "positional", required: false, description: "A jump host of runspec.toml, or user@host" },
    tool: {
      type: "positional",
      required: false,
      description: "The tool to run; without it, the host's tools are listed",
    },
    "list-jump-hosts": { type: "boolean", alias: "l", description: "List the configured jump hosts" },
    ...formatOption(["text", "json"]),
    bin: { type: "string", valueHint: "PATH", description: "The runspec on the remote, for this call" },
    human: { type: "boolean", description: "Say that a person asked for this call, as a terminal does" },
    "no-stdin": { type: "boolean", alias: "n", description: "Leave stdin alone: the tool reads nothing" },
    "dry-run": { type: "boolean", description: "Print the ssh command line and run nothing" },
    ...CONFIG,
  },
};

export const command: Command = {
  definition,
  examples: [
    ["runspec jump --list-jump-hosts", "the configured aliases"],
    ["runspec jump prod-app", "the tools that host offers"],
    ["runspec jump prod-app deploy -- --env production", "run one, with its arguments"],
    ["runspec jump prod-app deploy -- --help", "what that tool takes"],
  ],
  run,
};

/** How long a silent remote is waited for, unless RUNSPEC_HANDSHAKE_TIMEOUT says otherwise (seconds). */
const PATIENCE_SECONDS = 30;

async function run(args: Arguments, context: Context): Promise<number> {
  const alias = textOf(args, "alias");
  const tool = textOf(args, "tool");
  const where = { ...context, explicit: textOf(args, "config") };
  if (isSet(args, "list-jump-hosts")) return listHosts(await listDestinations(where), args, context);
  if (alias === undefined) {
    throw new RunspecError("jump needs an alias", {
      exitCode: EXIT.USAGE,
      hint: "runspec jump --list-jump-hosts lists them; runspec jump --help tells more",
    });
  }
  if (tool === undefined && context.rest !== undefined) {
    throw new RunspecError("arguments after -- need a tool before it", { exitCode: EXIT.USAGE });
  }
  const destination = await findDestination(alias, where, textOf(args, "bin"));
  const argv = sshArgv(destination, [quoteBin(destination.bin.path), "serve"]);
  if (isSet(args, "dry-run")) {
    await context.stdout.write(`${quoteCommand(argv)}\n`);
    return EXIT.OK;
  }
  return converse(destination, argv, { tool, args, context });
}

interface Wish {
  tool: string | undefined;
  args: Arguments;
  context: Context;
}

async function converse(destination: Destination, argv: string[], wish: Wish): Promise<number> {
  const { context, tool } = wish;
  const remote = connect({
    alias: destination.alias,
    bin: destination.bin,
    argv: sshProgram(argv, {
      path: context.env.PATH,
      terminal: context.stdinIsTerminal() || context.stderr.isTerminal(),
    }),
    env: childEnvironment(context.env),
    client: { name: "runspec", version: context.version },
    onOutput: ({ stream, bytes }) => context[stream].write(bytes),
    stderr: context.stderr,
    patienceMs: patienceSeconds(context) * 1000,
  });
  const stopListening = context.onSignals(STOP_SIGNALS, (signal) => remote.abandon(interruptedBy(signal)));
  try {
    const code = await (tool === undefined
      ? listTools(remote, wish)
      : runTool(remote, tool, createCache(context, argv), {
          ...wish,
          context: handOver(context, stopListening),
        }));
    await remote.finish();
    return code;
  } finally {
    stopListening();
    remote.abandon(undefined);
  }
}

/** The same context, in which whoever listens for signals next takes them over. */
function handOver(context: Context, stopListening: () => void): Context {
  return {
    ...context,
    onSignals(signals, handler) {
      stopListening();
      return context.onSignals(signals, handler);
    },
  };
}

async function runTool(
  remote: Remote,
  tool: string,
  cache: ToolCache,
  { args, context }: Wish,
): Promise<number> {
  const alias = textOf(args, "alias") ?? "";
  const invocation = `runspec jump ${alias} ${tool} --`;
  const atTerminal = context.stdinIsTerminal();
  // citty reads --no-stdin, and its -n, as "stdin" given as false.
  const openStdin = args.stdin === false || atTerminal ? undefined : context.openStdin;
  const human = isSet(args, "human") || atTerminal || context.stderr.isTerminal();
  const words = context.rest ?? [];
  const result = await runNamedTool(
    remote,
    { alias, tool, words, invocation, human, openStdin, cache },
    context,
  );
  if (result.kind === "exit") return result.code;
  await context.stdout.write(renderToolHelp({ ...result.help, invocation }, context.stdout.columns()));
  return EXIT.OK;
}

function createCache({ env, home }: Context, argv: readonly string[]): ToolCache {
  const root = env.XDG_CACHE_HOME ?? (home === undefined ? undefined : join(home, ".cache"));
  return root === undefined || !isAbsolute(root) ? NO_CACHE : createToolCache(join(root, "runspec"), argv);
}

async function listTools(remote: Remote, { args, context }: Wish): Promise<number> {
  const [, { tools }] = await remote.during(Promise.all([remote.info, remote.client.listTools()]));
  if (args.format === "json") {
    await printJson(context, { tools: tools.map(({ raw }) => raw) });
    return EXIT.OK;
  }
  const listed = tools.map(({ name, description, meta }) => ({
    name,
    ...(description === undefined ? {} : { description }),
    autonomy: autonomyOf(meta),
  }));
  const heading = `Tools on ${visible(textOf(args, "alias") ?? "")}:`;
  await context.stdout.write(renderTools(heading, listed, context.stdout.columns()));
  return EXIT.OK;
}

function autonomyOf(meta: JsonObject): string {
  const value = meta["runspec/autonomy"] ?? meta["x-autonomy"];
  return typeof value === "string" ? value : "";
}

async function listHosts(
  hosts: readonly ListedDestination[],
  args: Arguments,
  context: Context,
): Promise<number> {
  if (args.format === "json") {
    await printJson(context, hosts.map(jsonHost));
    return EXIT.OK;
  }
  if (hosts.length === 0) {
    await context.stdout.write(
      "No jump hosts are configured. Add one to runspec.toml:\n\n  [config.jump-hosts.my-host]\n  # host, user, port … all optional; without them ~/.ssh/config decides\n",
    );
    return EXIT.OK;
  }
  await context.stdout.write(renderJumpHosts(hosts.map((host) => ({ ...host, bin: host.effectiveBin }))));
  return EXIT.OK;
}

function jsonHost(host: ListedDestination): JsonObject {
  return {
    alias: host.alias,
    host: host.host,
    bin: host.effectiveBin,
    user: host.user,
    port: host.port ?? 22,
    "ssh-key": host.sshKey,
    "use-ssh-config": host.useSshConfig,
    "ssh-options": host.sshOptions,
    file: host.file,
  };
}

function patienceSeconds(context: Context): number {
  const wanted = Number(context.env.RUNSPEC_HANDSHAKE_TIMEOUT);
  return wanted > 0 ? wanted : PATIENCE_SECONDS;
}
