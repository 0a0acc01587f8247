/** The command tree: which word starts what, and what each command accepts. Commands are loaded when they are run. */

import { quote } from "../arguments/describe.ts";
import type { Context } from "../context.ts";
import { didYouMean } from "../did-you-mean.ts";
import { attempt, EXIT, RunspecError, usageError } from "../errors.ts";
import { END_TARGETS } from "../process/watchdog.ts";
import { visible } from "../text.ts";
import { styleOf } from "../ui/layout.ts";
import { callsTool, readArgs, textArg, unexpected, withoutSecret } from "./read-args.ts";
import type { Commands, Entry } from "./reference.ts";

/** What completion scripts call; it has no place in the tree. */
const COMPLETE = "__complete";

/** Alone, or before `--json`, it is answered in main.ts, before this file is loaded. */
const VERSION = /^(-V|--version)(=|$)/;

const entriesOf =
  (group: string) =>
  (summary: string, load: Entry["load"], isRaw = false): Entry => ({ summary, group, load, isRaw });
const use = entriesOf("Using tools");
const offer = entriesOf("Offering tools");
const setup = entriesOf("Setting up");

/** No prototype: `runspec constructor` is an unknown command like any other. */
export const COMMANDS: Commands = Object.assign(Object.create(null), {
  jump: use("Run a tool on another machine, over ssh", () => import("../commands/jump.ts")),
  run: use("Run a tool here, by the same rules", () => import("../commands/run.ts")),
  script: use("Run a script that carries its own spec", () => import("../commands/script.ts"), true),
  serve: offer("Offer this machine's tools over MCP on stdin/stdout", () => import("../commands/serve.ts")),
  local: offer(
    "Show this machine's tools, and what is wrong with them",
    () => import("../commands/local.ts"),
  ),
  doctor: setup("Check the connection to a host and suggest fixes", () => import("../commands/doctor.ts")),
  init: setup("Write a runspec.toml and a tool to start from", () => import("../commands/init.ts")),
  attach: setup("Make an MCP client use these tools, or a host's", () => import("../commands/attach.ts")),
  completion: setup("Print a shell's completion script", () => import("../commands/completion.ts")),
  schema: setup("Print the JSON Schema of runspec.toml, for editors", () => import("../commands/schema.ts")),
} satisfies Record<string, Entry>);

/** Runs the command line, without the program's name, to its exit code. @throws RunspecError, 2 for wrong usage */
export async function runCommand(words: readonly string[], context: Omit<Context, "rest">): Promise<number> {
  const cut = words.indexOf("--");
  const own = cut === -1 ? words : words.slice(0, cut);
  const rest = cut === -1 ? undefined : words.slice(cut + 1);
  const [name, ...tokens] = own;
  if (name === undefined) {
    // The help was not asked for, so it goes to stderr.
    await help(undefined, { ...context, stdout: context.stderr });
    return EXIT.USAGE;
  }
  const plain = tokens.filter((token) => !isHelp(token));
  if (isHelp(name) || name === "help") return help(plain[0], context);
  // What the watchdog starts when its server was killed: no command of the user's, so it has no place in the tree.
  if (name === END_TARGETS) {
    const { endTargets } = await import("../become/end-target.ts");
    return endTargets(tokens, context.env).then(() => EXIT.OK);
  }
  if (name === COMPLETE) {
    const { complete } = await import("../commands/complete.ts");
    return complete(tokens[0], { ...context, rest }, COMMANDS);
  }
  const entry = entryOf(name);
  const asksForHelp = entry.isRaw ? isHelp(words[1] ?? "") : plain.length < tokens.length;
  const { command } = await entry.load();
  // Of a tool: `runspec jump host tool --help`.
  const namesTool = () => typeof attempt(() => readArgs(name, plain, command.args))?.tool === "string";
  if (asksForHelp && !namesTool()) return help(name, context);
  try {
    if (entry.isRaw) return await command.run({}, { ...context, rest: words.slice(1) });
    const args = readArgs(name, plain, command.args, rest);
    if (rest?.[0] !== undefined && !callsTool(command.args)) throw unexpected(rest[0]);
    const config = textArg(args, "config");
    return await command.run(args, { ...context, config, rest: asksForHelp ? ["--help"] : rest });
  } catch (error) {
    // A usage error says where to read on.
    if (!(error instanceof RunspecError) || error.exitCode !== EXIT.USAGE) throw error;
    const { message, exitCode, cause, hint = "" } = error;
    throw new RunspecError(message, { exitCode, cause, hint: [hint, `see runspec ${name} --help`] });
  }
}

const isHelp = (word: string): boolean => word === "--help" || word === "-h";

/** Prints the help of one command, or without a name that of them all. */
async function help(name: string | undefined, { stdout, env }: Omit<Context, "rest">): Promise<number> {
  const { renderCommandHelp, renderHelp } = await import("./help.ts");
  const style = styleOf(stdout, env);
  await stdout.write(
    name === undefined
      ? renderHelp(COMMANDS, style)
      : renderCommandHelp(name, (await entryOf(name).load()).command, style),
  );
  return EXIT.OK;
}

/** What people look for by the words of other programs. */
const ELSEWHERE = [
  ["local", "check", "lint", "list", "ls", "tools", "validate"],
  ["run", "exec"],
  ["jump", "hosts", "ssh"],
  ["script", "bash", "node", "perl", "python", "python3", "sh"],
  ["serve", "mcp", "server"],
] as const;

/** @throws RunspecError 2 where there is no such command */
function entryOf(name: string): Entry {
  const entry = COMMANDS[name];
  if (entry !== undefined) return entry;
  const first = "--version comes first, and nothing but --json may follow";
  if (VERSION.test(name)) throw usageError(first, "runspec --version, or runspec --version --json");
  const [kind, advice] = name.startsWith("-")
    ? ["option", "options come behind a command"]
    : ["command", "a tool is run by: runspec run TOOL, or runspec jump HOST TOOL"];
  const known = [...Object.keys(COMMANDS), "--version", "-V", "--help"];
  const [other] = ELSEWHERE.find(([, ...theirs]) => theirs.some((one) => one === name)) ?? [];
  const words = name.split(/\s+/).map((word, at, all) => withoutSecret(word, all[at - 1]));
  const where = words[0] === "script" ? " (in a first line by /usr/bin/env -S before runspec)" : "";
  const apart = `it is one word here; each is to be one of its own${where}: ${words.filter(Boolean).map(quote).join(", ")}`;
  const near = known.includes(words.find(Boolean) ?? "") ? apart : didYouMean(other ?? name, known) || advice;
  const shown = visible(words.join(" "));
  throw usageError(`unknown ${kind} "${shown}"`, near, "runspec --help lists the commands");
}
