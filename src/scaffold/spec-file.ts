/** The runspec.toml of a scaffold. */

/** A program relative to the file, or a program and its first words. */
export type ToolCommand = string | readonly string[];
/** The `command` of a tool; undefined: an executable named after its tool is found without a word. */
type ToolCommandOf = (tool: string) => ToolCommand | undefined;

/** Declares the tool `name`, and with `example` two more. */
export function specFile(name: string, commandOf: ToolCommandOf, example: boolean): string {
  return head(name, commandOf) + tables(name, commandOf, example);
}

/** Its tables alone, for a file that is there already. */
export function tables(name: string, commandOf: ToolCommandOf, example: boolean): string {
  return [hello(name, commandOf), ...(example ? [count(commandOf), steps(commandOf)] : [])].join("\n\n");
}

function command(name: string, commandOf: ToolCommandOf): string {
  const found = commandOf(name);
  if (found === undefined) return "";
  if (typeof found === "string") return `command     = "${found}"   # relative to this file\n`;
  return `command     = [${found.map((word) => JSON.stringify(word)).join(", ")}]\n`;
}

const head = (name: string, commandOf: ToolCommandOf) => `\
# The tools of this directory. Each table is one: what it does, what it takes, how far an agent may be trusted with it.
# Its executable ${commandOf(name) === undefined ? "is the file of its name in bin/" : "is what command says"}.
#
#   runspec local                       what is here, and what is wrong with it
#   ${`runspec run ${name} -- --help`.padEnd(35)} what a tool takes
#   runspec serve                       what an agent's configuration names as its MCP server
#
# On another machine these files go into ~/.config/runspec/. Here, two lines make that machine known:
#
#   [config.jump-hosts.that-machine]
#   host = "that-machine.example.com"   # or nothing: then ~/.ssh/config decides
#
# and then: runspec jump that-machine ${name} -- Ada

`;

const hello = (name: string, commandOf: ToolCommandOf) => `\
[${name}]
description = "Greet somebody"
autonomy    = "autonomous"   # an agent may run it unasked; or "confirm", "supervised", "manual"
${command(name, commandOf)}
# Arguments are checked before the tool starts. One with a default may be left out; the default also says its type.
[${name}.args]
who   = { default = "world", position = 1, description = "Whom to greet" }
times = { default = 1, range = [1, 10], short = "-n", description = "How often" }
shout = { type = "flag", description = "In capitals" }
`;

const count = (commandOf: ToolCommandOf) => `\
[count]
description = "Count the lines, words and bytes of a file, or of a text"
autonomy    = "autonomous"
output      = "json"         # its stdout is one JSON document: an agent gets the value
examples    = [
  { cmd = "count runspec.toml", description = "all three" },
  { cmd = "count --text 'to be or not to be' --unit words" },
]
${command("count", commandOf)}
[count.args]
file = { type = "path", position = 1, required = false, description = "The file" }
text = { type = "str", required = false, description = "The text, instead of a file" }
unit = { options = ["lines", "words", "bytes"], multiple = true, required = false, description = "Only this" }

# A rule over several arguments: also exclusive, inclusive, at-least-one, and if = "…" with requires = ["…"].
[count.groups.source]
exactly-one = true
args        = ["file", "text"]
`;

const steps = (commandOf: ToolCommandOf) => `\
[steps]
description     = "Work through some steps, and say how far it is"
autonomy        = "confirm"  # an agent asks a person first
autonomy-reason = "It stands for work that takes its time and changes things"
timeout         = "5m"
${command("steps", commandOf)}
[steps.args]
count   = { default = 5, range = [1, 100], description = "How many steps" }
pause   = { default = 0.5, range = [0.0, 60.0], description = "Seconds that each step takes" }
fail-at = { type = "int", range = [1, 100], required = false, description = "Fail in this step, with exit code 3" }
`;
