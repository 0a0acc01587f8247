/** The fields of a tool's table that a subcommand inherits, such as its user, its command and its timeouts. */

import { existsSync } from "node:fs";
import { dirname, isAbsolute, resolve } from "node:path";
import * as v from "valibot";
import { quote } from "../arguments/describe.ts";
import { readBecomeFlags } from "../become/flags.ts";
import { DEFAULT_BECOME_METHOD } from "../become/methods.ts";
import { checkRunAs, type RunAs } from "../become/run-as.ts";
import { problemOf } from "../errors.ts";
import { isFile } from "../files/look.ts";
import { isObject, own, type PlainObject } from "../json.ts";
import { type Access, pathFrom } from "./discover/source.ts";
import { type Runnable, SERVE_CONTEXTS } from "./model.ts";
import { type RawTool, tool, toolFields } from "./schema/tool.ts";
import { fits } from "./schema/validate.ts";
import type { FileKey } from "./toml/file-key.ts";
import { parseDuration, parseSize, writeDuration } from "./units.ts";

/** What the parts of one file share while it is read. */
export interface Reading extends Pick<Access, "home"> {
  /** The file's absolute path. */
  file: string;
  /** `[config.logging]` is set: tools take the flags that go with it. */
  logs?: boolean;
  /** The directory a relative `runspec_env` starts from. */
  base: string;
}

type OwnFields = "name" | "path" | "file" | "description" | "autonomyReason" | "output" | "examples";

/** What a subcommand takes over from the runnable around it, unless it says otherwise. */
export type Inherited = Partial<Omit<Runnable, OwnFields | "args" | "groups" | "rereadsArgv">>;

/** The inheritable fields that `[name]` itself sets. */
export function readFields(spec: RawTool, at: FileKey, reading: Reading): Inherited {
  const fields: Inherited = {};
  const { lease, timeout, "max-output": maxOutput, "stop-timeout": stop, runspec_env: envFile } = spec;
  if (spec.autonomy !== undefined) fields.autonomy = spec.autonomy;
  if (spec["read-only"] !== undefined) fields.readOnly = spec["read-only"];
  if (spec.idempotent !== undefined) fields.idempotent = spec.idempotent;
  if (spec["open-world"] !== undefined) fields.openWorld = spec["open-world"];
  if (spec.argv !== undefined) fields.noWords = spec.argv === "none";
  if (maxOutput !== undefined) fields.maxOutput = readMaxOutput(maxOutput, at.key("max-output"));
  if (typeof spec.serve === "boolean") fields.serve = spec.serve ? [...SERVE_CONTEXTS] : [];
  else if (spec.serve !== undefined) fields.serve = [...new Set(spec.serve)];
  if (spec.hosts !== undefined) fields.hosts = spec.hosts;
  if (spec.hosts?.length === 0)
    at.key("hosts").warning("an empty list: this tool is offered on no host at all");
  for (const name of spec.hosts ?? [])
    if (/[*?[\]{}]/.test(name))
      at.key("hosts").warning(`found ${quote(name)}, which is no host's name: a pattern has no meaning here`);
  if (spec.run_as !== undefined) fields.runAs = readRunAs(spec.run_as, at.key("run_as"));
  if (spec.become_method !== undefined) fields.becomeMethod = spec.become_method;
  if (spec.become_flags !== undefined) fields.becomeFlags = spec.become_flags;
  if (spec.become_env !== undefined) fields.becomeEnv = spec.become_env;
  if (spec.command !== undefined) fields.command = readCommand(spec.command, at.key("command"), reading);
  // A client says three times a lease that it is there: in less than a second a slow network would end tools.
  if (lease !== undefined) fields.lease = readTimeout(lease, at.key("lease"), 1000);
  if (timeout !== undefined) fields.timeout = readTimeout(timeout, at.key("timeout"));
  if (stop !== undefined) fields.stopTimeout = readTimeout(stop, at.key("stop-timeout"));
  if (envFile !== undefined) {
    checkPassable(envFile, at.key("runspec_env"));
    fields.envFile = pathFrom(reading.base, envFile, reading);
  }
  return fields;
}

/** Wrong flags are told at the first of these that the table itself has: inherited flags may not fit a method that is set here. */
const BECOME_KEYS = { becomeFlags: "become_flags", runAs: "run_as", becomeMethod: "become_method" } as const;

/** Checks what `[name]` says of users, together with what it inherits. What is wrong only above is reported there. */
export function checkBecomeFields(fields: Inherited, inherited: Inherited, at: FileKey): void {
  const { runAs, becomeMethod = DEFAULT_BECOME_METHOD, becomeFlags = "" } = { ...inherited, ...fields };
  if (runAs === undefined) return;
  const [, ownKey] = Object.entries(BECOME_KEYS).find(([field]) => field in fields) ?? [];
  if (ownKey === undefined) return;
  const inTable = at.key("run_as", "default").literals().length > 0;
  for (const { keys, message } of "runAs" in fields ? checkRunAs(runAs) : []) {
    const written = keys.length === 1 && inTable ? [...keys, "default"] : keys;
    // With a pattern that cannot be read, the user is unknown: nothing may run.
    at.key(...written).note({ severity: "error", message, fatal: keys[1] === "patterns" || undefined });
  }
  const flags = problemOf(() => readBecomeFlags(becomeMethod, becomeFlags));
  if (flags !== undefined) at.key(ownKey).error(flags);
}

function readMaxOutput(size: string | number, at: FileKey): number | "none" {
  if (size === "none") return size;
  const bytes = typeof size === "number" ? size : (parseSize(size) ?? 0);
  if (bytes < 1) at.error(`found ${quote(String(size))}, expected at least one byte`);
  return bytes;
}

function readRunAs(raw: NonNullable<RawTool["run_as"]>, at: FileKey): RunAs {
  if (typeof raw === "string") return { default: raw, hosts: new Map(), patterns: [] };
  const { patterns = {}, hosts = {} } = raw;
  for (const glob of Object.keys(hosts).filter((host) => /[*?[\]{}]/.test(host)))
    at.key("hosts", glob).warning("no host is called so: a pattern stands in patterns");
  const written = at.key("patterns").entriesOf(patterns);
  for (const [glob, , key] of written)
    if (/^[\w-]+\*[\w-]*$/.test(glob)) key.warning("* repeats the character before it; any text is .*");
  return {
    default: raw.default,
    hosts: new Map(Object.entries(hosts)),
    patterns: written.map(([pattern, user]) => [pattern, user] as const),
  };
}

/** A program with a slash in it is a path, relative to the file; one without is looked for on PATH. */
function readCommand(command: string | string[], at: FileKey, reading: Reading): string[] {
  const [program = "", ...words] = [command].flat();
  if (program === "") at.error('found "", expected a program');
  for (const word of [program, ...words]) checkPassable(word, at);
  const directory = dirname(reading.file);
  const isRelative = /[/\\]/.test(program) && !isAbsolute(program);
  const path = isRelative ? pathFrom(directory, program, reading) : program;
  const isLine = program === command && /\s/.test(program) && !(path.includes("/") && existsSync(path));
  const odd = hasEscape(program) ? NOT_AS_WRITTEN : isLine ? notOneProgram(program) : undefined;
  if (odd !== undefined) at.warning(`found ${quote(program)}${odd}`);
  const beside = words.find((word) => !isAbsolute(word) && isFile(resolve(directory, word)));
  if (beside !== undefined)
    at.note({ severity: "note", message: `found ${quote(beside)}, ${LOOKED_FOR_ELSEWHERE}` });
  return [path, ...words];
}

/** Whether a backslash of a path was read as an escape. A text that ends in a line break has been written on several lines. */
const hasEscape = (program: string) => /\S[\b\t\n\f\r]\S/.test(program) && !/ |\n$/.test(program);
const NOT_AS_WRITTEN =
  "; in \"…\" a backslash in it begins an escape, as \\t for a tab: write a path with backslashes in '…'";
const LOOKED_FOR_ELSEWHERE =
  "a file beside this one, which the program looks for where it is started (behind jump, in the home); name the script itself as the program, or its whole path";

function notOneProgram(line: string): string {
  const words = /[|;&<>$`*]|^\w+=/.test(line) ? ["sh", "-c", line] : line.trim().split(/\s+/);
  return `, which is taken for the name of one program; with words to it, write [${words.map(quote).join(", ")}]`;
}

/** The system ends words and paths at NUL. */
function checkPassable(text: string, at: FileKey): void {
  if (text.includes("\0")) at.error(`found ${quote(text)}, expected text without a NUL character`);
}

function readTimeout(text: string, at: FileKey, least = 1): number {
  const milliseconds = parseDuration(text) ?? 0;
  if (milliseconds < least) at.error(`found ${quote(text)}, expected ${writeDuration(least)} to 24 days`);
  return milliseconds;
}

/** The fields of a tool's table that fit for themselves, so that a mistake in one hides none in another; so do the users of `run_as`. */
export function fittingFields(raw: PlainObject): RawTool {
  const users = own(raw, "run_as");
  const table = isObject(users) ? { ...raw, run_as: fittingUsers(users) } : raw;
  const fitting = Object.entries(toolFields).filter(
    ([key, schema]) => Object.hasOwn(table, key) && fits(v.safeParse(schema, table[key]).issues),
  );
  const result = v.safeParse(tool, Object.fromEntries(fitting.map(([key]) => [key, table[key]])));
  return result.typed ? result.output : {};
}

/** The users of a `run_as` table, with "" for each that is no text. The schema reports those; so one of them hides no other user, and no pattern. */
function fittingUsers({ hosts, patterns, ...others }: PlainObject): PlainObject {
  const texts = (users: unknown) => {
    const table = isObject(users) ? { ...users } : {};
    for (const key of Object.keys(table)) if (typeof table[key] !== "string") table[key] = "";
    return table;
  };
  return { ...texts(others), hosts: texts(hosts), patterns: texts(patterns) };
}
