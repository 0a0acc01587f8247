/** What the file's schemas are made of. The message of each is what was expected; `validate` says the rest ("found 5, expected …"). */

import * as v from "valibot";
import { didYouMean } from "../../did-you-mean.ts";
import { isObject, type PlainObject } from "../../json.ts";
import { UNSAFE_NAMES } from "../toml/check-texts.ts";
import { DURATION } from "../units.ts";

export const string = v.string("a string");
export const strings = v.array(string, "a list of strings");
export const boolean = v.boolean("true or false");

/** A key that may be left out. `about` is what an editor shows for it. */
export function field<S extends v.GenericSchema>(about: string, schema: S) {
  return v.exactOptional(v.pipe(schema, v.description(about)));
}

/** A table of these keys; any other key is an issue of the type `raw_check`, and harms nothing. */
export function table<const E extends v.ObjectEntries>(entries: E, expected: string) {
  const known = Object.keys(entries);
  return v.pipe(
    // Lists and dates are objects to valibot.
    v.custom<PlainObject>(isObject, expected),
    v.looseObject(entries, expected),
    v.rawCheck(({ dataset: { value: input }, addIssue }) => {
      if (!isObject(input)) return;
      for (const [key, value] of Object.entries(input)) {
        if (known.includes(key) || UNSAFE_NAMES.includes(key)) continue;
        // `[my.tool]` is a table `tool` in `[my]`; no field of a jump host is a table.
        const isInner = ([name, below]: [string, unknown]) => known.includes(name) || isObject(below);
        const dotted = isObject(value) && (known.includes("ssh-key") || Object.entries(value).some(isInner));
        const otherwise = dotted ? "a name with dots goes in quotes" : `known here: ${known.join(", ")}`;
        const message = `unknown key; ${suggestKey(key, known) || otherwise}`;
        addIssue({ message, path: [{ type: "object", origin: "value", input, key, value }] });
      }
    }),
  );
}

/** What other programs, and people, call a key of ours, with hyphens or with underscores. */
const ELSEWHERE: Record<string, readonly string[]> = {
  options: ["choices", "enum", "values"],
  args: ["arg", "arguments", "params", "parameters", "inputs", "options"],
  multiple: ["list", "nargs", "repeat"],
  ui: ["secret", "password", "sensitive"],
  command: ["cmd", "exec", "executable", "program", "script"],
  run_as: ["user", "as-user", "become-user", "become", "sudo", "sudo-user"],
  user: ["username", "login", "remote-user"],
  runspec_env: ["env-file", "envfile", "dotenv"],
  description: ["help", "summary"],
  required: ["optional", "mandatory"],
  range: ["min", "max", "minimum", "maximum"],
  host: ["hostname", "address", "ip"],
  "jump-hosts": ["hosts", "aliases", "servers"],
  "jump-groups": ["groups", "host-groups"],
  "ssh-key": ["key", "identity", "identity-file", "identityfile"],
  "ssh-options": ["options", "proxyjump", "proxy-jump"],
};

/** Keys of `[config]` that would be of use in a table of another kind. */
const SETTINGS = ["autonomy-default", "jump-hosts", "jump-groups", "logging"];

function suggestKey(key: string, known: readonly string[]): string {
  const name = key.toLowerCase().replaceAll("_", "-");
  if (SETTINGS.includes(name) && !known.includes(name)) return "it is a setting, which stands under [config]";
  const ours = known.find((one) => ELSEWHERE[one]?.includes(name));
  if (ours === undefined) return didYouMean(key, known);
  return `did you mean ${ours === "ui" ? 'ui = "password"' : `"${ours}"`}?`;
}

/** A table of any keys whose values are all alike. */
export function tableOf<S extends v.GenericSchema>(value: S, expected: string) {
  return v.pipe(v.custom<PlainObject>(isObject, expected), v.record(v.string(), value, expected));
}

export const nonEmpty = (expected: string) => v.pipe(v.string(expected), v.nonEmpty(expected));

export const like = (shape: RegExp, expected: string) => v.pipe(v.string(expected), v.regex(shape, expected));

export const duration = like(DURATION, 'a duration with its unit (ms, s, m or h), such as "90s" or "5m"');

export function choice<const W extends readonly string[]>(words: W) {
  return v.picklist(words, `one of ${words.map((one) => `"${one}"`).join(", ")}`);
}

/** A whole number within bounds; TOML integers come as bigint. */
export function int(least: bigint, most: bigint, what: string) {
  return v.pipe(v.bigint(what), v.minValue(least, what), v.maxValue(most, what), v.transform(Number));
}
