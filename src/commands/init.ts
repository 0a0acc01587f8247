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
import { dirname, join } from "node:path";
import { type Command, isSet, type ParsedArgs, textArg } from "../cli/options.ts";
import type { Context } from "../context.ts";
import { codeOf, EXIT, RunspecError, reasonOf } from "../errors.ts";
import { writeWithCopy } from "../files/write-with-copy.ts";
import {
  addedTables,
  EXAMPLE_NAMES,
  LANGUAGES,
  type PlannedFile,
  planScaffold,
  type Scaffold,
} from "../scaffold/plan.ts";
import { withTable } from "../spec/toml/host-table.ts";
import { parseToml } from "../spec/toml/parse.ts";
import { visible } from "../text.ts";

const WINDOWS = process.platform === "win32";

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
        default: WINDOWS ? "powershell" : "sh",
        description: `What to write it in: ${LANGUAGES.join(", ")}`,
      },
      add: {
        type: "boolean",
        alias: "a",
        description: "Add the tool to the runspec.toml that is here already",
      },
      example: {
        type: "boolean",
        alias: "e",
        description: "Add two more: one with a rule and JSON output, one that takes its time",
      },
    },
  },
  examples: [
    ["runspec init", "a tool called hello"],
    ["runspec init --name greet --lang python", "another name, another language"],
    ["runspec init --add --name backup", "one more, in the runspec.toml that is here"],
    ["runspec init --example", "with more to look at"],
  ],
  run,
};

/** What every client of the protocol takes as a tool's name, and every file system as a file's. */
const NAME = /^[a-z][a-z0-9_-]{0,39}$/;

async function run(args: ParsedArgs, context: Context): Promise<number> {
  const name = textArg(args, "name") ?? "";
  const example = isSet(args, "example");
  checkName(name, example);
  const language = LANGUAGES.find((known) => known === args.lang) ?? "sh";
  const scaffold = { name, language, example, windowsDirectory: WINDOWS ? context.cwd : undefined };
  const all = planScaffold(scaffold);
  if (isSet(args, "add")) return add(all.slice(1), scaffold, context);
  rejectExisting(all, context.cwd);
  writeAll(all, context.cwd);
  await context.stdout.write(summary(all, name));
  return EXIT.OK;
}

/** The executables, and their tables at the end of the file that is here. */
async function add(files: readonly PlannedFile[], scaffold: Scaffold, context: Context): Promise<number> {
  const spec = join(context.cwd, "runspec.toml");
  if (!isThere(spec)) {
    throw new RunspecError("there is no runspec.toml here to add to", {
      hint: `write one: runspec init --name ${scaffold.name}`,
    });
  }
  rejectExisting(files, context.cwd);
  const names = [scaffold.name, ...(scaffold.example ? EXAMPLE_NAMES : [])];
  await writeWithCopy(spec, (text) => {
    const parsed = parseToml(text);
    const why = "problem" in parsed ? "it has an error" : taken(names, parsed.table);
    if (why !== undefined)
      throw new RunspecError(`nothing was added to runspec.toml: ${why}`, { hint: "runspec local shows it" });
    writeAll(files, context.cwd);
    return withTable(text, addedTables(scaffold));
  });
  await context.stdout.write(summary([{ path: "runspec.toml" }, ...files], scaffold.name));
  return EXIT.OK;
}

function taken(names: readonly string[], table: object): string | undefined {
  const name = names.find((one) => Object.hasOwn(table, one));
  return name === undefined ? undefined : `it has a [${name}]`;
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
function rejectExisting(files: readonly PlannedFile[], directory: string): void {
  const existing = files.filter(({ path }) => isThere(join(directory, path)));
  if (existing.length === 0) return;
  const names = existing.map(({ path }) => path).join(" and ");
  throw new RunspecError(
    `${names} ${existing.length === 1 ? "is" : "are"} here already, and nothing is overwritten`,
    {
      hint: "nothing was written; start in an empty directory, or add a tool to the runspec.toml that is here: runspec init --add --name NAME",
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

function summary(files: readonly Pick<PlannedFile, "path">[], name: string): string {
  const written = files.map(({ path }) => `  ${path}\n`).join("");
  return `Wrote\n${written}
Next:
  runspec run ${name} -- --help
  runspec run ${name} -- Ada --times 2
  runspec local
The comments in runspec.toml show how to attach an agent and how to use the tools on another machine.
`;
}
