/** Patterns written for Python's `re`, as JavaScript regular expressions for names of ASCII without spaces, where the two agree; what would mean something else to JavaScript is an error. */

import { RunspecError, reasonOf } from "../errors.ts";
import { visible } from "../text.ts";

interface Parenthesis {
  /** `(`, `(?:`, `(?<=`, … */
  opening: string;
  /** It takes part in every match: it stands in no other, and is not repeated. Known once it is closed. */
  isSure?: boolean;
}

/** `source` as a regular expression that takes a whole host name, as `re.fullmatch` would. @throws RunspecError with the reason */
export function compilePattern(source: string): RegExp {
  try {
    return translate(source);
  } catch (error) {
    const reason = reasonOf(error).replace(/^Invalid regular expression: /, "");
    throw new RunspecError(`the pattern "${visible(source)}" cannot be used: ${reason}`, { cause: error });
  }
}

function translate(source: string): RegExp {
  let output = "";
  let ignoreCase = false;
  /** The groups that are open, outermost first. */
  const open: Parenthesis[] = [];
  const captures: Parenthesis[] = [];
  const names = new Map<string, Parenthesis>();
  /** There is a `|` outside every group. */
  let alternatives = false;
  let refersBack = false;

  /** What may stand in a pattern, and what it becomes; the first row that fits is taken. `next`: the character behind it. */
  const tokens: readonly (readonly [RegExp, (parts: string[], next: string) => string])[] = [
    [/(\w+|[.^$]|\\[bBdDsSwW])/y, ([same = ""]) => same],
    [/\(\?#[^)]*\)/y, (_, next) => (/[*+?{]/.test(next) ? reject("a comment before a quantifier") : "")],
    [/\(\?([aimsu]+)\)/y, ([on = ""]) => globalFlags(on)],
    [/\(\?([aimsu]*)(?:-([ims]+))?:/y, ([on = "", off = ""]) => begin({ opening: scopedFlags(on, off) })],
    [/(\(\?<?[=!])/y, ([opening = ""]) => begin({ opening })],
    [/\(\?P<([A-Za-z_]\w*)>/y, ([name = ""]) => capture(name)],
    [/\(\?P=([A-Za-z_]\w*)\)/y, ([name = ""]) => reference(names.get(name))],
    [/(\(\?.?)/y, ([opening]) => reject(`"${opening}" begins something that has no counterpart here`)],
    [/\(/y, () => capture()],
    [/\)/y, (_, next) => close(next)],
    [/\|/y, () => alternative()],
    [/([*+?])/y, ([quantifier = ""], next) => repeat(quantifier, next)],
    [/\{(?!\})(\d*)(,\d*)?\}/y, ([least, most = ""], next) => repeat(`{${least || "0"}${most}}`, next)],
    [
      /\[(\^|(?!\^))((?:\]|\\[\s\S]|[^\]\\])(?:\\[\s\S]|[^\]\\])*)\]/y,
      ([not, items = ""]) => `[${not}${classItems(items)}]`,
    ],
    [/\[/y, () => reject("a [ is never closed")],
    [/\\([1-7][0-7]{2}|0[0-7]{0,2})/y, ([octal = ""]) => literal(Number.parseInt(octal, 8))],
    [/\\([1-9]\d?)/y, ([digits]) => reference(captures[Number(digits) - 1])],
    [/\\A/y, () => "^"],
    [/\\Z/y, () => "$"],
    [/(\\(?:x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[\s\S]?))/y, ([sequence = ""]) => escaped(sequence)],
    [/([\s\S])/y, ([character = ""]) => literal(character.charCodeAt(0))],
  ];

  function begin(group: Parenthesis): string {
    open.push(group);
    return group.opening;
  }

  function capture(name?: string): string {
    const group = { opening: "(" };
    captures.push(group);
    if (name !== undefined && names.getOrInsert(name, group) !== group)
      reject(`two groups are named ${name}`);
    return begin(group);
  }

  function close(next: string): string {
    const group = open.pop();
    if (group === undefined) return reject("a parenthesis was never opened");
    group.isSure = open.length === 0 && !/[*?{]/.test(next);
    return ")";
  }

  function alternative(): string {
    if (open.length === 0) alternatives = true;
    return "|";
  }

  /** A reference to a group that took no part fails in Python and matches in JavaScript, so it must be sure to have. */
  function reference(group: Parenthesis | undefined): string {
    if (group === undefined) return reject("it refers to a group that is not there");
    if (open.includes(group)) return reject("it refers to a group that is still open");
    refersBack = true;
    // JavaScript matches backwards in there.
    if (open.some(({ opening }) => opening.startsWith("(?<")))
      return reject("a reference inside a lookbehind");
    if (!group.isSure) return reject(UNCERTAIN);
    return `(?:\\${captures.indexOf(group) + 1})`;
  }

  function globalFlags(on: string): string {
    if (output !== "" || open.length > 0) return reject("flags for all of it must be at its start");
    scopedFlags(on, "");
    ignoreCase ||= on.includes("i");
    return "";
  }

  for (let at = 0; at < source.length; ) {
    for (const [token, translated] of tokens) {
      token.lastIndex = at;
      const match = token.exec(source);
      if (match === null) continue;
      at = token.lastIndex;
      const parts = match.slice(1).map((part) => part ?? "");
      output += translated(parts, source.charAt(at));
      break;
    }
  }
  if (open.length > 0) reject("a parenthesis is never closed");
  if (refersBack && alternatives) reject(UNCERTAIN);
  return new RegExp(`^(?:${output})$`, ignoreCase ? "iu" : "u");
}

const UNCERTAIN =
  "it refers to a group that may take no part: only one outside other groups, alternatives and repeats can be";

/** Only `i` makes a difference to a host name. */
function scopedFlags(on: string, off: string): string {
  if (on.includes("a") && on.includes("u")) return reject("the flags a and u exclude each other");
  if ([...on].some((flag) => off.includes(flag))) return reject("a flag is turned both on and off");
  return on.includes("i") ? "(?i:" : off.includes("i") ? "(?-i:" : "(?:";
}

const repeat = (quantifier: string, next: string): string =>
  next === "+" ? reject(`"${quantifier}+" is possessive, which has no counterpart here`) : quantifier;

/** What stands between the brackets of a Python character class, for JavaScript. */
function classItems(items: string): string {
  const item = /(\\(?:[0-7]{1,3}|x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[\s\S]))|[\s\S]/g;
  return items.replace(item, (character: string, sequence: string | undefined) => {
    if (character === "-" || /^\\[dDsSwW]$/.test(character)) return character;
    if (sequence === undefined) return literal(character.charCodeAt(0));
    if (/^\\[0-7]/.test(sequence)) return literal(Number.parseInt(sequence.slice(1), 8));
    return sequence === "\\b" ? literal(8) : escaped(sequence);
  });
}

function escaped(sequence: string): string {
  const body = sequence.slice(1);
  if (body.length > 1) return literal(Number.parseInt(body.slice(1), 16));
  const control = "\x07\f\n\r\t\v".charCodeAt("afnrtv".indexOf(body));
  if (body !== "" && "afnrtv".includes(body)) return literal(control);
  return /^[^A-Za-z0-9]$/.test(body)
    ? literal(body.charCodeAt(0))
    : reject(`"${sequence}" is not an escape that is known here`);
}

/** A character that stands for itself, inside a class and outside. */
function literal(code: number): string {
  if (code > 0x7f) return reject("host names are ASCII, and it holds another character");
  const character = String.fromCharCode(code);
  return /\w/.test(character) ? character : `\\x${code.toString(16).padStart(2, "0")}`;
}

function reject(reason: string): never {
  throw new Error(reason);
}
