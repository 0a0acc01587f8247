import { dirname, resolve } from "node:path";
import { isTable, own } from "../json.ts";
import { GROUP_NAME } from "./check-names.ts";
import { type Found, findConfigFiles, type Where } from "./discover/find.ts";
import { type Access, readSource } from "./discover/source.ts";
import type { Config, Inventory, Issue, JumpGroup, JumpHost, Logging, SpecFile } from "./model.ts";
import { normaliseConfig } from "./normalise.ts";
import {
  config as configSchema,
  jumpGroup,
  jumpHost,
  logging as loggingSchema,
  type RawJumpHost,
  type RawLogging,
} from "./schema/config.ts";
import { validate } from "./schema/validate.ts";
import { checkNames } from "./toml/check-texts.ts";
import { FileKey } from "./toml/file-key.ts";
import { hintFor, refuseErrors } from "./toml/issues.ts";
import { parseSize } from "./units.ts";

/** `[config]`, and its `runspec_env` as written, which belongs to the runnables. */
export interface ReadConfig {
  config: Config;
  envFile?: string;
}

/** Keys that only a tool has: whoever writes them under `[config]` meant to declare one of that name. */
const TOOL_KEYS = ["args", "groups", "commands", "command", "examples", "run_as"];

/**
 * The settings of one file; nothing else in it is validated, so that jumping works while a tool is broken. Never
 * throws: a file that cannot be used gives the empty settings and issues that say why.
 */
export function loadConfig(path: string, options: Access = {}): { config: Config; issues: Issue[] } {
  const file = resolve(path);
  const source = readSource(file, options);
  if ("problem" in source) return unusableFile(file, source.problem);
  const opened = FileKey.open(source.text);
  if ("problem" in opened) return unusableFile(file, opened.problem);
  const { table, top } = opened;
  const raw = own(table, "config");
  checkNames(raw, top.key("config"));
  const { config } = readConfig(raw, top.key("config"), { file });
  return { config, issues: top.issues(file) };
}

/** The settings of one file, and what else is to be said of them. */
export interface ConfigFile extends Omit<SpecFile, "runnables"> {
  source: Found["source"];
}

/**
 * The settings of every file that counts for jumping, first to last.
 * @throws RunspecError 125 when a file cannot be used or has an error in `[config]`, with all of them.
 */
export function loadConfigFiles(where: Where): ConfigFile[] {
  const found = findConfigFiles(where);
  const files = found.map(({ path, via, source }): ConfigFile => {
    const { config, issues } = loadConfig(path, { uid: where.uid, ...(via !== undefined && { via }) });
    return { path, source, config, issues };
  });
  const issues = files.flatMap((file) => file.issues);
  refuseErrors(issues, hintFor(issues, found, where.cwd));
  return files;
}

/** A file of which nothing can be used, with the issue that says why. */
export function unusableFile(path: string, message: string, severity: Issue["severity"] = "error"): SpecFile {
  return { path, config: emptyConfig(), runnables: [], issues: [{ severity, file: path, message }] };
}

export function emptyConfig(): Config {
  return { autonomyDefault: "confirm", jumpHosts: [] };
}

/** Finds what to warn of in a jump host, each by its field. `isOwn`: it is in the user's or the system's file. */
export type CheckJumpHost = (
  host: JumpHost,
  isOwn: boolean,
) => { severity: "warning" | "note"; field: string; message: string }[];

/** The same for the program that prints the members of a group. */
export type CheckInventory = (
  group: string,
  inventory: Inventory,
  isOwn: boolean,
) => { severity: "warning" | "note"; message: string };

/** How a file's settings are looked at; without the checks, hosts and groups are looked at when somebody jumps. */
export interface ConfigOptions {
  checkJumpHost?: CheckJumpHost;
  checkInventory?: CheckInventory;
  /** It is the user's or the system's file. */
  isOwn?: boolean;
}

/** The `[config]` table as settings; jump hosts with an error are left out, the others stand. */
export function readConfig(raw: unknown, at: FileKey, options: ConfigOptions & { file: string }): ReadConfig {
  if (raw === undefined) return { config: emptyConfig() };
  const normal = normaliseConfig(raw, at);
  const table = isTable(normal) ? normal : {};
  const settings = { ...table };
  for (const key of TOOL_KEYS) {
    if (!Object.hasOwn(table, key)) continue;
    delete settings[key];
    at.key(key).error(
      "found a key of a tool, expected a setting: [config] is for settings, so a tool needs another name",
    );
  }
  const spec = validate(configSchema, isTable(normal) ? settings : normal, at);
  const logging = own(table, "logging");
  return {
    config: {
      autonomyDefault: spec?.["autonomy-default"] ?? "confirm",
      jumpHosts: readJumpHosts(own(table, "jump-hosts"), at.key("jump-hosts"), options),
      ...readJumpGroups(own(table, "jump-groups"), at.key("jump-groups"), options),
      ...(spec?.name !== undefined && { name: spec.name }),
      ...(logging !== undefined && readLogging(logging, at.key("logging"), options.file)),
    },
    ...(spec?.runspec_env !== undefined && { envFile: spec.runspec_env }),
  };
}

function readJumpHosts(
  raw: unknown,
  at: FileKey,
  { checkJumpHost, isOwn = false }: ConfigOptions,
): JumpHost[] {
  if (!isTable(raw)) return [];
  return at.keysOf(raw).flatMap((alias) => {
    const spec = validate(jumpHost, raw[alias], at.key(alias));
    if (spec === undefined) return [];
    const host = toJumpHost(alias, spec);
    for (const { field, ...finding } of checkJumpHost?.(host, isOwn) ?? [])
      at.key(alias, ...(field in spec ? [field] : [])).note(finding);
    return [host];
  });
}

function toJumpHost(alias: string, spec: RawJumpHost): JumpHost {
  const key = spec["ssh-key"];
  return {
    alias,
    host: spec.host ?? alias,
    useSshConfig: spec["use-ssh-config"] ?? true,
    sshOptions: spec["ssh-options"] ?? [],
    multiplex: spec.multiplex ?? false,
    ...(spec.bin !== undefined && { bin: spec.bin }),
    ...(spec.user !== undefined && { user: spec.user }),
    ...(spec.port !== undefined && { port: Number(spec.port) }),
    ...(key !== undefined && { sshKey: key }),
  };
}

function readJumpGroups(
  raw: unknown,
  at: FileKey,
  { checkInventory, isOwn = false }: ConfigOptions,
): { jumpGroups?: JumpGroup[] } {
  if (!isTable(raw)) return {};
  const jumpGroups = at.keysOf(raw).flatMap((name): JumpGroup[] => {
    const key = at.key(name);
    if (key.isWrong) return [];
    if (!GROUP_NAME.test(name)) {
      key.error(
        `found the name "${name}", expected letters, digits, "_", "-", "." and "+": it is typed as @${name}`,
      );
      return [];
    }
    const spec = validate(jumpGroup, raw[name], key);
    if (spec === undefined) return [];
    if (Array.isArray(spec)) return [{ name, members: spec }];
    const inventory = { command: spec.command, ...(spec.group !== undefined && { group: spec.group }) };
    const remark = checkInventory?.(name, inventory, isOwn);
    if (remark !== undefined) key.note(remark);
    return [{ name, inventory }];
  });
  return { jumpGroups };
}

function readLogging(raw: unknown, at: FileKey, file: string): { logging?: Logging } {
  const spec = validate(loggingSchema, raw, at);
  if (spec === undefined) return {};
  const dir = spec.dir === undefined ? {} : { dir: resolve(dirname(file), spec.dir) };
  return { logging: { rotate: readRotate(spec.rotate), keep: Number(spec.keep ?? 7n), ...dir } };
}

function readRotate(text: RawLogging["rotate"] = "midnight"): Logging["rotate"] {
  const bytes = parseSize(text);
  if (bytes !== undefined) return { bytes };
  return text === "weekly" ? "weekly" : "daily";
}
