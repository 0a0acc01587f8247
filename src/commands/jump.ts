/** `runspec jump`: list jump hosts, list a host's tools, run one of them. */

import { CONFIG, type Command, flag, formatOption, option, word } from "../cli/options.ts";
import { isSet, type ParsedArgs, textArg } from "../cli/read-args.ts";
import type { Context } from "../context.ts";
import { EXIT, usageError } from "../errors.ts";
import { listenForStop } from "../process/signals.ts";
import { openTransport } from "../session/transport.ts";
import { asList, MANY_OPTIONS } from "./jump/many-options.ts";
import { namedHost, namesMany, printRoute, toolArg } from "./jump/named-hosts.ts";

export const command: Command = {
  description:
    "Run a tool on another machine: over plain OpenSSH, with live output and the tool's own exit code.",
  args: {
    alias: word(
      "A jump host of runspec.toml, or user@host; or a list of them, and of @groups: web-{01..20},@db",
    ),
    tool: word("The tool to run; without it, the host's tools are listed"),
    "list-jump-hosts": flag("List the configured jump hosts", "l"),
    ...formatOption(["text", "json"]),
    bin: option("PATH", "The runspec on the remote, for this call"),
    human: flag("Say that a person asked for this call, as a terminal does"),
    "no-stdin": flag("Give the tool no input; else one host's tool gets what is piped in (not typed)", "n"),
    mcp: flag("Be an MCP server: the remote's own, passed through; for a list, one over all of its hosts"),
    install: flag("Put this binary on the remote: where bin says, else in ~/.local/bin"),
    uninstall: flag("Remove it from there again"),
    write: flag("With --install: write the bin line into runspec.toml"),
    ...MANY_OPTIONS,
    "dry-run": flag("Run nothing, and print the ssh command line; or what --install or --uninstall would do"),
    ...CONFIG,
  },
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
  async run(args, context) {
    if (!isSet(args, "mcp") || isSet(args, "dry-run")) return jump(args, context);
    const { orTellClient } = await import("./jump/mcp.ts");
    return orTellClient({ ...context, forClient: true }, (heard) => jump(args, heard));
  },
};

async function jump(args: ParsedArgs, context: Context): Promise<number> {
  rejectMisused(args, context);
  if (isSet(args, "list-jump-hosts")) {
    const { listHosts } = await import("./jump/lists.ts");
    await listHosts(args, context);
    return EXIT.OK;
  }
  if (isSet(args, "install") || isSet(args, "uninstall")) {
    const { installOn } = await import("./jump/install.ts");
    return installOn(args, context);
  }
  if (namesMany(args) && isSet(args, "mcp") && !isSet(args, "dry-run")) {
    const { serveMany } = await import("./jump/mcp.ts");
    return serveMany(args, context);
  }
  if (namesMany(args)) {
    const { jumpMany } = await import("./jump/many.ts");
    return jumpMany(args, context);
  }
  const destination = namedHost(args, context);
  if (isSet(args, "dry-run")) {
    await printRoute(destination, context);
    return EXIT.OK;
  }
  if (isSet(args, "mcp")) {
    const { passThrough, rejectTerminal } = await import("./jump/mcp.ts");
    rejectTerminal("--mcp", args, context);
    return passThrough(destination, context);
  }
  // Before ssh is started: from then on an interrupt has to end it.
  const stop = listenForStop(context.onSignals);
  const transport = openTransport(destination, context);
  // The rest is loaded while ssh connects.
  const { callOrList } = await import("./jump/call.ts");
  return callOrList(transport, args, stop, context);
}

function rejectMisused(args: ParsedArgs, { rest }: Context): void {
  const alias = textArg(args, "alias");
  const tool = toolArg(args);
  if (isSet(args, "list-jump-hosts") && (alias !== undefined || rest !== undefined))
    throw usageError("--list-jump-hosts takes no alias");
  if (isSet(args, "write") && !isSet(args, "install")) throw usageError("--write goes with --install");
  const [one, other] = ["list-jump-hosts", "mcp", "install", "uninstall"].filter((name) => isSet(args, name));
  // --human would say nothing of an MCP client's calls.
  const another = other ?? (one !== undefined && isSet(args, "human") ? "human" : undefined);
  if (another !== undefined) throw usageError(`--${one} and --${another} cannot be used together`);
  if (rest !== undefined && one !== undefined) throw usageError(`--${one} takes no arguments after --`);
  const plain = one ?? (isSet(args, "dry-run") ? "dry-run" : undefined);
  if (plain !== undefined && plain !== "list-jump-hosts" && args.format === "json")
    throw usageError(`--format is for lists and for a tool's output, not for --${plain}`);
  if (tool !== undefined && one !== undefined) throw usageError(`--${one} takes no tool`);
  if (tool !== undefined && args.format === "json" && !namesMany(args))
    throw usageError("--format is for lists; a tool's output is passed on unchanged", asList(args));
}
