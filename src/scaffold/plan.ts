/** What `runspec init` writes: a runspec.toml and executables that fit it. Pure: paths and texts, nothing is touched here. */

import { SCRIPTS } from "./languages.ts";
import { type Scaffold, specFile } from "./spec-file.ts";

export interface PlannedFile {
  /** Relative, with slashes. */
  path: string;
  text: string;
  executable: boolean;
}

/** The names that the further tools of `--example` have. */
export const EXAMPLE_NAMES: readonly string[] = ["count", "steps"];

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
    { path: "runspec.toml", text: specFile(scaffold), executable: false },
    executable(name, scripts.hello.replace("hello:", `${name}:`)),
    ...further,
  ];
}
