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
 * quotes it may have escapes; one without ends before ` #`. Nothing is expanded. What is none of this is left out and told.
 */
export function parseEnvLines(source: string): EnvLines {
  const text = source.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n");
  const values = new Map<string, string>();
  const problems: EnvLines["problems"] = [];
  for (let at = 0, line = 1; at < text.length; ) {
    const entry = readEntry(text, at);
    if ("key" in entry) values.set(entry.key, entry.value);
    else if ("problem" in entry) problems.push({ line, message: `${entry.problem}; left out` });
    line += text.slice(at, entry.end).split("\n").length - 1;
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
  const mark = line.charAt(start.length);
  const entry = /["'`]/.test(mark)
    ? readQuoted(text, at + start.length, mark)
    : {
        end,
        value: line
          .slice(start.length)
          .replace(/(?:^|\s+)#.*$/s, "")
          .trim(),
      };
  if ("problem" in entry) return { end, problem: `${key}: ${entry.problem}` };
  if (entry.value.includes("\0")) return { end, problem: `${key}: holds a NUL, which no variable can` };
  return { key, ...entry };
}

function readQuoted(
  text: string,
  at: number,
  mark: string,
): { end: number; value: string } | { problem: string } {
  const quoted = mark === '"' ? /"((?:[^"\\]|\\[\s\S])*)"/y : new RegExp(`${mark}([^${mark}]*)${mark}`, "y");
  quoted.lastIndex = at;
  const [whole, inside = ""] = quoted.exec(text) ?? [];
  if (whole === undefined) return { problem: `the quote ${mark} is not closed` };
  const end = endOfLine(text, at + whole.length);
  if (!/^\s*(?:#.*)?$/s.test(text.slice(at + whole.length, end)))
    return { problem: `something follows the closing ${mark}` };
  const value =
    mark === '"' ? inside.replace(/\\([\s\S])/g, (both, one: string) => ESCAPES[one] ?? both) : inside;
  return { end, value };
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end === -1 ? text.length : end + 1;
}
