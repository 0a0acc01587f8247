/** Reading a command line that citty has parsed. */

import { quoteCommand } from "../process/quote.ts";
import { visible } from "../text.ts";

/** The values by the names of flags and positionals; `_`: the words. */
export type ParsedArgs = Record<string, unknown>;

/** A flag's or positional's text, or undefined where it was not given. */
export function textArg(args: ParsedArgs, name: string): string | undefined {
  const value = args[name];
  return typeof value === "string" ? value : undefined;
}

export function isSet(args: ParsedArgs, name: string): boolean {
  return args[name] === true;
}

/** A command of ours that is to be typed next: without the file that was named it finds something else. */
export function nextCommand(args: ParsedArgs, ...words: string[]): string {
  const config = textArg(args, "config");
  return visible(quoteCommand(["runspec", ...words, ...(config === undefined ? [] : ["--config", config])]));
}
