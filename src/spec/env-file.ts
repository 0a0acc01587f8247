/** `.runspec_env` files: which one counts, and what is in it, as dotenv reads it. */

import { resolve } from "node:path";
import { firstFew } from "../arguments/describe.ts";
import type { Context } from "../context.ts";
import { statOf } from "../files/look.ts";
import { otherReaders } from "../files/trust.ts";
import { quoteWord } from "../process/quote.ts";
import { findUnescaped } from "../text.ts";
import { type Access, readSource } from "./discover/source.ts";
import type { Runnable } from "./model.ts";

/** The file that applies to a runnable: RUNSPEC_ENV_FILE before the runnable's own and `[config]`'s. */
export function envFileOf(
  runnable: Pick<Runnable, "envFile">,
  { env, cwd }: Pick<Context, "env" | "cwd">,
): string | undefined {
  const named = env.RUNSPEC_ENV_FILE;
  return named ? resolve(cwd, named) : runnable.envFile;
}

/** The values in the file at `path`, and what is wrong: lines that are left out, others who can read it, or that it cannot be used. */
export function readEnvFile(
  path: string,
  access: Access = {},
): { values: Map<string, string>; problems: string[] } {
  const source = readSource(path, access);
  if ("problem" in source)
    return { values: new Map(), problems: [`not read as an environment file: ${source.problem}`] };
  const { values, problems } = parseEnvLines(source.text);
  const open = access.uid === undefined || values.size === 0 ? undefined : openness(path, access.uid);
  const told = firstFew(problems.map(({ line, message }) => `line ${line}: ${message}`));
  return { values, problems: [told, open ?? []].flat() };
}

/** Who else can read it: such a file is where secrets are kept. */
function openness(path: string, uid: number): string | undefined {
  const readers = otherReaders(path, { uid });
  if (readers === undefined) return undefined;
  const isOwn = statOf(path)?.uid === uid;
  const remedy = isOwn ? `; run: chmod go= ${quoteWord(path)}` : ", and it is not yours to close";
  return `its mode lets ${readers} read it${remedy}`;
}

const START = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*/;
const ESCAPES: Record<string, string> = { n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\" };

/**
 * `KEY=VALUE`, with or without `export`; the last of a name counts. A value in quotes may go over several lines, and in double
 * quotes it may have escapes; one without ends before ` #`. Nothing is expanded. Any other line is left out, with a problem.
 */
export function parseEnvLines(source: string): {
  values: Map<string, string>;
  problems: { line: number; message: string }[];
} {
  const text = `${source.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n")}\n`;
  const values = new Map<string, string>();
  /** What is left out, each with its line; no value is quoted. */
  const problems: { line: number; message: string }[] = [];
  for (let at = 0, line = 1; at < text.length; ) {
    const { end, key, value, problem } = readEntry(text, at);
    const next = line + text.slice(at, end).split("\n").length - 1;
    if (problem !== undefined) {
      const about = key === undefined ? "" : `${key}: `;
      const lines = next - line > 1 ? `lines ${line} to ${next - 1} are ` : "";
      problems.push({ line, message: `${about}${problem}; ${lines}left out` });
    } else if (key !== undefined && value !== undefined) values.set(key, value);
    line = next;
    at = end;
  }
  return { values, problems };
}

/** A value, or why there is none; `end` is where the next line begins. */
interface Assignment {
  end: number;
  key?: string;
  value?: string;
  problem?: string;
}

function readEntry(text: string, at: number): Assignment {
  const end = endOfLine(text, at);
  const line = text.slice(at, end);
  if (/^\s*(?:#|$)/.test(line)) return { end };
  const [start = "", key] = START.exec(line) ?? [];
  if (key === undefined) return { end, problem: "found no KEY=VALUE" };
  const from = at + start.length;
  const isQuoted = /["'`]/.test(text.charAt(from));
  const entry = { end, key, ...(isQuoted ? readQuoted(text, from) : readPlain(line, start)) };
  return entry.value?.includes("\0") ? { ...entry, problem: "holds a NUL, which no variable can" } : entry;
}

/** `A=#b` is a comment to some readers of such files and a value to others, such as a shell. */
function readPlain(line: string, start: string): Partial<Assignment> {
  const rest = line.slice(start.length);
  if (start.endsWith("=") && /^#\S/.test(rest))
    return { problem: "a value that begins with # needs quotes, a comment a space before it" };
  const comment = rest.search(/(?:^|[ \t])#/);
  const [value = ""] = /^.*[^ \t\n]/s.exec(comment === -1 ? rest : rest.slice(0, comment)) ?? [];
  return { value };
}

/** Where something follows the closing quote, `end` is behind that line, so that nothing inside the quotes is read as an entry. */
function readQuoted(text: string, at: number): Partial<Assignment> {
  const quote = text.charAt(at);
  const closing = quote === '"' ? findUnescaped(text, quote, at + 1) : text.indexOf(quote, at + 1);
  if (closing === -1) return { problem: `the quote ${quote} is not closed` };
  const inside = text.slice(at + 1, closing);
  const end = endOfLine(text, closing);
  if (!/^\s*(?:#.*)?$/s.test(text.slice(closing + 1, end)))
    return { end, problem: `something follows the closing ${quote}` };
  const value =
    quote === '"' ? inside.replace(/\\([\s\S])/g, (both, one: string) => ESCAPES[one] ?? both) : inside;
  return { end, value };
}

/** `text` ends with a line end. */
const endOfLine = (text: string, at: number): number => text.indexOf("\n", at) + 1;
