/** What `runspec init` writes: a runspec.toml and executables that fit it. Pure: paths and texts, nothing is touched here. */

import { type Language, SCRIPTS } from "./languages.ts";
import furtherToml from "./templates/further.toml.txt";
import headToml from "./templates/head.toml.txt";
import helloToml from "./templates/hello.toml.txt";

export interface Scaffold {
  /** The name of the first tool. */
  name: string;
  language: Language;
  /** With two more tools: one with a rule over its arguments and JSON as its output, one that takes its time. */
  example: boolean;
  /** On Windows, where it goes: an interpreter is named there, and the script by its whole path. */
  windowsDirectory?: string | undefined;
}

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
  const { extension, ...scripts } = SCRIPTS[language];
  const file = (tool: string, text: string) => ({ path: `bin/${tool}${extension}`, text, executable: true });
  const further = example ? [file("count", scripts.count), file("steps", scripts.steps)] : [];
  return [
    { path: "runspec.toml", text: fill(headToml, scaffold) + tables(scaffold), executable: false },
    file(name, scripts.hello.replace("hello:", `${name}:`)),
    ...further,
  ];
}

/** Its tables alone, for a file that is there already. */
export function tables(scaffold: Scaffold): string {
  return fill(scaffold.example ? `${helloToml}\n\n${furtherToml}` : helloToml, scaffold);
}

/** A template with what the scaffold has for each `{{…}}`. */
function fill(template: string, scaffold: Scaffold): string {
  const { name } = scaffold;
  const isInBin = command(name, scaffold) === "";
  return template
    .replace(/{{command ?(\w*)}}/g, (_, tool) => command(tool || name, scaffold))
    .replaceAll("{{name}}", name)
    .replace("{{place}}", isInBin ? "is the file of its name in bin/" : "is what command says")
    .replace("{{help}}", `runspec run ${name} -- --help`.padEnd(35));
}

/** The line that says where the executable of `tool` is; the empty string: it is found by its name. */
function command(tool: string, { language, windowsDirectory }: Scaffold): string {
  const { extension, interpreter } = SCRIPTS[language];
  if (windowsDirectory !== undefined) {
    const words = [...interpreter, `${windowsDirectory}\\bin\\${tool}${extension}`];
    return `command     = [${words.map((word) => JSON.stringify(word)).join(", ")}]\n`;
  }
  return extension === "" ? "" : `command     = "bin/${tool}${extension}"   # relative to this file\n`;
}
