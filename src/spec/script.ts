/** Scripts that carry their own spec, as in Python's inline script metadata. A block of comments, `# /// runspec` to `# ///`, holds the TOML of one tool. */

import { dirname, parse, resolve } from "node:path";
import { splitWords } from "../become/shell-words.ts";
import { attempt } from "../errors.ts";
import { firstLineOf, isFile, linesWith, realPath } from "../files/look.ts";
import { isObject } from "../json.ts";
import { loadFile, NO_CONFIG, unusableFile } from "./config.ts";
import type { Access } from "./discover/source.ts";
import type { Config, Runnable, SpecFile } from "./model.ts";
import { TOOL_KEYS } from "./schema/tool.ts";
import { checkNames, warnOfInvisible } from "./toml/check-texts.ts";
import { FileKey } from "./toml/file-key.ts";
import { readTools } from "./tool.ts";

/** How a comment of one line begins: shells, Python and Ruby; JavaScript and its like; Lua and SQL. */
const BEGIN = /^(#|\/\/|--) \/\/\/ runspec[ \t]*$/;

interface ScriptOptions extends Access {
  /** The `[config]` of the runspec.toml beside which it lies. */
  settings?: Config | undefined;
  /** As for `loadSpecFile`. */
  reviewText?: boolean;
}

/** The tool that the script at `path` declares, named after the file without its extension. */
export const loadScript = (path: string, options: ScriptOptions): SpecFile =>
  loadFile(path, options, (text, file) => parseScript(text, file, options));

export function parseScript(text: string, file: string, options: ScriptOptions = {}): SpecFile {
  const block = specBlock(text);
  if ("problem" in block) return unusableFile(file, block.problem);
  const opened = FileKey.open(block.toml);
  if ("problem" in opened) return unusableFile(file, opened.problem);

  const { settings: config = NO_CONFIG } = options;
  // The keys of a block are those of its one tool: its name stands in none.
  const { table, top } = opened;
  checkNames(table, top);
  if (block.second > 0) top.warning(`line ${block.second}: a second block is not read`);
  if (table.command !== undefined) top.key("command").warning("not used: the script itself is the program");
  const { name } = parse(file);
  for (const [key, value] of Object.entries(table)) {
    if (!isObject(value) || TOOL_KEYS.includes(key)) continue;
    // Of another name after the script was renamed, or copied from one.
    if (key !== name && !Object.hasOwn(value, "args") && !Object.hasOwn(value, "autonomy")) continue;
    top.key(key).error("found a tool's name; in a script its keys stand without it: [args], not [NAME.args]");
    delete table[key];
  }
  const command = interpreterOf(text);
  if (command.length === 0 && /^#!.*\brunspec(?:\.exe)?["']?\s/.test(text))
    top.error("its first line names no interpreter, as in #!/usr/bin/env -S runspec script sh");
  // What is relative in a file starts where the file really is.
  const reading = { file, base: dirname(realPath(file)), home: options.home };
  const inherited = { autonomy: config.autonomyDefault, envFile: config.envFile };
  const runnables = readTools([name], table, top, reading, inherited).map((runnable) => ({
    ...runnable,
    command: [...commandFrom(reading.base, command), file],
    rereadsArgv: command.length > 0 ? (true as const) : undefined,
  }));
  if (options.reviewText) warnOfInvisible(table, block.toml, top);
  return { path: file, config, runnables, issues: top.issues(file), lineOf: (path) => top.lineOf(path) };
}

/** Whether it is a script that declares it, in whose block the tool's name stands nowhere. */
export const isScript = ({ command, file }: Pick<Runnable, "command" | "file">): boolean =>
  command?.at(-1) === file;

/** Whether `words` call this tool of a script: the names of a subcommand come first. */
export const isCalledBy = ({ path }: Pick<Runnable, "path">, words: readonly string[]): boolean =>
  path.slice(1).every((name, index) => words[index] === name);

const NO_BLOCK =
  'has no "# /// runspec" block; add to it: # /// runspec, then lines of TOML behind "# " (description = "…"), then # ///; in JavaScript with // for #';

/** Whether the file at `path` has a block, whatever is in it. What is read from a pipe would be lost to the tool. */
export const hasBlock = (path: string): boolean =>
  isFile(path) && linesWith("/// runspec", path).some((line) => BEGIN.test(line));

/** The block's TOML, on the lines where it stands in the script, so that errors point there. */
function specBlock(text: string): { toml: string; second: number } | { problem: string } {
  const lines = text.split(/\r?\n/);
  const begin = lines.findIndex((line) => BEGIN.test(line));
  if (begin === -1) return { problem: NO_BLOCK };
  const marker = BEGIN.exec(lines[begin] ?? "")?.[1] ?? "";
  // The number of its line; 0: there is none.
  const second = lines.findIndex((line, index) => index > begin && BEGIN.test(line)) + 1;
  const toml: string[] = Array.from({ length: begin + 1 }, () => "");
  for (const line of lines.slice(begin + 1)) {
    if (line.trimEnd() === `${marker} ///`) return { toml: toml.join("\n"), second };
    if (line !== marker && !line.startsWith(`${marker} `)) break;
    toml.push(line.slice(marker.length + 1));
  }
  const open = `line ${toml.length + 1}: the block that begins in line ${begin + 1} is not closed`;
  const end = `a line "${marker} ///", and before it only lines that begin with "${marker} "`;
  return { problem: `${open}: expected ${end}` };
}

/** The words after `runspec script` in the first line, by which it is started as a tool; none where that names another interpreter. */
function interpreterOf(text: string): string[] {
  const [, words = ""] = FIRST_LINE.exec(text) ?? [];
  // As `env -S` splits them, which takes more characters as they are; the backslash in a path of Windows is no escape of its.
  const split = () => splitWords(words.replace(/(?<=^[^"']*)\\(?=\w)/g, "\\\\"));
  return attempt(split) ?? words.match(/\S+/g) ?? [];
}

/** The words of a command whose program, where it has a slash, is a path from `base` on. */
export const commandFrom = (base: string, words: readonly string[]): string[] =>
  words.map((word, at) => (at === 0 && word.includes("/") ? resolve(base, word) : word));

const FIRST_LINE = /^#!.*\brunspec(?:\.exe)?["']?[ \t]+script([ \t].*)?\r?(?:\n|$)/;

/** Whether the first line of the script at `path` names `words`, and nothing more. */
export const isStartedBy = (path: string, words: readonly string[]): boolean =>
  interpreterOf(firstLineOf(path)).join(" ") === words.join(" ");
