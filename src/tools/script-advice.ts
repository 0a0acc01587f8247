/** What `local` warns of: a script that reads what it is given otherwise than it is meant. */

import { labelOf, quote } from "../arguments/describe.ts";
import type { Argument } from "../arguments/model.ts";
import { variablePart } from "../arguments/resolve-values.ts";
import { attempt } from "../errors.ts";
import { readFile, statOf } from "../files/look.ts";
import type { Issue, Runnable } from "../spec/model.ts";
import { inWords } from "../spec/passing.ts";
import { decodeLossily } from "../text.ts";
import type { Tool } from "./catalog.ts";

const SCRIPT_MAX_BYTES = 256 * 1024;

/** Its lines are read only where it has arguments that it may misread; `at`: the line, from 0, or -1 for none. */
export function misreadByScript(tool: Tool): Issue[] {
  // Those that logging adds are the library's to read, and nobody is told of them.
  const args = tool.args.filter(({ hidden }) => !hidden);
  const words = args.filter((one) => one.type !== "rest" && inWords(one, tool));
  const named = words.filter(({ position }) => position === undefined);
  const flags = args.filter(({ type }) => type === "flag");
  const moved = words.filter((one) => one.position === 1 && (named.length > 0 || one.default !== undefined));
  if ([...flags, ...named, ...moved].length === 0) return [];
  const { path, lines, leads } = scriptOf(tool);
  const found = [
    ...flags.map(({ name }) => testedForEmpty(name, lines)),
    ...named.slice(0, 1).map((first) => readByLetters(first, tool, lines)),
    ...moved.map((first) => readByPlace(first, named, tool, leads ? [] : lines)),
    ...named.flatMap((argument) => misreadByArgparse(argument, lines)),
  ];
  return found.flatMap(({ at, message }) =>
    at === -1 ? [] : [{ severity: "warning", file: path, line: at + 1, message }],
  );
}

/** A flag that is on by default is switched off by its variable alone, which a script has to read, itself or by a library. */
export function unreadOffFlags(tool: Tool): Issue[] {
  const { name, file, args } = tool;
  const flags = args.filter((one) => one.type === "flag" && one.default === true);
  if (flags.length === 0) return [];
  const { path, lines } = scriptOf(tool);
  const reads = lines.some((line) => /RUNSPEC_|\b(?:import|from|require|use)\b.*runspec/i.test(line));
  if (lines.length === 0 || reads) return [];
  return flags.map((flag) => ({
    severity: "warning",
    file,
    key: `[${name}.args] ${flag.name}.default`,
    message: `--no-${flag.name} is said by RUNSPEC_ARG_${variablePart(flag.name)} = 0 alone, which ${path} does not name: it has no effect, unless what that starts reads it`,
  }));
}

/** In older versions a flag that was not given had no variable; a script that tests for that takes every flag as given. */
function testedForEmpty(name: string, lines: readonly string[]) {
  const variable = `RUNSPEC_ARG_${variablePart(name)}`;
  const message = `takes ${quote(variable)} for given when it is not empty, but a flag that is not given is 0: compare it with 1`;
  return { at: lines.findIndex((text) => asksForPresence(variable, text)), message };
}

/** Behind `getopts`, of shells or of Perl, a script takes `--n 5` for options that it does not know, and most go on without them. */
function readByLetters(first: Argument, { runAs }: Runnable, lines: readonly string[]) {
  const variable = `set argv = "none" and read RUNSPEC_ARG_${variablePart(first.name)} and the like`;
  // The tool of another user gets no variables, so `none` would leave it without its values.
  const way = runAs === undefined ? variable : "have it read long options";
  const message = `reads its options by getopts, which knows single letters, and is given ${labelOf(first)}: ${way} instead`;
  // It may make short options of the long ones first, or read the variables.
  const knows = lines.some((text) => text.includes(`--${first.name}`) || text.includes("RUNSPEC_"));
  return { at: knows ? -1 : lines.findIndex((text) => /^[^#]*\bgetopts[\s(]+(?!\S*-:)/.test(text)), message };
}

/** `$1` is the first place only where no option is given and no default stands for it; indented, it may be a function's own. */
function readByPlace(first: Argument, [option]: Argument[], { runAs }: Runnable, lines: readonly string[]) {
  const [what, own] = option
    ? [`${labelOf(option)} stands when a call has it`, "have it read long options"]
    : ["nothing stands when its default does", "give it a default of its own"];
  const way = runAs === undefined ? `read RUNSPEC_ARG_${variablePart(first.name)}` : own;
  // It may have taken the options away, or have its own value for what is not given.
  const knowing = option ? /RUNSPEC_|\b(?:shift|set --|getopt)/ : /RUNSPEC_|\bset --|-[nz] "?\$|\$#|:[-=]/;
  const takes = /^(?:(?!local )\w+ )?\w+="?\$(?:1\b|\{1(?:\}|:\?))/;
  const at = lines.some((text) => knowing.test(text)) ? -1 : lines.findIndex((text) => takes.test(text));
  return { at, message: `takes $1 for ${labelOf(first)}, where ${what}: ${way}` };
}

/** How a call that declares an argument to argparse may go on, and what becomes of our words then: another value, without a word. */
const BOOLS = {
  "(?:store_(?:true|false)|BooleanOptionalAction)":
    "stands alone here, and is given true or false behind it: declare it as a flag",
  "type ?= ?bool\\b": 'has type=bool, for which any text is True, "false" as well: compare the text',
};
const LISTS = {
  "nargs ?= ?[\"'][+*](?!.*(?:append|extend))":
    'has nargs, by which of several the last alone counts: add action="extend"',
};

/** A call of argparse's, on one line or several, that is not commented out. */
const CALL = /(?<!#[^\n]{0,200})\badd_argument\(((?:(?!add_argument\().){0,400}?)\)[ \t]*(?:[;#\n]|$)/gs;

function misreadByArgparse({ name, type, multiple, delimiter }: Argument, lines: readonly string[]) {
  const isRepeated = multiple && delimiter === undefined;
  const ways = Object.entries(type === "bool" && !multiple ? BOOLS : isRepeated ? LISTS : {});
  const script = ways.length === 0 ? "" : lines.join("\n");
  return ways.map(([how, why]) => {
    const declares = new RegExp(`["']--${RegExp.escape(name)}["'].*${how}`, "s");
    const call = [...script.matchAll(CALL)].find(([, words = ""]) => declares.test(words));
    const at = call === undefined ? -1 : script.slice(0, call.index).split("\n").length - 1;
    return { at, message: `${quote(`--${name}`)} ${why}` };
  });
}

/** The tool's own script, without lines where it cannot be read, or is long; `leads`: words of the command, or of a subcommand's path, stand before what is given. */
function scriptOf({ file, locate }: Tool) {
  const located = locate();
  const argv = located.kind === "found" ? located.argv : [];
  const path = argv.includes(file) ? file : (argv[0] ?? "");
  const isShort = (statOf(path)?.size ?? 0) <= SCRIPT_MAX_BYTES;
  const bytes = isShort ? attempt(() => readFile(path)) : undefined;
  // To read a binary as text takes long, and many tools may have the same one.
  const lines = bytes === undefined || bytes.includes(0) ? [] : decodeLossily(bytes).split("\n");
  return { path, lines, leads: argv.at(-1) !== path };
}

/** Whether a line of a script asks if a variable is there, or empty, and no more: what compares its value is right. */
export function asksForPresence(variable: string, line: string): boolean {
  if (!line.includes(variable) || /^\s*(?:#|\/\/)/.test(line)) return false;
  return ASKS.some((pattern) => new RegExp(pattern.replaceAll("NAME", variable)).test(line));
}

/** Nothing, in whichever quotes. */
const EMPTY = `(?:""|'')`;
const SHELL_TEST = String.raw`(?:\[\[?|\btest)\s+(?:!\s+)?`;
const SHELL_VALUE = String.raw`["']?\$\{?NAME(?::?[-+]\w*)?\}?["']?`;
const KEY = `["']NAME["']`;
/** Of Python, JavaScript, Ruby and Perl. */
const VALUE = `(?:${[
  String.raw`os\.(?:environ\.get|getenv)\(\s*${KEY}(?:\s*,[^)]*)?\)`,
  String.raw`os\.environ\[${KEY}\]`,
  String.raw`(?:process|Bun)\.env(?:\.NAME\b|\[${KEY}\])`,
  String.raw`ENV(?:\[|\.fetch\()${KEY}[\])]`,
  String.raw`\$ENV\{["']?NAME["']?\}`,
].join("|")})`;
const ASKING = String.raw`(?:\b(?:if|elif|while|unless|and|or|not|bool|Boolean|defined|exists)\b|!|&&|\|\|)[\s(]*`;

/** How a line asks whether the variable NAME is there, each behind an example. */
const ASKS = [
  // [ -n "$NAME" ], [ "$NAME" != "" ]
  String.raw`${SHELL_TEST}(?:-[nz]\s+)?${SHELL_VALUE}\s*(?:\]|;|&&|\|\||$|(?:!=|==?)\s*${EMPTY})`,
  // [ x"$NAME" != x ], as old shells wanted it
  String.raw`${SHELL_TEST}["']?(\w)${SHELL_VALUE}\s*(?:!=|==?)\s*["']?\1["']?\s`,
  // [[ -v NAME ]]
  String.raw`${SHELL_TEST}-v\s+["']?NAME\b`,
  // tool ${NAME:+--force}
  String.raw`\$\{NAME:?\+`,
  // case "$NAME" in "")
  String.raw`\bcase\s+${SHELL_VALUE}\s+in\s+${EMPTY}\)`,
  // if os.environ.get("NAME"):
  String.raw`${ASKING}${VALUE}\s*(?:\)|:|\{|;|$|&&|\|\||\b(?:and|or|then|else)\b)`,
  // $ENV{NAME} ? 1 : 2
  String.raw`${VALUE}\s*(?:\?[^?.]|&&|\band\b)`,
  // ENV["NAME"] != nil, os.getenv("NAME") is not None
  String.raw`${VALUE}\s*(?:[!=]==?\s*(?:undefined|null|None|nil|${EMPTY})|is\s+(?:not\s+)?None)`,
  // if "NAME" in os.environ:
  String.raw`${KEY}\s+(?:not\s+)?in\s+(?:os\.environ|process\.env)`,
];
