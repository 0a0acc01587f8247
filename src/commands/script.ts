/** `runspec script`: what a script with a spec of its own names in its first line. */

import { statSync } from "node:fs";
import type { Command } from "../cli/options.ts";
import { EXIT, RunspecError, usageError } from "../errors.ts";
import { quoteCommand } from "../process/quote.ts";
import { commandFrom, hasBlock, isCalledBy, isStartedBy, loadScript } from "../spec/script.ts";
import { rejectErrors, warn } from "../spec/toml/issues.ts";
import { visible } from "../text.ts";
import { createCatalog } from "../tools/catalog.ts";
import { lineWidth } from "../ui/layout.ts";
import { renderTools } from "../ui/lists.ts";
import { runTool } from "./run.ts";

export const command: Command = {
  description:
    "Run a script that carries its own spec. Its first line is: #!/usr/bin/env -S runspec script sh (or bash, python3, node, …)",
  args: {},
  examples: [
    ["./logsum --help", "what the script takes, from its block of comments"],
    ["runspec script sh ./logsum app.log", "call a script that has no such first line"],
  ],
  /** The words are not ours: the interpreter, its options, the script, and all the rest is for the script. */
  async run(_, context) {
    const words = context.rest ?? [];
    const scriptIndex = scriptAt(words);
    const file = words[scriptIndex];
    if (file === undefined) throw usageError("script needs an interpreter and a script", FIRST_LINE);
    // A shell ends with the same code.
    const missing = { exitCode: EXIT.NOT_FOUND, hint: FIRST_LINE };
    if (statSync(file, { throwIfNoEntry: false }) === undefined)
      throw new RunspecError(`there is no script ${visible(file)}`, missing);
    const script = loadScript(file, context);
    rejectErrors(script.issues);
    const typed = words.slice(0, scriptIndex);
    // The path of an interpreter begins here where it is typed, and beside the script where its first line names it.
    const isFirstLine = isStartedBy(file, typed);
    const asTyped = isFirstLine ? {} : { command: [...commandFrom(context.cwd, typed), script.path] };
    const runnables = script.runnables.map((one) => ({ ...one, ...asTyped }));
    const { tools, issues } = createCatalog(runnables, { ...context, found: [], isScript: true });
    for (const issue of [...script.issues, ...issues]) if (issue.severity === "warning") warn(context, issue);
    // Only what its own first line starts can be called by its path.
    const call = isFirstLine && file.includes("/") ? [file] : ["runspec", "script", ...typed, file];
    const callOf = (path: string[], ...more: string[]) => quoteCommand([...call, ...path.slice(1), ...more]);
    const rest = words.slice(scriptIndex + 1);
    const tool = tools.find((one) => isCalledBy(one, rest));
    if (tool === undefined) {
      const calls = tools.map(({ path, description }) => ({ name: callOf(path, "--help"), description }));
      const listed = renderTools("Commands:", calls, lineWidth(context.stdout));
      if (["-h", "--help"].includes(rest[0] ?? "")) return context.stdout.write(listed).then(() => EXIT.OK);
      throw new RunspecError(`${file} needs one of its commands`, { hint: calls.map(({ name }) => name) });
    }
    const given = rest.slice(tool.path.length - 1);
    return runTool(tool, { invocation: callOf(tool.path), dryRun: false }, { ...context, rest: given });
  },
};

const FIRST_LINE = "a script's first line is: #!/usr/bin/env -S runspec script sh";

/** Where the script stands: behind just the words of its first line, as in `deno run ./x`, or where the first block is; else behind the interpreter and its flags. -1: it stands in the place of that, or there is none. */
function scriptAt(words: readonly string[]): number {
  const behind = (matches: (word: string, at: number) => boolean) =>
    words.findIndex((word, at) => at > 0 && matches(word, at));
  // A file that the script is given may have a block as well, and claim to be started by what stands before it.
  const isIt = (word: string, at: number) => isStartedBy(word, words.slice(0, at)) || hasBlock(word);
  const byItself = behind((word, at) => word.includes("/") && isIt(word, at));
  if (byItself === -1 && words[0]?.includes("/") && hasBlock(words[0])) return -1;
  return byItself === -1 ? behind((word) => !word.startsWith("-")) : byItself;
}
