/** What `runspec init` writes: a runspec.toml and executables that fit it. Pure: paths and texts, nothing is touched here. */

import { type Language, SCRIPTS } from "./languages.ts";

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
    { path: "runspec.toml", text: head(scaffold) + tables(scaffold), executable: false },
    file(name, scripts.hello.replace("hello:", `${name}:`)),
    ...further,
  ];
}

/** Its tables alone, for a file that is there already. */
export function tables(scaffold: Scaffold): string {
  const all = scaffold.example ? [hello, count, steps] : [hello];
  return all.map((table) => table(scaffold)).join("\n\n");
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

const head = (scaffold: Scaffold) => `\
# The tools of this directory. Each table is one: what it does, what it takes, how far an agent may be trusted with it.
# Its executable ${command(scaffold.name, scaffold) === "" ? "is the file of its name in bin/" : "is what command says"}.
#
#   runspec local                       what is here, and what is wrong with it
#   ${`runspec run ${scaffold.name} -- --help`.padEnd(35)} what a tool takes
#   runspec attach claude-code          what makes an agent's program use these; more: runspec attach --help
#
# On another machine these files go into ~/.config/runspec/. Here, two lines make that machine known:
#
#   [config.jump-hosts.that-machine]
#   host = "that-machine.example.com"   # or nothing: then ~/.ssh/config decides
#
# and then: runspec jump that-machine ${scaffold.name} -- Ada

`;

const hello = (scaffold: Scaffold) => `\
[${scaffold.name}]
description = "Greet somebody"
autonomy    = "confirm"   # an agent asks first; or "autonomous": it need not, "manual": only people may run it
${command(scaffold.name, scaffold)}
# Arguments are checked before the tool starts. One with a default may be left out; the default also says its type.
[${scaffold.name}.args]
who   = { default = "world", position = 1, description = "Whom to greet" }
times = { default = 1, range = [1, 10], short = "-n", description = "How often" }
shout = { type = "flag", description = "In capitals" }
`;

const count = (scaffold: Scaffold) => `\
[count]
description = "Count the lines, words and bytes of a file, or of a text"
autonomy    = "autonomous"
output      = "json"         # its stdout is one JSON document: an agent gets the value
examples    = [
  { cmd = "count runspec.toml", description = "all three" },
  { cmd = "count --text 'to be or not to be' --unit words" },
]
${command("count", scaffold)}
[count.args]
file = { type = "path", position = 1, required = false, description = "The file" }
text = { type = "str", required = false, description = "The text, instead of a file" }
unit = { options = ["lines", "words", "bytes"], multiple = true, required = false, description = "Only this" }

# A rule over several arguments: also exclusive, inclusive, at-least-one, and if = "…" with requires = ["…"].
[count.groups.source]
exactly-one = true
args        = ["file", "text"]
`;

const steps = (scaffold: Scaffold) => `\
[steps]
description     = "Work through some steps, and say how far it is"
autonomy        = "confirm"  # an agent asks a person first
autonomy-reason = "It stands for work that takes its time and changes things"
timeout         = "5m"
${command("steps", scaffold)}
[steps.args]
count   = { default = 5, range = [1, 100], description = "How many steps" }
pause   = { default = 0.5, range = [0.0, 60.0], description = "Seconds that each step takes" }
fail-at = { type = "int", range = [1, 100], required = false, description = "Fail in this step, with exit code 3" }
`;
