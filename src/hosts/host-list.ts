/** The form of a list of hosts: which word is one, and what its commas and braces come to. Knows no host. */

import { type RunspecError, usageError } from "../errors.ts";
import { shorten, visible } from "../text.ts";

/** More than anybody calls at once; a slip of the hand such as `{1..1000000}` ends here. */
export const HOSTS_MAX = 10_000;
/** Characters of a name, and braces in braces: a list from somebody else's file must not take long. */
const NAME_MAX = 4096;
const DEPTH_MAX = 50;
/** Characters of a refused list that are shown. */
const SHOWN_MAX = 200;

/** Whether `word` is a list, even of one host: it has a comma or a brace, or is a group. `user@host` is one host. */
export const isHostList = (word: string): boolean => word.startsWith("@") || /[,{]/.test(word);

/** The items of a list, each an alias, a destination or `@group`, braces expanded as in bash. @throws RunspecError 2 for over 10,000, or what can be no names */
export function readHostList(text: string): string[] {
  const items = splitAtCommas(text).flatMap((part) => [...expandBraces(part.trim())]);
  if (items.length > HOSTS_MAX) throw tooMany(text);
  if (items.some(({ length }) => length > NAME_MAX)) throw refused(text, "no host has so long a name");
  const names = items.map((item) => item.trim()).filter((item) => item !== "");
  // It would be two hosts in a file of them, as `failed` is.
  if (names.some((name) => /\p{Cc}/u.test(name)))
    throw refused(text, "no host has control characters in its name");
  return names;
}

export function readHostLists(texts: readonly string[]): string[] {
  const all: string[] = [];
  for (const text of texts) {
    all.push(...readHostList(text));
    if (all.length > HOSTS_MAX) throw refused(text, `with these it is more than ${HOSTS_MAX} hosts`);
  }
  return all;
}

/** The items of a file with one list or more a line, each line once; what follows a `#` at the beginning of a word is a remark. */
export const readHostLines = (text: string): string[] =>
  readHostLists([...new Set(text.split(/\r\n?|\n/).map((line) => line.replace(/(^|\s)#.*$/s, "")))]);

const tooMany = (text: string) => refused(text, `that is more than ${HOSTS_MAX} hosts`);

const refused = (text: string, why: string): RunspecError =>
  usageError(`${visible(shorten(text, SHOWN_MAX))}: ${why}`);

/** At the commas that stand in no braces. A brace without its other half is a character like any other. */
function splitAtCommas(text: string): string[] {
  const closings = closingsIn(text);
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    at = closings.get(at) ?? at;
    if (text[at] !== ",") continue;
    parts.push(text.slice(start, at));
    start = at + 1;
  }
  return [...parts, text.slice(start)];
}

/** Where each brace that has its other half is closed. */
function closingsIn(text: string): Map<number, number> {
  const closings = new Map<number, number>();
  const open: number[] = [];
  for (const { 0: brace, index } of text.matchAll(/[{}]/g)) {
    if (brace === "{" && open.push(index) > DEPTH_MAX)
      throw refused(text, `more than ${DEPTH_MAX} braces stand in one another`);
    const start = brace === "}" ? open.pop() : undefined;
    if (start !== undefined) closings.set(start, index);
  }
  return closings;
}

/** Every word that bash makes of `text`, in its order. */
export function expandBraces(text: string): string[] {
  let words = [""];
  let at = 0;
  for (const [open, close] of [...closingsIn(text)].sort(([a], [b]) => a - b)) {
    const choices = open < at ? undefined : choicesIn(text.slice(open + 1, close));
    if (choices === undefined) continue;
    if (words.length * choices.length > HOSTS_MAX) throw tooMany(text);
    words = words.flatMap((word) => choices.map((choice) => word + text.slice(at, open) + choice));
    at = close + 1;
  }
  return words.map((word) => word + text.slice(at));
}

/** The alternatives between braces; undefined: they stay as they are, as in bash, and as do those with numbers too long to count exactly. */
function choicesIn(inner: string): string[] | undefined {
  const parts = splitAtCommas(inner);
  if (parts.length > 1) return parts.flatMap(expandBraces);
  const range = /^(?:(-?0*\d{1,15})\.\.(-?0*\d{1,15})|([A-Za-z])\.\.([A-Za-z]))(?:\.\.(-?\d+))?$/.exec(inner);
  if (range === null) return undefined;
  const [, first = "", last = "", from, to, step] = range;
  if (from !== undefined && to !== undefined)
    return steps(from.charCodeAt(0), to.charCodeAt(0), step, inner).map((code) => String.fromCharCode(code));
  const width = isPadded(first) || isPadded(last) ? Math.max(first.length, last.length) : 0;
  return steps(Number(first), Number(last), step, inner).map((value) => padded(value, width));
}

const isPadded = (number: string) => /^-?0\d/.test(number);

/** `value` with zeros before it up to `width` characters, a sign included. */
function padded(value: number, width: number): string {
  return value < 0 ? `-${String(-value).padStart(width - 1, "0")}` : String(value).padStart(width, "0");
}

function steps(first: number, last: number, step: string | undefined, written: string): number[] {
  const size = Math.abs(Number(step ?? 1)) || 1;
  const count = Math.floor(Math.abs(last - first) / size) + 1;
  if (!(count <= HOSTS_MAX)) throw tooMany(`{${written}}`);
  return Array.from({ length: count }, (_, index) => first + size * index * (last < first ? -1 : 1));
}
