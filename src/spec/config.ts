import { dirname, resolve } from "node:path";
import { isTable, own } from "../json.ts";
import { type Found, findConfigFiles, type Where } from "./discover/find.ts";
import { type Access, readSource } from "./discover/source.ts";
import { parseSize } from "./duration.ts";
import type { Config, Inventory, Issue, JumpGroup, JumpHost, Logging } from "./model.ts";
import { checkUnsafeNames, GROUP_NAME, UNSAFE_NAMES } from "./names.ts";
import { evenConfig } from "./odd.ts";
import { keysInOrder } from "./reading.ts";
import {
  config as configSchema,
  jumpGroup,
  jumpHost,
  logging as loggingSchema,
  type RawJumpHost,
  type RawLogging,
} from "./schema/config.ts";
import { validate } from "./schema/validate.ts";
import { error, type Finding, toIssues } from "./toml/findings.ts";
import { hintFor, refuseErrors } from "./toml/issues.ts";
import { KeyMap, type Keys, type Path } from "./toml/key-map.ts";
import { parseToml } from "./toml/toml.ts";

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
export async function loadConfig(
  path: string,
  options: Access = {},
): Promise<{ config: Config; issues: Issue[] }> {
  const file = resolve(path);
  const source = readSource(file, options);
  if ("problem" in source) return broken(file, source.problem);
  const parsed = parseToml(source.text);
  if ("problem" in parsed) return broken(file, parsed.problem);
  const findings: Finding[] = [];
  const keys = () => new KeyMap(source.text);
  const { config } = readConfig(own(parsed.table, "config"), { file, keys, findings });
  return { config, issues: toIssues(findings, file, keys) };
}

/** The settings of one file, and what else is to be said of them. */
export interface ConfigFile {
  path: string;
  source: Found["source"];
  config: Config;
  /** Warnings and notes. */
  issues: Issue[];
}

/**
 * The settings of every file that counts for jumping, first to last.
 * @throws RunspecError 125 when a file cannot be used or has an error in `[config]`, with all of them.
 */
export async function loadConfigFiles(where: Where): Promise<ConfigFile[]> {
  const found = findConfigFiles(where);
  const files: ConfigFile[] = [];
  let issues: Issue[] = [];
  for (const { path, via, source } of found) {
    const file = await loadConfig(path, { uid: where.uid, ...(via !== undefined && { via }) });
    files.push({ path, source, ...file });
    issues = issues.concat(file.issues);
  }
  refuseErrors(issues, hintFor(issues, found, where.cwd));
  return files;
}

function broken(file: string, message: string): { config: Config; issues: Issue[] } {
  return { config: emptyConfig(), issues: [{ severity: "error", file, message }] };
}

export function emptyConfig(): Config {
  return { autonomyDefault: "confirm", jumpHosts: [] };
}

/** What is to be said of a jump host, and of which field. `isOwn`: it is in the user's or the system's file. */
export type CheckJumpHost = (
  host: JumpHost,
  isOwn: boolean,
) => { severity: "warning" | "note"; field: string; message: string }[];

/** The same of a program that says who belongs to a group. */
export type CheckInventory = (
  group: string,
  inventory: Inventory,
  isOwn: boolean,
) => { severity: "warning" | "note"; message: string };

interface Reading {
  file: string;
  checkJumpHost?: CheckJumpHost | undefined;
  checkInventory?: CheckInventory | undefined;
  /** It is the user's or the system's. */
  isOwn?: boolean | undefined;
  keys: () => Keys;
  findings: Finding[];
}

/** The `[config]` table as settings; jump hosts with an error are left out, the others stand. */
export function readConfig(raw: unknown, reading: Reading): ReadConfig {
  const { findings, file } = reading;
  if (raw === undefined) return { config: emptyConfig() };
  checkUnsafeNames(raw, ["config"], findings);
  const even = evenConfig(raw, ["config"], findings);
  const table = isTable(even) ? even : {};
  const settings = { ...table };
  for (const key of TOOL_KEYS) {
    if (!Object.hasOwn(table, key)) continue;
    delete settings[key];
    error(
      findings,
      ["config", key],
      "found a key of a tool, expected a setting: [config] is for settings, so a tool needs another name",
    );
  }
  const spec = validate(configSchema, isTable(even) ? settings : even, ["config"], findings);
  const logging = own(table, "logging");
  return {
    config: {
      autonomyDefault: spec?.["autonomy-default"] ?? "confirm",
      jumpHosts: readJumpHosts(own(table, "jump-hosts"), reading),
      ...readJumpGroups(own(table, "jump-groups"), reading),
      ...(spec?.name !== undefined && { name: spec.name }),
      ...(logging !== undefined && readLogging(logging, file, findings)),
    },
    ...(spec?.runspec_env !== undefined && { envFile: spec.runspec_env }),
  };
}

function readJumpHosts(raw: unknown, { keys, findings, checkJumpHost, isOwn = false }: Reading): JumpHost[] {
  if (!isTable(raw)) return [];
  const path: Path = ["config", "jump-hosts"];
  const hosts: JumpHost[] = [];
  for (const alias of keysInOrder(raw, path, keys)) {
    const spec = validate(jumpHost, raw[alias], [...path, alias], findings);
    if (spec === undefined) continue;
    const host = toJumpHost(alias, spec);
    for (const { severity, field, message } of checkJumpHost?.(host, isOwn) ?? []) {
      findings.push({ severity, path: [...path, alias, ...(field in spec ? [field] : [])], message });
    }
    hosts.push(host);
  }
  return hosts;
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

function readJumpGroups(raw: unknown, reading: Reading): { jumpGroups?: JumpGroup[] } {
  if (!isTable(raw)) return {};
  const { findings, keys, checkInventory, isOwn = false } = reading;
  const path: Path = ["config", "jump-groups"];
  const jumpGroups: JumpGroup[] = [];
  for (const name of keysInOrder(raw, path, keys)) {
    if (UNSAFE_NAMES.has(name)) continue;
    if (!GROUP_NAME.test(name)) {
      const message = `found the name "${name}", expected letters, digits, "_", "-", "." and "+": it is typed as @${name}`;
      error(findings, [...path, name], message);
      continue;
    }
    const spec = validate(jumpGroup, raw[name], [...path, name], findings);
    if (spec === undefined) continue;
    if (Array.isArray(spec)) {
      jumpGroups.push({ name, members: spec });
      continue;
    }
    const inventory = { command: spec.command, ...(spec.group !== undefined && { group: spec.group }) };
    jumpGroups.push({ name, inventory });
    const remark = checkInventory?.(name, inventory, isOwn);
    if (remark !== undefined) findings.push({ ...remark, path: [...path, name] });
  }
  return { jumpGroups };
}

function readLogging(raw: unknown, file: string, findings: Finding[]): { logging?: Logging } {
  const spec = validate(loggingSchema, raw, ["config", "logging"], findings);
  if (spec === undefined) return {};
  const dir = spec.dir === undefined ? {} : { dir: resolve(dirname(file), spec.dir) };
  return { logging: { rotate: readRotate(spec.rotate), keep: Number(spec.keep ?? 7n), ...dir } };
}

function readRotate(text: RawLogging["rotate"] = "midnight"): Logging["rotate"] {
  const bytes = parseSize(text);
  if (bytes !== undefined) return { bytes };
  return text === "weekly" ? "weekly" : "daily";
}
