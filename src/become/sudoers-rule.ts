/** The narrowest rules of sudo that let a tool run as another user, and let it be ended. */

import { basename, isAbsolute, join } from "node:path";
import { isRoot, isUser } from "../files/accounts.ts";
import { firstLineOf, isDirectory, isFile, realPath, startOf, statOf } from "../files/look.ts";
import { walkPath } from "../files/trust.ts";
import type { BecomeRequest } from "./argv.ts";
import { killProgram } from "./kill.ts";

interface Permission extends Required<Pick<BecomeRequest, "user" | "fixed">> {
  /** No call has more words than `fixed`. */
  noWords?: boolean | undefined;
  invoker: string;
  throughEnv: boolean;
  /** Against a rule or a default that has NOEXEC. */
  mayStartOthers?: boolean;
}

/** sudo's PATH where none is configured. */
export const SECURE_PATH = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/**
 * The line for sudoers that lets `fixed` run, with any further words if the tool takes some, and kill, which ends it. With variables to carry, sudo sees env, which starts any
 * program: no pattern is narrower, as sudoers matches all arguments joined by spaces. For root there is no kill, which would reach every process.
 */
export function sudoersRule(
  { invoker, user, fixed, noWords = false, throughEnv, mayStartOthers = false }: Permission,
  kill = killProgram(),
): string {
  const programs = throughEnv ? ["/usr/bin/env"] : programsOf(fixed, noWords);
  if (kill !== undefined && !isRoot(user)) programs.push(kill);
  return `${sudoersName(invoker)} ALL=(${sudoersName(user)}) NOPASSWD: ${mayStartOthers ? "EXEC: " : ""}${programs.join(", ")}`;
}

/** What a rule may lack for these flags, and on what it relies where a script's interpreter is sought on PATH. sudo takes that from its caller, unless it has one of its own. */
export function ruleNotes(flags: readonly string[], [program = ""]: readonly string[]): string[] {
  const lacks = "its become_flags may need more than this (CWD=*, a group; SETENV, which permits anything)";
  const relies =
    "env seeks its interpreter on PATH: without secure_path in sudoers, that is the caller's, who may run anything";
  const isPlain = flags.every((word) => /^-[nHkK]+$/.test(word));
  const isSought = /\/env$/.test(namedIn(program)[0] ?? "");
  return [...(isPlain ? [] : [lacks]), ...(isSought ? [relies] : [])];
}

export const shellNote = (user: string): string =>
  `with -i or -s, sudo runs a shell of ${user}'s, and a rule for that permits anything: take them out of become_flags`;

const anyOf = (names: string) => `(?:${names.split(/\s+/).join("|")})`;
export const SHELL = "(?:[az]|po|m?k|ya|r?ba|da|t?c)?sh";
/** A name may end in a version and a build. */
const BUILD = String.raw`(?:-?[\d.]+(?:-\S+)?|[-.](?:dbg|static))?`;
const INTERPRETERS = `${SHELL} fish pwsh pypy i?python pip perl ruby gem node nodejs npm npx bun deno php java lua tclsh [gmn]?awk ssh ansible(?:-[a-z]+)?`;
/** What is known to take code from its words. */
const TAKES_CODE = new RegExp(`^(?:env|${anyOf(INTERPRETERS)}${BUILD})(?: |$)`);
/** Flags with which an interpreter runs the script that comes next, and that neither take a value nor, as perl's, go on behind a space: `perl "-w /opt/x.pl" -e …` is the same line. */
const WITH_FLAGS = `${SHELL}${BUILD}(?: -[aefhlpuvx]+)*|python${BUILD}(?: -[bBEIOqsSu]+)*`;
/** A script by its whole path, which is the one that the interpreter opens. Half of one with a space can be given: Node would take `..` out of it first, ksh93 take it for a command; and BSD's csh reads on behind its flags. */
const BY_SCRIPT = new RegExp(`^(?!ksh|csh\\S* -)(?:${WITH_FLAGS}|(?:fish|perl|ruby)${BUILD}) /\\S+(?: |$)`);
/** First lines of scripts whose interpreter reads no options behind the script, and no files where it is started, as PHP's `require "lib.php"` does. */
const PLAIN_RUNNER = new RegExp(
  `^(?:${WITH_FLAGS}|(?:fish|node|nodejs|perl|ruby|tclsh)${BUILD}(?: -[tTwW]+)*)$`,
);
/** What packages have that neither writes a file nor starts a program, whatever further words say. */
const HARMLESS = new RegExp(
  `^(?:${anyOf(`arch basename cat cut df dirname du echo false free grep groups head id last ls md5sum nproc pgrep pidof ping printenv
  ps pwd readlink realpath seq sha\\d+sum sleep stat tac tail test true uname uptime vmstat wc who whoami`)})(?: |$)`,
);
/** What is harmless with just the words of the tool: with other words, `date` and `hostname` set what they show; systemctl starts what the system's units say, and has no option, as `--help`, which opens a pager. */
const HARMLESS_ALONE = /^(?:date|hostname)(?: |$)|^systemctl (?:(?:re)?start|stop|reload)(?: [^-\s]\S*)+$/;
/** Where packages put their programs, and what chooses a version of them (pyenv and its like). */
const PACKAGED = /^\/(?:usr\/(?!local\/)|s?bin\/|lib\w*\/|nix\/)|\/(?:node_modules|shims)\//;
/** What pip and gem write to start a package's program, wherever that is. */
const STUB = /^from \S+ import (\w+)$[\s\S]*\bsys\.exit\(\1\(|^# This file was generated by RubyGems/m;
const isPackaged = (path: string) =>
  PACKAGED.test(path) || PACKAGED.test(realPath(path)) || STUB.test(startOf(path));

/** A script that no package brought: what it does is not to be told from its name. */
export const isOwnScript = (path: string): boolean => runnerOf(path) !== "" && !isPackaged(path);

/** Why a rule is not one to take over as it is; undefined: nothing speaks against it. */
export function ruleWarning({ invoker, user, fixed, noWords, throughEnv }: Permission): string | undefined {
  const anything = `with this line ${invoker} may run anything as ${user}`;
  if (throughEnv) return `env starts any program: ${anything}`;
  const [program = "", ...words] = fixed;
  if (words.length === 1 && words[0] === "")
    return 'sudoers cannot say a lone empty word: this line refuses a call of no further words; take "" out of command';
  // A space within a word does not part two words.
  const whole = words.map((word) => word.replaceAll(" ", "\n"));
  const lines = namesOf(program).map((name) => [name, ...whole].join(" "));
  const runsScript = lines.some((line) => BY_SCRIPT.test(line));
  const taker = lines.find((line) => TAKES_CODE.test(line) && !BY_SCRIPT.test(line))?.split(" ", 1)[0];
  // Sudo matches words joined by spaces, so more can be written behind the last. A script elsewhere may only have the name.
  if (taker !== undefined && !noWords && !isOwnScript(program))
    return `${taker} takes code from its words, whose end sudo does not see: ${anything}`;
  const open = findOpen(fixed, user);
  if (open !== undefined) {
    const others = isRoot(user) ? user : `root and ${user}`;
    // A program may only read a file that it is given.
    const where = runsScript || fixed.indexOf(open) < 1 ? "" : `, if ${basename(program)} runs it`;
    return `others than ${others} can exchange ${open}: with this line they may run anything as ${user}${where}`;
  }
  // Its inspector runs what any user of the machine sends there. Of a tool of root's there is no kill.
  if (!isRoot(user) && runnerOf(program).startsWith("node"))
    return `kill may send USR1, on which Node opens its inspector: ${anything}`;
  // Python seeks its modules beside the path that it is called by. sudo hands on the caller's, which may be a link with a `pyvenv.cfg` beside it.
  const python = runsScript && lines.find((line) => line.startsWith("python"))?.split(" ", 1)[0];
  if (python && !isOwnScript(program))
    return `${python} seeks modules where it is called, which may be by a link of ${invoker}'s: ${anything}`;
  const isHarmless = (line: string) => HARMLESS.test(line) || (noWords && HARMLESS_ALONE.test(line));
  if (lines.every(isHarmless) && isPackaged(program)) return undefined;
  const unknown = taker ?? unknownName((runsScript && words.find(isAbsolute)) || program, runsScript);
  if (unknown === undefined) return undefined;
  const what = noWords
    ? "its input, or the directory where it is started, makes"
    : "further words, or the directory where it is started, make";
  return `runspec does not know what ${what} ${unknown} do: it may write files or start programs, so find that out first`;
}

/** Its name, and that of what a link leads to; of many programs in one, as busybox, the link says which it is. */
function namesOf(program: string): string[] {
  const real = basename(realPath(program));
  return [basename(program), ...(/^(?:busybox|coreutils|toybox)$/.test(real) ? [] : [real])];
}

/** What of the words, or of what they name to run, others than root and `user` can exchange. */
function findOpen(fixed: readonly string[], user: string): string | undefined {
  const trustees = { uid: 0, also: (owner: number) => isUser(user, owner) };
  return (
    fixed
      // To Python, a directory is a program. What is out of our sight, or still to come, may be one as well.
      .flatMap((path) => (isDirectory(path) ? [join(path, "__main__.py")].filter(isFile) : [path]))
      .filter((path) => isFile(path) || (isAbsolute(path) && statOf(path) === undefined))
      .flatMap((path) => [path, ...namedIn(path)])
      .find((path) => !isAbsolute(path) || walkPath(path, trustees).faults.length > 0)
  );
}

/** The name of what may do more than a script of one's own, which was written for its arguments: `path`, or the interpreter in its first line. What is out of sight passes for a script. */
function unknownName(path: string, isScript: boolean): string | undefined {
  const runner = isScript ? "" : runnerOf(path);
  const isCompiled = !isScript && runner === "" && firstLineOf(path) !== "";
  if (isCompiled || isPackaged(path)) return basename(path);
  return runner === "" || PLAIN_RUNNER.test(runner) ? undefined : runner.replace(/ .*/, "");
}

/** What the first line of a script names: its interpreter, which may stand where the caller does, and each path, also what `env -S` starts, or has code sought in (`PYTHONPATH=lib`). */
const namedIn = (path: string) =>
  runLineOf(path).match(/^\S+|(?<=\s)[\w.][^\s=/]*\/\S+|(?<=(?:PATH|LIB)=)[^\s/]\S*|\/\S+/g) ?? [];

/** The interpreter of a script, by its name and with its flags, also where `env` or `runspec script` starts it. */
export const runnerOf = (path: string): string =>
  runLineOf(path).replace(/^(?:\S*\/env(?: -\S+| \S+=\S*)* )?(?:\S*\brunspec script )?(?:\S*\/)?/, "");

/** What stands behind `#!` in the first line of a script. */
function runLineOf(path: string): string {
  const line = firstLineOf(path);
  return line.startsWith("#!") ? line.slice(2).trim().replace(/\s+/g, " ") : "";
}

/** Further words are matched by `*`, which does not stand for none; `""` forbids all. */
function programsOf(fixed: readonly string[], noWords: boolean): string[] {
  const [program = "", ...words] = fixed.map(escaped);
  if (words.length === 0) return [noWords ? `${program} ""` : program];
  // Words are matched joined by spaces, of which sudoers takes several for one. A lone empty word it cannot say: without any words
  // the rule would permit all.
  const space = words.includes("") ? "\\ " : " ";
  // Between ^ and $ it would be a regular expression, and `""` no words at all.
  const line = `${program} ${words.join(space).replace(/^\^/, "\\^").replace(/^"/, '["]')}`;
  if (words.join(space) === "") return [`${line}${space}*`];
  return noWords ? [line] : [line, `${line}${space}*`];
}

/** sudoers reads some characters as its own. For those that it cannot be given at all, as a backslash in a path, stands `?`, which is any one character. */
function escaped(word: string, index: number): string {
  return word
    .replace(/[*?[]/g, "[$&]")
    .replace(/[\x00-\x1f\x7f]/g, "?")
    .replace(/\\/g, index === 0 ? "?" : "$&$&$&$&")
    .replace(/[ ,:#=]/g, "\\$&");
}

/** Names of a directory service may hold what sudoers reads as its own: `CORP\alice`, `alice@corp.example`; `ALL` and `DBA` would be aliases. */
export const sudoersName = (name: string): string =>
  /^[A-Z][A-Z0-9_]*$/.test(name) ? `"${name}"` : name.replace(/[^A-Za-z0-9_.$-]/g, "\\$&");
