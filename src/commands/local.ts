/** `runspec local`: what this machine offers, and what is wrong with it. */

import { EXIT, RunspecError } from "../errors.ts";
import { didYouMean, visible } from "../text.ts";
import type { Tool } from "../tool/catalog.ts";
import { describeTool } from "../tool/descriptor.ts";
import { anthropicTools, openaiTools } from "../ui/formats.ts";
import { renderIssues } from "../ui/issues.ts";
import { type LocalRow, renderLocal } from "../ui/local.ts";
import { type Context, printJson } from "./context.ts";
import { type Arguments, CONFIG, type Command, formatOption, textOf } from "./options.ts";
import { type LocalTools, readLocalTools } from "./tools.ts";

const FORMATS = ["text", "json", "mcp", "openai", "anthropic"];

export const command: Command = {
  definition: {
    meta: {
      description:
        "Show this machine's tools, who may run them, and everything that is wrong with their files.",
    },
    args: {
      ...formatOption(FORMATS),
      runnable: { type: "string", valueHint: "NAME", description: "Only this tool" },
      ...CONFIG,
    },
  },
  examples: [
    ["runspec local", "all tools, grouped by file, and the issues"],
    ["runspec local --format mcp", "exactly what tools/list answers"],
    ["runspec local --format anthropic --runnable deploy", "one tool, for an agent's API"],
  ],
  run,
};

async function run(args: Arguments, context: Context): Promise<number> {
  const all = await readLocalTools(context, textOf(args, "config"));
  const name = textOf(args, "runnable");
  const local = name === undefined ? all : { ...all, tools: [pick(all.tools, name)] };
  const failed = all.issues.some(({ severity }) => severity === "error");
  if (args.format === "text") await printText(local, context);
  else {
    await printFormat(String(args.format), local, context);
    if (all.issues.length > 0) await context.stderr.write(`${renderIssues(all.issues)}\n`);
  }
  return failed ? EXIT.FOUND_ERRORS : EXIT.OK;
}

function pick(tools: readonly Tool[], name: string): Tool {
  const found = tools.find(({ runnable }) => runnable.name === name);
  if (found !== undefined) return found;
  const names = tools.map(({ runnable }) => runnable.name);
  throw new RunspecError(`there is no tool "${visible(name)}" here`, {
    exitCode: EXIT.NOT_FOUND,
    hint: didYouMean(name, names) || "runspec local lists them",
  });
}

async function printFormat(format: string, local: LocalTools, context: Context): Promise<void> {
  const offered = local.tools.filter(({ hidden }) => hidden === undefined).map(describeTool);
  switch (format) {
    case "mcp":
      // Not indented: to the byte what tools/list answers.
      return context.stdout.write(`${JSON.stringify({ tools: offered })}\n`);
    case "openai":
      return printJson(context, openaiTools(offered));
    case "anthropic":
      return printJson(context, anthropicTools(offered));
    default:
      return printJson(context, { tools: local.tools.map(jsonTool), issues: local.issues });
  }
}

function jsonTool(tool: Tool) {
  const { runnable, hidden } = tool;
  const located = tool.locate();
  return {
    name: runnable.name,
    file: runnable.file,
    description: runnable.description,
    autonomy: runnable.autonomy,
    output: runnable.output,
    offered: hidden === undefined,
    hiddenBy: hidden,
    callable: located.kind === "found" && tool.user.kind !== "refused",
    executable: located,
    runAs: tool.user,
    inputSchema: describeTool(tool).inputSchema,
  };
}

async function printText({ files, tools, issues }: LocalTools, context: Context): Promise<void> {
  const rows = tools.map(row);
  const shown = files.map(({ path }) => path);
  await context.stdout.write(renderLocal(shown, rows, issues, context.stdout.columns()));
}

function row(tool: Tool): LocalRow {
  const { runnable, user } = tool;
  const { name, autonomy, file, becomeMethod } = runnable;
  const as = user.kind === "user" ? `as ${user.user} via ${becomeMethod} (${user.why})` : undefined;
  return { name, autonomy, file, state: stateOf(tool), ...(as === undefined ? {} : { as }) };
}

function stateOf(tool: Tool): string {
  const { hidden, user, runnable } = tool;
  const located = tool.locate();
  if (located.kind === "missing")
    return `not callable: no executable "${located.name}" in ${located.lookedIn.join(", ")}`;
  if (located.kind === "not-executable") return `not callable: ${located.path} is not executable (chmod +x)`;
  if (user.kind === "refused") return `not callable: ${user.reason}`;
  if (hidden === "hosts") return `not offered on this host (hosts: ${runnable.hosts?.join(", ")})`;
  if (hidden === "serve")
    return `not offered in this context (serve: ${runnable.serve.join(", ") || "false"})`;
  return located.argv.join(" ");
}
