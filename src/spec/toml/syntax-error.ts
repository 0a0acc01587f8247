/** An error of TOML for a person: line, column, what is wrong, and the source line with a caret under the place, unless a secret may stand there. */

import type { TomlError } from "smol-toml";
import { isSecretName } from "../../arguments/secret.ts";
import { visible } from "../../text.ts";

/** How much of a source line is shown, with the caret in view. */
const WINDOW = 100;

export function explainSyntax(source: string, { message, line, column }: TomlError): string {
  const said = message.slice(message.indexOf(": ") + 2).split("\n", 1)[0] ?? "";
  const lines = source.split(/\r?\n/);
  const text = lines[line - 1] ?? "";
  const remaining = `${text.slice(column - 1)}${lines.slice(line).join("")}`;
  const why = explain(said, text, text.slice(column - 1), remaining.trim() === "");
  const reason = why === REDEFINED ? `${why}, ${firstPlace(lines, line - 1)}` : why;
  if (mayHoldSecret(lines, line - 1))
    return `line ${line}, column ${column}: ${reason} (not shown: a secret may stand there)`;
  const from = Math.max(0, column - 1 - WINDOW / 2);
  const before = visible(text.slice(from, column - 1).replaceAll("\t", " "));
  const after = visible(text.slice(column - 1, from + WINDOW).replaceAll("\t", " "));
  const caret = `${" ".repeat(String(line).length)} | ${" ".repeat(Bun.stringWidth(before))}^`;
  return `line ${line}, column ${column}: ${reason}\n${line} | ${before}${after}\n${caret}`;
}

const KEY = /^\s*[\w."'-]+\s*=/;
const TEXT_OF_LINES = /"""|'''/;
const HIDES = /\bui\s*=\s*["']password|\bautonomy\s*=\s*["']manual/;
const isHeader = (line: string): boolean => /^\s*\[/.test(line);

/** Whether a secret may stand there, by the names in the statement and the header above. A guess: what is broken cannot be parsed. */
function mayHoldSecret(lines: readonly string[], at: number): boolean {
  const above = lines.slice(0, at + 1);
  const start = Math.max(0, above.findLastIndex(isHeader));
  const after = lines.findIndex((line, index) => index > at && isHeader(line));
  const table = lines.slice(start, after === -1 ? undefined : after);
  const header = isHeader(table[0] ?? "") ? (table[0] ?? "") : "";
  if (namesSecret(header) || (/\bargs\b/.test(header) && HIDES.test(table.join("\n")))) return true;
  // What looks like a key may be a line of a text.
  const isText = above.slice(start).some((line) => TEXT_OF_LINES.test(line));
  const key = isText ? start : above.findLastIndex((line) => KEY.test(line));
  const statement = above.slice(Math.max(start, key)).join("\n");
  return namesSecret(statement) || HIDES.test(statement);
}

const namesSecret = (text: string): boolean => (text.match(/[\w-]+/g) ?? []).some(isSecretName);

/** The parser's reason in words for people who do not know the grammar. `rest` is the line from the error on. */
function explain(reason: string, line: string, rest: string, isEnd: boolean): string {
  const [odd = ""] = /^(?:[^\S\t\r\n ]|\p{Cf})/u.exec(rest) ?? [];
  const code = odd.codePointAt(0)?.toString(16).padStart(4, "0");
  if (code !== undefined)
    return `found \\u${code}, an invisible character that TOML does not take for a space`;
  if (reason.startsWith("control characters") && rest === "") return "the quotes are not closed on this line";
  if (reason === "invalid value" && isEnd && line.trim() === "")
    return "found the end, expected a value or a closing bracket";
  if (reason === "invalid value" && (line === rest ? KEY.test(line) : /^\s*\[[\w.-]+\]\s*$/.test(line)))
    return "expected a value or the closing bracket of the list above";
  if (reason === "invalid value") return explainValue(rest);
  const inKey = reason === "illegal character in key" || reason.startsWith("incomplete key-value");
  if (inKey && /^\s*\[[^\]]*$/.test(line)) return "the bracket is not closed on this line";
  if (inKey && isHeader(line)) return "found a character that a name in brackets can only have in quotes";
  if (inKey && /^\s*(?:\/\/|--|;)/.test(line)) return 'found no key; a comment begins with "#"';
  if (inKey && (!line.includes("=") || /^[:+"'}]/.test(rest)))
    return 'expected "=" and a value after the key';
  const text = REASONS[reason] ?? reason;
  const [, quote] = /=\s*(["'])(?:(?!\1).)*\1\w/.exec(line) ?? [];
  if (quote === '"') return `${text}; a quote inside "…" is written \\"`;
  return quote === "'" ? `${text}; an apostrophe ends a text in '…', so write it in "…"` : text;
}

function explainValue(rest: string): string {
  if (rest.trim() === "") return "found no value";
  if (rest.startsWith("#")) return 'found no value: "#" begins a comment; text goes in quotes';
  if (/^[+-]?\.\d/.test(rest)) return "found a number without a digit before its point";
  if (/^[“”„«»‘’‚`´]/.test(rest)) return `found a quote of another kind; text goes in "…" or '…'`;
  const [word = ""] = /^\w+/.exec(rest) ?? [];
  if (/^(?:true|false|yes|no|on|off)$/i.test(word)) return `found ${word}, expected true or false`;
  if (/^(?:null|nil|none|undefined)$/i.test(word))
    return `found ${word}, which TOML does not have: leave the line out`;
  return /^[A-Za-z_./~$@]/.test(rest)
    ? "found a word without quotes; text goes in quotes"
    : "found something that is not a value";
}

const REDEFINED = "this table or key is already there";

/** A header, or a key that its value follows. */
const START = /^\s*(\[(?:"[^"]*"|'[^']*'|[^\]"'])*\]|(?:"[^"]*"|'[^']*'|[^\s=[#"'])+(?=\s*=))/;

/** Where the header or key of line `at` stands already, as far as that is written likewise; a line of a text may look so, too. */
function firstPlace(lines: readonly string[], at: number): string {
  const startOf = (line = "") => START.exec(line)?.[1];
  const [above, own = ""] = [lines.slice(0, at), startOf(lines[at])];
  const from = isHeader(lines[at] ?? "") ? 0 : above.findLastIndex(isHeader) + 1;
  const first = above.findIndex((line, index) => index >= from && startOf(line) === own);
  const isKnown = first !== -1 && !above.some((line) => TEXT_OF_LINES.test(line));
  return isKnown ? `in line ${first + 1}` : "further up";
}

const REASONS: Record<string, string> = {
  "trying to redefine an already defined table or value": REDEFINED,
  "trying to redefine an already defined value": REDEFINED,
  "illegal character in key": "found a character that a key can only have in quotes",
  "incomplete key-value: cannot find end of key": 'expected "=" and a value after the key',
  "unexpected end of key": "found a key without a name",
  "illegal empty bare key": "found a key without a name; a dot goes between two",
  "each key-value declaration must be followed by an end-of-line":
    "found more after the value; each key goes on a line of its own",
  "expected comma or end of structure": "expected a comma or the closing bracket",
  "expected end of table array declaration": 'expected "]]"',
  "unfinished array": "the closing bracket is missing",
  "unfinished table": "the closing brace is missing",
  "unfinished string": "the closing quotes are missing",
  "invalid non-hex character in unicode escape":
    "found \\u or \\U without the digits of a character; in '…' a backslash means nothing",
  "unrecognised escape sequence":
    "found a backslash with a meaning that TOML does not know; in '…' it means nothing",
  "control characters are not allowed in strings": "found a control character in a string",
  "illegal character in numeric literal":
    "found a number that goes on with other characters; text goes in quotes",
  "illegal leading zero": "found a number with a leading zero",
  "illegal underscore": "found a number with an underscore that is not between two digits",
  "unfinished numeric value": "found a number that lacks digits at its end",
  "invalid date": "found a date or a time that does not exist",
};
