/** `runspec init`: a runspec.toml and a tool that works, to start from. */

import { type Command, flag, option } from "../cli/options.ts";
import { isSet, textArg } from "../cli/read-args.ts";
import { EXIT, usageError } from "../errors.ts";
import { LANGUAGES } from "../scaffold/languages.ts";
import { EXAMPLE_NAMES } from "../scaffold/plan.ts";
import { addScaffold, rejectUntrusted, writeScaffold } from "../scaffold/write.ts";
import { PORTABLE } from "../spec/check-names.ts";
import { rejectUnreadableName } from "../spec/discover/find.ts";
import { visible } from "../text.ts";

const WINDOWS = process.platform === "win32";

export const command: Command = {
  description: "Write a runspec.toml and a tool that works into this directory, to start from.",
  args: {
    name: { ...option("NAME", "What to call the tool", "n"), default: "hello" },
    lang: {
      type: "enum",
      valueHint: "LANGUAGE",
      options: [...LANGUAGES],
      default: WINDOWS ? "powershell" : "sh",
      description: `What to write it in: ${LANGUAGES.join(", ")}`,
    },
    add: flag("Add the tool to the runspec.toml that is here already", "a"),
    example: flag("Add two more: one with a rule and JSON output, one that takes its time", "e"),
  },
  examples: [
    ["runspec init", "a tool called hello"],
    ["runspec init --name greet --lang python", "another name, another language"],
    ["runspec init --add --name backup", "one more, in the runspec.toml that is here"],
    ["runspec init --example", "with more to look at"],
  ],
  async run(args, context) {
    const name = textArg(args, "name") ?? "";
    const example = isSet(args, "example");
    const why = objection(name, example);
    const form = "lower-case letters, digits, - and _, a letter first, at most 40: --name log-summary";
    if (why !== undefined) throw usageError(`a tool cannot be called "${visible(name)}": ${why}`, form);
    const language = LANGUAGES.find((known) => known === args.lang) ?? "sh";
    rejectUnreadableName(context.cwd);
    rejectUntrusted(context.cwd, context.uid);
    const scaffold = { name, language, example, windowsDirectory: WINDOWS ? context.cwd : undefined };
    const adds = isSet(args, "add");
    const paths = await (adds ? addScaffold : writeScaffold)(scaffold, context.cwd);
    await context.stdout.write(summary(paths, name, adds));
    return EXIT.OK;
  },
};

function objection(name: string, example: boolean): string | undefined {
  if (name === "config") return "[config] holds the settings of a runspec.toml";
  if (example && EXAMPLE_NAMES.includes(name)) return "--example brings a tool of that name";
  // JavaScript's own; they would be refused when the file is read.
  if (name === "constructor" || name === "prototype") return "that name is reserved";
  return PORTABLE.test(name) ? undefined : "clients would not take that name";
}

function summary(paths: readonly string[], name: string, adds: boolean): string {
  const written = paths.map((path) => `  ${path}\n`).join("");
  return `Wrote\n${written}
Next:
  runspec run ${name} -- --help
  runspec run ${name} -- Ada --times 2
  runspec local
${adds ? "" : "The comments in runspec.toml show how to attach an agent and how to use the tools on another machine.\n"}`;
}
