/** `runspec jump`: list jump hosts, list a host's tools, run one of them. */

import type { ArgsDef, CommandDef } from "citty";
import { CONFIG, type Command, formatOption, isSet, type ParsedArgs, textArg } from "../cli/options.ts";
import type { Context } from "../context.ts";
import { EXIT, RunspecError } from "../errors.ts";
import {
  type Destination,
  findDestination,
  listDestinations,
  listGroups,
  type Place,
} from "../hosts/destination.ts";
import { sshProgram } from "../hosts/program.ts";
import { routeTo, routeToServe } from "../hosts/route.ts";
import { childEnvironment } from "../process/env.ts";
import { quoteCommand } from "../process/quote.ts";
import { listenForStop } from "../process/signals.ts";
import { openTransport } from "../session/transport.ts";
import type { Issue } from "../spec/model.ts";
import { warn } from "../spec/toml/issues.ts";
import { MANY_OPTIONS, namesMany, refuseManyOptions } from "./jump/many-options.ts";

const definition: CommandDef<ArgsDef> = {
  meta: {
    description:
      "Run a tool on another machine: over plain OpenSSH, with live output and the tool's own exit code.",
  },
  args: {
    alias: {
      type: "positional",
      required: false,
      description:
        "A jump host of runspec.toml, or user@host; or a list of them, and of @groups: web-{01..20},@db",
    },
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
    mcp: {
      type: "boolean",
      description:
        "Be an MCP server: the remote's own, passed through; for a list, one over all of its hosts",
    },
    install: {
      type: "boolean",
      description: "Put this binary on the remote: where bin says, else in ~/.local/bin",
    },
    uninstall: { type: "boolean", description: "Remove it from there again" },
    write: { type: "boolean", description: "With --install: write the bin line into runspec.toml" },
    ...MANY_OPTIONS,
    "dry-run": {
      type: "boolean",
      description: "Print the ssh command line and run nothing; with --install, say what would be done",
    },
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
    ["runspec jump @web deploy --fold -- --env production", "on every host of a group, equal outputs once"],
    ["runspec jump 'web-{01..20},db' uptime", "on a list of hosts"],
    ["runspec jump prod-app --mcp", "what an agent's configuration names, to attach that host"],
    ["runspec jump @prod --mcp", "the same for all hosts of a group, as one server"],
    ["runspec jump prod-app --install", "put this binary there"],
    ["runspec jump me@box --install --write", "and have the host written into your runspec.toml"],
  ],
  run,
};

async function run(args: ParsedArgs, context: Context): Promise<number> {
  const alias = textArg(args, "alias");
  const tool = textArg(args, "tool");
  const where = {
    ...context,
    explicit: textArg(args, "config"),
    onWarning: (issue: Issue) => warn(context, issue),
  };
  refuseIdle(args, context);
  if (isSet(args, "list-jump-hosts")) {
    const { listHosts } = await import("./jump/lists.ts");
    const listed = { hosts: await listDestinations(where), groups: await listGroups(where) };
    return listHosts(listed, args.format, context);
  }
  if (isSet(args, "install") || isSet(args, "uninstall")) return installOn(args, where, context);
  if (namesMany(args) && isSet(args, "mcp") && !isSet(args, "dry-run")) {
    const { serveMany } = await import("./jump/gateway.ts");
    return serveMany(args, context);
  }
  if (namesMany(args)) {
    const { jumpMany } = await import("./jump/many.ts");
    return jumpMany(args, context);
  }
  refuseManyOptions(args);
  if (alias === undefined) throw needsAlias();
  if (tool === undefined && context.rest !== undefined) {
    throw new RunspecError("arguments after -- need a tool before it", { exitCode: EXIT.USAGE });
  }
  const destination = await findDestination(alias, where, textArg(args, "bin"));
  const route = await routeToServe(destination, context);
  if (isSet(args, "dry-run")) {
    await context.stdout.write(`${quoteCommand(route.argv)}\n`);
    return EXIT.OK;
  }
  if (isSet(args, "mcp")) {
    const { passThrough } = await import("./jump/mcp.ts");
    return passThrough(destination, route, context);
  }
  // Before ssh is started: from then on whoever leaves takes it along.
  const stop = listenForStop(context.onSignals);
  const transport = openTransport(destination, route, context, hasTerminal(context));
  // What is left to load is loaded while ssh connects.
  const { callOrList } = await import("./jump/call.ts");
  return callOrList(transport, { tool, args, context, key: route.key, stop });
}

/** `--install` or `--uninstall`, on one host or a list of them. */
async function installOn(args: ParsedArgs, where: Place, context: Context): Promise<number> {
  const { install, uninstall } = await import("../session/install/install.ts");
  const one = (destination: Destination, around: Context): Promise<number> => {
    const wish = {
      destination,
      argvOf: async (words: readonly string[]) =>
        sshProgram((await routeTo(destination, words, context)).argv, {
          path: context.env.PATH,
          terminal: hasTerminal(context),
        }),
      env: childEnvironment(context.env),
      dryRun: isSet(args, "dry-run"),
      write: isSet(args, "write"),
      explicit: textArg(args, "config"),
    };
    return isSet(args, "install") ? install(wish, around) : uninstall(wish, around);
  };
  if (namesMany(args)) {
    const { installMany } = await import("./jump/install-many.ts");
    return installMany(args, context, one);
  }
  refuseManyOptions(args);
  const alias = textArg(args, "alias");
  if (alias === undefined) throw needsAlias();
  return one(await findDestination(alias, where, textArg(args, "bin")), context);
}

function needsAlias(): RunspecError {
  return new RunspecError("jump needs an alias", {
    exitCode: EXIT.USAGE,
    hint: "runspec jump --list-jump-hosts lists them; runspec jump --help tells more",
  });
}

/** A word or option that would do nothing was meant to do something. */
function refuseIdle(args: ParsedArgs, { rest }: Context): void {
  const alias = textArg(args, "alias");
  const tool = textArg(args, "tool");
  const refuse = (message: string) => {
    throw new RunspecError(message, { exitCode: EXIT.USAGE });
  };
  if (isSet(args, "list-jump-hosts") && (alias !== undefined || rest !== undefined))
    refuse("--list-jump-hosts takes no alias");
  if (isSet(args, "write") && !isSet(args, "install")) refuse("--write goes with --install");
  const [one, another] = ["mcp", "install", "uninstall"].filter((flag) => isSet(args, flag));
  if (another !== undefined) refuse(`--${one} and --${another} are two things`);
  if (tool === undefined || namesMany(args)) return;
  for (const flag of ["mcp", "install", "uninstall"])
    if (isSet(args, flag)) refuse(`--${flag} takes no tool`);
  if (args.format === "json") refuse("--format is for lists; a tool's output is passed on unchanged");
}

/** Whether a person may press Ctrl-C, which is ours to handle and not for ssh. */
function hasTerminal(context: Context): boolean {
  return context.stdinIsTerminal() || context.stderr.isTerminal();
}
