/** The command tree: which word starts what, and what each command accepts. Commands are loaded when they are run. */

import { type ArgsDef, type CommandDef, parseArgs } from "citty";
import type { Context } from "./commands/context.ts";
import type { Arguments, Command } from "./commands/options.ts";
import { EXIT, RunspecError } from "./errors.ts";
import { childEnvironment } from "./exec/env.ts";
import { END_TARGETS, readTarget } from "./exec/targets.ts";
import { didYouMean, visible } from "./text.ts";
import { renderCommandHelp, renderHelp } from "./ui/help.ts";

interface Entry {
  summary: string;
  /** All its words are somebody else's: they are not read here, not even `--`. */
  raw?: true;
  load(): Promise<{ command: Command }>;
}

/** No prototype: `runspec constructor` is an unknown command like any other. */
const COMMANDS: Record<string, Entry> = Object.assign(Object.create(null), {
  jump: { summary: "Run a tool on another machine, over ssh", load: () => import("./commands/jump.ts") },
  run: { summary: "Run a tool here, by the same rules", load: () => import("./commands/run.ts") },
  script: {
    summary: "Run a script that carries its own spec",
    raw: true,
    load: () => import("./commands/script.ts"),
  },
  serve: {
    summary: "Offer this machine's tools over MCP on stdin/stdout",
    load: () => import("./commands/serve.ts"),
  },
  local: {
    summary: "Show this machine's tools, and what is wrong with them",
    load: () => import("./commands/local.ts"),
  },
  schema: {
    summary: "Print the JSON Schema of runspec.toml, for editors",
    load: () => import("./commands/schema.ts"),
  },
  init: {
    summary: "Write a runspec.toml and a tool to start from",
    load: () => import("./commands/init.ts"),
  },
} satisfies Record<string, Entry>);

/**
 * Runs the command line `words` (without the program's name) to its exit code.
 * @throws RunspecError, 2 for wrong usage
 */
export async function main(words: readonly string[], context: Omit<Context, "rest">): Promise<number> {
  const cut = words.indexOf("--");
  const own = cut === -1 ? words : words.slice(0, cut);
  const rest = cut === -1 ? undefined : words.slice(cut + 1);
  const [name, ...tokens] = own;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    await context.stdout.write(renderHelp(summaries(), context.stdout.columns()));
    return name === undefined ? EXIT.USAGE : EXIT.OK;
  }
  if (name === END_TARGETS) return endTargets(tokens, context);
  const entry = COMMANDS[name];
  if (entry === undefined) throw unknownCommand(name);

  const { command } = await entry.load();
  if (entry.raw && words[1] !== "--help") return command.run({}, { ...context, rest: words.slice(1) });
  if (tokens.includes("--help") || tokens.includes("-h")) {
    await context.stdout.write(renderCommandHelp(name, command, context.stdout.columns()));
    return EXIT.OK;
  }
  const args = readArguments(name, tokens, command.definition);
  return command.run(args, { ...context, rest });
}

/** What a guard starts when its server was killed: no command of the user's, so it has no place in the tree. */
async function endTargets(words: readonly string[], context: Omit<Context, "rest">): Promise<number> {
  const { terminate } = await import("./exec/terminate.ts");
  const targets = words.map(readTarget).filter((target) => target !== undefined);
  await Promise.all(targets.map((target) => terminate(target, childEnvironment(context.env))));
  return EXIT.OK;
}

function summaries(): [string, string][] {
  return Object.entries(COMMANDS).map(([name, { summary }]) => [name, summary]);
}

function unknownCommand(name: string): RunspecError {
  const kind = name.startsWith("-") ? "option" : "command";
  return new RunspecError(`unknown ${kind} "${visible(name)}"`, {
    exitCode: EXIT.USAGE,
    hint: didYouMean(name, Object.keys(COMMANDS)) || "runspec --help lists the commands",
  });
}

/** Reads tokens by citty's definition, after refusing what citty would let pass: unknown flags and surplus words. */
function readArguments(name: string, tokens: readonly string[], definition: CommandDef<ArgsDef>): Arguments {
  const declared = definition.args;
  if (declared === undefined || typeof declared === "function" || declared instanceof Promise) return {};
  try {
    return { ...parseArgs(checkedTokens(name, tokens, declared), declared) };
  } catch (error) {
    if (error instanceof RunspecError) throw error;
    const message = error instanceof Error ? Bun.stripANSI(error.message) : String(error);
    throw usage(name, `${message[0]?.toLowerCase()}${message.slice(1).replace(/\.$/, "")}`);
  }
}

/** The same tokens with every flag's value joined to it, so that a value may start with a dash. */
function checkedTokens(name: string, tokens: readonly string[], declared: ArgsDef): string[] {
  const positionals = Object.values(declared).filter(({ type }) => type === "positional").length;
  const flags: string[] = [];
  const words: string[] = [];
  const queue = [...tokens];
  for (let token = queue.shift(); token !== undefined; token = queue.shift()) {
    if (!token.startsWith("-") || token === "-") {
      words.push(token);
      continue;
    }
    const [written = token, inline] = splitOnce(token);
    const flag = findFlag(written, declared);
    if (flag === undefined) throw unknownFlag(name, written, declared);
    const { key, type } = flag;
    if (type === "boolean") {
      if (inline !== undefined) throw usage(name, `${written} takes no value`);
      flags.push(`--${key}`);
      continue;
    }
    const value = inline ?? queue.shift();
    if (value === undefined) throw usage(name, `${written} needs a value`);
    flags.push(`--${key}=${value}`);
  }
  const surplus = words[positionals];
  if (surplus !== undefined) {
    const hint = name === "jump" || name === "run" ? "a tool's arguments come after --" : undefined;
    throw usage(name, `unexpected argument "${visible(surplus)}"`, hint);
  }
  return [...flags, ...words];
}

function splitOnce(token: string): [string, string | undefined] {
  const at = token.indexOf("=");
  return at === -1 ? [token, undefined] : [token.slice(0, at), token.slice(at + 1)];
}

function findFlag(written: string, declared: ArgsDef): { key: string; type: string } | undefined {
  for (const [key, definition] of Object.entries(declared)) {
    const { type = "string" } = definition;
    if (type === "positional") continue;
    const aliases = "alias" in definition ? [definition.alias ?? []].flat() : [];
    if (written === `--${key}` || aliases.some((alias) => written === `-${alias}`)) return { key, type };
  }
  return undefined;
}

function unknownFlag(name: string, written: string, declared: ArgsDef): RunspecError {
  const known = Object.entries(declared).flatMap(([key, { type }]) =>
    type === "positional" ? [] : [`--${key}`],
  );
  const hint = didYouMean(written, [...known, "--help"]);
  return usage(name, `unknown option ${visible(written)}`, hint === "" ? undefined : hint);
}

function usage(name: string, message: string, hint?: string): RunspecError {
  return new RunspecError(message, { exitCode: EXIT.USAGE, hint: hint ?? `see runspec ${name} --help` });
}
