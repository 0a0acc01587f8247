/** What `runspec init` writes: a runspec.toml and executables that fit it. Pure: paths and texts, nothing is touched here. */

import { nodeScripts } from "./node.ts";
import { pythonScripts } from "./python.ts";
import { bashScripts, shScripts } from "./shell.ts";
import { specFile, tables } from "./spec-file.ts";
import { typescriptScripts } from "./typescript.ts";

export const LANGUAGES = ["sh", "bash", "python", "node", "typescript"] as const;
export type Language = (typeof LANGUAGES)[number];

/** The texts of a language's tools. */
export interface Scripts {
  /** Of the file's name. Without one the executable is named after its tool, and runspec.toml need not say where it is. */
  extension: string;
  hello(name: string): string;
  count: string;
  steps: string;
}

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
}

const SCRIPTS: Record<Language, Scripts> = {
  sh: shScripts,
  bash: bashScripts,
  python: pythonScripts,
  node: nodeScripts,
  typescript: typescriptScripts,
};

/** The names that the further tools of `--example` have. */
export const EXAMPLE_NAMES: readonly string[] = ["count", "steps"];

/** What is to stand at the end of a runspec.toml that is there already. */
export function addedTables({ name, language, example }: Scaffold): string {
  return tables(name, SCRIPTS[language].extension, example);
}

/** Every file of the scaffold, runspec.toml first. */
export function planScaffold({ name, language, example }: Scaffold): PlannedFile[] {
  const scripts = SCRIPTS[language];
  const executable = (tool: string, text: string): PlannedFile => ({
    path: `bin/${tool}${scripts.extension}`,
    text,
    executable: true,
  });
  const further = example ? [executable("count", scripts.count), executable("steps", scripts.steps)] : [];
  return [
    { path: "runspec.toml", text: specFile(name, scripts.extension, example), executable: false },
    executable(name, scripts.hello(name)),
    ...further,
  ];
}
