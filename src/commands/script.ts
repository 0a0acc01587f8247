/** `runspec script`: what a script with a spec of its own names in its first line. */

import { existsSync } from "node:fs";
import type { Command, ParsedArgs } from "../cli/options.ts";
import type { Context } from "../context.ts";
import { EXIT, RunspecError, usageError } from "../errors.ts";
import { quoteWord } from "../process/quote.ts";
import { loadScript } from "../spec/script.ts";
import { rejectErrors, warn } from "../spec/toml/issues.ts";
import { createCatalog } from "../tools/catalog.ts";
import { runTool } from "./run.ts";

export const command: Command = {
  description:
    "Run a script that carries its own spec. Its first line is: #!/usr/bin/env -S runspec script sh (or bash, python3, node, …)",
  examples: [
    ["./logsum --help", "what the script takes, from its block of comments"],
    ["runspec script sh ./logsum app.log", "the same without the first line"],
  ],
  run,
};

/** The words are not ours: the interpreter, its options, the script, and all the rest is for the script. */
async function run(_: ParsedArgs, context: Context): Promise<number> {
  const words = context.rest ?? [];
  const at = words.findIndex((word, index) => index > 0 && !word.startsWith("-"));
  const file = words[at];
  if (at === -1 || file === undefined) {
    throw usageError(
      "script needs an interpreter and a script",
      "a script's first line is: #!/usr/bin/env -S runspec script sh",
    );
  }
  // A shell ends with the same code.
  if (!existsSync(file)) throw new RunspecError(`there is no script ${file}`, { exitCode: EXIT.NOT_FOUND });
  const script = loadScript(file, context);
  rejectErrors(script.issues);
  const command = [...words.slice(0, at), script.path];
  const runnables = script.runnables.map((declared) => ({ ...declared, command }));
  const { tools, issues } = createCatalog(runnables, { ...context, found: [], isScript: true });
  for (const issue of issues) warn(context, issue);
  const [tool] = tools;
  if (tool === undefined) throw new RunspecError(`${file} declares no tool`);
  return runTool(
    tool,
    { invocation: quoteWord(file), dryRun: false },
    { ...context, rest: words.slice(at + 1) },
  );
}
