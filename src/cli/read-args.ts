/** Reading a command's own words by its definition. */

import type { ArgsDef } from "citty";
import { isSecretName } from "../arguments/secret.ts";
import { didYouMean } from "../did-you-mean.ts";
import { type RunspecError, usageError } from "../errors.ts";
import { quoteCommand } from "../process/quote.ts";
import { alikeAtFirst, visible } from "../text.ts";
import type { ParsedArgs } from "./parsed-args.ts";

/** The `valueHint` of a positional that may be repeated: all of them are in `_`. */
export const SEVERAL = "FILE…";

const ONCE = ["except", "hosts-from"];

/** Reads `given` by the definitions of a command; `rest` came after `--`. @throws RunspecError 2 for unknown flags, values that are none, and words too many */
export function readArgs(
  name: string,
  given: readonly string[],
  declared: ArgsDef = {},
  rest: readonly string[] = [],
): ParsedArgs {
  const places = Object.entries(declared).filter(([, { type }]) => type === "positional");
  const most = places.some(([, { valueHint }]) => valueHint === SEVERAL) ? Infinity : places.length;
  const words: string[] = [];
  const args: ParsedArgs = { _: words };
  for (const [key, { default: value }] of Object.entries(declared)) args[key] = value;
  /** As messages repeat them: by their long names. */
  const flags: string[] = [];
  const afterTool = () => callsTool(name) && words.length >= most;
  const tooMany = (theirs: readonly string[]) =>
    tooManyWords(name, { flags, own: words.slice(0, most), more: [...words.slice(most), ...theirs], rest });
  const misplaced = (at: number, near = "") => {
    const theirs = given.slice(at);
    if (words.length > most) return tooMany(theirs);
    const what = `unexpected ${visible(withoutSecret(given[at] ?? ""))}: tool options go after --`;
    return usageError(what, lineMeant(name, given.slice(0, at), [...theirs, ...rest]), near);
  };
  for (const token of ownTokens(given, declared)) {
    if (token.kind === "word") words.push(token.text);
    else if (token.kind === "unknown") {
      const known = Object.entries(declared).flatMap(([key, flag]) => flagNames(key, flag).slice(-1));
      const near = didYouMean(token.written, [...known, "--help"]);
      if (afterTool() && !flags.includes("--list-jump-hosts")) throw misplaced(token.at, near);
      const written = withoutSecret(token.written);
      throw usageError(`unknown option ${visible(written)}`, near || placeOf(name, written));
    } else {
      const { key, isSwitch, value } = token;
      // `greet -n 2`: what has a value there is the tool's.
      const isTheirs = isSwitch && /^-\w$/.test(token.written) && /^[^-]/.test(given[token.at + 1] ?? "-");
      if (isTheirs && afterTool()) throw misplaced(token.at);
      rejectFlag(token, declared[key], args);
      args[key] = isSwitch || value;
      flags.push(isSwitch ? `--${key}` : `--${key}=${value}`);
    }
  }
  if (words.length > most) throw tooMany([]);
  for (const [at, [key]] of places.entries()) args[key] = words[at] ?? args[key];
  return args;
}

/** @throws RunspecError 2 where the flag is not given as it is `declared`, or may not stand beside those in `before` */
function rejectFlag(
  { written, key, isSwitch, value }: Extract<OwnToken, { kind: "flag" }>,
  declared: ArgsDef[string] | undefined,
  before: ParsedArgs,
): void {
  if (isSwitch && value !== undefined) throw usageError(`${written} takes no value`);
  if (!isSwitch && value === undefined) throw usageError(`${written} needs a value`);
  // Of any other, the last counts; of two lists it would be half of what was meant.
  if (ONCE.includes(key) && before[key] !== undefined)
    throw usageError(`${written} is given twice`, "the hosts are one list: with commas, or in one file");
  const choices = declared?.type === "enum" ? (declared.options ?? []) : [];
  if (value !== undefined && choices.length > 0 && !choices.includes(value))
    throw usageError(`${written}: found "${visible(value)}", expected one of ${choices.join(", ")}`);
}

/** The error for words too many, `more` behind the command's `own`, with the line that was meant. */
function tooManyWords(
  name: string,
  { flags, own, more, rest }: Record<"flags" | "own" | "more" | "rest", readonly string[]>,
): RunspecError {
  const [surplus = ""] = more;
  const line = (words: readonly string[], theirs: readonly string[]) =>
    lineMeant(name, [...flags, ...words], [...theirs, ...rest]);
  const list = listMeant(name, [...own, ...more], line);
  const named = name === "init" ? lineMeant(name, [...flags, "--name", surplus], []) : "";
  if (!callsTool(name)) return unexpected(surplus, list || named);
  if (list !== "") return usageError(`unexpected "${visible(surplus)}"`, list);
  // Word processors turn two hyphens into it.
  if (/^[—–]$/.test(surplus))
    return usageError(
      `unexpected "${surplus}": a dash, where two hyphens are meant`,
      line(own, more.slice(1)),
    );
  const subcommand = line([...own.slice(0, -1), `${own.at(-1)}_${surplus}`], more.slice(1));
  return usageError(
    `unexpected "${visible(withoutSecret(surplus))}": a tool's arguments go after --`,
    line(own, more),
    /^[a-z][a-z0-9_-]*$/.test(surplus) ? `or, where it is a subcommand: ${subcommand}` : "",
  );
}

/** Where a list of hosts was written, or came of a shell's braces, as several words: the line with the list, and what follows it. */
function listMeant(
  name: string,
  words: readonly string[],
  line: (words: readonly string[], theirs: readonly string[]) => string,
): string {
  const hosts = hostsAmong(name, words);
  if (hosts.length < 2) return "";
  const list = hosts.map((host) => host.replace(/^,|,$/g, "")).join();
  const [tool, theirs] = [words.slice(hosts.length, hosts.length + 1), words.slice(hosts.length + 1)];
  return `a list of hosts is one word, with commas (and quotes around braces): ${line([list, ...tool], theirs)}`;
}

function hostsAmong(name: string, words: readonly string[]): readonly string[] {
  if (name === "doctor") return words;
  if (name !== "jump") return [];
  const alike = alikeAtFirst(words);
  if (alike.length > 0) return alike;
  // `a, b`, `a,b a,c` and `me@a me@b`: no tool is called so.
  const end = words.findIndex((word, at) => at > 0 && !words[at - 1]?.endsWith(",") && !/[,@]/.test(word));
  return words.slice(0, end === -1 ? words.length : end);
}

/** Whether the last word of the command is a tool, so that what follows may be meant for it. */
const callsTool = (name: string): boolean => name === "jump" || name === "run";

/** The line that was meant, without the secrets in it: logs keep messages. */
function lineMeant(name: string, own: readonly string[], theirs: readonly string[]): string {
  const words = ["runspec", name, ...own, ...(theirs.length === 0 ? [] : ["--", ...theirs])];
  return visible(quoteCommand(words.map((word, at) => withoutSecret(word, words[at - 1]))));
}

/** `word`, with `…` for the value of what is named like a secret, in it or in the flag `before` it; likewise for what `-phunter2` ends in. A port stays. */
function withoutSecret(word: string, before = ""): string {
  if (/^--?[^=]+$/.test(before) && isSecretName(before)) return "…";
  const [start = ""] = /^(?:-p(?=.*\D)|[^=]+=)/s.exec(word) ?? [];
  return start === "-p" || isSecretName(start) ? `${start}…` : word;
}

export function unexpected(word: string, hint = ""): RunspecError {
  return usageError(`unexpected argument "${visible(word)}"`, hint);
}

/** Where an option belongs that runspec does not have. */
function placeOf(name: string, written: string): string {
  if (name === "jump" && OF_SSH.test(written)) return INTO_TABLE;
  return callsTool(name) ? "a tool's options go after its name and --" : "";
}

const OF_SSH = /^(-[piolJFAv]|--(port|user|key|identity|proxy))$/;
const INTO_TABLE = "options for ssh go in the host's table in runspec.toml: user, port, ssh-key, ssh-options";

type OwnToken =
  | { kind: "word"; text: string }
  /** `value` is undefined for a switch, and where the words end before it. */
  | { kind: "flag"; written: string; key: string; isSwitch: boolean; value: string | undefined; at: number }
  /** A flag that is not declared. `at` is where a flag stands among the words. */
  | { kind: "unknown"; written: string; at: number };

/** The words, cut by the definitions: for reading them, and for completing them. */
export function ownTokens(words: readonly string[], declared: ArgsDef): OwnToken[] {
  const tokens: OwnToken[] = [];
  for (let at = 0; at < words.length; at++) {
    const text = words[at] ?? "";
    if (!text.startsWith("-") || text === "-") {
      tokens.push({ kind: "word", text });
      continue;
    }
    const [, written = text, inline] = /^([^=]*)(?:=(.*))?$/s.exec(text) ?? [];
    const key = Object.keys(declared).find((name) => flagNames(name, declared[name]).includes(written));
    if (key === undefined) {
      tokens.push({ kind: "unknown", written, at });
      continue;
    }
    const isSwitch = declared[key]?.type === "boolean";
    const value = inline ?? (isSwitch ? undefined : words[at + 1]);
    tokens.push({ kind: "flag", written, key, isSwitch, value, at });
    if (inline === undefined && !isSwitch) at++;
  }
  return tokens;
}

/** How a flag is written, the short forms first; none for a positional. */
export function flagNames(key: string, flag: ArgsDef[string] | undefined): string[] {
  if (flag === undefined || flag.type === "positional") return [];
  const aliases = "alias" in flag ? [flag.alias ?? []].flat() : [];
  return [...aliases.map((alias) => `-${alias}`), `--${key}`];
}
