/** Reading a command's own words by its citty definition, and what a command reads of them then. */

import type { ArgsDef } from "citty";
import { isSecretName } from "../arguments/secret.ts";
import type { Context } from "../context.ts";
import { didYouMean } from "../did-you-mean.ts";
import { type RunspecError, usageError } from "../errors.ts";
import { asText } from "../json.ts";
import { quoteCommand } from "../process/quote.ts";
import { alikeAtFirst, visible } from "../text.ts";
import { type FlagToken, flagNames, ownTokens } from "./tokens.ts";

/** The `valueHint` of a positional that may be repeated: all of them are in `_`. */
export const SEVERAL = "FILE…";

type Words = readonly string[];

/** The values by the names of flags and positionals; `_`: the words. */
export type ParsedArgs = Record<string, unknown>;

/** A flag's or positional's text, or undefined where it was not given. */
export const textArg = (args: ParsedArgs, name: string): string | undefined => asText(args[name]);

export const isSet = (args: ParsedArgs, name: string): boolean => args[name] === true;

/** A command of ours that is to be typed next: without the file that was named it finds something else. */
export function nextCommand({ config }: Pick<Context, "config">, ...words: string[]): string {
  return quoteCommand(["runspec", ...words, ...(config === undefined ? [] : ["--config", config])]);
}

/** Options that say which hosts are meant, each once; beside one of them there is a list. */
export const HOST_LISTS = ["hosts-from", "except"];

/** Reads `given` by a command's definition, once unknown flags and surplus words have been rejected; `rest` came after `--`. @throws RunspecError 2 */
export function readArgs(name: string, given: Words, declared: ArgsDef, rest: Words = []): ParsedArgs {
  const { flags, words } = checkedWords(name, given, declared, rest);
  if (flags.length > 0) {
    const { parseArgs }: typeof import("citty") = require("citty");
    return { ...parseArgs([...flags, ...words], declared) };
  }
  // As citty would: most calls have no flag, and loading it takes 1 ms at both ends.
  const args: ParsedArgs = { _: words };
  const unread = [...words];
  for (const [key, { type, default: value }] of Object.entries(declared))
    args[key] = type === "positional" ? unread.shift() : value;
  return args;
}

/** The flags by their long names, each with its value joined to it, so that a value may start with a dash; then the words. */
function checkedWords(name: string, given: Words, declared: ArgsDef, rest: Words) {
  const places = Object.values(declared).filter(({ type }) => type === "positional");
  const most = places.some(({ valueHint }) => valueHint === SEVERAL) ? Infinity : places.length;
  const flags: string[] = [];
  const words: string[] = [];
  const afterTool = () => callsTool(declared) && words.length >= most;
  const tooMany = (theirs: Words, near = "") => {
    const [own, more] = [words.slice(0, most), [...words.slice(most), ...theirs]];
    return tooManyWords(name, declared, { flags, own, more, rest }, near);
  };
  for (const token of ownTokens(given, declared)) {
    if (token.kind === "word") words.push(token.text);
    else if (token.kind === "unknown") {
      const known = Object.entries(declared).flatMap(([key, flag]) => flagNames(key, flag).slice(-1));
      const near = didYouMean(token.written, [...known, "--help"]);
      if (afterTool() && !flags.includes("--list-jump-hosts")) throw tooMany(given.slice(token.at), near);
      const written = withoutSecret(token.written);
      throw usageError(`unknown option ${visible(written)}`, near || placeOf(name, declared, written));
    } else {
      // `greet -n 2`: what has a value there is the tool's.
      const isTheirs =
        token.isSwitch && /^-\w$/.test(token.written) && /^[^-]/.test(given[token.at + 1] ?? "-");
      if (isTheirs && afterTool()) throw tooMany(given.slice(token.at));
      flags.push(readFlag(token, flags, declared[token.key]));
    }
  }
  if (words.length > most) throw tooMany([]);
  return { flags, words };
}

/** The flag as citty is to have it. */
function readFlag(token: FlagToken, before: Words, declared?: ArgsDef[string]): string {
  const { written, key, isSwitch, value } = token;
  if (isSwitch && value !== undefined) throw usageError(`${written} takes no value`);
  if (!isSwitch && value === undefined) throw usageError(`${written} needs a value`);
  // Of any other, the last counts; of two lists it would be half of what was meant.
  if (HOST_LISTS.includes(key) && before.some((one) => one.startsWith(`--${key}=`)))
    throw usageError(`${written} is given twice`, "the hosts are one list: with commas, or in one file");
  const choices = declared?.type === "enum" ? (declared.options ?? []) : [];
  if (value !== undefined && choices.length > 0 && !choices.includes(value))
    throw usageError(`${written}: found "${visible(value)}", expected one of ${choices.join(", ")}`);
  return isSwitch ? `--${key}` : `--${key}=${value}`;
}

/** The error for `more` than its `own` words, with the line that was meant; `near`: the flag of ours that an unknown one may stand for. */
function tooManyWords(
  name: string,
  declared: ArgsDef,
  { flags, own, more, rest }: Record<"flags" | "own" | "more" | "rest", Words>,
  near: string,
): RunspecError {
  const [surplus = ""] = more;
  const line = (ours: Words, theirs: Words) => lineMeant(name, [...flags, ...ours], [...theirs, ...rest]);
  const what = `unexpected "${visible(withoutSecret(surplus))}": a tool's arguments go after --`;
  if (/^-./.test(surplus)) return usageError(what, line(own, more), near);
  const listed = listMeant(name, [...own, ...more], line);
  const named = name === "init" ? lineMeant(name, [...flags, "--name", surplus], []) : "";
  if (!callsTool(declared)) return unexpected(surplus, listed || named);
  if (listed !== "") return usageError(`unexpected "${visible(surplus)}"`, listed);
  // Word processors turn two hyphens into it.
  const dash = `unexpected "${surplus}": a dash, where two hyphens are meant`;
  if (/^[—–]$/.test(surplus)) return usageError(dash, line(own, more.slice(1)));
  if (!/^[a-z][a-z0-9_-]*$/.test(surplus)) return usageError(what, line(own, more));
  const subcommand = `or, where it is a subcommand: ${line([...own.slice(0, -1), `${own.at(-1)}_${surplus}`], more.slice(1))}`;
  const list = own.length > 1 ? `or, for two hosts: ${line([own.join(), surplus], more.slice(1))}` : "";
  const there = `or, on another machine: ${lineMeant("jump", [...flags, ...own, surplus], [...more.slice(1), ...rest])}`;
  return usageError(what, line(own, more), subcommand, name === "run" ? there : list);
}

/** Where a list of hosts was written, or came of a shell's braces, as several words: the line with the list, and what follows it. */
function listMeant(name: string, words: Words, line: (words: Words, theirs: Words) => string): string {
  const [client, named] = name === "attach" ? [words.slice(0, 1), words.slice(1)] : [[], words];
  const hosts = hostsAmong(name, named);
  if (hosts.length < 2) return "";
  const list = hosts.map((host) => host.replace(/^,|,$/g, "")).join();
  const more = named.slice(hosts.length);
  return `a list of hosts is one word, with commas (and quotes around braces): ${line([...client, list, ...more.slice(0, 1)], more.slice(1))}`;
}

function hostsAmong(name: string, words: Words): Words {
  if (name === "doctor" || name === "attach") return words;
  if (name !== "jump") return [];
  const alike = alikeAtFirst(words);
  if (alike.length > 0) return alike;
  // `a, b`, `a,b a,c` and `me@a me@b`: no tool is called so.
  const end = words.findIndex((word, at) => at > 0 && !words[at - 1]?.endsWith(",") && !/[,@]/.test(word));
  return words.slice(0, end === -1 ? words.length : end);
}

/** Whether the last word of the command is a tool, so that what follows may be meant for it. */
export const callsTool = (declared: ArgsDef): boolean => "tool" in declared;

/** The line that was meant, without the secrets in it: logs keep messages. */
function lineMeant(name: string, own: Words, theirs: Words): string {
  const words = ["runspec", name, ...own, ...(theirs.length === 0 ? [] : ["--", ...theirs])];
  return quoteCommand(words.map((word, at) => withoutSecret(word, words[at - 1])));
}

/** `word`, with `…` for the value of what is named like a secret, in it or in the flag `before` it; likewise for what `-phunter2` ends in. A port stays. */
export function withoutSecret(word: string, before = ""): string {
  if (/^--?[^=:\s]+$/.test(before) && isSecretName(before)) return "…";
  const forms = [/^-p(?=.*\D)/s, /^[^=:\s]+[=:\s]/, /^[^=]+=/];
  const starts = forms.map((form) => form.exec(word)?.[0] ?? "");
  const start = starts.find((one) => one === "-p" || isSecretName(one));
  return start === undefined ? word : `${start}…`;
}

export function unexpected(word: string, hint = ""): RunspecError {
  return usageError(`unexpected argument "${visible(word)}"`, hint);
}

/** Where an option belongs that runspec does not have. */
function placeOf(name: string, declared: ArgsDef, written: string): string {
  if (name === "jump" && OF_SSH.test(written)) return INTO_TABLE;
  return callsTool(declared) ? "a tool's options go after its name and --" : "";
}

const OF_SSH = /^(-[piolJFAv]|--(port|user|key|identity|proxy))$/;
const INTO_TABLE = "options for ssh go in the host's table in runspec.toml: user, port, ssh-key, ssh-options";
