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
  const { args } = tool;
  const words = args.filter((one) => one.type !== "rest" && inWords(one, tool));
  const named = words.filter(({ position }) => position === undefined);
  const flags = args.filter(({ type }) => type === "flag");
  const moved = words.filter((one) => one.position === 1 && (named.length > 0 || one.default !== undefined));
  const { path, lines, leads } = [...flags, ...named, ...moved].length > 0 ? scriptOf(tool) : NO_SCRIPT;
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
export function offUnseen(tool: Tool): Issue[] {
  const { name, file, args } = tool;
  const flags = args.filter((one) => one.type === "flag" && one.default === true);
  const { path, lines } = flags.length === 0 ? NO_SCRIPT : scriptOf(tool);
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

const NO_SCRIPT: { path: string; lines: string[]; leads?: boolean } = { path: "", lines: [] };

/** The tool's own script; `leads`: words of the command, or of a subcommand's path, stand before what is given. */
function scriptOf({ file, locate }: Tool): typeof NO_SCRIPT {
  const located = locate();
  if (located.kind !== "found") return NO_SCRIPT;
  const [program = ""] = located.argv;
  const path = located.argv.includes(file) ? file : program;
  const isShort = (statOf(path)?.size ?? 0) <= SCRIPT_MAX_BYTES;
  const bytes = (isShort && attempt(() => readFile(path))) || Buffer.alloc(0);
  // To read a binary as text takes long, and many tools may have the same one.
  const lines = bytes.includes(0) ? [] : decodeLossily(bytes).split("\n");
  return { path, lines, leads: located.argv.at(-1) !== path };
}

/** Whether a line of a script asks if a variable is there, or empty, and no more: what compares its value is right. */
export function asksForPresence(variable: string, line: string): boolean {
  if (!line.includes(variable) || /^\s*(?:#|\/\/)/.test(line)) return false;
  return [...shellTests(variable), ...languageTests(variable)].some((pattern) => pattern.test(line));
}

/** Nothing, in whichever quotes. */
const EMPTY = `(?:""|'')`;

function shellTests(name: string): RegExp[] {
  const value = `["']?\\$\\{?${name}(?::?[-+]\\w*)?\\}?["']?`;
  const test = "(?:\\[\\[?|\\btest)\\s+(?:!\\s+)?";
  return [
    new RegExp(`${test}(?:-[nz]\\s+)?${value}\\s*(?:\\]|;|&&|\\|\\||$|(?:!=|==?)\\s*${EMPTY})`),
    // As old shells wanted it: [ x"$NAME" != x ]
    new RegExp(`${test}["']?(\\w)${value}\\s*(?:!=|==?)\\s*["']?\\1["']?\\s`),
    new RegExp(`${test}-v\\s+["']?${name}\\b`),
    new RegExp(`\\$\\{${name}:?\\+`),
    new RegExp(`\\bcase\\s+${value}\\s+in\\s+${EMPTY}\\)`),
  ];
}

function languageTests(name: string): RegExp[] {
  const key = `["']${name}["']`;
  const value = `(?:${[
    `os\\.(?:environ\\.get|getenv)\\(\\s*${key}(?:\\s*,[^)]*)?\\)`,
    `os\\.environ\\[${key}\\]`,
    `(?:process|Bun)\\.env(?:\\.${name}\\b|\\[${key}\\])`,
    `ENV(?:\\[|\\.fetch\\()${key}[\\])]`,
    `\\$ENV\\{["']?${name}["']?\\}`,
  ].join("|")})`;
  const asking =
    "(?:\\b(?:if|elif|while|unless|and|or|not|bool|Boolean|defined|exists)\\b|!|&&|\\|\\|)[\\s(]*";
  return [
    new RegExp(`${asking}${value}\\s*(?:\\)|:|\\{|;|$|&&|\\|\\||\\b(?:and|or|then|else)\\b)`),
    new RegExp(`${value}\\s*(?:\\?[^?.]|&&|\\band\\b)`),
    new RegExp(`${value}\\s*(?:[!=]==?\\s*(?:undefined|null|None|nil|${EMPTY})|is\\s+(?:not\\s+)?None)`),
    new RegExp(`${key}\\s+(?:not\\s+)?in\\s+os\\.environ`),
    new RegExp(`\\b${key}\\s+in\\s+process\\.env`),
  ];
}
