/** Writing a scaffold: all of it, or nothing. */

import fs from "node:fs";
import { dirname, join, relative } from "node:path";
import { attempt, codeOf, RunspecError, reasonOf } from "../errors.ts";
import { explainFaults } from "../files/distrust.ts";
import { walkPath } from "../files/trust.ts";
import { writeWithCopy } from "../files/write-with-copy.ts";
import { withTable } from "../spec/toml/edit.ts";
import { parseToml } from "../spec/toml/parse.ts";
import { EXAMPLE_NAMES, type PlannedFile, planScaffold, type Scaffold, tables } from "./plan.ts";

export async function writeScaffold(scaffold: Scaffold, directory: string): Promise<string[]> {
  const files = planScaffold(scaffold);
  writeFiles(files, directory);
  return files.map(({ path }) => path);
}

/** Writes the executables, and their tables at the end of the file that is there. */
export async function addScaffold(scaffold: Scaffold, directory: string): Promise<string[]> {
  const files = planScaffold(scaffold).slice(1);
  const spec = join(directory, "runspec.toml");
  if (fs.lstatSync(spec, { throwIfNoEntry: false }) === undefined)
    throw new RunspecError("there is no runspec.toml here to add to", {
      hint: `write one: runspec init --name ${scaffold.name} --lang ${scaffold.language}`,
    });
  // Where the file is a link, its tools are looked for beside what it leads to.
  const place = dirname(fs.realpathSync(spec));
  const names = [scaffold.name, ...(scaffold.example ? EXAMPLE_NAMES : [])];
  let undo = () => {};
  const writing = writeWithCopy(spec, (text) => {
    const parsed = parseToml(text);
    if ("problem" in parsed)
      throw new RunspecError(`${NOTHING}it has an error`, { hint: "runspec local shows it" });
    const taken = names.find((one) => Object.hasOwn(parsed.table, one));
    if (taken !== undefined) throw new RunspecError(`${NOTHING}it has a [${taken}]`, { hint: OTHER_NAME });
    undo = writeFiles(files, place);
    return withTable(text, tables(scaffold));
  });
  await writing.catch((error: unknown) => {
    undo();
    throw error;
  });
  return ["runspec.toml", ...files.map(({ path }) => relative(directory, join(place, path)))];
}

const NOTHING = "nothing was added to runspec.toml: ";
const OTHER_NAME = "another name for the new one: runspec init --add --name NAME";

/** All files, or none: what was made before a failure is taken away again, as by what is returned. */
function writeFiles(files: readonly PlannedFile[], directory: string): () => void {
  const steps: (() => void)[] = [];
  const undo = () => steps.reverse().map(attempt);
  let last = "";
  try {
    for (const { path, text, executable } of files) {
      const target = join(directory, path);
      const parent = dirname(target);
      if (!fs.existsSync(parent)) {
        last = dirname(path);
        fs.mkdirSync(parent, { mode: 0o755 });
        steps.push(() => fs.rmdirSync(parent));
      }
      last = path;
      // "wx": a file that was made in the meantime stays.
      const file = fs.openSync(target, "wx", executable ? 0o755 : 0o644);
      steps.push(() => fs.unlinkSync(target));
      fs.writeFileSync(file, text);
      fs.closeSync(file);
    }
    return undo;
  } catch (error) {
    undo();
    const [why, hint] =
      codeOf(error) === "EEXIST"
        ? [`${last} is here already, and nothing is overwritten`, START_ELSEWHERE]
        : [`cannot write ${last} here: ${reasonOf(error)}`, "nothing was written"];
    throw new RunspecError(why, { hint, cause: error });
  }
}

const START_ELSEWHERE =
  "nothing was written; start in an empty directory that is yours, or add a tool to the runspec.toml that is here: runspec init --add --name NAME";

/** @throws RunspecError where a runspec.toml in `directory`, or a program in its `bin`, would not be trusted, and what is written never run */
export function rejectUntrusted(directory: string, uid: number | undefined): void {
  if (uid === undefined) return;
  const walks = ["runspec.toml", "bin/tool"].map((name) => walkPath(join(directory, name), { uid }));
  const faults = walks.map((walk) => walk.faults).find((found) => found.length > 0);
  if (faults === undefined) return;
  throw new RunspecError(`what init writes here would be refused: ${explainFaults(faults, uid)}`, {
    hint: "nothing was written; work in a directory that others cannot write: mkdir -p ~/runspec && cd ~/runspec",
  });
}
