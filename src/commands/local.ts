/** `runspec local`: what this machine offers, and what is wrong with it. */

import { join } from "node:path";
import { CONFIG, type Command, flag, formatOption, option, word } from "../cli/options.ts";
import { isSet, nextCommand, SEVERAL, textArg } from "../cli/read-args.ts";
import type { Context } from "../context.ts";
import { didYouMean } from "../did-you-mean.ts";
import { EXIT, RunspecError, usageError } from "../errors.ts";
import { jsonDocument, jsonLine } from "../json.ts";
import { standardPlaces } from "../spec/discover/find.ts";
import { SPEC_NAME } from "../spec/discover/source.ts";
import { errorsIn, renderIssues } from "../spec/toml/issues.ts";
import { visible } from "../text.ts";
import { adviseOnClients, adviseOnOtherUsers } from "../tools/advice.ts";
import { serveContext } from "../tools/catalog.ts";
import { anthropicTools, describeTool, openaiTools } from "../tools/descriptor.ts";
import { type LocalTools, readLocalTools, readNamedFiles } from "../tools/local-tools.ts";
import { describeStatus, previewCall, statusOf } from "../tools/status.ts";
import { listStyle } from "../ui/layout.ts";
import { renderLocal, renderPreview } from "../ui/local.ts";

/** What each format but text prints; `planned`: with what a call would run. */
const FORMATS: Record<string, (local: LocalTools, planned: boolean, context: Context) => string> = {
  json: ({ files, tools, issues }, planned, context) =>
    jsonDocument({
      hostname: context.hostname(),
      context: serveContext(context.env),
      files: files.map(({ path }) => path),
      tools: tools.map((tool) => ({
        ...describeStatus(tool, context),
        plan: planned ? previewCall(tool, context) : undefined,
      })),
      issues,
    }),
  // Not indented: to the byte what tools/list answers.
  mcp: (local) => `${jsonLine({ tools: offeredIn(local) })}\n`,
  openai: (local) => jsonDocument(openaiTools(offeredIn(local))),
  anthropic: (local) => jsonDocument(anthropicTools(offeredIn(local))),
};

const offeredIn = ({ tools }: LocalTools) =>
  tools.filter(({ hidden }) => hidden === undefined).map((tool) => describeTool(tool, "model"));

export const command: Command = {
  description: "Show this machine's tools, who may run them, and everything that is wrong with their files.",
  args: {
    file: word(
      "Scripts or runspec.toml files to check, wherever they are; without them, those of this machine",
      SEVERAL,
    ),
    ...formatOption(["text", ...Object.keys(FORMATS)]),
    runnable: option("NAME", "Only this tool", "r"),
    sudoers: flag("Print the rules that sudo needs for the tools that run as another user, for visudo"),
    ...CONFIG,
  },
  examples: [
    ["runspec local", "all tools, grouped by file, and the issues"],
    ["runspec local ./deploy ./tools/*", "scripts, before they are copied anywhere"],
    ["runspec local --sudoers", "what sudo must allow, for visudo"],
    ["runspec local --format mcp", "exactly what tools/list answers"],
    ["runspec local --format anthropic --runnable deploy", "one tool, for an agent's API"],
  ],
  async run(args, context) {
    const named = Array.isArray(args._) ? args._.map(String) : [];
    if (isSet(args, "sudoers") && args.format !== "text") throw usageError("--format is not for --sudoers");
    const found = () => readLocalTools(context, { closely: true });
    const read = named.length > 0 ? readNamedFiles(context, named) : found();
    const all = { ...read, issues: [...read.issues, ...adviseOnOtherUsers(read.tools)] };
    const failed = errorsIn(all.issues).length > 0;
    const name = textArg(args, "runnable");
    const chosen = name === undefined ? all : selectTool(name, all, failed, nextCommand(context, "local"));
    // Files with an error are to be fixed first.
    const broken = new Set(errorsIn(chosen.issues).map(({ file }) => file));
    const advice = adviseOnClients(chosen.tools.filter(({ file }) => !broken.has(file)));
    const local = { ...chosen, issues: [...chosen.issues, ...advice] };
    const format = FORMATS[String(args.format)];
    if (isSet(args, "sudoers")) {
      await printSudoers(local, context);
      if (failed) await context.stderr.write(`${renderIssues(all.issues)}\n`);
    } else if (format === undefined) {
      await printText(local, named.length > 0, context);
      // Of one tool also what a call would run.
      if (name !== undefined)
        for (const tool of local.tools)
          await context.stdout.write(`\n${renderPreview(previewCall(tool, context))}`);
    } else {
      await context.stdout.write(format(local, name !== undefined, context));
      if (local.issues.length > 0) await context.stderr.write(`${renderIssues(local.issues)}\n`);
    }
    return failed ? EXIT.FOUND_ERRORS : EXIT.OK;
  },
};

async function printSudoers({ tools }: LocalTools, context: Context): Promise<void> {
  const { sudoersFile } = await import("../tools/sudoers-file.ts");
  const invoker = context.userName() ?? String(context.uid);
  const caller = { invoker, byRoot: context.uid === 0, hostname: context.hostname() };
  await context.stdout.write(sudoersFile(tools, caller));
}

/** `all` with one tool alone, and its file; the issues stay, since an error among them decides the exit code. */
function selectTool(name: string, all: LocalTools, failed: boolean, local: string): LocalTools {
  const tool = all.tools.find((one) => one.name === name);
  if (tool !== undefined)
    return { ...all, tools: [tool], files: all.files.filter(({ path }) => path === tool.file) };
  const names = all.tools.map((one) => one.name);
  const lists = `${local} lists them${failed ? ", and the errors, which leave tools out" : ""}`;
  const hint = [didYouMean(name, names), lists];
  throw new RunspecError(`there is no tool "${visible(name)}" here`, { exitCode: EXIT.NOT_FOUND, hint });
}

async function printText(local: LocalTools, named: boolean, context: Context): Promise<void> {
  const rows = local.tools.map((tool) => ({ tool, status: statusOf(tool, context) }));
  const { user, system } = standardPlaces(context);
  const nearest = `${join(context.cwd, SPEC_NAME)}, and above`;
  const places = [nearest, user, system].filter((place) => place !== undefined);
  await context.stdout.write(renderLocal(local, rows, { places, named }, listStyle(context)));
}
