/** What `runspec init` writes: a runspec.toml and executables that fit it. Pure: paths and texts, nothing is touched here. */

import { type Language, SCRIPTS } from "./languages.ts";
import { specFile, type ToolCommand, tables } from "./spec-file.ts";

export interface PlannedFile {
  /** Relative, with slashes. */
  path: string;
  text: string;
  executable: boolean;
}

export interface Scaffold {
  /** Of the first tool. */
  name: string;
  language: Language;
  /** With two more tools: one with a rule over its arguments and JSON as its output, one that takes its time. */
  example: boolean;
  /** On Windows, where it goes: an interpreter is named there, and the script by its whole path. */
  windowsDirectory?: string | undefined;
}

/** The names that the further tools of `--example` have. */
export const EXAMPLE_NAMES: readonly string[] = ["count", "steps"];

/** What is to stand at the end of a runspec.toml that is there already. */
export function addedTables(scaffold: Scaffold): string {
  return tables(scaffold.name, commandsOf(scaffold), scaffold.example);
}

/** What `command` has to say for a tool; undefined: its executable is found by its name. */
function commandsOf({ language, windowsDirectory }: Scaffold): (tool: string) => ToolCommand | undefined {
  const { extension, interpreter } = SCRIPTS[language];
  if (windowsDirectory !== undefined)
    return (tool) => [...interpreter, `${windowsDirectory}\\bin\\${tool}${extension}`];
  return (tool) => (extension === "" ? undefined : `bin/${tool}${extension}`);
}

/** Every file of the scaffold, runspec.toml first. */
export function planScaffold(scaffold: Scaffold): PlannedFile[] {
  const { name, language, example } = scaffold;
  const scripts = SCRIPTS[language];
  const executable = (tool: string, text: string): PlannedFile => ({
    path: `bin/${tool}${scripts.extension}`,
    text,
    executable: true,
  });
  const further = example ? [executable("count", scripts.count), executable("steps", scripts.steps)] : [];
  return [
    { path: "runspec.toml", text: specFile(name, commandsOf(scaffold), example), executable: false },
    executable(name, scripts.hello.replace("hello:", `${name}:`)),
    ...further,
  ];
}
