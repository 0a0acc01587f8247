/** The lines of a `.runspec_env` file, as dotenv reads them. */

export interface EnvLines {
  values: Map<string, string>;
  /** What is left out, each with its line; no value is quoted. */
  problems: { line: number; message: string }[];
}

const START = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*/;
const ESCAPES: Record<string, string> = { n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\" };

/**
 * `KEY=VALUE`, with or without `export`; the last of a name counts. A value in quotes may go over several lines, and in double
 * quotes it may have escapes; one without ends before ` #`. Nothing is expanded. Any other line is left out, with a problem.
 */
export function parseEnvLines(source: string): EnvLines {
  const text = `${source.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n")}\n`;
  const values = new Map<string, string>();
  const problems: EnvLines["problems"] = [];
  for (let at = 0, line = 1; at < text.length; ) {
    const entry = readEntry(text, at);
    const next = line + text.slice(at, entry.end).split("\n").length - 1;
    if ("key" in entry) values.set(entry.key, entry.value);
    else if ("problem" in entry) {
      const lines = next - line > 1 ? `lines ${line} to ${next - 1} are ` : "";
      problems.push({ line, message: `${entry.problem}; ${lines}left out` });
    }
    line = next;
    at = entry.end;
  }
  return { values, problems };
}

/** `end` is where the next line begins. */
type Entry = { end: number } & ({ key: string; value: string } | { problem: string } | { nothing: true });

function readEntry(text: string, at: number): Entry {
  const end = endOfLine(text, at);
  const line = text.slice(at, end);
  if (/^\s*(?:#|$)/.test(line)) return { end, nothing: true };
  const [start = "", key] = START.exec(line) ?? [];
  if (key === undefined) return { end, problem: "found no KEY=VALUE" };
  const from = at + start.length;
  const entry = /["'`]/.test(text.charAt(from)) ? readQuoted(text, from) : readPlain(line, start);
  const whole = { end, ...entry };
  if ("problem" in whole) return { ...whole, problem: `${key}: ${whole.problem}` };
  if (whole.value.includes("\0"))
    return { end: whole.end, problem: `${key}: holds a NUL, which no variable can` };
  return { ...whole, key };
}

/** `A=#b` is a comment to some readers of such files and a value to others, such as a shell. */
function readPlain(line: string, start: string): { value: string } | { problem: string } {
  const rest = line.slice(start.length);
  if (start.endsWith("=") && /^#\S/.test(rest))
    return { problem: "a value that begins with # needs quotes, a comment a space before it" };
  return { value: rest.replace(/(?:^|[ \t]+)#.*$/s, "").replace(/[ \t\n]+$/, "") };
}

/** Where something follows the closing quote, `end` is behind that line, so that nothing inside the quotes is read as an entry. */
function readQuoted(
  text: string,
  at: number,
): { end: number; value: string } | { end?: number; problem: string } {
  const mark = text.charAt(at);
  const quoted = mark === '"' ? /"((?:[^"\\]|\\[\s\S])*)"/y : new RegExp(`${mark}([^${mark}]*)${mark}`, "y");
  quoted.lastIndex = at;
  const [whole, inside = ""] = quoted.exec(text) ?? [];
  if (whole === undefined) return { problem: `the quote ${mark} is not closed` };
  const end = endOfLine(text, at + whole.length);
  if (!/^\s*(?:#.*)?$/s.test(text.slice(at + whole.length, end)))
    return { end, problem: `something follows the closing ${mark}` };
  const value =
    mark === '"' ? inside.replace(/\\([\s\S])/g, (both, one: string) => ESCAPES[one] ?? both) : inside;
  return { end, value };
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end === -1 ? text.length : end + 1;
}
