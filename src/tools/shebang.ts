/** What the first line of a program says of how it is started, and whether it can be. */

import { accessSync, constants } from "node:fs";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { attempt, codeOf, reasonOf, thrownBy } from "../errors.ts";
import { sudoFor } from "../files/distrust.ts";
import { isDirectory, mayExecute, readStart, realPath, textAt } from "../files/look.ts";
import { quoteWord } from "../process/quote.ts";

type Start =
  /** The system starts it. */
  | { kind: "as it is" }
  /** A script without `#!`, which any shell would hand to /bin/sh. */
  | { kind: "by a shell" }
  /** It cannot work. `reason` continues a sentence that begins with the path, and says what fixes it; `missing`: there is no such interpreter. */
  | { kind: "broken"; reason: string; missing?: true };

/** Linux reads no more of a first line. */
const HEAD_BYTES = 256;

/** How `program` is started with this PATH, as far as it can be read; `asOther`: by a user who may see interpreters that we do not. */
export function startModeOf(
  program: string,
  { path, asOther }: { path: string | undefined; asOther: boolean },
): Start {
  if (process.platform === "win32") return startOnWindows(program);
  const head = attempt(() => readStart(program, HEAD_BYTES).toString("latin1"));
  if (head === undefined) return { kind: "as it is" };
  const unread = brokenText(program, head, head.startsWith("#!"));
  if (unread !== undefined) return unread;
  if (!/^#![ \t]*[^ \t\n]/.test(head)) return { kind: head.includes("\0") ? "as it is" : "by a shell" };
  const [line = ""] = head.slice(2).split("\n", 1);
  const words = line.trim().split(/\s+/);
  const { why, ...missing } = relativeAmong(words) ?? ((!asOther && brokenInterpreter(words, path)) || {});
  if (why === undefined) return { kind: "as it is" };
  return { kind: "broken", ...missing, reason: `has #!${line.trim()} as its first line, and ${why}` };
}

/** Whether `interpreter` can read the first line of the script that it is given. Others than shells read Windows' line ends, most a mark as well. */
export function startModeBy(interpreter: string, script: string): Start {
  const [, name] = /(?:^|\/)((?:a|ba|da|k|z)?sh|node)$/.exec(interpreter) ?? [];
  const head = (name && attempt(() => readStart(script, HEAD_BYTES).toString("latin1"))) || "";
  return brokenText(script, head, name !== "node") ?? { kind: "as it is" };
}

function brokenText(path: string, head: string, returns: boolean): Start | undefined {
  if (/^\xef\xbb\xbf/.test(head)) return broken(path, "begins with a byte order mark", "tail -c +4");
  if (/^(?:\xff\xfe|\xfe\xff)/.test(head))
    return broken(path, "is text in UTF-16", "iconv -f UTF-16 -t UTF-8");
  if (!returns || !head.split("\n", 1)[0]?.endsWith("\r")) return undefined;
  return broken(path, "has a first line that ends in a carriage return (Windows line ends)", 'tr -d "\\r"');
}

/** What fixes it: `filter` over a file in its place, which keeps its mode, owner and links; the sed of macOS cannot do it alone. For any shell. */
function broken(path: string, what: string, filter: string): Start {
  const script = `t=$(mktemp) && ${filter} <"$0" >"$t" && cat "$t" >"$0" && rm "$t"`;
  return { kind: "broken", reason: `${what}; run: ${sudoFor(path)}sh -c '${script}' ${quoteWord(path)}` };
}

/** There the extension makes a file a program. A batch file is rejected: cmd.exe reads its arguments as more than words. */
function startOnWindows(program: string): Start {
  if (/\.(exe|com)$/i.test(program)) return { kind: "as it is" };
  const reason = /\.(cmd|bat)$/i.test(program)
    ? "is a batch file: cmd.exe would read an argument as a command; name an .exe that runs a script"
    : 'is no program on Windows; name what runs it, by its whole path: command = ["python", "C:\\\\tools\\\\report.py"]';
  return { kind: "broken", reason };
}

/** Why the interpreter cannot be used; undefined: as far as is known, it can. */
type Lack = { why: string; missing?: true } | undefined;

/** A relative one, named to the system or to `env`, would be sought where the tool is started: in anybody's directory. */
function relativeAmong([interpreter = "", ...words]: string[]): Lack {
  const name = interpreter.endsWith("/env") ? (words.find((word) => !/^-|=/.test(word)) ?? "") : "";
  const relative = isAbsolute(interpreter) ? /^[\w.][\w.+-]*\/\S+/.exec(name)?.[0] : interpreter;
  return relative === undefined ? undefined : { why: `${relative} is not a whole path`, missing: true };
}

/** For `#!/usr/bin/env NAME`, NAME is looked up on PATH as well. */
function brokenInterpreter([interpreter = "", ...words]: string[], path: string | undefined): Lack {
  const error = thrownBy(() => accessSync(interpreter, constants.X_OK));
  if (codeOf(error) === "ENOENT") return { why: `${interpreter} does not exist`, missing: true };
  if (error !== undefined) return { why: `${interpreter} cannot be executed: ${reasonOf(error)}` };
  if (isDirectory(interpreter)) return { why: `${interpreter} is a directory` };
  const [first = "-", second] = words;
  const isOne = process.platform === "linux" && second !== undefined && !first.startsWith("-");
  const taken = `takes "${words.join(" ")}" for one name: write`;
  if (isOne && interpreter.endsWith("/runspec")) return { why: `runspec ${taken} /usr/bin/env -S before it` };
  if (!interpreter.endsWith("/env")) return undefined;
  if (/^-[Si]?$/.test(first) && second === undefined)
    return { why: "env has no name to look for: it would start the script again, for ever" };
  if (isOne) return { why: `env ${taken} -S behind ${interpreter}`, missing: true };
  const name = (first === "-S" ? second : first) ?? "";
  if (!/^[\w.+][\w.+-]*$/.test(name)) return undefined;
  const places = (path ?? "").split(delimiter).filter((directory) => directory !== "");
  if (places.length === 0 || places.some((directory) => mayExecute(join(directory, name)))) return undefined;
  return { why: `there is no ${name} on PATH`, missing: true };
}

/** The mount point of what is at `path`, where that is mounted noexec; known on Linux alone. */
export function noexecMount(path: string): string | undefined {
  const lines = textAt("/proc/self/mountinfo").split("\n");
  // A later mount lies over an earlier one. A space in a name is written as \040.
  const options = new Map(
    lines.map((line) => {
      const [, , , , point = "", flags = ""] = line.split(" ");
      const octal = (_: string, digits: string) => String.fromCharCode(Number.parseInt(digits, 8));
      return [point.replace(/\\(\d{3})/g, octal), flags.split(",")];
    }),
  );
  let directory = realPath(path);
  while (!options.has(directory) && directory !== dirname(directory)) directory = dirname(directory);
  return options.get(directory)?.includes("noexec") ? directory : undefined;
}
