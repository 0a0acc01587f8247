import { dirname, join, resolve } from "node:path";
import { describeValue } from "../arguments/describe.ts";
import { isTable, own, type Table } from "../json.ts";
import { type CheckInventory, type CheckJumpHost, emptyConfig, readConfig } from "./config.ts";
import { isFile } from "./discover/files.ts";
import type { Found } from "./discover/find.ts";
import type { FoundScript } from "./discover/find-scripts.ts";
import { type Access, readSource } from "./discover/source.ts";
import { distrustUnlisted } from "./discover/unlisted.ts";
import { commandLineOnly, leaveOutBroken, withoutCommandLine } from "./left-out.ts";
import type { Issue, Runnable, SpecFile } from "./model.ts";
import { type CheckBecome, keysInOrder, type Reading } from "./reading.ts";
import { readRunnable } from "./runnable.ts";
import { loadScript } from "./script.ts";
import { error, type Finding, toIssues, warning } from "./toml/findings.ts";
import { warnOfHidden } from "./toml/hidden.ts";
import { KeyMap, keyText } from "./toml/key-map.ts";
import { parseToml } from "./toml/toml.ts";

export interface LoadOptions extends Access {
  /** Where a relative `runspec_env` starts from: the root of the environment a file was found in, else its directory. */
  base?: string;
  /** Left out: users, patterns and flags are taken as they are. */
  checkBecome?: CheckBecome;
  /** It is the user's or the system's file. */
  isOwn?: boolean;
  /** Left out: jump hosts are looked at when somebody jumps. */
  checkJumpHost?: CheckJumpHost;
  checkInventory?: CheckInventory;
  /** Warn of characters that are not seen. Not for calls: their warnings would be read by nobody. */
  reviewText?: boolean;
}

/**
 * One runspec.toml, whole. Never throws for what is wrong with the file: every problem of it is among the issues, in file
 * order, and the runnables are those without an error.
 */
export async function loadSpecFile(path: string, options: LoadOptions = {}): Promise<SpecFile> {
  const file = resolve(path);
  const source = readSource(file, options);
  if ("problem" in source) return unusable(file, source.problem);
  return parseSpec(source.text, file, options);
}

/** The same for text that is already at hand; `file` is the absolute path it is from. */
export function parseSpec(source: string, file: string, options: Omit<LoadOptions, "uid"> = {}): SpecFile {
  const parsed = parseToml(source);
  if ("problem" in parsed) return unusable(file, parsed.problem);
  const document = withoutCommandLine(parsed.table);
  if (document === undefined) return commandLineOnly(file);
  const findings: Finding[] = [];
  let map: KeyMap | undefined;
  const keys = (): KeyMap => {
    map ??= new KeyMap(source);
    return map;
  };
  const { config, envFile } = readConfig(own(document, "config"), {
    file,
    keys,
    findings,
    checkJumpHost: options.checkJumpHost,
    checkInventory: options.checkInventory,
    isOwn: options.isOwn,
  });
  const base = options.base ?? dirname(file);
  const named = envFile === undefined ? environmentFile(options) : resolve(base, envFile);
  const reading: Reading = {
    file,
    base,
    autonomyDefault: config.autonomyDefault,
    logs: config.logging !== undefined,
    keys,
    findings,
    checkBecome: options.checkBecome ?? (() => []),
    ...(named !== undefined && { envFile: named }),
  };
  const runnables = readRunnables(document, reading);
  if (options.reviewText) warnOfHidden(parsed.table, source, findings);
  return { path: file, config, runnables, issues: toIssues(findings, file, keys) };
}

/** `<environment>/.runspec_env`: the last place to look, where there is one. */
function environmentFile({ base }: LoadOptions): string | undefined {
  const path = base === undefined ? undefined : join(base, ".runspec_env");
  return path !== undefined && isFile(path) ? path : undefined;
}

function unusable(path: string, message: string): SpecFile {
  return { path, config: emptyConfig(), runnables: [], issues: [{ severity: "error", file: path, message }] };
}

/** Tables of `[config]` that are easily written without it. */
const MISPLACED = new Set(["jump-hosts", "logging"]);

function readRunnables(document: Table, reading: Reading): Runnable[] {
  const runnables: Runnable[] = [];
  for (const name of keysInOrder(document, [], reading.keys)) {
    if (name === "config") continue;
    const raw = document[name];
    if (!isTable(raw)) {
      const found = Array.isArray(raw) ? "a list" : describeValue(raw);
      const advice = `a tool is declared as [${keyText(name)}], a setting under [config]`;
      warning(reading.findings, [name], `found ${found}, expected a table; left out: ${advice}`);
      continue;
    }
    if (MISPLACED.has(name)) {
      const advice = `settings belong under [config]: did you mean [config.${name}]?`;
      warning(reading.findings, [name], `found a tool named "${name}"; ${advice}`);
    }
    for (const runnable of readRunnable(name, raw, reading)) runnables.push(runnable);
  }
  return firstOfEachName(runnables, (twin, first) => refuseTwin(twin, first, reading.findings));
}

/** `others` is told of every later one, and of the first. */
function firstOfEachName(
  runnables: readonly Runnable[],
  others: (later: Runnable, first: Runnable) => void,
): Runnable[] {
  const byName = new Map<string, Runnable>();
  const kept: Runnable[] = [];
  for (const runnable of runnables) {
    const first = byName.get(runnable.name);
    if (first === undefined) {
      byName.set(runnable.name, runnable);
      kept.push(runnable);
    } else others(runnable, first);
  }
  return kept;
}

/** `[app_run]` and `[app.commands.run]` are the same tool to a client. */
function refuseTwin(runnable: Runnable, first: Runnable, findings: Finding[]): void {
  error(
    findings,
    keyPath(runnable),
    `found a tool named "${runnable.name}", expected another name: ${title(first)} already has it`,
  );
}

function keyPath({ path }: Runnable): string[] {
  return path.flatMap((word, index) => (index === 0 ? [word] : ["commands", word]));
}

function title(runnable: Runnable): string {
  return `[${keyPath(runnable).map(keyText).join(".")}]`;
}

/**
 * Every file that was found, then the scripts, and all their tools: the first definition of a name wins, a later one becomes a warning. The
 * issues are those of all files and these warnings.
 */
export async function loadSpecs(
  found: readonly Found[],
  options: LoadOptions = {},
  scripts: readonly FoundScript[] = [],
): Promise<{ files: SpecFile[]; runnables: Runnable[]; issues: Issue[] }> {
  const files: SpecFile[] = [];
  for (const place of found) {
    const { path, via, root, source } = place;
    const own = { ...(via !== undefined && { via }), ...(root !== undefined && { base: root }) };
    const isOwn = source === "user" || source === "system";
    const file = await loadSpecFile(path, { ...options, ...own, isOwn });
    files.push(source === "environment" ? distrustUnlisted(leaveOutBroken(file), place) : file);
  }
  for (const script of scripts) {
    const file = leaveOutBroken(loadBeside(script, files, options));
    const place = found.find(({ path }) => path === script.beside);
    files.push(place === undefined ? file : distrustUnlisted(file, place));
  }

  let issues: Issue[] = [];
  let all: Runnable[] = [];
  for (const file of files) {
    issues = issues.concat(file.issues);
    all = all.concat(file.runnables);
  }
  const runnables = firstOfEachName(all, (later, first) => issues.push(shadowed(later, first)));
  return { files, runnables, issues };
}

/** A script takes the settings of the runspec.toml beside whose `tools` directory it lies. */
function loadBeside(
  { path, beside }: FoundScript,
  files: readonly SpecFile[],
  options: LoadOptions,
): SpecFile {
  const config = files.find((file) => file.path === beside)?.config;
  return loadScript(path, { ...options, ...(config !== undefined && { config }) });
}

function shadowed(runnable: Runnable, first: Runnable): Issue {
  const message = `the tool "${runnable.name}" is already defined in ${first.file}; this definition is left out`;
  return { severity: "warning", file: runnable.file, key: title(runnable), message };
}
