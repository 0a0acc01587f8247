/**
 * Patterns written for Python's `re`, as JavaScript regular expressions. They are matched to host names only, so pattern
 * and name are held to ASCII without spaces: there the two languages agree on case, classes and line ends. What
 * JavaScript cannot express, or would read as something else, is an error.
 */

import { RunspecError, reasonOf } from "../errors.ts";
import { visible } from "../text.ts";
import { classItems, escaped, literal, reject } from "./pattern-characters.ts";

interface Translation {
  output: string;
  ignoreCase: boolean;
  /** The groups that are open, outermost first. */
  open: Group[];
  /** The capturing groups in order. */
  captures: Group[];
  names: Map<string, Group>;
  /** There is a `|` outside every group. */
  alternatives: boolean;
  refersBack: boolean;
}

interface Group {
  /** `(`, `(?:`, `(?<=`, … */
  opening: string;
  /** Inside no other group. */
  outermost: boolean;
  closed: boolean;
  quantified: boolean;
}

/**
 * `source` as a regular expression that takes a whole host name, as `re.fullmatch` would.
 * @throws RunspecError with the pattern and the reason.
 */
export function compilePattern(source: string): RegExp {
  try {
    const { output, ignoreCase } = translate(source);
    return new RegExp(`^(?:${output})$`, ignoreCase ? "iu" : "u");
  } catch (error) {
    const reason = reasonOf(error).replace(/^Invalid regular expression: /, "");
    throw new RunspecError(`the pattern "${visible(source)}" cannot be used: ${reason}`, { cause: error });
  }
}

/** Whether `hostname` is one that a pattern reads as Python would. */
export function isPlainHostname(hostname: string): boolean {
  return /^[\x21-\x7e]+$/.test(hostname);
}

function translate(source: string): Translation {
  const state: Translation = {
    output: "",
    ignoreCase: false,
    open: [],
    captures: [],
    names: new Map(),
    alternatives: false,
    refersBack: false,
  };
  let at = 0;
  while (at < source.length) {
    for (const [token, translated] of TOKENS) {
      token.lastIndex = at;
      const match = token.exec(source);
      if (match === null) continue;
      at = token.lastIndex;
      state.output += translated(
        match.slice(1).map((part) => part ?? ""),
        state,
        source.charAt(at),
      );
      break;
    }
  }
  if (state.open.length > 0) reject("a parenthesis is never closed");
  if (state.refersBack && state.alternatives) reject(UNCERTAIN);
  return state;
}

type Translate = (parts: string[], state: Translation, next: string) => string;

/** What may stand in a pattern, and what it becomes; the first row that fits is taken. */
const TOKENS: readonly (readonly [RegExp, Translate])[] = [
  [/(\w+)/y, ([same = ""]) => same],
  [/\(\?#[^)]*\)/y, (_, __, next) => (/[*+?{]/.test(next) ? reject("a comment before a quantifier") : "")],
  [/\(\?([aimsu]+)\)/y, ([on = ""], state) => globalFlags(on, state)],
  [
    /\(\?([aimsu]*)(?:-([ims]+))?:/y,
    ([on = "", off = ""], state) => open(state, scopedFlags(on, off)).opening,
  ],
  [/(\(\?<?[=!])/y, ([opening = ""], state) => open(state, opening).opening],
  [/\(\?P<([A-Za-z_]\w*)>/y, ([name = ""], state) => openCapture(state, name)],
  [/\(\?P=([A-Za-z_]\w*)\)/y, ([name = ""], state) => reference(state.names.get(name), state)],
  [/(\(\?.?)/y, ([opening]) => reject(`"${opening}" begins something that has no counterpart here`)],
  [/\(/y, (_, state) => openCapture(state)],
  [/\)/y, (_, state, next) => close(state, next)],
  [/\|/y, (_, state) => alternative(state)],
  [/([*+?])/y, ([quantifier = ""], _, next) => repeat(quantifier, next)],
  [/\{(\d+|(?=,))(,?\d*)\}/y, ([least, most = ""], _, next) => repeat(`{${least || "0"}${most}}`, next)],
  [
    /\[(\^|(?!\^))((?:\]|\\[\s\S]|[^\]\\])(?:\\[\s\S]|[^\]\\])*)\]/y,
    ([not, items = ""]) => `[${not}${classItems(items)}]`,
  ],
  [/\[/y, () => reject("a [ is never closed")],
  [/\\([1-7][0-7]{2}|0[0-7]{0,2})/y, ([octal = ""]) => literal(Number.parseInt(octal, 8))],
  [/\\([1-9]\d?)/y, ([digits], state) => reference(state.captures[Number(digits) - 1], state)],
  [/\\A/y, () => "^"],
  [/\\Z/y, () => "$"],
  [/(\\[bBdDsSwW])/y, ([same = ""]) => same],
  [/(\\(?:x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[\s\S]?))/y, ([sequence = ""]) => escaped(sequence)],
  [/([.^$])/y, ([same = ""]) => same],
  [/([\s\S])/y, ([character = ""]) => literal(character.charCodeAt(0))],
];

function open(state: Translation, opening: string): Group {
  const group = { opening, outermost: state.open.length === 0, closed: false, quantified: false };
  state.open.push(group);
  return group;
}

function openCapture(state: Translation, name?: string): string {
  const group = open(state, "(");
  state.captures.push(group);
  if (name !== undefined) {
    if (state.names.has(name)) reject(`two groups are named ${name}`);
    state.names.set(name, group);
  }
  return group.opening;
}

function close(state: Translation, next: string): string {
  const group = state.open.pop();
  if (group === undefined) return reject("a parenthesis was never opened");
  group.closed = true;
  group.quantified = /[*?{]/.test(next);
  return ")";
}

function alternative(state: Translation): string {
  if (state.open.length === 0) state.alternatives = true;
  return "|";
}

/** A reference to a group that took no part fails in Python and matches in JavaScript, so it must be sure to have. */
function reference(group: Group | undefined, state: Translation): string {
  if (group === undefined) return reject("it refers to a group that is not there");
  if (!group.closed) return reject("it refers to a group that is still open");
  state.refersBack = true;
  // JavaScript matches backwards in there.
  if (state.open.some(({ opening }) => opening.startsWith("(?<")))
    return reject("a reference inside a lookbehind");
  if (!group.outermost || group.quantified) return reject(UNCERTAIN);
  return `(?:\\${state.captures.indexOf(group) + 1})`;
}

const UNCERTAIN =
  "it refers to a group that may take no part: only one outside other groups, alternatives and repeats can be";

function globalFlags(on: string, state: Translation): string {
  if (state.output !== "" || state.open.length > 0) return reject("flags for all of it must be at its start");
  scopedFlags(on, "");
  state.ignoreCase ||= on.includes("i");
  return "";
}

/** Only `i` makes a difference to a host name. */
function scopedFlags(on: string, off: string): string {
  if (on.includes("a") && on.includes("u")) return reject("the flags a and u exclude each other");
  if ([...on].some((flag) => off.includes(flag))) return reject("a flag is turned both on and off");
  return on.includes("i") ? "(?i:" : off.includes("i") ? "(?-i:" : "(?:";
}

function repeat(quantifier: string, next: string): string {
  return next === "+" ? reject(`"${quantifier}+" is possessive, which has no counterpart here`) : quantifier;
}
