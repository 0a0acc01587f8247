/** `runspec run`: a tool, here: the same rules as behind `serve`, with the terminal's own streams. */

import { statSync } from "node:fs";
import { resolve } from "node:path";
import { withoutSecretDefaults } from "../arguments/secret.ts";
import { CONFIG, type Command, flag, word } from "../cli/options.ts";
import { isSet, nextCommand, textArg } from "../cli/read-args.ts";
import type { Context } from "../context.ts";
import { didYouMean } from "../did-you-mean.ts";
import { attempt, EXIT, messageText, RunspecError, usageError } from "../errors.ts";
import { type RefusedCall, refusalError, secretsAlone } from "../mcp/tool-host.ts";
import { quoteCommand, quoteWord } from "../process/quote.ts";
import { onSuspend } from "../process/signals.ts";
import { visible } from "../text.ts";
import { readInput } from "../tools/call-input.ts";
import type { Tool } from "../tools/catalog.ts";
import { runInForeground } from "../tools/foreground.ts";
import { readSoundTools } from "../tools/local-tools.ts";
import { prepareCall } from "../tools/prepare.ts";
import { styleOf } from "../ui/layout.ts";
import { renderTools } from "../ui/lists.ts";
import { renderToolHelp } from "../ui/tool-help.ts";

export const command: Command = {
  description:
    "Run a tool here: the same rules as behind serve, no SSH, the terminal's own input and output.",
  args: {
    tool: word("The tool to run; without it, the tools are listed"),
    "dry-run": flag("Print the command line that would be run, secrets masked"),
    ...CONFIG,
  },
  examples: [
    ["runspec run", "the tools of this machine"],
    ["runspec run deploy -- --env staging", "run one"],
    ["runspec run deploy -- --help", "what it takes"],
  ],
  async run(args, context) {
    const name = textArg(args, "tool");
    const dryRun = isSet(args, "dry-run");
    if (name === undefined && dryRun) throw usageError("--dry-run needs a tool");
    if (name === undefined && context.rest !== undefined)
      throw usageError("arguments after -- need a tool before it");
    const { tools } = readSoundTools(context);
    if (name === undefined) return list(tools, context);
    const tool = tools.find((one) => one.name === name);
    if (tool === undefined) throw noToolHere(name, tools, context);
    const invocation = `${nextCommand(context, "run", name)} --`;
    return runTool(tool, { invocation, dryRun }, context);
  },
};

/** Runs `tool` with the words of the context; `invocation`: what a person types before those. */
export async function runTool(
  tool: Tool,
  request: { invocation: string; dryRun: boolean },
  context: Context,
): Promise<number> {
  const words = context.rest ?? [];
  const { env, hostname } = context;
  const calling = { tool, words, env, hostname, human: true, agent: false };
  const input = readInput(calling);
  if (input.help) {
    const usage = { ...request, ...tool, args: withoutSecretDefaults(tool.args) };
    await context.stdout.write(renderToolHelp(usage, styleOf(context.stdout, context.env)));
    return EXIT.OK;
  }
  const prepared = prepareCall(calling, input);
  if (prepared.kind === "refused") {
    const typed = await typedSecrets(tool.name, prepared, context);
    if (typed !== undefined) return runTool(tool, request, { ...context, rest: [...typed, ...words] });
    throw refusalError(prepared.reasons.join("\n"), prepared, request.invocation);
  }
  for (const note of prepared.notes) await context.stderr.write(messageText(note));
  if (request.dryRun) {
    await context.stdout.write(`${quoteCommand(prepared.plan.shown)}\n`);
    return EXIT.OK;
  }
  return runInForeground(tool, prepared.plan, context);
}

/** Words for the secrets that a call lacks, where it lacks nothing else and a person is there to type them. */
async function typedSecrets(name: string, refused: RefusedCall, context: Context) {
  const missing = secretsAlone(refused);
  if (missing.length === 0) return undefined;
  const { secretsFrom } = await import("../cli/ask.ts");
  const ask = secretsFrom(context, name);
  const offSuspend = ask && onSuspend(context.onSignals, async () => {});
  return ask?.(missing).finally(offSuspend);
}

async function list(tools: readonly Tool[], context: Context): Promise<number> {
  const listed = tools.filter(({ hidden }) => hidden !== "hosts");
  await context.stdout.write(renderTools("Tools here:", listed, context.stdout.columns()));
  if (tools.length === 0)
    await context.stderr.write(messageText("there are no tools here", firstTool(context)));
  else if (listed.length === 0)
    await context.stderr.write(
      messageText("none of the tools here is for this host", `${nextCommand(context, "local")} shows why`),
    );
  return EXIT.OK;
}

function noToolHere(name: string, tools: readonly Tool[], context: Context): RunspecError {
  const names = tools.map((tool) => tool.name);
  const path = quoteWord(name.includes("/") ? name : `./${name}`);
  const isScript = attempt(() => statSync(resolve(context.cwd, name)).isFile()) === true;
  const byPath = `a script is called by its path: ${path}; check it: runspec local ${path}`;
  const missing = isScript ? "" : `${nextCommand(context, "local")} says why one is missing`;
  const near = [didYouMean(name, names) || missing, `${nextCommand(context, "run")} lists the tools`];
  return new RunspecError(`there is no tool "${visible(name)}" here`, {
    exitCode: EXIT.NOT_FOUND,
    hint: [isScript ? byPath : "", ...(names.length === 0 ? [firstTool(context)] : near)],
  });
}

const firstTool = (context: Context): string =>
  `runspec init writes a first one; ${nextCommand(context, "local")} shows where they are looked for`;
