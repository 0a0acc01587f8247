/** What `local` warns of: tools that are valid, but that models, clients or other users will have trouble with. */

import { basename, join } from "node:path";
import { labelOf, quote } from "../arguments/describe.ts";
import type { Argument } from "../arguments/model.ts";
import { variablePart } from "../arguments/resolve-values.ts";
import { numberKind } from "../arguments/value.ts";
import { TRAITS } from "../become/flags.ts";
import { SECURE_PATH } from "../become/sudoers-rule.ts";
import { attempt } from "../errors.ts";
import { loginShellOf, readAccounts, uidOf } from "../files/accounts.ts";
import { mayExecute, readFile, readStart, statOf } from "../files/look.ts";
import { walkPath } from "../files/trust.ts";
import { quoteWord } from "../process/quote.ts";
import type { Issue } from "../spec/model.ts";
import { inWords } from "../spec/passing.ts";
import { decodeLossily, listUpTo, visible } from "../text.ts";
import type { Tool } from "./catalog.ts";
import { textAsCode } from "./code-advice.ts";

export function adviseOnClients(tools: readonly Tool[]): Issue[] {
  const byFile = Map.groupBy(tools, ({ runnable }) => runnable.file);
  return [...byFile].flatMap(([file, members]) => [
    ...withoutDescription(file, members),
    ...members.flatMap(numbersToChoose),
    ...members.flatMap(testsForEmpty),
    ...members.flatMap(readsLetters),
    ...members.flatMap(withoutInterpreter),
    ...members.flatMap(textAsCode),
  ]);
}

function withoutDescription(file: string, tools: readonly Tool[]): Issue[] {
  const undescribed = tools.filter(({ runnable: { description = "" } }) => description.trim() === "");
  if (undescribed.length === 0) return [];
  const names = listUpTo(5, undescribed, ({ runnable }) => visible(runnable.name));
  const message = `no description: ${names}; agents choose tools by their descriptions, and see only the name`;
  return [{ severity: "warning", file, message }];
}

function numbersToChoose({ runnable: { name, file, args } }: Tool): Issue[] {
  return args
    .filter((argument) => argument.options !== undefined && numberKind(argument) !== undefined)
    .map((argument) => ({
      severity: "warning",
      file,
      key: `[${name}.args] ${argument.name}.options`,
      message:
        "agents are sent these numbers as text, since Gemini's API takes nothing else; the tool still gets numbers",
    }));
}

const SCRIPT_MAX_BYTES = 256 * 1024;

/** In older versions a flag that was not given had no variable; a script that tests for that takes every flag as given. */
function testsForEmpty(tool: Tool): Issue[] {
  const flags = tool.runnable.args.filter(({ type }) => type === "flag");
  const { path, lines } = flags.length === 0 ? NO_SCRIPT : scriptOf(tool);
  return flags.flatMap(({ name }) => {
    const variable = `RUNSPEC_ARG_${variablePart(name)}`;
    const line = lines.findIndex((text) => asksForPresence(variable, text));
    if (line === -1) return [];
    const message = `takes ${quote(variable)} for given when it is not empty, but a flag that is not given is 0: compare it with 1`;
    return [{ severity: "warning", file: path, line: line + 1, message }];
  });
}

/** Behind `getopts`, of shells or of Perl, a script takes `--n 5` for options that it does not know, and most go on without them. */
function readsLetters(tool: Tool): Issue[] {
  const isNamed = (one: Argument) => one.position === undefined && one.type !== "rest";
  const named = tool.runnable.args.find((one) => isNamed(one) && inWords(one, tool.runnable));
  const { path, lines } = named === undefined ? NO_SCRIPT : scriptOf(tool);
  const line = lines.findIndex((text) => /^[^#]*\bgetopts[\s(]+(?!\S*-:)/.test(text));
  // It may make short options of the long ones first, or read the variables.
  const knows = (word: string) => lines.some((text) => text.includes(word));
  if (named === undefined || line === -1 || knows(`--${named.name}`) || knows("RUNSPEC_")) return [];
  const message = `reads its options by getopts, which knows single letters, and is given ${labelOf(named)}: set argv = "none" and read RUNSPEC_ARG_${variablePart(named.name)} and the like instead`;
  return [{ severity: "warning", file: path, line: line + 1, message }];
}

/** Who wrote it in another language has forgotten the first line, or put something in front of it. */
function withoutInterpreter({ runnable: { command }, locate }: Tool): Issue[] {
  const located = locate();
  const [shell, file = ""] = located.kind === "found" ? located.argv : [];
  if (shell !== "/bin/sh" || /(^|\/)sh$/.test(command?.[0] ?? "")) return [];
  const message = "does not begin with #!, so /bin/sh runs it; for Python: #!/usr/bin/env python3";
  return [{ severity: "note", file, message }];
}

const NO_SCRIPT = { path: "", lines: [] as string[] };

/** The tool's own script, where it has one that can be read. */
function scriptOf({ runnable, locate }: Tool): typeof NO_SCRIPT {
  const located = locate();
  if (located.kind !== "found") return NO_SCRIPT;
  const path = located.argv.includes(runnable.file) ? runnable.file : (located.argv[0] ?? "");
  return { path, lines: linesOf(path) };
}

function linesOf(path: string): string[] {
  const isShort = (statOf(path)?.size ?? 0) <= SCRIPT_MAX_BYTES;
  const bytes = (isShort && attempt(() => readFile(path))) || Buffer.alloc(0);
  // To read a binary as text takes long, and many tools may have the same one.
  return bytes.includes(0) ? [] : decodeLossily(bytes).split("\n");
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

/** A warning for each target user that is not there, and for each script that its target user would refuse, or could not start. */
export function adviseOnOtherUsers(tools: readonly Tool[]): Issue[] {
  const shells = new Map<string, string | undefined>();
  return tools.flatMap(({ runnable, becomes, hidden }) => {
    const { name, file, rereadsArgv, becomeMethod } = runnable;
    if (becomes === undefined) return [];
    // On other systems users are in no file, and getent is not there to be asked.
    const isMissing =
      process.platform === "linux" &&
      hidden !== "hosts" &&
      TRAITS[becomeMethod].startsElsewhere !== true &&
      shells.getOrInsertComputed(becomes, loginShellOf) === undefined;
    const messages = [
      isMissing ? `${visible(name)} is to run as ${becomes}, and no such user is known here` : undefined,
      rereadsArgv && ownerWarning(file, becomes),
      rereadsArgv && becomeMethod === "sudo" ? pathWarning(file, becomes) : undefined,
    ].filter((message) => message !== undefined);
    return messages.map((message): Issue => ({ severity: "warning", file, message }));
  });
}

/** Where scripts lie that any user may be made to run, and that any user trusts. */
const SHARED = "/etc/runspec/tools";

/** The target user trusts itself and root, and so does the user that serves: what both trust is root's. */
function ownerWarning(file: string, user: string): string | undefined {
  const uid = uidOf(user);
  const faults = uid === undefined ? [] : walkPath(file, { uid }).faults.filter(({ why }) => why === "owner");
  const [first] = faults;
  if (first === undefined) return undefined;
  const what = first.what === "file" ? "it" : `the ${first.what} ${first.path}`;
  const found = `${user} would refuse it, since ${what} belongs to ${readAccounts().userName(first.uid)}`;
  const script = quoteWord(file);
  if (faults.every((fault) => fault.what === "file")) return `${found}; run: sudo chown root ${script}`;
  const moved = quoteWord(join(SHARED, basename(file)));
  return `${found}; run: sudo mkdir -p ${SHARED} && sudo mv -n ${script} ${SHARED}/ && sudo chown root ${moved}`;
}

function pathWarning(file: string, user: string): string | undefined {
  const line = attempt(() => readStart(file, 4096).toString().split("\n", 1)[0]) ?? "";
  if (!/^#!\s*\S*\/env\s.*(?:^|\s)runspec\s/.test(line)) return undefined;
  if (SECURE_PATH.some((directory) => mayExecute(`${directory}/runspec`))) return undefined;
  return `${user} would not find runspec, which is in no directory of sudo's usual secure_path: put it into /usr/local/bin, or its whole path into the first line`;
}
