/** The `[config]` table: the settings of a file, its jump hosts and their groups. */

import { dirname, resolve } from "node:path";
import { asObject, isObject, own } from "../json.ts";
import { GROUP_NAME } from "./check-names.ts";
import { type FileSearch, type Found, findConfigFiles } from "./discover/find.ts";
import { type Access, pathFrom, readSource } from "./discover/source.ts";
import type { Config, Issue, JumpGroup, JumpHost, Logging, SpecFile } from "./model.ts";
import { normaliseConfig } from "./normalise.ts";
import * as schema from "./schema/config.ts";
import { validate } from "./schema/validate.ts";
import { checkNames } from "./toml/check-texts.ts";
import { FileKey } from "./toml/file-key.ts";
import { hintFor, rejectErrors } from "./toml/issues.ts";
import { toolTable } from "./tool-table.ts";
import { parseSize } from "./units.ts";

/** Keys that only a tool has: under `[config]` they were meant for a tool of that name. */
const SURELY_OF_TOOLS = ["args", "commands", "command", "examples", "run_as"];

/** The settings of one file; what is wrong is among the issues. Nothing else in it is looked at: jumping works while a tool is broken. */
export function loadConfig(path: string, options: Access = {}): Omit<SpecFile, "runnables"> {
  return loadFile(path, options, (text, file) => {
    const opened = FileKey.open(text);
    if ("problem" in opened) return unusableFile(file, opened.problem);
    const { table, top } = opened;
    const raw = own(table, "config");
    checkNames(raw, top.key("config"));
    for (const name of ["jump-hosts", "jump-groups"])
      if (Object.hasOwn(table, name)) toolTable(name, table[name], top.key(name));
    const config = readConfig(raw, top.key("config"), { ...options, file });
    return { path: file, config, runnables: [], issues: top.issues(file), lineOf: (key) => top.lineOf(key) };
  });
}

/** What `parse` makes of the text of the file at `path`, whose absolute path it is told; of one that is not read, why. */
export function loadFile(path: string, access: Access, parse: (text: string, file: string) => SpecFile) {
  const file = resolve(path);
  const source = readSource(file, access);
  return "problem" in source ? unusableFile(file, source.problem) : parse(source.text, file);
}

export interface ConfigFile extends Omit<SpecFile, "runnables"> {
  source: Found["source"];
}

/** The settings of every file that counts for jumping, first to last. @throws RunspecError 125, with all of them, where there are errors in files or in `[config]` */
export function loadConfigFiles(where: FileSearch): ConfigFile[] {
  const found = findConfigFiles(where);
  const files = found.map(({ path, via, source }) => ({ ...loadConfig(path, { ...where, via }), source }));
  const issues = files.flatMap((file) => file.issues);
  rejectErrors(issues, hintFor(issues, found, where.cwd));
  return files;
}

/** A file of which nothing can be used, with the issue that says why. */
export function unusableFile(path: string, message: string, severity: Issue["severity"] = "error"): SpecFile {
  const issues = [{ severity, file: path, message }];
  return { path, config: NO_CONFIG, runnables: [], issues, lineOf: () => undefined };
}

/** The settings of a file that has none. */
export const NO_CONFIG: Config = { autonomyDefault: "confirm", jumpHosts: [], jumpGroups: [] };

/** Finds what is wrong with hosts and groups, by the key's path in `[config]`; `isOwn`: it is the user's or the system's file. */
export type CheckHosts = (
  config: Config,
  isOwn: boolean,
) => { path: string[]; severity: "warning" | "note"; message: string }[];

/** How a file's settings are looked at; without the check, hosts and groups are looked at when somebody jumps. */
export interface ConfigOptions {
  checkHosts?: CheckHosts | undefined;
  isOwn?: boolean;
  /** Where a relative `runspec_env` starts from: the root of the environment a file was found in, else its directory. */
  base?: string | undefined;
}

/** The `[config]` table, without hosts that are wrong. */
export function readConfig(
  raw: unknown,
  at: FileKey,
  options: ConfigOptions & Access & { file: string },
): Config {
  const normal = normaliseConfig(raw ?? {}, at);
  const table = asObject(normal);
  const settings = { ...table };
  for (const key of SURELY_OF_TOOLS.filter((one) => Object.hasOwn(table, one))) {
    delete settings[key];
    at.key(key).error(
      "found a key of a tool, expected a setting: [config] is for settings, so a tool needs another name",
    );
  }
  const spec = validate(schema.config, isObject(normal) ? settings : normal, at);
  const logging = own(table, "logging");
  const { base = dirname(options.file) } = options;
  const config = {
    autonomyDefault: spec?.["autonomy-default"] ?? "confirm",
    jumpHosts: readJumpHosts(own(table, "jump-hosts"), at.key("jump-hosts")),
    jumpGroups: readJumpGroups(own(table, "jump-groups"), at.key("jump-groups")),
    name: spec?.name,
    envFile: spec?.runspec_env && pathFrom(base, spec.runspec_env, options),
    logging: logging === undefined ? undefined : readLogging(logging, at.key("logging"), options),
  };
  for (const { path, ...finding } of options.checkHosts?.(config, options.isOwn === true) ?? [])
    at.key(...path).note(finding);
  return config;
}

function readJumpHosts(raw: unknown, at: FileKey): JumpHost[] {
  return at.entriesOf(asObject(raw)).flatMap(([alias, value, key]): JumpHost[] => {
    // `jumpHost` notes unknown keys, `hostFields` drops them.
    const fields = validate(schema.jumpHost, value, key) && validate(schema.hostFields, value, key);
    return fields === undefined ? [] : [{ ...plainHost(alias), ...fields }];
  });
}

/** A host that no table sets anything of. */
export function plainHost(alias: string): JumpHost {
  return { alias, host: alias, "use-ssh-config": true, "ssh-options": [], multiplex: false };
}

function readJumpGroups(raw: unknown, at: FileKey): JumpGroup[] {
  return at.entriesOf(asObject(raw)).flatMap(([name, value, key]): JumpGroup[] => {
    if (key.isWrong) return [];
    if (!GROUP_NAME.test(name)) {
      key.error(
        `found the name "${name}", expected letters, digits, "_", "-", "." and "+": it is typed as @${name}`,
      );
      return [];
    }
    const spec = validate(schema.jumpGroup, value, key);
    if (spec === undefined) return [];
    if (Array.isArray(spec)) return [{ name, members: spec }];
    const { command, group } = spec;
    return [{ name, members: { command, group } }];
  });
}

function readLogging(raw: unknown, at: FileKey, options: Access & { file: string }): Logging | undefined {
  const spec = validate(schema.logging, raw, at);
  if (spec === undefined) return undefined;
  const { rotate: size = "midnight", keep = 7, dir } = spec;
  const bytes = parseSize(size);
  const rotate = bytes === undefined ? (size === "weekly" ? "weekly" : "daily") : { bytes };
  return { rotate, keep, dir: dir && pathFrom(dirname(options.file), dir, options) };
}
