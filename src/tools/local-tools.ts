/** Reading this machine's tools, for the commands that offer, show or run them. */

import { basename, dirname, join, resolve } from "node:path";
import type { Context } from "../context.ts";
import { RunspecError } from "../errors.ts";
import { sudoFor } from "../files/distrust.ts";
import { isDirectory, isFile, mayExecute, realPath } from "../files/look.ts";
import { checkHosts, nameIssues } from "../hosts/host-issues.ts";
import { quoteWord } from "../process/quote.ts";
import { loadConfig } from "../spec/config.ts";
import { type Found, standardPlaces } from "../spec/discover/find.ts";
import { findSpecFiles } from "../spec/discover/find-environment.ts";
import { findScripts } from "../spec/discover/find-scripts.ts";
import { SPEC_NAME } from "../spec/discover/source.ts";
import { envFileOf } from "../spec/env-file.ts";
import { loadSpecFile, loadSpecs } from "../spec/load.ts";
import type { Issue, SpecFile } from "../spec/model.ts";
import { loadScript } from "../spec/script.ts";
import { errorsIn, hintFor, renderIssues, warn } from "../spec/toml/issues.ts";
import { type Catalog, createCatalog, type Tool } from "./catalog.ts";
import { startModeOf } from "./shebang.ts";

export interface LocalTools extends Catalog {
  found: Found[];
  files: SpecFile[];
}

/** What else `local` and `doctor` look for. */
const CLOSELY = { checkHosts, reviewText: true };

/** Every tool declared here, and what is wrong; `closely`, for `local` and `doctor`, also programs that are not trusted and hidden aliases. */
export function readLocalTools(context: Context, { closely = false } = {}): LocalTools {
  const found = findSpecFiles(context);
  const options = { ...context, ...(closely && CLOSELY) };
  const { files, runnables, issues } = loadSpecs(found, options, findScripts(found, context));
  const { tools, issues: catalogIssues } = createCatalog(runnables, { ...context, found });
  const closelyFound = closely ? [...programIssues(tools), ...nameIssues(found, files)] : [];
  return { found, files, tools, issues: [...closelyFound, ...issues, ...catalogIssues] };
}

/** The tools of these files alone: scripts that carry their own spec, or runspec.toml files. */
export function readNamedFiles(context: Context, names: readonly string[]): LocalTools {
  const isToml = (path: string) => path.endsWith(".toml");
  const paths = names.map((name) => resolve(context.cwd, name));
  const options = { ...context, ...CLOSELY };
  // As with --config, what is relative in a runspec.toml starts where that really is.
  const files = paths.map((path) =>
    isToml(path)
      ? loadSpecFile(realPath(path), { ...options, via: [path] })
      : loadScript(path, { ...options, settings: settingsBeside(path, options) }),
  );
  const tomls = files.filter((_, at) => isToml(paths[at] ?? ""));
  const found = tomls.map(({ path }): Found => ({ path, source: "explicit" }));
  const runnables = files.flatMap((file) => file.runnables);
  const { tools, issues } = createCatalog(runnables, { ...context, found });
  const odd = files.flatMap((file, at) => file.issues.map(suggestOther(names[at] ?? "", file.path)));
  // What declares no tool need not start: `chmod +x /etc/passwd` is no advice.
  const scripts = files.filter((file) => !tomls.includes(file) && file.runnables.length > 0);
  const starts = scripts.flatMap(({ path }) => startIssues(path, context));
  return { found, files, tools, issues: [...programIssues(tools), ...starts, ...odd, ...issues] };
}

/** What a script in a `tools` directory has from the runspec.toml beside that. */
const settingsBeside = (path: string, access: Context) =>
  basename(dirname(path)) === "tools" ? loadConfig(join(path, "../..", SPEC_NAME), access).config : undefined;

/** A word without a file may have been meant for the name of a tool, and a directory for what is in it. */
function suggestOther(name: string, path: string): (issue: Issue) => Issue {
  const inside = isFile(join(path, SPEC_NAME)) ? SPEC_NAME : "*";
  const directory = quoteWord(name.replace(/(?<=.)\/+$/, ""));
  if (isDirectory(path)) return saying(`what is in it: runspec local ${directory}/${inside}`);
  const isPath = /[./\\]/.test(name) || isFile(path);
  return isPath ? (issue) => issue : saying(`for a tool: runspec local --runnable ${quoteWord(name)}`);
}

const saying = (advice: string) => (issue: Issue) => ({ ...issue, message: `${issue.message}; ${advice}` });

/** Whether a script can be started by its own name, as none can on Windows. */
function startIssues(file: string, { env }: Context): Issue[] {
  if (process.platform === "win32") return [];
  const closed = `not executable, so that it is no tool in a tools directory; run: ${sudoFor(file)}chmod +x ${quoteWord(file)}`;
  if (!mayExecute(file)) return [{ severity: "warning", file, message: closed }];
  const start = startModeOf(file, { path: env.PATH, asOther: false });
  return start.kind === "broken" ? [{ severity: "error", file, message: start.reason }] : [];
}

/** Programs that no call would start, since users who are not trusted could have written them. */
function programIssues(tools: readonly Tool[]): Issue[] {
  return tools.flatMap((tool): Issue[] => {
    const { name, file } = tool;
    const located = tool.hidden === undefined ? tool.locate() : undefined;
    if (located?.kind !== "refused") return [];
    return [{ severity: "warning", file, key: name, message: located.reason }];
  });
}

/** The tools for commands that must not start on a broken file; warnings go to stderr. @throws RunspecError 125 with every error */
export function readSoundTools(context: Context): LocalTools {
  const local = readLocalTools(context);
  const errors = errorsIn(local.issues);
  if (errors.length > 0) {
    const count = errors.length === 1 ? "an error" : `${errors.length} errors`;
    const names = [...new Set(errors.map(({ file }) => basename(file)))].join(", ");
    const hint = hintFor(errors, local.found, context.cwd);
    throw new RunspecError(`${count} in ${names}:\n${renderIssues(errors)}`, { hint });
  }
  for (const issue of local.issues) if (issue.severity === "warning") warn(context, issue);
  return local;
}

/** The files and directories that were read, and the places where another file would be found. */
export function placesRead({ found, tools }: LocalTools, context: Context): string[] {
  const { user, system } = standardPlaces(context);
  const named = found[0]?.source === "explicit";
  const files = found.flatMap(({ path, via = [] }) => [path, ...via]);
  const others = named ? [] : [join(context.cwd, SPEC_NAME), system, user ?? []].flat();
  const specs = [...files, ...others];
  const values = tools.flatMap((tool) => envFileOf(tool, context) ?? []);
  // What it names decides how far a package's tools are trusted.
  const manifests = found.flatMap(({ root }) => (root === undefined ? [] : join(root, "package.json")));
  const scripts = specs.map((path) => join(dirname(path), "tools"));
  return [...new Set([...specs, ...scripts, ...values, ...manifests])];
}
