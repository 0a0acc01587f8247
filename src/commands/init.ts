/** `runspec init`: a runspec.toml and a tool that works, to start from. */

import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  rmdirSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { codeOf, EXIT, RunspecError, reasonOf } from "../errors.ts";
import { dirname, join } from "../paths.ts";
import { EXAMPLE_NAMES, LANGUAGES, type PlannedFile, planScaffold } from "../scaffold/plan.ts";
import { visible } from "../text.ts";
import type { Context } from "./context.ts";
import { type Arguments, type Command, isSet, textOf } from "./options.ts";

export const command: Command = {
  definition: {
    meta: { description: "Write a runspec.toml and a tool that works into this directory, to start from." },
    args: {
      name: {
        type: "string",
        alias: "n",
        valueHint: "NAME",
        default: "hello",
        description: "What to call the tool",
      },
      lang: {
        type: "enum",
        valueHint: "LANGUAGE",
        options: [...LANGUAGES],
        default: "sh",
        description: `What to write it in: ${LANGUAGES.join(", ")}`,
      },
      example: {
        type: "boolean",
        alias: "e",
        description: "Add two more: one with a rule and JSON output, one that takes its time",
      },
    },
  },
  examples: [
    ["runspec init", "a tool called hello, in sh"],
    ["runspec init --name greet --lang python", "another name, another language"],
    ["runspec init --example", "with more to look at"],
  ],
  run,
};

/** What every client of the protocol takes as a tool's name, and every file system as a file's. */
const NAME = /^[a-z][a-z0-9_-]{0,39}$/;

async function run(args: Arguments, context: Context): Promise<number> {
  const name = textOf(args, "name") ?? "";
  const example = isSet(args, "example");
  checkName(name, example);
  const language = LANGUAGES.find((known) => known === args.lang) ?? "sh";
  const files = planScaffold({ name, language, example });
  refuseExisting(files, context.cwd);
  writeAll(files, context.cwd);
  await context.stdout.write(summary(files, name));
  return EXIT.OK;
}

function checkName(name: string, example: boolean): void {
  const why = objection(name, example);
  if (why === undefined) return;
  throw new RunspecError(`a tool cannot be called "${visible(name)}": ${why}`, {
    exitCode: EXIT.USAGE,
    hint: "lower-case letters, digits, - and _, a letter first, at most 40: --name log-summary",
  });
}

function objection(name: string, example: boolean): string | undefined {
  if (name === "config") return "[config] holds the settings of a runspec.toml";
  if (example && EXAMPLE_NAMES.includes(name)) return "--example brings a tool of that name";
  // JavaScript's own; they would be refused when the file is read.
  if (name === "constructor" || name === "prototype") return "that name is reserved";
  return NAME.test(name) ? undefined : "clients would not take that name";
}

/** Looks at every file before the first one is written; a link that leads nowhere is there, too. */
function refuseExisting(files: readonly PlannedFile[], directory: string): void {
  const existing = files.filter(({ path }) => isThere(join(directory, path)));
  if (existing.length === 0) return;
  const names = existing.map(({ path }) => path).join(" and ");
  throw new RunspecError(
    `${names} ${existing.length === 1 ? "is" : "are"} here already, and nothing is overwritten`,
    {
      hint: "nothing was written; start in an empty directory, or add a table to the runspec.toml that is here",
    },
  );
}

function isThere(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch (error) {
    // Something in the way that cannot be looked behind is for the writing to complain about.
    return !["ENOENT", "ENOTDIR"].includes(codeOf(error) ?? "");
  }
}

/** All files, or none: what was made before a failure is taken away again. */
function writeAll(files: readonly PlannedFile[], directory: string): void {
  const undo: (() => void)[] = [];
  try {
    for (const { path, text, executable } of files) {
      const target = join(directory, path);
      const parent = dirname(target);
      if (!existsSync(parent)) {
        mkdirSync(parent, { mode: 0o755 });
        undo.push(() => rmdirSync(parent));
      }
      // "wx": whoever made the file in the meantime keeps it.
      const file = openSync(target, "wx", executable ? 0o755 : 0o644);
      undo.push(() => unlinkSync(target));
      writeFileSync(file, text);
      closeSync(file);
    }
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw new RunspecError(`cannot write here: ${reasonOf(error)}`, {
      hint: "nothing was written; start in a directory that is yours",
      cause: error,
    });
  }
}

function summary(files: readonly PlannedFile[], name: string): string {
  const written = files.map(({ path }) => `  ${path}\n`).join("");
  return `Wrote\n${written}
Next:
  runspec run ${name} -- --help
  runspec run ${name} -- Ada --times 2
  runspec local
Open runspec.toml: its comments say how an agent and another machine come in.
`;
}
