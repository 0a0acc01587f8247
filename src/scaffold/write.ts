/** Writing a scaffold: all of it, or nothing. */

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
import { codeOf, RunspecError, systemReason } from "../errors.ts";
import { writeWithCopy } from "../files/write-with-copy.ts";
import { withTable } from "../spec/toml/host-table.ts";
import { parseToml } from "../spec/toml/parse.ts";
import { addedTables, EXAMPLE_NAMES, type PlannedFile, planScaffold, type Scaffold } from "./plan.ts";

/** Writes every file of it, and gives their paths. */
export async function writeScaffold(scaffold: Scaffold, directory: string): Promise<string[]> {
  const files = planScaffold(scaffold);
  rejectExisting(files, directory);
  writeAll(files, directory);
  return files.map(({ path }) => path);
}

/** Writes the executables, and their tables at the end of the file that is there. */
export async function addScaffold(scaffold: Scaffold, directory: string): Promise<string[]> {
  const files = planScaffold(scaffold).slice(1);
  const spec = join(directory, "runspec.toml");
  if (!isThere(spec)) {
    throw new RunspecError("there is no runspec.toml here to add to", {
      hint: `write one: runspec init --name ${scaffold.name}`,
    });
  }
  rejectExisting(files, directory);
  const names = [scaffold.name, ...(scaffold.example ? EXAMPLE_NAMES : [])];
  await writeWithCopy(spec, (text) => {
    const parsed = parseToml(text);
    const why = "problem" in parsed ? "it has an error" : taken(names, parsed.table);
    if (why !== undefined)
      throw new RunspecError(`nothing was added to runspec.toml: ${why}`, { hint: "runspec local shows it" });
    writeAll(files, directory);
    return withTable(text, addedTables(scaffold));
  });
  return ["runspec.toml", ...files.map(({ path }) => path)];
}

function taken(names: readonly string[], table: object): string | undefined {
  const name = names.find((one) => Object.hasOwn(table, one));
  return name === undefined ? undefined : `it has a [${name}]`;
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
  let last = "";
  try {
    for (const { path, text, executable } of files) {
      last = path;
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
    throw new RunspecError(`cannot write ${last} here: ${systemReason(error)}`, {
      hint: "nothing was written; start in a directory that is yours",
      cause: error,
    });
  }
}
