/** runspec.toml files and scripts → their tools and settings, and all that is wrong with them. */

import { dirname, join } from "node:path";
import { isFile } from "../files/look.ts";
import { own, type PlainObject } from "../json.ts";
import { type ConfigOptions, loadFile, NO_CONFIG, readConfig, unusableFile } from "./config.ts";
import { type Found, isOwnFile } from "./discover/find.ts";
import type { FoundScript } from "./discover/find-scripts.ts";
import type { Access } from "./discover/source.ts";
import { distrustUnlisted, leaveOutBroken, withoutCommandLine } from "./foreign-files.ts";
import type { Config, Issue, Runnable, SpecFile } from "./model.ts";
import { loadScript } from "./script.ts";
import { checkNames, warnOfInvisible } from "./toml/check-texts.ts";
import { FileKey } from "./toml/file-key.ts";
import { keyText } from "./toml/scan-keys.ts";
import { readTools } from "./tool.ts";
import type { Inherited, Reading } from "./tool-fields.ts";
import { toolTable } from "./tool-table.ts";

interface LoadOptions extends Access, ConfigOptions {
  /** Warn of invisible characters. Not for calls: nobody would read the warnings. */
  reviewText?: boolean;
}

/** One runspec.toml. Everything that is wrong with it is among the issues, in file order; the runnables are those without an error. */
export const loadSpecFile = (path: string, options: LoadOptions = {}): SpecFile =>
  loadFile(path, options, (text, file) => parseSpec(text, file, options));

/** {@link loadSpecFile} for text that is already at hand; `file` is the absolute path it is from. */
export function parseSpec(source: string, file: string, options: Omit<LoadOptions, "uid"> = {}): SpecFile {
  const opened = FileKey.open(source);
  if ("problem" in opened) return unusableFile(file, opened.problem);
  const { table, top } = opened;
  const document = withoutCommandLine(table);
  if (document === undefined) return unusableFile(file, ONLY_COMMAND_LINE, "note");
  checkNames(document, top);
  const config = readConfig(own(document, "config"), top.key("config"), { ...options, file });
  const base = options.base ?? dirname(file);
  // In an environment, its own is the last place to look, where there is one.
  if (options.base !== undefined) config.envFile ??= [join(base, ".runspec_env")].find(isFile);
  const reading = { file, base, home: options.home, logs: config.logging !== undefined };
  const inherited = { autonomy: config.autonomyDefault, envFile: config.envFile };
  const runnables = readRunnables(document, top, reading, inherited);
  if (options.reviewText) warnOfInvisible(table, source, top);
  const beside = join(dirname(file), ".runspec_env");
  const isUnread = runnables.length > 0 && runnables.every((one) => one.envFile !== beside);
  if (options.reviewText && isUnread && isFile(beside)) top.note({ severity: "note", message: UNREAD });
  return { path: file, config, runnables, issues: top.issues(file), lineOf: (path) => top.lineOf(path) };
}

const ONLY_COMMAND_LINE = "declares the command line of another runspec, which is not a tool; left out";

const UNREAD =
  'the .runspec_env beside it is read only where runspec_env = ".runspec_env" under [config], or RUNSPEC_ENV_FILE, names it';

function readRunnables(document: PlainObject, top: FileKey, reading: Reading, inherited: Inherited) {
  const tables = top.entriesOf(document).filter(([name]) => name !== "config");
  const runnables = tables.flatMap(([name, value, key]) => {
    const table = toolTable(name, value, key);
    return table === undefined ? [] : readTools([name], table, key, reading, inherited);
  });
  // `[app_run]` and `[app.commands.run]` are the same tool to a client.
  return firstOfEachName(runnables, (later, first) =>
    top
      .key(...keyPath(later))
      .error(`found a tool named "${later.name}", expected another name: ${title(first)} already has it`),
  );
}

/** `onLater` gets every later one, with the first. */
function firstOfEachName(all: readonly Runnable[], onLater: (later: Runnable, first: Runnable) => void) {
  const byName = new Map<string, Runnable>();
  return all.filter((runnable) => {
    const first = byName.getOrInsert(runnable.name, runnable);
    if (first !== runnable) onLater(runnable, first);
    return first === runnable;
  });
}

const keyPath = ({ path }: Runnable): string[] =>
  path.flatMap((word, index) => (index === 0 ? [word] : ["commands", word]));

const title = (runnable: Runnable): string => `[${keyPath(runnable).map(keyText).join(".")}]`;

/** Every file that was found, with its scripts, and their tools: the first definition of a name wins, a later one becomes a warning. */
export function loadSpecs(
  found: readonly Found[],
  options: LoadOptions = {},
  scripts: readonly FoundScript[] = [],
): { files: SpecFile[]; runnables: Runnable[]; issues: Issue[] } {
  /** The user's and the system's. */
  const ownFiles = new Set(found.filter(isOwnFile).map(({ path }) => path));
  const readScript = ({ path, beside, unused }: FoundScript, place?: Found, settings?: Config): SpecFile => {
    if (place === undefined || isOwnFile(place)) ownFiles.add(path);
    // A script takes the settings of the runspec.toml beside whose `tools` directory it lies: where that is left out, nobody knows its level.
    const isLost = place?.source === "environment" && settings === NO_CONFIG;
    const why = unused ?? (isLost ? `left out, as is ${beside}, which has its settings` : undefined);
    // It may have been switched off on purpose, so no call is told.
    if (why !== undefined) return unusableFile(path, why, "note");
    const file = leaveOutBroken(loadScript(path, { ...options, settings }));
    return place === undefined ? file : distrustUnlisted(file, place);
  };
  // Each with the scripts beside it: what a package ships takes the place of none of the project's.
  const files = found.flatMap((place) => {
    const { path, via, root: base, source } = place;
    // Nobody jumps to the hosts of a package.
    const checkHosts = source === "environment" ? undefined : options.checkHosts;
    const read = loadSpecFile(path, { ...options, via, base, isOwn: isOwnFile(place), checkHosts });
    const file = distrustUnlisted(source === "environment" ? leaveOutBroken(read) : read, place);
    const itsScripts = scripts.filter(({ beside }) => beside === path);
    return [file, ...itsScripts.map((script) => readScript(script, place, file.config))];
  });
  const others = scripts.filter(({ beside }) => found.every(({ path }) => path !== beside));
  files.push(...others.map((script) => readScript(script)));
  const issues = files.flatMap((file) => file.issues);
  const all = files.flatMap((file) => file.runnables);
  const runnables = firstOfEachName(all, (later, first) => {
    // An agent takes it for the user's own tool, so do its client's permissions, and neither sees the warning.
    const isTaken = ownFiles.has(later.file) && !ownFiles.has(first.file);
    const autonomyReason = `it takes the place of the one in ${later.file}`;
    if (isTaken) Object.assign(first, { autonomy: "manual", autonomyReason });
    const what = `the tool "${later.name}" is already defined in ${first.file}; this definition is left out`;
    const message = isTaken ? `${what}, and that one is manual unless serve --config names its file` : what;
    issues.push({ severity: "warning", file: later.file, key: title(later), message });
  });
  return { files, runnables, issues };
}
