/** Which variables reach a tool that runs as another user, and whether it evidently needs those that do not. */

import { METHODS } from "../become/methods.ts";
import { attempt } from "../errors.ts";
import { readStart, statOf } from "../files/look.ts";
import type { Runnable } from "../spec/model.ts";
import { type Carrying, carriesVariables, reachesUser } from "../spec/passing.ts";
import { isScript } from "../spec/script.ts";
import { keyText } from "../spec/toml/scan-keys.ts";
import { visible } from "../text.ts";
import type { Tool } from "./catalog.ts";

/** Why a tool cannot become another user, by the programs on `PATH`; undefined: it can, or need not. */
export function whyNoBecome(tool: Pick<Tool, "becomeMethod" | "becomes">, PATH = ""): string | undefined {
  const { becomeMethod: method } = tool;
  // Where there is no PATH, that is where it is started from.
  if (tool.becomes === undefined || Bun.which(method, { PATH: PATH || "/usr/bin:/bin" }) !== null)
    return undefined;
  return `there is no ${method} on PATH\ninstall ${method}, or name another become_method`;
}

export function describeCarried(runnable: Carrying): string {
  if (!reachesUser(runnable)) return "carrying no variables";
  if (!carriesVariables(runnable)) return `with the environment that ${runnable.becomeMethod} hands on`;
  const names = [...new Set(runnable.args.flatMap(({ env }) => env))];
  return `carrying ${["RUNSPEC_…", ...names.map(visible)].join(", ")}`;
}

/** `where`: a file, with the line if it has lines. `variable`: the one that is named there; the rest of the line may hold a secret. */
type Mention = [where: string, variable?: string | undefined];

const NAME = "RUNSPEC_";
/** No more of a program is read; what comes later is not found. */
const LOOK_MAX_BYTES = 64 * 1024 * 1024;
const nameIn = (text = "") => text.match(/RUNSPEC_\w{0,100}/)?.[0] ?? NAME;

/** Where a tool started without variables reads them: in the program of `argv`, a file that one of its words names, or a word itself (`sh -c`). */
function findMention(argv: readonly string[]): Mention | undefined {
  for (const word of argv) {
    if (word.includes(NAME)) return ["its command", nameIn(word)];
    const found = lookInto(word);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What was found in files, without their paths, by inode, size and times: a hundred tools may have the same interpreter, and a file of a checkout a thousand names. */
const mentions = new Map<string, Mention | undefined>();

function lookInto(path: string): Mention | undefined {
  const stats = statOf(path);
  if (stats?.isFile() !== true) return undefined;
  const key = [stats.dev, stats.ino, stats.size, stats.mtimeMs, stats.ctimeMs].join(":");
  const found = mentions.getOrInsertComputed(key, () => attempt(() => search(path, stats.size)));
  return found && [path + found[0], found[1]];
}

function search(path: string, size: number): Mention | undefined {
  const bytes = readStart(path, Math.min(size, LOOK_MAX_BYTES));
  const first = bytes.indexOf(NAME);
  if (first === -1) return undefined;
  if (bytes.subarray(0, first).includes(0)) return [""];
  const lines = bytes.toString("utf8").split("\n");
  const names = (line: string) => line.includes(NAME);
  // A line of code is better proof than a comment.
  const code = lines.findIndex((line) => names(line) && !/^\s*(?:#|\/\/|--)/.test(line));
  const at = code === -1 ? lines.findIndex(names) : code;
  return [`:${at + 1}`, nameIn(lines[at])];
}

/** Why a tool that becomes `user` is not run, and the ways out; undefined: nothing is known to be missing. */
export function explainMissing(runnable: Runnable, argv: readonly string[], user: string) {
  if (runnable.becomeEnv !== undefined || runnable.rereadsArgv || reachesUser(runnable)) return undefined;
  const mention = findMention(argv);
  if (mention === undefined) return undefined;
  const [where, variable = ""] = mention;
  const { becomeMethod: method, path, file } = runnable;
  const place = isScript(runnable) ? `the block of ${file}` : `[${keyText(path[0] ?? "")}]`;
  const { policy } = METHODS[method];
  const permitter = policy === "sudoers" ? policy : method;
  const price = policy === "none" ? "" : `, which ${permitter} must then allow, and env starts any program`;
  return [
    `${where} reads RUNSPEC_… variables, which do not reach ${user}${variable && `: ${variable}`}`,
    `set become_env = true in ${place}: they are carried by env${price}`,
    "or let the tool read its arguments from argv, and set become_env = false",
  ].join("\n");
}
