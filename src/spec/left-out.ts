import { isTable, own, type Table } from "../json.ts";
import { emptyConfig } from "./config.ts";
import type { Issue, SpecFile } from "./model.ts";

/**
 * A file that others put where it was found must not take everybody else's tools with it: with an error in it, it is left out, with
 * one warning that names the error; what else is to be said of it becomes notes. One with a fatal error stays as it is.
 */
export function leaveOutBroken(file: SpecFile): SpecFile {
  const errors = file.issues.filter(({ severity }) => severity === "error");
  const [first] = errors;
  if (first === undefined || errors.some((issue) => issue.fatal)) return file;
  const others = file.issues.filter((issue) => issue !== first);
  return {
    path: file.path,
    config: emptyConfig(),
    runnables: [],
    issues: [warningOf(first, errors.length - 1), ...others.map(asNote)],
  };
}

function warningOf(error: Issue, more: number): Issue {
  const others = more === 0 ? "" : `, with ${more} more error${more === 1 ? "" : "s"}`;
  return { ...error, severity: "warning", message: `left out${others}: ${error.message}` };
}

function asNote(issue: Issue): Issue {
  return { ...issue, severity: "note" };
}

/**
 * `document` without what other implementations declare of their own command line, which their packages put into environments: it is
 * no tool. Undefined where a file declares nothing else.
 */
export function withoutCommandLine(document: Table): Table | undefined {
  const { runspec, ...others } = document;
  const commands = isTable(runspec) ? own(runspec, "commands") : undefined;
  if (!isTable(commands) || !("serve" in commands && ("local" in commands || "jump" in commands)))
    return document;
  return Object.keys(others).some((key) => key !== "config") ? others : undefined;
}

/** A file that declares nothing else. */
export function commandLineOnly(path: string): SpecFile {
  const message = "declares the command line of another runspec, which is no tool; left out";
  return { path, config: emptyConfig(), runnables: [], issues: [{ severity: "note", file: path, message }] };
}
